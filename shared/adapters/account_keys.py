"""
The living keys of an account, as Azure lists them to whoever compares, moves or tries them.

Keys come by POST, and nothing else does: ARM counts each list of them as a write (CONTRACTS §7), and few are under way
at once in a process (`Arm.key_lists`). Each key becomes a `Secret` as soon as its answer is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.adapters.api_versions import api_version
from shared.adapters.arm import Arm
from shared.adapters.secret import Secret
from shared.model.errors import HubwardenError, Rejected
from shared.model.facts import Json
from shared.model.key_facts import Slot, slot_name
from shared.model.resource_id import ResourceId

type Keys = Sequence[tuple[Slot, Secret]]
"""Keys with the slots they are in."""


@dataclass(frozen=True)
class _Listing:
    """How a type of account is asked for its two keys."""

    action: str
    permission: str
    fields: tuple[str, str]
    """Where they stand in the answer; Storage sends a list, and names them so."""


_ENDPOINTS: Final = "Microsoft.MachineLearningServices/workspaces"
_LISTINGS: Final[Mapping[str, _Listing]] = {
    "microsoft.cognitiveservices/accounts": _Listing(
        "listKeys", "Microsoft.CognitiveServices/accounts/listKeys/action", ("key1", "key2")
    ),
    "microsoft.search/searchservices": _Listing(
        "listAdminKeys", "Microsoft.Search/searchServices/listAdminKeys/action", ("primaryKey", "secondaryKey")
    ),
    "microsoft.storage/storageaccounts": _Listing(
        "listKeys", "Microsoft.Storage/storageAccounts/listKeys/action", ("key1", "key2")
    ),
    "microsoft.machinelearningservices/workspaces/onlineendpoints": _Listing(
        "listKeys", f"{_ENDPOINTS}/onlineEndpoints/listKeys/action", ("primaryKey", "secondaryKey")
    ),
    "microsoft.machinelearningservices/workspaces/serverlessendpoints": _Listing(
        "listKeys", f"{_ENDPOINTS}/serverlessEndpoints/listKeys/action", ("primaryKey", "secondaryKey")
    ),
}
"""By type, in lower case (CONTRACTS §5 and §6). Batch endpoints are not among them: no key of theirs is rotated."""

_QUERY: Final = ("listQueryKeys", "Microsoft.Search/searchServices/listQueryKeys/action")
_STORAGE: Final = "microsoft.storage/storageaccounts"
_SLOTS: Final = (Slot.FIRST, Slot.SECOND)


class AccountKeys:
    """Lists keys through ARM."""

    def __init__(self, arm: Arm) -> None:
        """Ask through ARM."""
        self._arm = arm

    async def of(self, account: ResourceId) -> Keys:
        """Both keys of an account. Raises as `Arm.send`, and Rejected for an answer that has not both."""
        listing = _LISTINGS.get(account.type)
        if listing is None:
            raise Rejected(f"{account.name} is of type {account.type}, whose keys are not listed here")
        shown = await self.show(account, listing.action, listing.permission)
        if account.type == _STORAGE:
            shown = {str(one.get("keyName")).casefold(): one.get("value") for one in parts(shown, "keys", account)}
        return [(slot, secret(shown.get(name), account)) for slot, name in zip(_SLOTS, listing.fields, strict=True)]

    async def one(self, account: ResourceId, slot: Slot) -> Secret:
        """The key in a slot. Raises as `of`, and Rejected for a slot that is none of the two."""
        try:
            key = dict(await self.of(account)).get(slot)
        except HubwardenError as error:
            failed = error
        else:
            if key is None:
                raise Rejected(f"{account.name}: a {slot_name(slot, account)} is none of its two keys")
            return key
        # Alone: what it was raised over, and where, may keep the answer.
        failed.__context__ = None
        raise failed.with_traceback(None)

    async def query_keys(self, service: ResourceId) -> Keys:
        """A search service's keys for reading only. Raises as `of`, and Rejected when Azure shows only some."""
        shown = await self.show(service, *_QUERY)
        if shown.get("nextLink"):
            raise Rejected(f"Azure showed only some query keys of {service.name}")
        return [(Slot.QUERY, secret(one.get("key"), service)) for one in parts(shown, "value", service)]

    async def show(self, resource: ResourceId, action: str, permission: str) -> Json:
        """What Azure answers to an action that shows keys; `permission` is the one to name when it does not."""
        async with self._arm.key_lists:
            return await self._arm.send("POST", f"{resource}/{action}", api_version(resource), None, needs=permission)


def secret(value: object, owner: ResourceId) -> Secret:
    """A key in an answer. Raises Rejected for what is no text, or empty."""
    if not isinstance(value, str) or not value:
        raise Rejected(f"Azure showed no key for {owner.name}")
    return Secret(value)


def part(document: Json, name: str) -> Json:
    """An object in an answer; an empty one where it is absent, null or something else."""
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def parts(document: Json, name: str, owner: ResourceId) -> list[Json]:
    """The objects of a list in an answer; no list is not an empty one, which would say that a key is unknown."""
    found = document.get(name)
    if not isinstance(found, list):
        raise Rejected(f"Azure showed no key for {owner.name}")
    return [one if isinstance(one, Mapping) else {} for one in found]
