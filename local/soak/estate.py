"""The estate of the key soak: hubs with projects, accounts of three kinds, and connections by key from everywhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from random import Random
from typing import Any

from local.azure.arm.containers import imply
from local.azure.arm_ids import canonical
from local.azure.cloud import Cloud
from local.azure.keyring import Slot
from shared.model.resource_id import ResourceId

SUBSCRIPTION = "5f3c0d1e-0000-4000-8000-0000000050a4"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-soak"
_ML = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
_KINDS = (
    ("Microsoft.CognitiveServices/accounts", "ai", "AzureOpenAI", "ApiKey", "https://{}.openai.azure.com/"),
    ("Microsoft.Search/searchServices", "search", "CognitiveSearch", "ApiKey", "https://{}.search.windows.net/"),
    ("Microsoft.Storage/storageAccounts", "st", "AzureBlob", "AccountKey", "https://{}.blob.core.windows.net/"),
)
CONNECTION_TYPE = "Microsoft.MachineLearningServices/workspaces/connections"
PROJECTS_A_HUB = 2


@dataclass(frozen=True)
class Account:
    """One account and how connections to it look."""

    id: ResourceId
    category: str
    auth: str
    target: str


def accounts(number: int) -> list[Account]:
    """So many accounts, the three kinds in turn."""
    made = []
    for index, (kind, prefix, category, auth, target) in enumerate(islice(cycle(_KINDS), number)):
        name = f"{prefix}soak{index:03}"
        made.append(Account(ResourceId.parse(f"{GROUP}/providers/{kind}/{name}"), category, auth, target.format(name)))
    return made


def fill(cloud: Cloud, found: Sequence[Account], hubs: int, now: datetime, chance: Random) -> list[ResourceId]:
    """Put accounts, hubs and projects into the stand-in; gives the workspaces that may have connections."""
    workspaces = list(_workspaces(hubs))
    made = [_account(account, now - timedelta(days=chance.uniform(0, 20))) for account in found]
    for document in [*made, *workspaces]:
        imply(cloud.store, document, cloud.options.tenant)
        cloud.store.put(document)
    return [ResourceId.parse(document["id"]) for document in workspaces]


def connect(cloud: Cloud, workspace: ResourceId, name: str, account: Account, slot: Slot) -> ResourceId:
    """Put a connection into the stand-in that keeps the key in a slot as it is now; gives its id."""
    made = workspace.child("connections", name)
    properties = {
        "authType": account.auth,
        "category": account.category,
        "target": account.target,
        "isSharedToAll": False,
        "metadata": {"ApiType": "Azure", "ResourceId": account.id.text},
        "createdByWorkspaceArmId": workspace.text,
        "credentials": None,
    }
    cloud.store.secrets[canonical(made.text)] = {"key": cloud.keys.live(account.id.text).of(slot).value}
    cloud.store.put({"id": made.text, "name": made.name, "type": CONNECTION_TYPE, "properties": properties})
    return made


def _account(account: Account, made: datetime) -> dict[str, Any]:
    told = made.isoformat()
    kinds: dict[str, dict[str, Any]] = {
        "AzureOpenAI": {"kind": "OpenAI", "properties": {"dateCreated": told, "endpoint": account.target}},
        "CognitiveSearch": {"sku": {"name": "basic"}, "properties": {"status": "running"}},
        "AzureBlob": {
            "kind": "StorageV2",
            "properties": {
                "creationTime": told,
                "keyCreationTime": {"key1": None, "key2": None},
                "primaryEndpoints": {"blob": account.target},
            },
        },
    }
    named = {"id": account.id.text, "name": account.id.name, "type": account.id.type, "location": "westeurope"}
    return {**named, "tags": {}, **kinds[account.category]}


def _workspaces(hubs: int) -> Iterator[dict[str, Any]]:
    for number in range(hubs):
        hub = f"{_ML}/hub-{number:02}"
        yield _workspace(hub, "Hub", {})
        for project in range(PROJECTS_A_HUB):
            yield _workspace(f"{_ML}/project-{number:02}-{project}", "Project", {"hubResourceId": hub})


def _workspace(workspace: str, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    name = workspace.rpartition("/")[2]
    own = {"friendlyName": name, "provisioningState": "Succeeded", **properties}
    type_ = "Microsoft.MachineLearningServices/workspaces"
    return {"id": workspace, "name": name, "type": type_, "location": "westeurope", "kind": kind, "properties": own}
