"""
Which key of its account each consumer keeps, by comparing them in memory. The rules' `KeyReader`.

Keys come by POST, and nothing else does: ARM counts each list of them as a write (CONTRACTS §7), so an account is asked
once a look, and only when somebody keeps a key of it. Each key becomes a `Secret` as soon as its answer is read.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final

from shared.adapters.api_versions import api_version
from shared.adapters.arm import Arm
from shared.adapters.secret import Secret
from shared.adapters.vault_secrets import VaultSecrets, value_in
from shared.model.errors import Forbidden, HubwardenError, Rejected, Throttled
from shared.model.facts import WORKSPACES, Fact, Json, Kind, kind_of
from shared.model.key_facts import Held, KeyFacts, Slot, account_of
from shared.model.resource_id import ResourceId

_CONNECTION: Final = ("listsecrets", "Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action")
_WORKSPACE: Final = ("listKeys", "Microsoft.MachineLearningServices/workspaces/listKeys/action")
_QUERY: Final = ("listQueryKeys", "Microsoft.Search/searchServices/listQueryKeys/action")
_ACCOUNT: Final = {
    Kind.AI_ACCOUNT: ("listKeys", "Microsoft.CognitiveServices/accounts/listKeys/action"),
    Kind.SEARCH: ("listAdminKeys", "Microsoft.Search/searchServices/listAdminKeys/action"),
    Kind.STORAGE: ("listKeys", "Microsoft.Storage/storageAccounts/listKeys/action"),
}
"""What each is asked for, and the permission that takes."""

_FIELDS: Final = {Kind.AI_ACCOUNT: ("key1", "key2"), Kind.SEARCH: ("primaryKey", "secondaryKey")}
"""Where the two slots stand in the answer; Storage sends a list."""

_AT_ONCE: Final = 4
"""Lists under way at once, of all hubs that this process looks at: once the first two hundred writes are spent, Azure
takes ten a second, and more callers than can share these would only use up each other's patience."""

type _Keys = Sequence[tuple[Slot, Secret]]


class AzureKeyReader:
    """Compares the keys that Azure shows; what it does not show becomes a `Held` that says why."""

    def __init__(self, arm: Arm, vaults: VaultSecrets | None = None) -> None:
        """Ask through ARM, and for the values of secrets the vaults themselves; without `vaults` none is compared."""
        self._arm = arm
        self._vaults = vaults
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def held(self, consumers: Sequence[Fact]) -> KeyFacts:
        """See `KeyReader.held`: one request a consumer, one an account, one more a search service with a stranger."""
        named = {fact.id: (fact, account) for fact in consumers if (account := account_of(fact)) is not None}
        copies = await _together(self._seen(account, self._copy(fact, account)) for fact, account in named.values())
        held: dict[ResourceId, Held] = {}
        keepers: dict[ResourceId, dict[ResourceId, Secret]] = {}
        for (consumer, (_, account)), copy in zip(named.items(), copies, strict=True):
            if isinstance(copy, Held):
                held[consumer] = copy
            elif copy is not None:
                keepers.setdefault(account, {})[consumer] = copy
        for found in await _together(self._by_account(account, kept) for account, kept in keepers.items()):
            held |= found
        return KeyFacts(held)

    async def _by_account(self, account: ResourceId, copies: Mapping[ResourceId, Secret]) -> dict[ResourceId, Held]:
        found = await self._compared(account, copies, self._keys(account))
        strangers = {consumer: copy for consumer, copy in copies.items() if found[consumer] == Held(account)}
        if strangers and kind_of(account) is Kind.SEARCH:
            found |= await self._compared(account, strangers, self._query_keys(account))
        return found

    async def _compared(
        self, account: ResourceId, copies: Mapping[ResourceId, Secret], listing: Coroutine[Any, Any, _Keys]
    ) -> dict[ResourceId, Held]:
        keys = await self._seen(account, listing)
        if isinstance(keys, Held):
            return dict.fromkeys(copies, keys)
        return {consumer: Held(account, _slot(copy, keys)) for consumer, copy in copies.items()}

    async def _copy(self, consumer: Fact, account: ResourceId) -> Secret | None:
        """The key that a consumer keeps; None for a workspace that keeps none and uses its identity."""
        if consumer.kind is Kind.SECRET:
            return await value_in(self._vaults, consumer)
        if consumer.kind in WORKSPACES:
            return _of_workspace(await self._show(consumer.id, *_WORKSPACE), consumer.id, account)
        shown = await self._show(consumer.id, *_CONNECTION)
        return _secret(_part(_part(shown, "properties"), "credentials").get("key"), consumer.id)

    async def _keys(self, account: ResourceId) -> _Keys:
        kind = kind_of(account)
        shown = await self._show(account, *_ACCOUNT[kind])
        if kind is Kind.STORAGE:
            by_name = {str(one.get("keyName")).casefold(): one.get("value") for one in _parts(shown, "keys", account)}
            values = [by_name.get(name) for name in ("key1", "key2")]
        else:
            values = [shown.get(name) for name in _FIELDS[kind]]
        return [(slot, _secret(value, account)) for slot, value in zip((Slot.FIRST, Slot.SECOND), values, strict=True)]

    async def _query_keys(self, service: ResourceId) -> _Keys:
        shown = await self._show(service, *_QUERY)
        if shown.get("nextLink"):
            raise Rejected(f"Azure showed only some query keys of {service.name}")
        return [(Slot.QUERY, _secret(one.get("key"), service)) for one in _parts(shown, "value", service)]

    async def _show(self, resource: ResourceId, action: str, permission: str) -> Json:
        path, version = f"{resource}/{action}", api_version(resource)
        async with self._room:
            return await self._arm.send("POST", path, version, None, needs=permission)

    async def _seen[T](self, account: ResourceId, asking: Coroutine[Any, Any, T]) -> T | Held:
        """What came of asking, or why nobody can tell; an error could keep the answer that it was raised over."""
        try:
            return await asking
        except Throttled:
            raise
        except HubwardenError as error:
            permission = error.permission if isinstance(error, Forbidden) else ""
            return Held(account, problem=str(error), permission=permission)


async def _together[T](asked: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All answers in order. After an error the rest is called off: Azure that throttles must not be asked on."""
    tasks = [asyncio.ensure_future(one) for one in asked]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def _of_workspace(shown: Json, workspace: ResourceId, account: ResourceId) -> Secret | None:
    """The storage key in a workspace's answer, which calls the account `userStorageArmId` (CONTRACTS §2)."""
    key = shown.get("userStorageKey")
    if key in (None, ""):
        return None
    named = ResourceId.find(shown.get("userStorageArmId"))
    if named not in (None, account):
        raise Rejected(f"{workspace.name} has a key of {named}, though it says that its storage is {account}")
    return _secret(key, workspace)


def _secret(value: object, owner: ResourceId) -> Secret:
    if not isinstance(value, str) or not value:
        raise Rejected(f"Azure showed no key for {owner.name}")
    return Secret(value)


def _slot(copy: Secret, keys: _Keys) -> Slot | None:
    return next((slot for slot, key in keys if key.same(copy)), None)


def _part(document: Json, name: str) -> Json:
    """An object in an answer; an empty one where it is absent, null or something else."""
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}


def _parts(document: Json, name: str, owner: ResourceId) -> list[Json]:
    """The objects of a list in an answer; no list is not an empty one, which would say that a key is unknown."""
    parts = document.get(name)
    if not isinstance(parts, list):
        raise Rejected(f"Azure showed no key for {owner.name}")
    return [part if isinstance(part, Mapping) else {} for part in parts]
