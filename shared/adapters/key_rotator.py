"""
Changes the keys of accounts, and which of them consumers keep. The engine's `KeyRotator`.

To regenerate a key is the one write that is never sent twice: the second would kill what the first one made. All else
here may be repeated. Keys are listed for one call, pass through memory as `Secret`s, and are let go with it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from shared.adapters.account_keys import AccountKeys
from shared.adapters.api_versions import api_version
from shared.adapters.arm import Arm
from shared.adapters.clock import SystemClock
from shared.adapters.connections import is_of_its_account, permission, writable
from shared.adapters.data_planes import DataPlanes
from shared.adapters.operations import Operation
from shared.adapters.secret import Secret
from shared.adapters.together import together
from shared.adapters.vault_secrets import VaultSecrets, move_secret
from shared.model.action import ResyncKeys
from shared.model.errors import HubwardenError, Rejected, Throttled, Unsure
from shared.model.facts import WORKSPACES, Fact, Kind
from shared.model.key_facts import HOLDING, Slot, account_of, slot_name
from shared.model.resource_id import ResourceId
from shared.model.rotation import Proof
from shared.ports import Clock

LONGEST_OPERATION: Final = 60.0
"""Seconds that an accepted regeneration is followed; an online endpoint takes one in a while (CONTRACTS §5)."""

_BETWEEN_LOOKS: Final = 5.0
"""Seconds between two looks at an operation, where Azure asks for none."""
_AT_ONCE: Final = 4
"""Consumers that are moved at once, of all accounts."""


@dataclass(frozen=True)
class _Renewal:
    """How a type of account is told to make a key anew."""

    action: str
    field: str
    """Where the body names the slot; empty where the path does."""
    names: tuple[str, str]
    permission: str

    def request(self, account: ResourceId, slot: Slot) -> tuple[str, dict[str, str] | None]:
        """Path and body."""
        name = self.names[0 if slot is Slot.FIRST else 1]
        path = f"{account}/{self.action}"
        return (path, {self.field: name}) if self.field else (f"{path}/{name}", None)


_ENDPOINTS: Final = "Microsoft.MachineLearningServices/workspaces"
_RENEWALS: Final[Mapping[str, _Renewal]] = {
    "microsoft.cognitiveservices/accounts": _Renewal(
        "regenerateKey", "keyName", ("Key1", "Key2"), "Microsoft.CognitiveServices/accounts/regenerateKey/action"
    ),
    "microsoft.search/searchservices": _Renewal(
        "regenerateAdminKey", "", ("primary", "secondary"), "Microsoft.Search/searchServices/regenerateAdminKey/action"
    ),
    "microsoft.storage/storageaccounts": _Renewal(
        "regenerateKey", "keyName", ("key1", "key2"), "Microsoft.Storage/storageAccounts/regenerateKey/action"
    ),
    "microsoft.machinelearningservices/workspaces/onlineendpoints": _Renewal(
        "regenerateKeys", "keyType", ("Primary", "Secondary"), f"{_ENDPOINTS}/onlineEndpoints/regenerateKeys/action"
    ),
    "microsoft.machinelearningservices/workspaces/serverlessendpoints": _Renewal(
        "regenerateKeys", "keyType", ("Primary", "Secondary"), f"{_ENDPOINTS}/serverlessEndpoints/regenerateKeys/action"
    ),
}
"""By type, in lower case (CONTRACTS §5 and §6)."""


class AzureKeyRotator:
    """Regenerates and moves keys through ARM and vaults, and tries them at each service's own host."""

    def __init__(
        self, arm: Arm, data_plane: str = "", clock: Clock | None = None, vaults: VaultSecrets | None = None
    ) -> None:
        """
        Work through ARM; `data_plane` is where all services listen under one address, as in `DataPlanes`.

        Secrets are moved through `vaults`; without, none is, and `move` says so of each.
        """
        self._arm = arm
        self._vaults = vaults
        self._keys = AccountKeys(arm)
        self._planes = DataPlanes(data_plane)
        self._clock = clock or SystemClock()
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def regenerate(self, account: Fact, slot: Slot) -> None:
        """
        See `KeyRotator.regenerate`: one request, and looks at what an endpoint carries out over a while.

        Raises Unsure when that has not ended after `LONGEST_OPERATION`, Rejected when it failed, and for an account or
        a slot that has no such request.
        """
        renewal = _RENEWALS.get(account.id.type)
        if renewal is None or slot is Slot.QUERY:
            raise Rejected(
                f"{account.id.name}: a {slot_name(slot, account.id)} is nothing that can be regenerated here"
            )
        path, body = renewal.request(account.id, slot)
        version = api_version(account.id)
        operation = await self._arm.send_once("POST", path, version, body, needs=renewal.permission)
        await self._end(operation, f"POST {path}")

    async def move(self, account: Fact, slot: Slot, consumers: Sequence[Fact]) -> Mapping[ResourceId, str]:
        """
        See `KeyRotator.move`: one list of keys; then two requests a connection or a vault secret, one a workspace.

        A third for a connection of a Foundry project, which may be only a view: then its account's own takes the key,
        and the view shows it. A few at once. A connection or secret that is gone by now, keeps no key any more or one
        of another account is left as it is. Once Azure throttles, nobody else is begun with.
        """
        placed = _Placed(account.id, slot, await self._keys.one(account.id, slot))
        return await _Move(self._arm, self._vaults, self._room, placed, self._clock.now()).carry_out(consumers)

    async def prove(self, account: Fact, slot: Slot, now: datetime) -> Proof:
        """See `KeyRotator.prove`: one list of keys and one call; neither where there is no harmless call."""
        if why := self._planes.silence(account):
            return Proof(None, why, now)
        opened, told = await self._planes.opened(account, await self._keys.one(account.id, slot))
        return Proof(opened, told, now)

    async def _end(self, operation: Operation | None, doing: str) -> None:
        """Wait for the end of what Azure has only accepted."""
        end = self._clock.now() + timedelta(seconds=LONGEST_OPERATION)
        while operation is not None:
            left = (end - self._clock.now()).total_seconds()
            if left <= 0:
                raise Unsure(f"{doing}: Azure accepted it and has not ended it after {LONGEST_OPERATION:g} s")
            await self._clock.pause(min(operation.wait or _BETWEEN_LOOKS, left))
            operation = await self._arm.follow(operation)


@dataclass(frozen=True)
class _Placed:
    """A key, and where it is."""

    account: ResourceId
    slot: Slot
    key: Secret


@dataclass
class _Move:
    """One key on its way to those who are to keep it."""

    _arm: Arm
    _vaults: VaultSecrets | None
    _room: asyncio.Semaphore
    _placed: _Placed
    _now: datetime
    _throttled: Throttled | None = field(default=None, init=False)

    async def carry_out(self, consumers: Sequence[Fact]) -> dict[ResourceId, str]:
        """What Azure said to each that was not moved; the writes that are under way end before this does."""
        wanted = list({consumer.id: consumer for consumer in consumers}.values())
        said = await together(self._outcome(consumer) for consumer in wanted)
        if self._throttled is not None:
            raise self._throttled
        return {consumer.id: problem for consumer, problem in zip(wanted, said, strict=True) if problem}

    async def _outcome(self, consumer: Fact) -> str:
        """Empty for one that was moved."""
        async with self._room:
            if self._throttled is not None:
                return ""
            try:
                return await self._moved(consumer)
            except Throttled as error:  # not the error itself, which keeps where it was raised, and so the key
                self._throttled = Throttled(str(error), error.retry_after)
            except HubwardenError as error:
                return str(error)
        return ""

    async def _moved(self, consumer: Fact) -> str:
        """Raise, or say why there was nothing to do; empty when it was done."""
        if consumer.kind in WORKSPACES:
            path, needs = f"{consumer.id}/resyncKeys", ResyncKeys.permission
            await self._arm.send("POST", path, api_version(consumer.id), None, needs=needs)
            return ""
        if consumer.kind is Kind.SECRET:
            return await self._moved_secret(consumer)
        return await self._moved_connection(consumer)

    async def _moved_connection(self, seen: Fact) -> str:
        """Its full writable set as it is now, with the key."""
        path, version = str(seen.id), api_version(seen.id)
        document = await self._arm.get(path, version, needs=permission(seen.id, "read"))
        if document is None:
            return f"{seen.id.name}: the connection is gone (404)"
        now = Fact(seen.id, seen.kind, document)
        if why := self._stranger(now):
            return why
        if await is_of_its_account(self._arm, now):
            return ""
        properties = writable(document) | {"credentials": {"key": self._placed.key.reveal()}}
        await self._arm.send("PATCH", path, version, {"properties": properties}, needs=permission(seen.id, "write"))
        return ""

    async def _moved_secret(self, secret: Fact) -> str:
        """See `move_secret`, which also looks whose key it is now."""
        if self._vaults is None:
            return f"{secret.id.name}: nobody here writes secrets in vaults"
        placed = self._placed
        await move_secret(self._vaults, secret, placed.key, placed.slot, placed.account, self._now)
        return ""

    def _stranger(self, now: Fact) -> str:
        """Why a connection must not be given this key, as it is now; empty where it keeps one of this account."""
        auth = now.text("properties", "authType")
        if now.kind is not Kind.CONNECTION or auth not in HOLDING:
            return f"{now.id.name}: it keeps no key of an account, its authType is {auth or 'unknown'}"
        account = self._placed.account
        if account_of(now) != account:
            return f"{now.id.name}: it keeps no key of {account.name}, by what it says of itself now"
        return ""
