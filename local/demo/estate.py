"""
The estate the demo starts from: two hubs as Azure returns them, with all they lean on.

`hub-prod` is a well-kept hub with a project; `hub-lab` is the hub that somebody clicked together, exactly as a real one
was recorded: no managed network, no private endpoint, a tag that means nothing to finance. It has an AI account of its
own and shares the search service of `hub-prod`. Shapes, odd casings and the undeclared fields are those of the
recordings (2025-11-04, api-version 2024-04-01).
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from local.synthetic import documents
from local.synthetic.documents import Document

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
LAB_ACCOUNT = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/ai-lab"
SEARCH = f"{GROUP}/providers/Microsoft.Search/searchServices/srch-prod"
LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-prod"

REGION = "eastus2"
TAGS = {"CostCenter": "CC-4711", "Environment": "prod", "Owner": "jane@contoso.example"}


def write(directory: Path, now: datetime) -> Path:
    """Write the documents to a folder, one file each, and return it. Image versions are dates before `now`."""
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.json"):
        old.unlink()
    for number, document in enumerate(_documents(now)):
        (directory / f"{number:02}-{document['name']}.json").write_text(json.dumps(document, indent=1))
    return directory


def _documents(now: datetime) -> Iterator[Document]:
    old, latest = (f"{now - timedelta(days=days):%y.%m.%d}" for days in (100, 50))
    yield _hub(HUB, STORAGE, VAULT, TAGS, isolated=True)
    yield _hub(LAB, LAB_STORAGE, LAB_VAULT, {"key3": "value3"}, isolated=False)
    yield documents.workspace(PROJECT, "Project", TAGS, documents.project_properties(HUB, STORAGE, VAULT))
    yield _connection("aoai", "AzureOpenAI", "https://ai-prod.openai.azure.com/", ACCOUNT)
    yield _connection("search", "CognitiveSearch", "https://srch-prod.search.windows.net/", SEARCH)
    yield _connection("aoai", "AzureOpenAI", "https://ai-lab.openai.azure.com/", LAB_ACCOUNT, LAB)
    yield _connection("search", "CognitiveSearch", "https://srch-prod.search.windows.net/", SEARCH, LAB)
    yield documents.compute(INSTANCE, "ComputeInstance", documents.instance(old, latest))
    yield documents.compute(f"{HUB}/computes/train", "AmlCompute", documents.cluster(1))
    yield documents.diagnostics(HUB, "to-log-prod", LOGS)
    disks = {"kind": "StorageV2", "sku": {"name": "Standard_LRS", "tier": "Standard"}}
    yield documents.dependent(STORAGE, TAGS, disks)
    yield documents.dependent(VAULT, TAGS)
    yield documents.dependent(ACCOUNT, TAGS, {"kind": "AIServices", "sku": {"name": "S0"}})
    yield documents.dependent(LAB_ACCOUNT, None, {"kind": "AIServices", "sku": {"name": "S0"}})
    yield documents.dependent(SEARCH, None, {"sku": {"name": "standard"}, "location": "East US 2"})
    yield documents.dependent(LAB_STORAGE, {}, disks)
    yield documents.dependent(LAB_VAULT, {})
    yield documents.dependent(LOGS, {"Owner": "platform@contoso.example"})


def project_body(hub: str) -> Document:
    """What somebody sends to create a project who does not think of finance."""
    return {
        "location": REGION,
        "kind": "Project",
        "identity": {"type": "SystemAssigned"},
        "sku": {"name": "Basic", "tier": "Basic"},
        "properties": {"friendlyName": "Vision", "hubResourceId": hub},
    }


def _hub(hub: str, storage: str, vault: str, tags: Document, *, isolated: bool) -> Document:
    projects = [PROJECT] if isolated else []
    properties = documents.hub_properties(storage, vault, GROUP, projects, isolated=isolated)
    return documents.workspace(hub, "Hub", tags, properties)


def _connection(name: str, category: str, target: str, resource: str, hub: str = HUB) -> Document:
    more = {"metadata": {"ApiType": "Azure", "ResourceId": resource}}
    return documents.connection(f"{hub}/connections/{name}", category, "AAD", target, more)
