"""What a workspace of each kind looks like once made: declared fields, and the undeclared ones Azure answers with.

Recorded hub and project: CONTRACTS 2. `managedNetwork` is absent until somebody sets it; a project inherits its
hub's.
"""

import uuid

from local.azure.arm.call import Call
from local.azure.arm.documents import system_data, text
from local.azure.arm.errors import MachineLearningError
from local.azure.arm.identities import with_principals
from local.azure.arm.managed_network import completed
from local.azure.arm.permissions import authorize
from local.azure.arm_ids import name_of
from local.azure.clock import timestamp
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.MachineLearningServices/workspaces"
KINDS = {"hub": "Hub", "project": "Project", "default": "Default", "featurestore": "FeatureStore"}
NETWORK = ("publicNetworkAccess", "managedNetwork")
INHERITED = ("storageAccount", "keyVault", "applicationInsights", "containerRegistry", "notebookInfo", *NETWORK)
DECLARED: Document = {
    "friendlyName": "",
    "description": "",
    "applicationInsights": None,
    "hbiWorkspace": False,
    "imageBuildCompute": None,
    "v1LegacyMode": False,
    "storageHnsEnabled": False,
    "privateLinkCount": 0,
    "publicNetworkAccess": "Enabled",
    "serverlessComputeSettings": None,
    "systemDatastoresAuthMode": "AccessKey",
}
UNDECLARED: Document = {
    "allowRoleAssignmentOnRG": True,
    "softDeleteEnabled": False,
    "ipAllowlist": [],
    "networkAcls": {"defaultAction": "Allow", "bypass": "", "ipRules": [], "resourceAccessRules": []},
    "linkedModelInventoryArmId": None,
    "EnableSoftwareBillOfMaterials": False,
}


def created(body: Document, cloud: Cloud, call: Call) -> Document:
    """The workspace a PUT asks for; raises ArmError for a project without a hub, or a hub it may not join."""
    kind = KINDS.get(text(body, "kind").casefold() or "default", text(body, "kind"))
    given = call.part(body, "properties")
    properties = {
        **DECLARED,
        **UNDECLARED,
        **_named(body["location"], cloud, call),
        **_of_kind(kind, given, cloud, call),
        **given,
    }
    return {
        "id": call.target,
        "name": name_of(call.target),
        "type": TYPE,
        "location": body["location"],
        "tags": call.part(body, "tags"),
        "etag": None,
        "properties": properties if kind == "Project" else completed(properties),
        "identity": with_principals(call.part(body, "identity") or {"type": "SystemAssigned"}, cloud),
        "kind": kind,
        "sku": body.get("sku") or {"name": "Basic", "tier": "Basic"},
        "systemData": system_data(None, call.claims, cloud.clock.now()),
    }


def _named(location: str, cloud: Cloud, call: Call) -> Document:
    """What carries a name or number of the workspace's own."""
    own, notebooks = str(uuid.uuid4()), uuid.uuid4().hex
    return {
        "tenantId": cloud.options.tenant,
        "creationTime": timestamp(cloud.clock.now()),
        "workspaceId": own,
        "sdkTelemetryAppInsightsKey": str(uuid.uuid4()),
        "notebookInfo": {
            "resourceId": notebooks,
            "fqdn": f"ml-{name_of(call.target)}-{location}-{own}.{location}.notebooks.azure.net",
            "isPrivateLinkEnabled": False,
            "notebookPreparationError": None,
        },
        "discoveryUrl": f"https://{location}.api.azureml.ms/discovery",
        "mlFlowTrackingUri": f"azureml://{location}.api.azureml.ms/mlflow/v1.0{call.target}",
    }


def _of_kind(kind: str, given: Document, cloud: Cloud, call: Call) -> Document:
    if kind == "Project":
        hub = cloud.store.get(text(given, "hubResourceId"))
        if hub is None:
            raise MachineLearningError(
                400, "BadArgument", f"Hub workspace '{text(given, 'hubResourceId')}' was not found."
            )
        authorize(cloud, call, f"{TYPE}/hubs/join/action", hub["id"])
        inherited = {name: hub["properties"][name] for name in INHERITED if name in hub["properties"]}
        return {**inherited, "enableDataIsolation": True, "allowRoleAssignmentOnRG": False}
    if kind == "Hub":
        group = call.target.partition("/providers/")[0]
        config = {"defaultWorkspaceResourceGroup": group}
        return {"associatedWorkspaces": [], "workspaceHubConfig": config, "enableDataIsolation": True}
    return {"enableDataIsolation": False}
