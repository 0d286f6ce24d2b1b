"""What one account looks like to a rotation: its two keys, who keeps them, and what policy wants of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final

from shared.model.facts import WORKSPACES, Fact, Kind
from shared.model.key_facts import Held, Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Use

ROTATED: Final = (Slot.FIRST, Slot.SECOND)
"""The two keys that take turns; query keys do not."""


_KEYED: Final = frozenset({"Key", "KeyAndAAD", ""})
"""Modes in which an endpoint takes keys (CONTRACTS §5)."""

_BY_IDENTITY: Final = frozenset({"identity", "userdelegationsas"})
"""Modes in which a workspace needs no key of its storage (CONTRACTS §2; assumed of the second: no page says so)."""


def takes_no_keys(account: Fact) -> bool:
    """Whether an account refuses every key (CONTRACTS §5 and §6); what its document leaves out is on."""
    match account.kind:
        case Kind.STORAGE:
            return account.get("properties", "allowSharedKeyAccess") is False
        case Kind.ENDPOINT:
            return account.text("properties", "authMode") not in _KEYED
        case _:
            return account.get("properties", "disableLocalAuth") is True


def other(slot: Slot) -> Slot:
    """The slot that is not this one."""
    return Slot.SECOND if slot is Slot.FIRST else Slot.FIRST


class Risk(StrEnum):
    """What a rotation may only do where policy accepts it."""

    UNKNOWN_USERS = "unknown_users"
    """The old key dies although no log could tell who else uses it."""
    RESYNC_GAP = "resync_gap"
    """A workspace that keeps the storage key learns the new one only after the old one died; calls fail meanwhile."""
    SIGNED_URLS = "signed_urls"
    """Shared access signatures made with the old key die with it, and nobody can list them."""


@dataclass(frozen=True)
class Terms:
    """What policy says of one account."""

    days: int
    """How old a key may become."""
    grace: timedelta = timedelta(days=1)
    """How long both keys live, after all known consumers moved."""
    silence: timedelta = timedelta()
    """How long nobody must have used the old key before it dies; only where logs tell."""
    approved: str = ""
    """The reason why a rotation may begin by itself; empty when somebody must ask for it."""
    accepted: frozenset[Risk] = frozenset()
    kept: str = ""
    """Why this account is left alone for now: its opt-out tag."""
    room: bool = True
    """Whether one more rotation may be under way."""


@dataclass(frozen=True)
class AccountView:
    """What Azure shows of one account and its consumers at one moment, all of it fresh."""

    account: Fact
    consumers: Mapping[ResourceId, Fact] = field(default_factory=dict)
    held: Mapping[ResourceId, Held] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    """Lists that nobody could read, in which consumers may be: what, why and which permission."""
    signed: frozenset[ResourceId] = frozenset()
    """Connections that come with a shared access signature; which key made it, nobody can tell."""
    uses: Mapping[Slot, Use] = field(default_factory=dict)
    """What the logs told of a key's use, where they were asked."""

    @cached_property
    def keepers(self) -> Mapping[ResourceId, Held]:
        """Consumers that use the copy they keep; one of a workspace that comes with an identity lies idle."""
        return {one: held for one, held in self.held.items() if not _comes_with_identity(self.consumers.get(one))}

    @cached_property
    def told(self) -> Mapping[ResourceId, Slot]:
        """Consumers that keep one of the two keys, and which."""
        return {one: held.slot for one, held in self.keepers.items() if held.slot in ROTATED}

    @cached_property
    def untold(self) -> Mapping[ResourceId, Held]:
        """Consumers of which nobody can tell what they keep."""
        return {one: held for one, held in self.keepers.items() if held.problem}

    @cached_property
    def lost(self) -> frozenset[ResourceId]:
        """Consumers whose key is none of the living ones."""
        return frozenset(one for one, held in self.keepers.items() if held.slot is None and not held.problem)

    @cached_property
    def anchored(self) -> frozenset[ResourceId]:
        """Workspaces among them: they learn the first key by a resync and no other (assumed: no page says which)."""
        return frozenset(one for one, fact in self.consumers.items() if fact.kind in WORKSPACES and one in self.keepers)

    def holding(self, slot: Slot) -> frozenset[ResourceId]:
        """Who keeps the key in a slot."""
        return frozenset(one for one, held in self.told.items() if held is slot)

    @property
    def keyless(self) -> bool:
        """Whether the account takes no keys."""
        return takes_no_keys(self.account)


def _comes_with_identity(consumer: Fact | None) -> bool:
    """Whether a workspace comes to its storage without a key; templates send the mode in lower case too."""
    if consumer is None or consumer.kind not in WORKSPACES:
        return False
    return consumer.text("properties", "systemDatastoresAuthMode").casefold() in _BY_IDENTITY
