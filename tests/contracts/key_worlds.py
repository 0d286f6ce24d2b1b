"""Two places where keys are kept in the estate of `estate.py`: the fake, and Azure's stand-in behind the adapter."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from local.azure.arm_ids import canonical
from shared.adapters.api_versions import MACHINE_LEARNING, api_version
from shared.adapters.key_reader import AzureKeyReader
from shared.key_ports import KeyReader
from shared.model.action import ResyncKeys
from shared.model.errors import DependencyDown, Rejected
from shared.model.facts import Fact, Kind, kind_of
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from tests.contracts.estate import Names
from tests.contracts.worlds import StandInWorld, secret_uri, step
from tests.fakes import FakeKeys
from tests.fakes.keys import LISTS

LIST_QUERY_KEYS = "Microsoft.Search/searchServices/listQueryKeys/action"
PERMISSIONS = frozenset({*LISTS.values(), LIST_QUERY_KEYS})
"""All that looking at keys takes."""


class Service(StrEnum):
    """What has two keys: the type of its resources."""

    AI = "Microsoft.CognitiveServices/accounts"
    SEARCH = "Microsoft.Search/searchServices"
    STORAGE = "Microsoft.Storage/storageAccounts"
    ONLINE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
    SERVERLESS = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints"

    @classmethod
    def of(cls, account: ResourceId) -> "Service":
        """The service of an account."""
        return next(service for service in cls if service.casefold() == account.type)


_CATEGORIES = {
    Service.AI: "AzureOpenAI",
    Service.SEARCH: "CognitiveSearch",
    Service.STORAGE: "AzureBlob",
    Service.ONLINE: "ApiKey",
    Service.SERVERLESS: "Serverless",
}
_HOSTS = {
    Service.AI: "openai.azure.com",
    Service.SEARCH: "search.windows.net",
    Service.STORAGE: "blob.core.windows.net",
    Service.ONLINE: "westeurope.inference.ml.azure.com",
    Service.SERVERLESS: "westeurope.models.ai.azure.com",
}
_KEY_NAMES = {Slot.FIRST: "key1", Slot.SECOND: "key2"}
_FOREIGN = "f0re1gnf0re1gnf0re1gnf0re1gn0123"


class KeyWorld(Protocol):
    """Accounts with two keys and what keeps a copy of one; a test can regenerate, delete and refuse."""

    names: Names

    @property
    def keys(self) -> KeyReader:
        """Whom to ask."""

    def account(self, service: Service) -> ResourceId:
        """Someone creates an account of a service, or the one that is there."""

    async def connection(self, account: ResourceId, slot: Slot | None, name: str = "kept") -> Fact:
        """Someone gives the hub a connection with the key in a slot, and shares it; None: with another key."""

    async def view(self, connection: Fact) -> Fact:
        """The same connection as the hub's project sees it."""

    async def secret(self, account: ResourceId, slot: Slot | None, name: str = "kept", *, enabled: bool = True) -> Fact:
        """Someone puts the key in a slot into a vault, under tags that say so; None: another key."""

    async def workspace(self) -> Fact:
        """The hub, which keeps the first key of its storage account."""

    async def bare_workspace(self) -> Fact:
        """A hub that says which its storage account is, and keeps no key of it."""

    async def regenerate(self, account: ResourceId, slot: Slot) -> None:
        """Someone puts a new key into a slot."""

    async def resync(self, workspace: Fact) -> None:
        """We let a workspace learn the present first key of its storage, and it has."""

    async def settle(self) -> None:
        """What Azure has accepted so far is carried out."""

    def delete(self, account: ResourceId) -> None:
        """Someone deletes an account."""

    def turn_keys_off(self, account: ResourceId) -> None:
        """Someone turns local authentication off."""

    def deny(self, permission: str) -> None:
        """Our identity loses a permission of `PERMISSIONS`."""

    def fail(self, consumer: Fact) -> None:
        """Asking for the key of a connection or a secret answers 503, again and again."""

    def throttle(self, account: ResourceId) -> None:
        """Asking for an account's keys answers 429 and asks for an hour's patience."""


@dataclass
class FakeKeyWorld:
    """The fake."""

    names: Names
    keys: FakeKeys = field(default_factory=FakeKeys)

    def account(self, service: Service) -> ResourceId:
        """See `KeyWorld`."""
        account = account_id(self.names, service)
        self.keys.open(account)
        return account

    async def connection(self, account: ResourceId, slot: Slot | None, name: str = "kept") -> Fact:
        """See `KeyWorld`."""
        connection = self.names.hub.child("connections", name)
        self.keys.keep(connection, account, slot)
        made_by = {"createdByWorkspaceArmId": str(self.names.hub)}
        return Fact.of({"id": str(connection), "properties": connection_properties(account) | made_by})

    async def view(self, connection: Fact) -> Fact:
        """See `KeyWorld`."""
        return Fact.of({**connection.raw, "id": str(self.names.project.child("connections", connection.id.name))})

    async def secret(self, account: ResourceId, slot: Slot | None, name: str = "kept", *, enabled: bool = True) -> Fact:
        """See `KeyWorld`."""
        secret = self.names.vault.child("secrets", name)
        self.keys.keep(secret, account, slot)
        properties = {"attributes": {"enabled": enabled}, "secretUri": secret_uri(secret)}
        return Fact.of({"id": str(secret), "tags": secret_tags(account, slot), "properties": properties})

    async def workspace(self) -> Fact:
        """See `KeyWorld`."""
        self.keys.keep(self.names.hub, self.names.storage, Slot.FIRST)
        return _workspace(self.names.hub, self.names.storage)

    async def bare_workspace(self) -> Fact:
        """See `KeyWorld`."""
        self.keys.open(self.names.storage)
        return _workspace(self.names.other_hub, self.names.storage)

    async def regenerate(self, account: ResourceId, slot: Slot) -> None:
        """See `KeyWorld`."""
        self.keys.renew(account, slot)

    async def resync(self, workspace: Fact) -> None:
        """See `KeyWorld`."""
        self.keys.keep(workspace.id, self.names.storage, Slot.FIRST)

    async def settle(self) -> None:
        """See `KeyWorld`."""
        self.keys.finish()

    def delete(self, account: ResourceId) -> None:
        """See `KeyWorld`."""
        self.keys.close(account)

    def turn_keys_off(self, account: ResourceId) -> None:
        """See `KeyWorld`."""
        self.keys.refuse(account, Rejected("400 BadRequest: disableLocalAuth is set to be true"))

    def deny(self, permission: str) -> None:
        """See `KeyWorld`."""
        self.keys.deny(next(kind for kind, named in LISTS.items() if named == permission))

    def fail(self, consumer: Fact) -> None:
        """See `KeyWorld`."""
        self.keys.refuse(consumer.id, DependencyDown("503 ServerBusy"))

    def throttle(self, account: ResourceId) -> None:  # noqa: ARG002 - the fake throttles all
        """See `KeyWorld`."""
        self.keys.throttle(3600)


@dataclass
class StandInKeyWorld:
    """The adapter, speaking to the stand-in over TLS; what people do goes through ARM too."""

    world: StandInWorld

    def __post_init__(self) -> None:
        """The same subscription, and the same pipeline."""
        self.names = self.world.names
        self.keys: KeyReader = AzureKeyReader(self.world.arm, self.world.vaults)

    def account(self, service: Service) -> ResourceId:
        """See `KeyWorld`."""
        account = account_id(self.names, service)
        self.put_account(account, {})
        return account

    async def connection(self, account: ResourceId, slot: Slot | None, name: str = "kept") -> Fact:
        """See `KeyWorld`."""
        connection = self.names.hub.child("connections", name)
        credentials = {"credentials": {"key": await self._key(account, slot)}}
        body = {"properties": connection_properties(account) | credentials}
        await self.world.arm.send("PUT", str(connection), MACHINE_LEARNING, body)
        return await self.world.inventory.get(connection)

    async def view(self, connection: Fact) -> Fact:
        """See `KeyWorld`."""
        return await self.world.inventory.get(self.names.project.child("connections", connection.id.name))

    async def secret(self, account: ResourceId, slot: Slot | None, name: str = "kept", *, enabled: bool = True) -> Fact:
        """See `KeyWorld`."""
        secret = self.names.vault.child("secrets", name)
        properties = {"value": await self._key(account, slot), "attributes": {"enabled": enabled}}
        await self.world.put_secret(secret, {"tags": secret_tags(account, slot), "properties": properties})
        return await self.world.inventory.get(secret)

    async def workspace(self) -> Fact:
        """See `KeyWorld`."""
        # The stand-in's workspace learns its key when it is first asked for it.
        await self._post(f"{self.names.hub}/listKeys", self.names.hub)
        return await self.world.inventory.get(self.names.hub)

    async def bare_workspace(self) -> Fact:
        """See `KeyWorld`."""
        self.world.azure.state.secrets[canonical(str(self.names.other_hub))] = {"userStorageKey": None}
        return _workspace(self.names.other_hub, self.names.storage)

    async def regenerate(self, account: ResourceId, slot: Slot) -> None:
        """See `KeyWorld`."""
        if kind_of(account) is Kind.ENDPOINT:
            self.world.azure.keys.regenerate(str(account), 1 if slot is Slot.FIRST else 2)
        elif kind_of(account) is Kind.SEARCH:
            which = "primary" if slot is Slot.FIRST else "secondary"
            await self._post(f"{account}/regenerateAdminKey/{which}", account)
        else:
            await self._post(f"{account}/regenerateKey", account, {"keyName": _KEY_NAMES[slot]})

    async def resync(self, workspace: Fact) -> None:
        """See `KeyWorld`."""
        await self.world.actuator.apply(step(workspace.id, ResyncKeys()))
        await self.settle()

    async def settle(self) -> None:
        """See `KeyWorld`."""
        await self.world.settle()

    def delete(self, account: ResourceId) -> None:
        """See `KeyWorld`."""
        self.world.azure.state.remove(str(account))

    def turn_keys_off(self, account: ResourceId) -> None:
        """See `KeyWorld`."""
        self.put_account(account, {"disableLocalAuth": True})

    def deny(self, permission: str) -> None:
        """See `KeyWorld`."""
        self.world.azure.directory.limit(
            self.world.azure.options.app_object_id, tuple(sorted(PERMISSIONS - {permission}))
        )

    def fail(self, consumer: Fact) -> None:
        """See `KeyWorld`."""
        if consumer.kind is Kind.SECRET:
            self._plan(f"/dataplane/vaults/{self.names.vault.name}/secrets/{consumer.id.name}", 503, 0, "GET")
        else:
            self._plan(f"{consumer.id}/listsecrets", 503, 0)

    def throttle(self, account: ResourceId) -> None:
        """See `KeyWorld`."""
        self._plan(f"{account}/list*", 429, 3600)

    def put_account(self, account: ResourceId, properties: dict[str, Any]) -> None:
        """Someone creates an account with these properties, or replaces it."""
        named = {"id": str(account), "name": account.name, "location": "westeurope"}
        mode = {"authMode": "Key"} if kind_of(account) is Kind.ENDPOINT else {}
        self.world.put({**named, "type": Service.of(account), "kind": "OpenAI", "properties": mode | properties})

    async def _key(self, account: ResourceId, slot: Slot | None) -> str:
        if slot is None:
            return _FOREIGN
        if slot is Slot.QUERY:
            made = await self._post(f"{account}/createQueryKey/app", account)
            return str(made["key"])
        return self.world.azure.keys.live(str(account)).of(1 if slot is Slot.FIRST else 2).value

    async def _post(self, path: str, resource: ResourceId, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return dict(await self.world.arm.send("POST", path, api_version(resource), body))

    def _plan(self, path: str, status: int, retry_after: int, method: str = "POST") -> None:
        struck = {"method": method, "path": path, "status": status, "times": 99, "retryAfter": retry_after}
        self.world.azure.cloud.faults.plan({"next": [struck]})


def connection_properties(account: ResourceId, auth: str = "ApiKey") -> dict[str, Any]:
    """What a connection to an account says of itself, and shares with the hub's projects."""
    return {
        "authType": "AccountKey" if kind_of(account) is Kind.STORAGE and auth == "ApiKey" else auth,
        "category": _CATEGORIES[Service.of(account)],
        "target": f"https://{account.name}.{_HOSTS[Service.of(account)]}/",
        "metadata": {"ResourceId": str(account)},
        "isSharedToAll": True,
    }


def account_id(names: Names, service: Service) -> ResourceId:
    """The id of the estate's account of a service; its name is nobody else's in all of the stand-in."""
    name = f"{service.name.lower()}{names.subscription[:8]}"
    if service in {Service.ONLINE, Service.SERVERLESS}:
        return names.hub.child(service.rpartition("/")[2], name)
    return ResourceId.parse(f"{names.group}/providers/{service}/{name}")


def secret_tags(account: ResourceId, slot: Slot | None) -> dict[str, str]:
    """What Microsoft's rotation functions want to read on a secret."""
    return {"CredentialId": _KEY_NAMES.get(slot or Slot.FIRST, "query"), "ProviderAddress": str(account)}


def _workspace(workspace: ResourceId, storage: ResourceId) -> Fact:
    return Fact.of({"id": str(workspace), "kind": "Hub", "properties": {"storageAccount": str(storage)}})
