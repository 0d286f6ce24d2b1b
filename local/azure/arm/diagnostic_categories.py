"""What each kind of resource can tell through diagnostic settings: its log categories, and metrics.

Source: Azure Monitor's public list of resource log categories. A kind that is not in the table has none here.
"""

from collections.abc import Iterator, Mapping

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import same
from local.azure.arm.errors import ArmError
from local.azure.arm.storage import SERVICE_TYPES, require_scope
from local.azure.arm_ids import name_of, resource_type
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "microsoft.insights/diagnosticSettingsCategories"
AUDITED = ("Audit", "AuditEvent", "RequestResponse")
"""The categories that belong to the group `audit` besides `allLogs`."""
LOGS: Mapping[str, tuple[str, ...]] = {
    "microsoft.cognitiveservices/accounts": ("Audit", "RequestResponse", "AzureOpenAIRequestUsage", "Trace"),
    "microsoft.containerregistry/registries": ("ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents"),
    "microsoft.insights/components": (
        "AppAvailabilityResults",
        "AppBrowserTimings",
        "AppEvents",
        "AppMetrics",
        "AppDependencies",
        "AppExceptions",
        "AppPageViews",
        "AppPerformanceCounters",
        "AppRequests",
        "AppSystemEvents",
        "AppTraces",
    ),
    "microsoft.keyvault/vaults": ("AuditEvent", "AzurePolicyEvaluationDetails"),
    "microsoft.machinelearningservices/workspaces": (
        "AmlComputeClusterEvent",
        "AmlComputeClusterNodeEvent",
        "AmlComputeJobEvent",
        "AmlComputeCpuGpuUtilization",
        "AmlRunStatusChangedEvent",
        "ModelsChangeEvent",
        "ModelsReadEvent",
        "ModelsActionEvent",
        "DeploymentReadEvent",
        "DeploymentEventACI",
        "DeploymentEventAKS",
        "InferencingOperationAKS",
        "InferencingOperationACI",
        "DataLabelChangeEvent",
        "DataLabelReadEvent",
        "ComputeInstanceEvent",
        "DataStoreChangeEvent",
        "DataStoreReadEvent",
        "DataSetChangeEvent",
        "DataSetReadEvent",
        "PipelineChangeEvent",
        "PipelineReadEvent",
        "RunEvent",
        "RunReadEvent",
        "EnvironmentChangeEvent",
        "EnvironmentReadEvent",
    ),
    "microsoft.machinelearningservices/workspaces/onlineendpoints": (
        "AmlOnlineEndpointTrafficLog",
        "AmlOnlineEndpointConsoleLog",
        "AmlOnlineEndpointEventLog",
    ),
    "microsoft.operationalinsights/workspaces": ("Audit", "SummaryLogs"),
    "microsoft.search/searchservices": ("OperationLogs",),
    "microsoft.storage/storageaccounts": (),
    **dict.fromkeys(SERVICE_TYPES, ("StorageRead", "StorageWrite", "StorageDelete")),
}
METRICS: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("microsoft.storage/storageaccounts", *SERVICE_TYPES), ("Capacity", "Transaction")
)
ALL_METRICS = ("AllMetrics",)


def list_categories(cloud: Cloud, call: Call) -> Reply:
    """All categories of one resource."""
    require_scope(cloud, call.scope)
    return Reply(200, {"value": list(_categories(call.scope))})


def get_category(cloud: Cloud, call: Call) -> Reply:
    """One category."""
    require_scope(cloud, call.scope)
    wanted = name_of(call.target)
    for category in _categories(call.scope):
        if same(category["name"], wanted):
            return Reply(200, category)
    raise ArmError(404, "ResourceNotFound", f"'{resource_type(call.scope)}' has no diagnostic category '{wanted}'.")


def _categories(resource_id: str) -> Iterator[Document]:
    kind = resource_type(resource_id).casefold()
    if kind not in LOGS:
        return
    for name in LOGS[kind]:
        groups = ["audit", "allLogs"] if name in AUDITED else ["allLogs"]
        yield _category(resource_id, name, {"categoryType": "Logs", "categoryGroups": groups})
    for name in METRICS.get(kind, ALL_METRICS):
        yield _category(resource_id, name, {"categoryType": "Metrics", "categoryGroups": []})


def _category(resource_id: str, name: str, properties: Document) -> Document:
    return {"id": f"{resource_id}/providers/{TYPE}/{name}", "type": TYPE, "name": name, "properties": properties}
