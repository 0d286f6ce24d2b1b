"""Two places where keys are used: the fake, and Azure's stand-in behind the adapter."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from azure.storage.blob.aio import BlobServiceClient

from shared.adapters.api_versions import DIAGNOSTIC_SETTINGS, MACHINE_LEARNING, api_version
from shared.adapters.key_uses import AzureKeyUses
from shared.adapters.log_query import ResourceLogs
from shared.key_ports import KeyUses
from shared.model.errors import DependencyDown, Forbidden
from shared.model.facts import Fact, Kind, kind_of
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from tests.contracts.estate import Names
from tests.contracts.worlds import StandInWorld
from tests.fakes import FakeClock, FakeUses

READ_LOGS = "Microsoft.Insights/logs/*/read"
READ_EVENTS = "Microsoft.Insights/eventtypes/values/read"
SERVICES = ("blob", "file", "queue", "table")

_TAILS = {
    Kind.AI_ACCOUNT: "Microsoft.CognitiveServices/accounts/aoai",
    Kind.SEARCH: "Microsoft.Search/searchServices/srch",
}


class UseWorld(Protocol):
    """Accounts that somebody calls, with logs that may be kept."""

    names: Names

    @property
    def uses(self) -> KeyUses:
        """Whom to ask."""

    def now(self) -> datetime:
        """The moment; what happens next is later."""

    def later(self) -> datetime:
        """A moment after all that has happened."""

    def account(self, kind: Kind) -> Fact:
        """Someone creates an account of a kind."""

    async def keep_logs(self, account: Fact) -> None:
        """Someone lets all requests to an account be logged."""

    async def call(self, account: Fact, slot: Slot, agent: str = "app/1.0") -> None:
        """Someone calls a storage account with the key in a slot, and says who it is."""

    async def visit(self, account: Fact) -> None:
        """Someone calls a storage account by identity."""

    async def write(self, account: Fact) -> None:
        """Someone writes an account."""

    async def regenerate(self, account: Fact) -> None:
        """Someone puts a new key into the first slot."""

    def deny(self, permission: str) -> None:
        """Our identity loses a permission, of `READ_LOGS` and `READ_EVENTS`."""

    def fail(self) -> None:
        """Both kinds of logs answer 503, again and again."""


@dataclass
class FakeUseWorld:
    """The fake."""

    names: Names
    uses: FakeUses = field(default_factory=FakeUses)
    clock: FakeClock = field(default_factory=FakeClock)

    def now(self) -> datetime:
        """See `UseWorld`."""
        return self.clock.advance(seconds=1)

    def later(self) -> datetime:
        """See `UseWorld`."""
        return self.clock.now() + timedelta(seconds=1)

    def account(self, kind: Kind) -> Fact:
        """See `UseWorld`."""
        return Fact.of({"id": str(_account(self.names, kind))})

    async def keep_logs(self, account: Fact) -> None:
        """See `UseWorld`."""
        self.uses.keep_logs(account.id)

    async def call(self, account: Fact, slot: Slot, agent: str = "app/1.0") -> None:
        """See `UseWorld`."""
        self.uses.use(account.id, slot, self.now(), f"127.0.0.1 {agent}")

    async def visit(self, account: Fact) -> None:
        """See `UseWorld`."""
        self.uses.use(account.id, None, self.now())

    async def write(self, account: Fact) -> None:
        """See `UseWorld`."""
        self.uses.make(account.id, self.now())

    async def regenerate(self, account: Fact) -> None:
        """See `UseWorld`."""
        self.uses.make(account.id, self.now())

    def deny(self, permission: str) -> None:
        """See `UseWorld`."""
        error = Forbidden(f"403 AuthorizationFailed: grant {permission} to the app's identity", permission)
        if permission == READ_LOGS:
            self.uses.trouble = error
        else:
            self.uses.activity_trouble = error

    def fail(self) -> None:
        """See `UseWorld`."""
        self.uses.trouble = self.uses.activity_trouble = DependencyDown("503 ServiceUnavailable")


@dataclass
class StandInUseWorld:
    """The adapter, speaking to the stand-in over TLS."""

    world: StandInWorld
    logs: ResourceLogs

    def __post_init__(self) -> None:
        """The same subscription, and the same pipeline."""
        self.names = self.world.names
        self.azure = self.world.azure
        self.uses: KeyUses = AzureKeyUses(self.world.arm, self.logs)

    def now(self) -> datetime:
        """See `UseWorld`."""
        return self.azure.clock.now()

    def later(self) -> datetime:
        """See `UseWorld`: the stand-in's activity log tells moments to the second."""
        return self.azure.clock.now() + timedelta(seconds=2)

    def account(self, kind: Kind) -> Fact:
        """See `UseWorld`."""
        account = _account(self.names, kind)
        document = {"id": str(account), "name": account.name, "type": account.type, "location": "westeurope"}
        endpoints = {service: f"https://{account.name}.{service}.core.windows.net/" for service in (*SERVICES, "dfs")}
        self.world.put({**document, "properties": {"primaryEndpoints": endpoints}})
        return Fact.of(document | {"properties": {"primaryEndpoints": endpoints}})

    async def keep_logs(self, account: Fact) -> None:
        """See `UseWorld`."""
        for service in SERVICES:
            await self.set_logs(account, service, {"categoryGroup": "allLogs", "enabled": True})

    async def set_logs(self, account: Fact, service: str, *logs: dict[str, Any]) -> None:
        """Someone lets some requests to a service of an account be logged."""
        setting = f"{account.id}/{service}Services/default/providers/Microsoft.Insights/diagnosticSettings/all"
        body = {"properties": {"workspaceId": str(self.names.logs), "logs": list(logs)}}
        await self.world.arm.send("PUT", setting, DIAGNOSTIC_SETTINGS, body)

    def log(self, account: Fact, table: str, **columns: str) -> None:
        """Azure logs a request that the stand-in's data plane does not take."""
        row = {"TimeGenerated": self.now().isoformat(), "_ResourceId": account.id.key, **columns}
        self.azure.cloud.tables.emit(table, [row])

    async def call(self, account: Fact, slot: Slot, agent: str = "app/1.0") -> None:
        """See `UseWorld`."""
        key = self.azure.keys.live(str(account.id)).of(1 if slot is Slot.FIRST else 2).value
        credential = {"account_name": account.id.name, "account_key": key}
        url = f"{self.azure.url}/dataplane/storage/{account.id.name}"
        async with BlobServiceClient(url, credential) as client:
            _ = [one async for one in client.list_containers(headers={"User-Agent": agent})]

    async def visit(self, account: Fact) -> None:
        """See `UseWorld`."""
        self.log(account, "StorageBlobLogs", AuthenticationType="OAuth", AuthenticationHash="B3CC9D5C")

    async def write(self, account: Fact) -> None:
        """See `UseWorld`."""
        await self.world.arm.send("PATCH", str(account.id), api_version(account.id), {"tags": {"Stage": "test"}})

    async def regenerate(self, account: Fact) -> None:
        """See `UseWorld`."""
        path = "regenerateAdminKey/primary" if kind_of(account.id) is Kind.SEARCH else "regenerateKey"
        await self.world.arm.send("POST", f"{account.id}/{path}", api_version(account.id), {"keyName": "key1"})

    async def regenerate_endpoint(self) -> Fact:
        """Someone regenerates the primary key of the hub's online endpoint, which takes its time."""
        path = f"{self.names.endpoint}/regenerateKeys"
        await self.world.arm.send("POST", path, MACHINE_LEARNING, {"keyType": "Primary"})
        await self.azure.clock.elapse(1)
        return Fact.of({"id": str(self.names.endpoint)})

    def deny(self, permission: str) -> None:
        """See `UseWorld`."""
        left = {READ_LOGS, READ_EVENTS} - {permission}
        self.azure.directory.limit(self.azure.options.app_object_id, tuple(left))

    def fail(self) -> None:
        """See `UseWorld`."""
        struck = [
            {"method": method, "path": path, "status": 503, "times": 99, "retryAfter": 0} for method, path in _ASKED
        ]
        self.azure.cloud.faults.plan({"next": struck})


_ASKED = (("POST", "/v1/*/query"), ("GET", "*/eventtypes/management/values"))


def _account(names: Names, kind: Kind) -> ResourceId:
    # A storage account's name is unique in all of Azure, and so in the stand-in that the tests share.
    tail = _TAILS.get(kind) or f"Microsoft.Storage/storageAccounts/st{names.subscription.replace('-', '')[:20]}"
    return ResourceId.parse(f"{names.group}/providers/{tail}")
