"""Two places where keys are changed, over those of `key_worlds`: the fake, and the stand-in behind the adapter."""

from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobServiceClient

from local.azure.arm_ids import canonical
from local.azure.keyring import Standing
from shared.adapters.api_versions import MACHINE_LEARNING
from shared.adapters.key_rotator import AzureKeyRotator
from shared.key_ports import KeyRotator
from shared.model.errors import Conflict, Forbidden, Throttled
from shared.model.facts import Fact, Kind, Seen
from shared.model.key_facts import Slot, account_of
from shared.model.resource_id import ResourceId
from tests.contracts.key_worlds import FakeKeyWorld, KeyWorld, Service, StandInKeyWorld, connection_properties
from tests.contracts.worlds import StandInClock
from tests.fakes.keys import CHANGES

_PATHS = {Service.AI: "cognitiveservices/{name}/openai/models", Service.SEARCH: "search/{name}/indexes"}


class RotationWorld(KeyWorld, Protocol):
    """Accounts whose keys we may change; a test can make that go wrong."""

    @property
    def rotator(self) -> KeyRotator:
        """Who changes them."""

    async def fact(self, account: ResourceId) -> Fact:
        """An account as it is now."""

    async def now(self, consumer: Fact) -> Fact:
        """A connection or a secret as it is now."""

    async def opens(self, consumer: Fact) -> bool:
        """Whether the service lets somebody in who comes with what a consumer keeps."""

    def cut_off(self) -> int:
        """How often a service turned a caller away so far; for the fake, which has no callers, whose key we killed."""

    async def by_identity(self, connection: Fact) -> None:
        """Someone turns a connection to Entra ID."""

    async def gone(self, consumer: Fact) -> None:
        """Someone deletes a connection or a secret."""

    def lose_answer(self, account: ResourceId, *, done: bool) -> None:
        """The answer to the next regeneration is lost, after it was done or before."""

    def never_end(self, endpoint: ResourceId) -> None:
        """What an endpoint accepts does not end."""

    def refuse(self, subject: ResourceId, status: int) -> None:
        """Changing a key of an account, or a consumer, answers 403, 409 or 429."""

    def throttle_lists(self, account: ResourceId) -> None:
        """Listing an account's keys answers 429 and asks for an hour's patience."""

    def shut(self, account: ResourceId) -> None:
        """An account takes no keys any more, though it lists them."""

    def fence(self, account: ResourceId) -> None:
        """Network rules let nobody in."""


@dataclass
class FakeRotationWorld(FakeKeyWorld):
    """The fake."""

    @property
    def rotator(self) -> KeyRotator:
        """See `RotationWorld`."""
        return self.keys

    async def fact(self, account: ResourceId) -> Fact:
        """See `RotationWorld`."""
        return Fact.of({"id": str(account)})

    async def now(self, consumer: Fact) -> Fact:
        """See `RotationWorld`."""
        label = self.keys.labels.get(consumer.id)
        tags = {**consumer.raw.get("tags", {}), **({} if label is None else {"CredentialId": label})}
        return Fact.of({**consumer.raw, "tags": tags}) if consumer.kind is Kind.SECRET else consumer

    async def opens(self, consumer: Fact) -> bool:
        """See `RotationWorld`."""
        return self.keys.opens(consumer.id)

    def cut_off(self) -> int:
        """See `RotationWorld`."""
        return len(self.keys.killed)

    async def by_identity(self, connection: Fact) -> None:
        """See `RotationWorld`."""
        self.keys.forget(connection.id)

    async def gone(self, consumer: Fact) -> None:
        """See `RotationWorld`."""
        self.keys.forget(consumer.id)

    def lose_answer(self, account: ResourceId, *, done: bool) -> None:
        """See `RotationWorld`."""
        self.keys.lose_answer(account, done=done)

    def never_end(self, endpoint: ResourceId) -> None:
        """See `RotationWorld`."""
        self.keys.accept_only(endpoint)

    def refuse(self, subject: ResourceId, status: int) -> None:
        """See `RotationWorld`."""
        named = CHANGES[subject.type]
        errors = {403: Forbidden(f"403: grant {named}", named), 409: Conflict("409"), 429: Throttled("429", 3600)}
        self.keys.hinder(subject, errors[status])

    def throttle_lists(self, account: ResourceId) -> None:
        """See `RotationWorld`."""
        self.throttle(account)

    def shut(self, account: ResourceId) -> None:
        """See `RotationWorld`."""
        self.keys.proofs[account] = False

    def fence(self, account: ResourceId) -> None:
        """See `RotationWorld`."""
        self.keys.proofs[account] = None


@dataclass
class StandInRotationWorld(StandInKeyWorld):
    """The adapter, speaking to the stand-in over TLS, and to its data planes."""

    def __post_init__(self) -> None:
        """The same pipeline as everything else."""
        super().__post_init__()
        self.planes = f"{self.world.azure.url}/dataplane"
        self.rotator: KeyRotator = AzureKeyRotator(
            self.world.arm, self.planes, StandInClock(self.world.azure), self.world.vaults
        )
        self._turned_away = len(self.world.azure.ledger.turned_away)

    async def fact(self, account: ResourceId) -> Fact:
        """See `RotationWorld`."""
        return await self.world.inventory.get(account)

    async def now(self, consumer: Fact) -> Fact:
        """See `RotationWorld`."""
        return await self.world.inventory.get(consumer.id)

    async def opens(self, consumer: Fact) -> bool:
        """See `RotationWorld`."""
        account, key = account_of(consumer), self._kept_by(consumer)
        assert account is not None
        match Service.of(account):
            case Service.AI | Service.SEARCH as service:
                return await self._answers(_PATHS[service].format(name=account.name), key)
            case Service.STORAGE:
                return await self._lists_containers(account, key)
        # The hubs of all tests have one name, and endpoints are found by their hub's: ask whom the data plane asks.
        return self.world.azure.keys.standing(str(account), key) is Standing.LIVE

    def cut_off(self) -> int:
        """See `RotationWorld`."""
        return len(self.world.azure.ledger.turned_away) - self._turned_away

    async def by_identity(self, connection: Fact) -> None:
        """See `RotationWorld`."""
        account = ResourceId.parse(connection.text("properties", "metadata", "ResourceId"))
        body = {"properties": connection_properties(account, "AAD")}
        await self.world.arm.send("PUT", str(connection.id), MACHINE_LEARNING, body)

    async def gone(self, consumer: Fact) -> None:
        """See `RotationWorld`."""
        if consumer.kind is Kind.SECRET:
            self.world.azure.cloud.vaults.secrets.delete(str(consumer.id.parent), consumer.id.name)
        else:
            await self.world.arm.delete(str(consumer.id), MACHINE_LEARNING)
        assert (await self.world.inventory.get(consumer.id)).seen is Seen.ABSENT

    def lose_answer(self, account: ResourceId, *, done: bool) -> None:
        """See `RotationWorld`."""
        kind = "lostAnswer" if done else "reset"
        self._next({"kind": kind, "method": "POST", "path": f"{account}/regenerate*"})

    def never_end(self, endpoint: ResourceId) -> None:
        """See `RotationWorld`."""
        self.world.azure.cloud.faults.plan({"operations": {"hang": 1.0, "path": f"{endpoint}/regenerateKeys"}})

    def refuse(self, subject: ResourceId, status: int) -> None:
        """See `RotationWorld`."""
        told = {"status": status, "times": 99} | ({"retryAfter": 3600} if status == 429 else {})
        self._next(
            {"method": "POST", "path": f"{subject}/re*"} | told,
            {"method": "PATCH", "path": str(subject)} | told,
            {"method": "PUT", "path": f"/dataplane/vaults/{self.names.vault.name}/secrets/{subject.name}"} | told,
        )

    def throttle_lists(self, account: ResourceId) -> None:
        """See `RotationWorld`."""
        self.throttle(account)

    def shut(self, account: ResourceId) -> None:
        """See `RotationWorld`."""
        self.put_account(account, {"allowSharedKeyAccess": False, "disableLocalAuth": True})

    def fence(self, account: ResourceId) -> None:
        """See `RotationWorld`."""
        self._next({"method": "GET", "path": f"/dataplane/*/{account.name}/*", "status": 403, "times": 99})

    def _kept_by(self, consumer: Fact) -> str:
        if consumer.kind is Kind.SECRET:
            return str(self.world.azure.cloud.vaults.secrets.get(str(consumer.id.parent), consumer.id.name).value)
        return str(self.world.azure.state.secrets[canonical(str(consumer.id))]["key"])

    def _next(self, *faults: dict[str, Any]) -> None:
        self.world.azure.cloud.faults.plan({"next": list(faults)})

    async def _answers(self, path: str, key: str) -> bool:
        async with (
            aiohttp.ClientSession(headers={"api-key": key}) as session,
            session.get(f"{self.planes}/{path}") as answer,
        ):
            return answer.ok

    async def _lists_containers(self, account: ResourceId, key: str) -> bool:
        credential = AzureNamedKeyCredential(account.name, key)
        async with BlobServiceClient(f"{self.planes}/storage/{account.name}", credential) as client:
            try:
                return [one async for one in client.list_containers()] == []
            except HttpResponseError:
                return False


async def slots(world: RotationWorld, *consumers: Fact) -> list[Slot | None]:
    """Which key each keeps; all can be told."""
    held = (await world.keys.held(consumers)).held
    assert [one.problem for one in held.values()] == [""] * len(consumers)
    return [held[consumer.id].slot for consumer in consumers]
