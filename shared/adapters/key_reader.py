"""
Which key of its account each consumer keeps, by comparing them in memory. The rules' `KeyReader`.

An account is asked for its keys once a look, and only when somebody keeps one of them: see `account_keys`.
"""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final

from shared.adapters.account_keys import AccountKeys, Keys, part, secret
from shared.adapters.arm import Arm
from shared.adapters.connections import permission
from shared.adapters.secret import Secret
from shared.adapters.together import together
from shared.adapters.vault_secrets import VaultSecrets, value_in
from shared.model.errors import Forbidden, HubwardenError, Rejected, Throttled
from shared.model.facts import WORKSPACES, Fact, Json, Kind, kind_of
from shared.model.key_facts import Held, KeyFacts, Slot, account_of
from shared.model.resource_id import ResourceId

_WORKSPACE: Final = ("listKeys", "Microsoft.MachineLearningServices/workspaces/listKeys/action")
"""What a workspace is asked for, and the permission that takes."""


class AzureKeyReader:
    """Compares the keys that Azure shows; what it does not show becomes a `Held` that says why."""

    def __init__(self, arm: Arm, vaults: VaultSecrets | None = None) -> None:
        """Ask through ARM, and for the values of secrets the vaults themselves; without `vaults` none is compared."""
        self._keys = AccountKeys(arm)
        self._vaults = vaults

    async def held(self, consumers: Sequence[Fact]) -> KeyFacts:
        """See `KeyReader.held`: one request a consumer, one an account, one more a search service with a stranger."""
        named = {fact.id: (fact, account) for fact in consumers if (account := account_of(fact)) is not None}
        copies = await together(self._seen(account, self._copy(fact, account)) for fact, account in named.values())
        held: dict[ResourceId, Held] = {}
        keepers: dict[ResourceId, dict[ResourceId, Secret]] = {}
        for (consumer, (_, account)), copy in zip(named.items(), copies, strict=True):
            if isinstance(copy, Held):
                held[consumer] = copy
            elif copy is not None:
                keepers.setdefault(account, {})[consumer] = copy
        for found in await together(self._by_account(account, kept) for account, kept in keepers.items()):
            held |= found
        return KeyFacts(held)

    async def _by_account(self, account: ResourceId, copies: Mapping[ResourceId, Secret]) -> dict[ResourceId, Held]:
        found = await self._compared(account, copies, self._keys.of(account))
        strangers = {consumer: copy for consumer, copy in copies.items() if found[consumer] == Held(account)}
        if strangers and kind_of(account) is Kind.SEARCH:
            found |= await self._compared(account, strangers, self._keys.query_keys(account))
        return found

    async def _compared(
        self, account: ResourceId, copies: Mapping[ResourceId, Secret], listing: Coroutine[Any, Any, Keys]
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
            return _of_workspace(await self._keys.show(consumer.id, *_WORKSPACE), consumer.id, account)
        needs = permission(consumer.id, "listsecrets/action")
        shown = await self._keys.show(consumer.id, "listsecrets", needs)
        return secret(part(part(shown, "properties"), "credentials").get("key"), consumer.id)

    async def _seen[T](self, account: ResourceId, asking: Coroutine[Any, Any, T]) -> T | Held:
        """What came of asking, or why nobody can tell; an error could keep the answer that it was raised over."""
        try:
            return await asking
        except Throttled:
            raise
        except HubwardenError as error:
            permission = error.permission if isinstance(error, Forbidden) else ""
            return Held(account, problem=str(error), permission=permission)


def _of_workspace(shown: Json, workspace: ResourceId, account: ResourceId) -> Secret | None:
    """The storage key in a workspace's answer, which calls the account `userStorageArmId` (CONTRACTS §2)."""
    key = shown.get("userStorageKey")
    if key in (None, ""):
        return None
    named = ResourceId.find(shown.get("userStorageArmId"))
    if named not in (None, account):
        raise Rejected(f"{workspace.name} has a key of {named}, though it says that its storage is {account}")
    return secret(key, workspace)


def _slot(copy: Secret, keys: Keys) -> Slot | None:
    return next((slot for slot, key in keys if key.same(copy)), None)
