"""
An estate as large as wanted, in the shapes of Azure's own documents: for the offline plan, and for the stage.

Per hub ten resources: the hub, two projects, two connections, a compute instance, a cluster, storage, vault and
registry; beside them a diagnostic setting. Ten hubs share an AI services account, which carries 30 KB of rate limits
as Azure sends them. With `flawed`, one in ten of everything breaks a rule.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUBSCRIPTION = "5f3c0d1e-0000-4000-8000-00000000be7c"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-bench"
ML = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-bench"
TAGS = {"CostCenter": "CC-4711", "Environment": "prod", "Owner": "jane@contoso.example"}
HUBS_AN_ACCOUNT = 10
ONE_IN = 10
_RATE_LIMITS = 120

type Document = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """The ids around one hub."""

    number: int

    @property
    def hub(self) -> str:
        """The hub."""
        return f"{ML}/hub-{self.number:04}"

    def project(self, which: int) -> str:
        """One of its two projects."""
        return f"{ML}/project-{self.number:04}-{which}"

    @property
    def connection(self) -> str:
        """The hub's own connection, to the AI services account."""
        return f"{self.hub}/connections/aoai"

    @property
    def cluster(self) -> str:
        """The hub's cluster."""
        return f"{self.hub}/computes/train"

    @property
    def storage(self) -> str:
        """The hub's storage account."""
        return f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stbench{self.number:04}"

    @property
    def vault(self) -> str:
        """The hub's key vault, in the casing of a workspace's own properties."""
        return f"{GROUP}/providers/Microsoft.Keyvault/vaults/kv-bench-{self.number:04}"

    @property
    def registry(self) -> str:
        """The hub's container registry."""
        return f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/crbench{self.number:04}"

    @property
    def account(self) -> str:
        """The AI services account it shares with its neighbours."""
        number = self.number // HUBS_AN_ACCOUNT
        return f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/ai-{number:03}"


def write(path: Path, hubs: int, *, flawed: bool) -> int:
    """Write the estate as one list response and return how many documents it holds."""
    found = list(documents(hubs, flawed=flawed))
    path.write_text(json.dumps({"value": found}), encoding="utf-8")
    return len(found)


def documents(hubs: int, *, flawed: bool) -> Iterator[Document]:
    """All documents of an estate."""
    for number in range(hubs):
        names = Names(number)
        yield from _family(names, good=not flawed or number % ONE_IN != 0)
        if number % HUBS_AN_ACCOUNT == 0:
            yield _resource(names.account, {"kind": "AIServices", "sku": {"name": "S0"}}, _account_properties())


def _family(names: Names, *, good: bool) -> Iterator[Document]:
    tags = TAGS if good else {"env": "prod"}
    yield _hub(names, tags, good=good)
    for which in (0, 1):
        yield _project(names, which, tags)
    for workspace in (names.hub, names.project(0)):
        yield _connection(workspace, names.account, good=good)
    yield _compute(f"{names.project(0)}/computes/ci-jane", "ComputeInstance", _instance(good=good))
    yield _compute(names.cluster, "AmlCompute", _cluster(good=good))
    for dependent in (names.storage, names.vault, names.registry):
        yield _resource(dependent, {"tags": tags, "sku": {"name": "Standard"}}, {"publicNetworkAccess": "Disabled"})
    if good:
        yield _diagnostics(names.hub)


def _hub(names: Names, tags: Document, *, good: bool) -> Document:
    state = {"privateLinkServiceConnectionState": {"status": "Approved", "actionsRequired": "None"}}
    properties: Document = {
        "storageAccount": names.storage,
        "keyVault": names.vault,
        "containerRegistry": names.registry,
        "publicNetworkAccess": "Disabled" if good else "Enabled",
        "associatedWorkspaces": [names.project(0), names.project(1)],
        "workspaceHubConfig": {"defaultWorkspaceResourceGroup": GROUP},
        "managedNetwork": {"isolationMode": "AllowInternetOutbound" if good else "Disabled"},
        "privateEndpointConnections": [{"name": "pe", "properties": state}],
    }
    return _workspace(names.hub, "Hub", tags, properties)


def _project(names: Names, which: int, tags: Document) -> Document:
    properties: Document = {
        "hubResourceId": names.hub.replace("resourceGroups", "resourcegroups"),
        "storageAccount": names.storage,
        "keyVault": names.vault,
        "publicNetworkAccess": "Disabled",
    }
    return _workspace(names.project(which), "Project", tags, properties)


def _workspace(workspace: str, kind: str, tags: Document, properties: Document) -> Document:
    common = {
        "friendlyName": "",
        "description": "",
        "hbiWorkspace": False,
        "provisioningState": "Succeeded",
        "v1LegacyMode": False,
        "softDeleteEnabled": False,
        "imageBuildCompute": None,
        "EnableSoftwareBillOfMaterials": False,
        "enableDataIsolation": True,
        "discoveryUrl": "https://eastus2.api.azureml.ms/discovery",
        "mlFlowTrackingUri": f"azureml://eastus2.api.azureml.ms/mlflow/v1.0{workspace}",
        "notebookInfo": {"fqdn": "ml-bench.eastus2.notebooks.azure.net", "isPrivateLinkEnabled": False},
    }
    about = {
        "kind": kind,
        "tags": tags,
        "etag": None,
        "sku": {"name": "Basic", "tier": "Basic"},
        "identity": {"type": "SystemAssigned", "principalId": "b4fbae0b-0000-4000-8000-983606b6a381"},
        "systemData": {"createdAt": "2025-11-04T09:11:03.0816223Z", "createdBy": "jane@contoso.example"},
    }
    return _resource(workspace, about, common | properties)


def _connection(workspace: str, account: str, *, good: bool) -> Document:
    properties: Document = {
        "authType": "AAD" if good else "ApiKey",
        "group": "AzureAI",
        "category": "AzureOpenAI",
        "expiryTime": None,
        "target": "https://ai.openai.azure.com/",
        "createdByWorkspaceArmId": workspace,
        "useWorkspaceManagedIdentity": False,
        "isSharedToAll": not good,
        "sharedUserList": [],
        "peRequirement": "NotRequired",
        "peStatus": "NotApplicable",
        "metadata": {"ApiType": "Azure", "ResourceId": account},
    }
    return _resource(f"{workspace}/connections/aoai", {"location": None, "tags": None}, properties)


def _compute(compute: str, kind: str, inner: Document) -> Document:
    properties: Document = {
        "createdOn": "2025-11-04T09:42:28.3934092+00:00",
        "disableLocalAuth": False,
        "computeType": kind,
        "computeLocation": "eastus2",
        "provisioningState": "Succeeded",
        "provisioningErrors": None,
        "isAttachedCompute": False,
        "properties": inner,
    }
    return _resource(compute, {"tags": {}}, properties)


def _instance(*, good: bool) -> Document:
    return {
        "vmSize": "STANDARD_DS3_V2",
        "subnet": None,
        "state": "Stopped",
        "sshSettings": {"sshPublicAccess": "Disabled", "adminUserName": "azureuser", "sshPort": 50000},
        "idleTimeBeforeShutdown": "PT60M" if good else None,
        "osImageMetadata": {
            "currentImageVersion": "25.11.03" if good else "25.01.03",
            "latestImageVersion": "25.11.03",
            "isLatestOsImageVersion": good,
        },
    }


def _cluster(*, good: bool) -> Document:
    return {
        "vmSize": "STANDARD_DS3_V2",
        "vmPriority": "Dedicated",
        "scaleSettings": {
            "maxNodeCount": 4,
            "minNodeCount": 0 if good else 1,
            "nodeIdleTimeBeforeScaleDown": "PT2M",
        },
        "subnet": None,
        "currentNodeCount": 0,
        "allocationState": "Steady",
        "osType": "Linux",
    }


def _diagnostics(hub: str) -> Document:
    properties: Document = {"workspaceId": LOGS, "logs": [{"categoryGroup": "allLogs", "enabled": True}], "metrics": []}
    return _resource(f"{hub}/providers/Microsoft.Insights/diagnosticSettings/to-logs", {}, properties)


def _account_properties() -> Document:
    """An AI services account with its rate limits, three quarters of what Azure sends about one."""
    paths = [{"path": f"openai/deployments/*/operation{number}/*", "method": "POST"} for number in range(3)]
    rule = {"renewalPeriod": 60, "count": 30.0, "matchPatterns": paths, "dynamicThrottlingEnabled": False}
    rules = [{"key": f"openai.operation{number}", **rule} for number in range(_RATE_LIMITS)]
    return {"provisioningState": "Succeeded", "callRateLimit": {"rules": rules}, "disableLocalAuth": True}


def _resource(resource: str, about: Document, properties: Document) -> Document:
    base, _, tail = resource.rpartition("/providers/")
    namespace, *rest = tail.split("/")
    kind = "/".join((namespace, *rest[::2])) if base else namespace
    common = {"id": resource, "name": rest[-1], "type": kind, "location": "eastus2", "tags": TAGS}
    return {**common, **about, "properties": properties}
