"""
The estate the demo starts from: two hubs as Azure returns them, with all they lean on.

`hub-prod` is a well-kept hub with a project; `hub-lab` is the hub that somebody clicked together, exactly as a real one
was recorded: no managed network, no private endpoint, a tag that means nothing to finance. Shapes, odd casings and the
undeclared fields are those of the recordings (2025-11-04, api-version 2024-04-01).
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

SUBSCRIPTION = "5f3c0d1e-0000-4000-8000-00000000a1f0"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ai-prod"
ML = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
HUB = f"{ML}/hub-prod"
LAB = f"{ML}/hub-lab"
PROJECT = f"{ML}/chat-prod"
INSTANCE = f"{PROJECT}/computes/ci-jane"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stprodhub"
VAULT = f"{GROUP}/providers/Microsoft.Keyvault/vaults/kv-prod-hub"
LAB_STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stlabhub"
LAB_VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-lab-hub"
ACCOUNT = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/ai-prod"
SEARCH = f"{GROUP}/providers/Microsoft.Search/searchServices/srch-prod"
LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-prod"

REGION = "eastus2"
TAGS = {"CostCenter": "CC-4711", "Environment": "prod", "Owner": "jane@contoso.example"}

type Document = dict[str, Any]


def write(directory: Path, now: datetime) -> Path:
    """Write the documents to a folder, one file each, and return it. Image versions are dates before `now`."""
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.json"):
        old.unlink()
    for number, document in enumerate(_documents(now)):
        (directory / f"{number:02}-{document['name']}.json").write_text(json.dumps(document, indent=1))
    return directory


def _documents(now: datetime) -> Iterator[Document]:
    yield _hub("hub-prod", STORAGE, VAULT, TAGS, isolated=True)
    yield _hub("hub-lab", LAB_STORAGE, LAB_VAULT, {"key3": "value3"}, isolated=False)
    yield _project("chat-prod", HUB, TAGS)
    yield _connection(HUB, "aoai", "AzureOpenAI", "https://ai-prod.openai.azure.com/", ACCOUNT)
    yield _connection(HUB, "search", "CognitiveSearch", "https://srch-prod.search.windows.net/", SEARCH)
    yield _instance(now)
    yield _cluster()
    yield _diagnostics(HUB)
    yield _dependent(STORAGE, {"kind": "StorageV2", "sku": {"name": "Standard_LRS", "tier": "Standard"}}, TAGS)
    yield _dependent(VAULT, {}, TAGS)
    yield _dependent(ACCOUNT, {"kind": "AIServices", "sku": {"name": "S0"}}, TAGS)
    yield _dependent(SEARCH, {"sku": {"name": "standard"}, "location": "East US 2"}, None)
    yield _dependent(LAB_STORAGE, {"kind": "StorageV2", "sku": {"name": "Standard_LRS", "tier": "Standard"}}, {})
    yield _dependent(LAB_VAULT, {}, {})
    yield _dependent(LOGS, {}, {"Owner": "platform@contoso.example"})


def project_body(hub: str) -> Document:
    """What somebody sends to create a project who does not think of finance."""
    return {
        "location": REGION,
        "kind": "Project",
        "identity": {"type": "SystemAssigned"},
        "sku": {"name": "Basic", "tier": "Basic"},
        "properties": {"friendlyName": "Vision", "hubResourceId": hub},
    }


def _workspace(name: str, kind: str, tags: Document, properties: Document) -> Document:
    return {
        "id": f"{ML}/{name}",
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces",
        "location": REGION,
        "tags": tags,
        "etag": None,
        "kind": kind,
        "sku": {"name": "Basic", "tier": "Basic"},
        "identity": {"type": "SystemAssigned", "principalId": "b4fbae0b-0000-4000-8000-983606b6a381"},
        "properties": {
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
            **properties,
        },
        "systemData": _made("2025-11-04T09:11:03.0816223Z"),
    }


def _hub(name: str, storage: str, vault: str, tags: Document, *, isolated: bool) -> Document:
    properties: Document = {
        "storageAccount": storage,
        "keyVault": vault,
        "publicNetworkAccess": "Disabled" if isolated else "Enabled",
        "associatedWorkspaces": [PROJECT] if isolated else [],
        "workspaceHubConfig": {"defaultWorkspaceResourceGroup": GROUP},
    }
    if isolated:
        properties["managedNetwork"] = {"isolationMode": "AllowInternetOutbound", "status": {"status": "Active"}}
        state = {"privateLinkServiceConnectionState": {"status": "Approved", "actionsRequired": "None"}}
        properties["privateEndpointConnections"] = [{"name": f"pe-{name}", "properties": state}]
    return _workspace(name, "Hub", tags, properties)


def _project(name: str, hub: str, tags: Document) -> Document:
    properties = {
        "hubResourceId": hub.replace("resourceGroups", "resourcegroups"),
        "storageAccount": STORAGE,
        "keyVault": VAULT,
        "publicNetworkAccess": "Disabled",
    }
    return _workspace(name, "Project", tags, properties)


def _connection(workspace: str, name: str, category: str, target: str, resource: str) -> Document:
    return {
        "id": f"{workspace}/connections/{name}",
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces/connections",
        "tags": None,
        "location": None,
        "properties": {
            "authType": "AAD",
            "group": "AzureAI",
            "category": category,
            "expiryTime": None,
            "target": target,
            "createdByWorkspaceArmId": workspace,
            "useWorkspaceManagedIdentity": False,
            "isSharedToAll": False,
            "sharedUserList": [],
            "peRequirement": "NotRequired",
            "peStatus": "NotApplicable",
            "error": None,
            "isDefault": True,
            "metadata": {"ApiType": "Azure", "ResourceId": resource},
        },
        "systemData": _made("2025-11-04T09:28:33.9207136Z"),
    }


def _instance(now: datetime) -> Document:
    old, latest = (f"{now - timedelta(days=days):%y.%m.%d}" for days in (60, 20))
    inner: Document = {
        "vmSize": "STANDARD_DS3_V2",
        "subnet": None,
        "state": "Stopped",
        "sshSettings": {"sshPublicAccess": "Disabled", "adminUserName": "azureuser", "sshPort": 50000},
        "applicationSharingPolicy": "Personal",
        "schedules": {"computeStartStop": []},
        "enableNodePublicIp": True,
        "osImageMetadata": {
            "currentImageVersion": old,
            "latestImageVersion": latest,
            "isLatestOsImageVersion": False,
            "osPatchingStatus": None,
        },
    }
    return _compute(PROJECT, "ci-jane", "ComputeInstance", inner)


def _cluster() -> Document:
    inner: Document = {
        "vmSize": "STANDARD_DS3_V2",
        "vmPriority": "Dedicated",
        "scaleSettings": {"maxNodeCount": 4, "minNodeCount": 1, "nodeIdleTimeBeforeScaleDown": "PT2M"},
        "subnet": None,
        "currentNodeCount": 1,
        "allocationState": "Steady",
        "osType": "Linux",
    }
    return _compute(HUB, "train", "AmlCompute", inner)


def _compute(workspace: str, name: str, kind: str, inner: Document) -> Document:
    return {
        "id": f"{workspace}/computes/{name}",
        "name": name,
        "type": "Microsoft.MachineLearningServices/workspaces/computes",
        "location": REGION,
        "tags": {},
        "properties": {
            "createdOn": "2025-11-04T09:42:28.3934092+00:00",
            "modifiedOn": "2025-11-04T09:44:35.9151617+00:00",
            "disableLocalAuth": False,
            "computeType": kind,
            "computeLocation": REGION,
            "provisioningState": "Succeeded",
            "provisioningErrors": None,
            "isAttachedCompute": False,
            "properties": inner,
        },
    }


def _diagnostics(resource: str) -> Document:
    return {
        "id": f"{resource}/providers/microsoft.insights/diagnosticSettings/to-log-prod",
        "name": "to-log-prod",
        "type": "Microsoft.Insights/diagnosticSettings",
        "properties": {
            "workspaceId": LOGS,
            "logs": [{"categoryGroup": "allLogs", "category": None, "enabled": True}],
            "metrics": [],
        },
    }


def _dependent(resource: str, more: Document, tags: Document | None) -> Document:
    _, provider, kind, name = resource.rsplit("/", 3)
    return {
        "id": resource,
        "name": name,
        "type": f"{provider}/{kind}",
        "location": REGION,
        "tags": tags,
        "properties": {"provisioningState": "Succeeded"},
        **more,
    }


def _made(at: str) -> Document:
    who = {"By": "user@contoso.example", "ByType": "User"}
    made = {f"created{key}": value for key, value in who.items()}
    changed = {f"lastModified{key}": value for key, value in who.items()}
    return {"createdAt": at, **made, "lastModifiedAt": at, **changed}
