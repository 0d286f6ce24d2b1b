"""
The estate that the offline plan and the stage are measured on: as many hubs as wanted, one like the other.

Per hub ten resources: the hub, two projects, two connections, a compute instance, a cluster, storage, vault and
registry; beside them a diagnostic setting. Ten hubs share an AI services account, which carries 30 KB of rate limits
as Azure sends them. With `flawed`, every tenth hub breaks most rules and lacks its diagnostic setting.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.synthetic.documents import (
    Document,
    cluster,
    compute,
    connection,
    dependent,
    diagnostics,
    hub_properties,
    instance,
    project_properties,
    workspace,
)

SUBSCRIPTION = "5f3c0d1e-0000-4000-8000-00000000be7c"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-bench"
ML = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-bench"
TAGS = {"CostCenter": "CC-4711", "Environment": "prod", "Owner": "jane@contoso.example"}
HUBS_AN_ACCOUNT = 10
ONE_IN = 10
_IMAGE = "25.11.03"
_OLD_IMAGE = "25.01.03"
_RATE_LIMITS = 120


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
            yield _account(names.account)


def _family(names: Names, *, good: bool) -> Iterator[Document]:
    tags: Document = TAGS if good else {"env": "prod"}
    projects = [names.project(which) for which in (0, 1)]
    properties = hub_properties(names.storage, names.vault, GROUP, projects, isolated=good)
    yield workspace(names.hub, "Hub", tags, properties | {"containerRegistry": names.registry})
    for project in projects:
        yield workspace(project, "Project", tags, project_properties(names.hub, names.storage, names.vault))
    yield _connection(names.connection, names.account, good=good)
    yield _connection(f"{projects[0]}/connections/aoai", names.account, good=good)
    idle = {"idleTimeBeforeShutdown": "PT60M" if good else None}
    on_image = instance(_IMAGE if good else _OLD_IMAGE, _IMAGE, idle)
    yield compute(f"{projects[0]}/computes/ci-jane", "ComputeInstance", on_image)
    yield compute(names.cluster, "AmlCompute", cluster(0 if good else 1))
    for resource in (names.storage, names.vault, names.registry):
        yield dependent(resource, tags, {"sku": {"name": "Standard"}}, {"publicNetworkAccess": "Disabled"})
    if good:
        yield diagnostics(names.hub, "to-logs", LOGS)


def _connection(connection_id: str, account: str, *, good: bool) -> Document:
    more = {"isSharedToAll": not good, "metadata": {"ApiType": "Azure", "ResourceId": account}}
    auth = "AAD" if good else "ApiKey"
    return connection(connection_id, "AzureOpenAI", auth, "https://ai.openai.azure.com/", more)


def _account(account: str) -> Document:
    """An AI services account with its rate limits, three quarters of what Azure sends about one."""
    paths = [{"path": f"openai/deployments/*/operation{number}/*", "method": "POST"} for number in range(3)]
    rule = {"renewalPeriod": 60, "count": 30.0, "matchPatterns": paths, "dynamicThrottlingEnabled": False}
    rules = [{"key": f"openai.operation{number}", **rule} for number in range(_RATE_LIMITS)]
    properties = {"callRateLimit": {"rules": rules}, "disableLocalAuth": True}
    return dependent(account, TAGS, {"kind": "AIServices", "sku": {"name": "S0"}}, properties)
