"""
One builder per kind of resource, in the shape Azure answers a GET, undeclared fields and odd casings included.

Shapes are those of the recorded answers (2025-11-04, api-version 2024-04-01). A secret never comes back from a GET, so
none is in here.
"""

from collections.abc import Iterable
from typing import Any

type Document = dict[str, Any]

REGION = "eastus2"
MADE = "2025-11-04T09:11:03.0816223Z"
MAKER = "user@contoso.example"
PRINCIPAL = "b4fbae0b-0000-4000-8000-983606b6a381"
APPROVED = {"privateLinkServiceConnectionState": {"status": "Approved", "actionsRequired": "None"}}
CONNECTION_GROUPS = {
    "AzureBlob": "Azure",
    "ContainerRegistry": "GenericProtocol",
    "CustomKeys": "ServicesAndApps",
    "Git": "GenericProtocol",
    "Mongo": "NoSQL",
    "S3": "File",
    "Snowflake": "Database",
}
"""The group the service files a category under; what is not named here is `AzureAI`."""


def resource(resource_id: str, properties: Document, about: Document) -> Document:
    """Any top-level or child resource: id, name and type as the id tells them, `about` over it."""
    namespace, *pairs = resource_id.rpartition("/providers/")[2].split("/")
    named = {"id": resource_id, "name": pairs[-1], "type": "/".join((namespace, *pairs[::2]))}
    return {**named, "location": REGION, **about, "properties": properties}


def workspace(
    workspace_id: str, kind: str, tags: Document | None, properties: Document, about: Document | None = None
) -> Document:
    """A hub, project or plain workspace."""
    common = {
        "friendlyName": "",
        "description": "",
        "applicationInsights": None,
        "hbiWorkspace": False,
        "provisioningState": "Succeeded",
        "v1LegacyMode": False,
        "softDeleteEnabled": False,
        "imageBuildCompute": None,
        "EnableSoftwareBillOfMaterials": False,
        "enableDataIsolation": True,
    }
    known = {
        "tags": tags,
        "etag": None,
        "kind": kind,
        "sku": {"name": "Basic", "tier": "Basic"},
        "identity": {"type": "SystemAssigned", "principalId": PRINCIPAL},
        "systemData": system_data(MADE),
    }
    return resource(workspace_id, common | properties, known | (about or {}))


def hub_properties(
    storage: str, vault: str, group: str, projects: Iterable[str], *, isolated: bool, private_endpoint: str = ""
) -> Document:
    """What only a hub has. One that is not isolated has no `managedNetwork` at all, as Azure answers it."""
    network: Document = {}
    if isolated:
        end: Document = {"privateEndpoint": {"id": private_endpoint}} if private_endpoint else {}
        network = {
            "managedNetwork": {"isolationMode": "AllowInternetOutbound", "status": {"status": "Active"}},
            "privateEndpointConnections": [{"name": "pe", "properties": end | APPROVED}],
        }
    return {
        "storageAccount": storage,
        "keyVault": vault,
        "publicNetworkAccess": "Disabled" if isolated else "Enabled",
        "associatedWorkspaces": list(projects),
        "workspaceHubConfig": {"defaultWorkspaceResourceGroup": group},
        **network,
    }


def private_endpoint(endpoint_id: str, hub: str, tags: Document | None, where: Document) -> Document:
    """A private endpoint that leads to a hub."""
    link = {"privateLinkServiceId": hub, "groupIds": ["amlworkspace"], **APPROVED}
    properties: Document = {
        "provisioningState": "Succeeded",
        "privateLinkServiceConnections": [{"name": endpoint_id.rpartition("/")[2], "properties": link}],
        "manualPrivateLinkServiceConnections": [],
    }
    return resource(endpoint_id, properties, {"tags": tags, **where})


def project_properties(hub: str, storage: str, vault: str) -> Document:
    """What only a project has: its hub, in a casing of Azure's own, and what it inherits from it."""
    return {
        "hubResourceId": hub.replace("resourceGroups", "resourcegroups"),
        "storageAccount": storage,
        "keyVault": vault,
        "publicNetworkAccess": "Disabled",
    }


def connection(connection_id: str, category: str, auth: str, target: str, more: Document | None = None) -> Document:
    """A connection; types that hold a key answer `credentials: null`, the others no such field."""
    keyless: Document = {} if auth in ("AAD", "None") else {"credentials": None}
    properties = {
        "authType": auth,
        **keyless,
        "group": CONNECTION_GROUPS.get(category, "AzureAI"),
        "category": category,
        "expiryTime": None,
        "target": target,
        "createdByWorkspaceArmId": connection_id.rpartition("/connections/")[0],
        "useWorkspaceManagedIdentity": False,
        "isSharedToAll": False,
        "sharedUserList": [],
        "peRequirement": "NotRequired",
        "peStatus": "NotApplicable",
        "error": None,
        "isDefault": True,
        "metadata": {},
        **(more or {}),
    }
    made = system_data("2025-11-04T09:28:33.9207136Z")
    return resource(connection_id, properties, {"tags": None, "location": None, "systemData": made})


def compute(compute_id: str, kind: str, inner: Document, state: str = "Succeeded") -> Document:
    """A compute of any kind around its own inner properties."""
    properties = {
        "createdOn": "2025-11-04T09:42:28.3934092+00:00",
        "modifiedOn": "2025-11-04T09:44:35.9151617+00:00",
        "disableLocalAuth": False,
        "computeType": kind,
        "computeLocation": REGION,
        "provisioningState": state,
        "provisioningErrors": None,
        "isAttachedCompute": False,
        "properties": inner,
    }
    return resource(compute_id, properties, {"tags": {}})


def instance(current: str, latest: str, more: Document | None = None) -> Document:
    """The inner properties of an instance that nobody reaches from outside, on an OS image such as `25.11.03`."""
    return {
        "vmSize": "STANDARD_DS3_V2",
        "subnet": None,
        "state": "Stopped",
        "sshSettings": {"sshPublicAccess": "Disabled", "adminUserName": "azureuser", "sshPort": 50000},
        "applicationSharingPolicy": "Personal",
        "schedules": {"computeStartStop": []},
        "enableNodePublicIp": False,
        "osImageMetadata": {
            "currentImageVersion": current,
            "latestImageVersion": latest,
            "isLatestOsImageVersion": current == latest,
            "osPatchingStatus": None,
        },
        **(more or {}),
    }


def cluster(minimum: int, maximum: int = 4, more: Document | None = None) -> Document:
    """The inner properties of a cluster that keeps `minimum` nodes, none of them reached from outside."""
    return {
        "vmSize": "STANDARD_DS3_V2",
        "vmPriority": "Dedicated",
        "scaleSettings": {
            "maxNodeCount": maximum,
            "minNodeCount": minimum,
            "nodeIdleTimeBeforeScaleDown": "PT2M",
        },
        "subnet": None,
        "currentNodeCount": minimum,
        "allocationState": "Steady",
        "osType": "Linux",
        "remoteLoginPortPublicAccess": "Disabled",
        "enableNodePublicIp": False,
        **(more or {}),
    }


def diagnostics(resource_id: str, name: str, logs: str) -> Document:
    """A setting that sends everything to one Log Analytics workspace."""
    setting = f"{resource_id}/providers/microsoft.insights/diagnosticSettings/{name}"
    every = {"categoryGroup": "allLogs", "category": None, "enabled": True}
    properties = {"workspaceId": logs, "logs": [every], "metrics": []}
    kind = "Microsoft.Insights/diagnosticSettings"
    return {"id": setting, "name": name, "type": kind, "properties": properties}


def dependent(
    resource_id: str, tags: Document | None, about: Document | None = None, properties: Document | None = None
) -> Document:
    """A storage account, vault, registry, AI services account and the like."""
    known = {"provisioningState": "Succeeded"} | (properties or {})
    return resource(resource_id, known, {"tags": tags} | (about or {}))


def system_data(made: str, maker: str = MAKER) -> Document:
    """`systemData` of what nobody changed since."""
    half = {"By": maker, "ByType": "User"}
    created = {f"created{name}": value for name, value in half.items()}
    changed = {f"lastModified{name}": value for name, value in half.items()}
    return {"createdAt": made, **created, "lastModifiedAt": made, **changed}


def lock(resource_id: str, level: str) -> Document:
    """A management lock."""
    kind = "Microsoft.Authorization/locks"
    name = "keep"
    properties = {"level": level, "notes": "Ask the platform team."}
    return {"id": f"{resource_id}/providers/{kind}/{name}", "name": name, "type": kind, "properties": properties}
