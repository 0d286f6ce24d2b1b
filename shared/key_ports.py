"""
What is needed from the world where keys are concerned; as `shared.ports`, which makes it part of the World.

No method takes or gives a key: what sees keys is behind these ports, and steps name slots. All may raise the errors of
`shared.model.errors`, and none of an SDK's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.model.facts import Fact
from shared.model.key_facts import KeyFacts, Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Proof, Record, Use


class KeyReader(Protocol):
    """Compares keys, and hands none over."""

    async def held(self, consumers: Sequence[Fact]) -> KeyFacts:
        """
        Which slot of its account (`account_of`) each connection, workspace and vault secret keeps; others are left out.

        Whatever Azure does not let us see is told in `Held.problem`. Raises Throttled when Azure still says 429 after
        the waits it asked for: it counts each list of keys as a write.
        """
        ...


class KeyInventory(Protocol):
    """Where keys and those who keep them are, from Resource Graph, seconds to minutes behind the truth."""

    async def accounts(self) -> Sequence[Fact]:
        """Every AI services account, search service and storage account in the governed subscriptions."""
        ...

    async def keepers(self) -> Sequence[Fact]:
        """Whatever may have connections: every workspace of any kind, and every Foundry account and its projects."""
        ...


class KeyRotator(Protocol):
    """Changes keys, and who keeps which."""

    async def regenerate(self, account: Fact, slot: Slot) -> None:
        """
        Put a new key into a slot; the old one dies at once.

        Sent once and never again by itself. Raises Unsure when no answer says whether it was done: an answer that was
        lost, or an operation that has not ended in time.
        """
        ...

    async def move(self, account: Fact, slot: Slot, consumers: Sequence[Fact]) -> Mapping[ResourceId, str]:
        """
        Let consumers keep the key that is in a slot now, by sending their full writable set with it.

        A workspace learns its storage key by a resync, which takes its time and chooses the key itself; a vault secret
        gets another version, whose tag tells which key that is. Gives for each that could not be moved what Azure said;
        the others have moved. Raises Throttled, and what listing the account's own keys raises.
        """
        ...

    async def prove(self, account: Fact, slot: Slot, now: datetime) -> Proof:
        """Make one harmless call with the key in a slot, where the service has one. Raises as listing keys does."""
        ...


class KeyUses(Protocol):
    """Who uses a key, as the logs of its account tell."""

    async def since(self, account: Fact, slot: Slot, moment: datetime) -> Use:
        """The use of one key since a moment; a log that cannot be read is one that does not tell."""
        ...

    async def keys_made(self, account: Fact, since: datetime) -> datetime | None:
        """
        When a key of an account may last have been made, by the activity log: it does not tell which.

        Somebody regenerated one, or wrote the account itself, and that may have been its creation. None for neither:
        then both keys are older than `since`, or than the log reaches.
        """
        ...


class KeyLedger(Protocol):
    """Memory of rotations, by account."""

    async def all(self) -> Mapping[ResourceId, Record]:
        """Every record."""
        ...

    async def get(self, account: ResourceId) -> Record | None:
        """The record of one account."""
        ...

    async def save(self, record: Record) -> Record:
        """
        Keep a record, and give it back as it is kept.

        One without a version must be the first of its account. Raises Conflict when somebody else saved another since
        this one was read.
        """
        ...


@dataclass(frozen=True)
class KeyRotation:
    """The ports that only a rotation needs, as one."""

    inventory: KeyInventory
    rotator: KeyRotator
    uses: KeyUses
    ledger: KeyLedger
