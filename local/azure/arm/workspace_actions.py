"""What a workspace answers beside itself: keys it keeps, a resync of them, a diagnosis, and lists that never change.

A workspace remembers the key of its storage account from when it last saw it: after a rotation it holds a dead one
until resyncKeys. Names on the wire are the recorded ones: `userStorageArmId`, not the specification's (CONTRACTS 2).
"""

from functools import partial

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import text
from local.azure.arm.operations import OperationKind
from local.azure.arm.plain import require
from local.azure.arm.workspaces import refuse_while_passing
from local.azure.arm_ids import canonical
from local.azure.cloud import Cloud
from local.azure.store import Document

RETRY_SECONDS = "1"
TOKEN_SECONDS = 8 * 3600
DIAGNOSES = (
    "userDefinedRouteResults",
    "networkSecurityRuleResults",
    "resourceLockResults",
    "dnsResolutionResults",
    "storageAccountResults",
    "keyVaultResults",
    "containerRegistryResults",
    "applicationInsightsResults",
    "otherResults",
)
LEANED_ON = {
    "storageAccount": "storageAccountResults",
    "keyVault": "keyVaultResults",
    "containerRegistry": "containerRegistryResults",
    "applicationInsights": "applicationInsightsResults",
}
ZONES = ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net")
OUTBOUND = {
    "Azure Active Directory": ("login.microsoftonline.com",),
    "Azure portal": ("management.azure.com",),
    "Azure Machine Learning": ("{region}.api.azureml.ms", "{region}.notebooks.azure.net"),
}


def list_keys(cloud: Cloud, call: Call) -> Reply:
    """The keys the workspace holds: storage, insights, registry and notebooks."""
    workspace = require(cloud, call.target)
    storage, insights = (text(workspace, "properties", name) for name in ("storageAccount", "applicationInsights"))
    notebooks = cloud.keys.live(workspace["id"])
    found = cloud.store.get(insights) if insights else None
    return Reply(
        200,
        {
            "userStorageKey": _storage_key(cloud, workspace),
            "userStorageArmId": storage or None,
            "appInsightsInstrumentationKey": text(found or {}, "properties", "InstrumentationKey") or None,
            "containerRegistryCredentials": _registry(cloud, text(workspace, "properties", "containerRegistry")),
            "notebookAccessKeys": {
                "primaryAccessKey": notebooks.first.value,
                "secondaryAccessKey": notebooks.second.value,
            },
        },
    )


def resync_keys(cloud: Cloud, call: Call) -> Reply:
    """Learns the storage account's present key: an empty 202 with both headers, as recorded."""
    workspace = require(cloud, call.target)
    refuse_while_passing(workspace)
    finish = partial(_learn_storage_key, cloud, workspace)
    operation = cloud.operations.start(call, OperationKind.WORKSPACE, text(workspace, "location") or "local", finish)
    return Reply(202, headers=operation.both_headers(call.base_url), operation=operation)


def diagnose(cloud: Cloud, call: Call) -> Reply:
    """202; `Location` then answers what is wrong: each resource the workspace leans on that is not there."""
    workspace = require(cloud, call.target)
    results: dict[str, list[Document]] = {name: [] for name in DIAGNOSES}
    for name, result in LEANED_ON.items():
        told = text(workspace, "properties", name)
        if told and cloud.store.get(told) is None:
            message = f"'{told}' was not found. Give the workspace one that exists."
            results[result].append({"code": "ResourceNotFound", "level": "Error", "message": message})
    location = text(workspace, "location") or "local"
    operation = cloud.operations.start(call, OperationKind.WORKSPACE, location, partial(_still_there, cloud, call))
    operation.result = {"value": results}
    return Reply(
        202, headers=operation.both_headers(call.base_url) | {"Retry-After": RETRY_SECONDS}, operation=operation
    )


def list_storage_account_keys(cloud: Cloud, call: Call) -> Reply:
    """The storage key alone."""
    return Reply(200, {"userStorageKey": _storage_key(cloud, require(cloud, call.target))})


def list_notebook_keys(cloud: Cloud, call: Call) -> Reply:
    """Both keys of the notebook service."""
    keys = cloud.keys.live(require(cloud, call.target)["id"])
    return Reply(200, {"primaryAccessKey": keys.first.value, "secondaryAccessKey": keys.second.value})


def list_notebook_access_token(cloud: Cloud, call: Call) -> Reply:
    """A token for the notebook service."""
    workspace = require(cloud, call.target)
    notebooks = workspace["properties"].get("notebookInfo") or {}
    host = notebooks.get("fqdn") or f"{workspace['name']}.{text(workspace, 'location')}.notebooks.azure.net"
    token = cloud.tokens.issue(host, call.claims)
    return Reply(
        200,
        {
            "notebookResourceId": notebooks.get("resourceId") or workspace["name"],
            "hostName": host,
            "publicDns": host,
            "accessToken": token.value,
            "tokenType": "Bearer",
            "expiresIn": TOKEN_SECONDS,
            "refreshToken": None,
            "scope": "aznb_identity",
        },
    )


def list_private_link_resources(cloud: Cloud, call: Call) -> Reply:
    """The one group a private endpoint to a workspace uses."""
    workspace = require(cloud, call.path.rstrip("/").rpartition("/")[0])
    group = {
        "id": f"{workspace['id']}/privateLinkResources/amlworkspace",
        "name": "amlworkspace",
        "type": "Microsoft.MachineLearningServices/workspaces/privateLinkResources",
        "location": workspace["location"],
        "properties": {
            "groupId": "amlworkspace",
            "requiredMembers": ["default", "inference", "notebook"],
            "requiredZoneNames": list(ZONES),
        },
    }
    return Reply(200, {"value": [group]})


def list_outbound_dependencies(cloud: Cloud, call: Call) -> Reply:
    """Where a workspace must be able to connect to."""
    workspace = require(cloud, call.path.rstrip("/").rpartition("/")[0])
    region = text(workspace, "location")
    return Reply(200, {"value": [_dependency(category, hosts, region) for category, hosts in OUTBOUND.items()]})


def list_features(cloud: Cloud, call: Call) -> Reply:
    """No feature is told of."""
    require(cloud, call.path.rstrip("/").rpartition("/")[0])
    return Reply(200, {"value": []})


def _still_there(cloud: Cloud, call: Call) -> None:
    require(cloud, call.target)


def _dependency(category: str, hosts: tuple[str, ...], region: str) -> Document:
    endpoints = [{"domainName": host.format(region=region), "endpointDetails": [{"port": 443}]} for host in hosts]
    return {"properties": {"category": category, "endpoints": endpoints}}


def _storage_key(cloud: Cloud, workspace: Document) -> str | None:
    if canonical(workspace["id"]) not in cloud.store.secrets:
        _learn_storage_key(cloud, workspace)
    key: str | None = cloud.store.secrets[canonical(workspace["id"])]["userStorageKey"]
    return key


def _learn_storage_key(cloud: Cloud, workspace: Document) -> None:
    storage = cloud.store.get(text(workspace, "properties", "storageAccount"))
    key = cloud.keys.live(storage["id"]).first.value if storage else None
    cloud.store.secrets[canonical(workspace["id"])] = {"userStorageKey": key}


def _registry(cloud: Cloud, registry_id: str) -> Document | None:
    registry = cloud.store.get(registry_id) if registry_id else None
    if registry is None or not registry["properties"].get("adminUserEnabled"):
        return None
    keys = cloud.keys.live(registry["id"])
    passwords = [{"name": "password", "value": keys.first.value}, {"name": "password2", "value": keys.second.value}]
    return {"location": registry["location"], "username": registry["name"], "passwords": passwords}
