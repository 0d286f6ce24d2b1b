"""
The words of key rotation: how far an account's rotation has come, who asked for it, and what is remembered of it.

A rotation makes the idle key new, moves every consumer to it, waits, and makes the old key new in turn. What is
remembered names slots and moments; no key is in it, and nothing made from one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId


class Phase(StrEnum):
    """How far the rotation of an account has come."""

    RESTING = "resting"
    """None is under way."""
    GATHERING = "gathering"
    """Consumers keep both keys: all move to one, so that the other is idle."""
    RENEWING = "renewing"
    """The idle key is being regenerated; whether that was done may be in doubt."""
    MOVING = "moving"
    """The idle key is new: consumers move to it."""
    WAITING = "waiting"
    """All known consumers keep the new key; whoever else used the old one has this long to be seen."""
    CLOSING = "closing"
    """The old key is being regenerated; whether that was done may be in doubt."""
    RESYNCING = "resyncing"
    """Both keys are new: workspaces that keep their storage's key are let learn it."""


class Cause(StrEnum):
    """Why a rotation was begun."""

    AGE = "age"
    EXPIRY = "expiry"
    """A vault secret that holds the key nears its end."""
    REQUEST = "request"
    """Somebody asked for it, in no hurry."""
    EMERGENCY = "emergency"
    """Somebody asked for it at once: the old key dies as soon as no known consumer keeps it."""


@dataclass(frozen=True)
class Demand:
    """A rotation that somebody, or something, wants."""

    cause: Cause
    reason: str
    by: str = field(repr=False)
    """Who asked; a name as the directory has it, or an event's id."""
    at: datetime
    correlation_id: str = ""
    """The id of what asked, which rows about the rotation name; empty for age, and for who gave none."""


@dataclass(frozen=True)
class Sighting:
    """A key that was shown to somebody whom policy does not expect."""

    who: str = field(repr=False)
    what: str
    """The operation, such as `Microsoft.CognitiveServices/accounts/listKeys/action`."""
    at: datetime
    correlation_id: str = ""
    """Azure's id of the operation."""


@dataclass(frozen=True)
class Proof:
    """What came of one harmless call with a key."""

    opened: bool | None
    """None where nobody could tell: the service was not reached, or has no such call."""
    told: str
    at: datetime


@dataclass(frozen=True)
class Record:
    """What the ledger holds of one account; of everything else, Azure itself is asked."""

    account: ResourceId
    seen: datetime
    """When the account was first seen: no later than that, a key whose birth nobody told began its life here."""
    phase: Phase = Phase.RESTING
    fresh: Slot | None = None
    """The key that consumers are to keep at the end of the rotation under way, or of the last one."""
    demand: Demand | None = None
    """Why there is a rotation under way, or shall be one."""
    begun: datetime | None = None
    """When the rotation under way began."""
    since: datetime | None = None
    """When its phase began."""
    born: Mapping[Slot, datetime] = field(default_factory=dict)
    """When each key was made at the latest: we regenerated it, or the activity log knows of no later moment."""
    holders: Mapping[ResourceId, Slot] = field(default_factory=dict)
    """Consumers and the key each kept when it was last told; one whose key is unknown since stays in."""
    kept: Mapping[Slot, datetime] = field(default_factory=dict)
    """When a consumer was last seen to keep each key; whoever works through it may go on with that for a while."""
    proof: Proof | None = None
    approved: str = ""
    """Who lets the old key die although nobody can tell who else uses it, and why; for this rotation."""
    sighting: Sighting | None = None
    ended: datetime | None = None
    """When the last rotation came to its end."""
    trouble: str = ""
    """What holds the rotation up, as it was last found."""
    version: str = field(default="", compare=False)
    """The ledger's own: it saves over what was read, and over nothing newer."""

    @property
    def open(self) -> bool:
        """Whether a rotation is under way or asked for."""
        return self.phase is not Phase.RESTING or self.demand is not None


@dataclass(frozen=True)
class Use:
    """Who used one key of an account since a moment, as its own logs tell."""

    known: bool
    """Whether logs exist that would tell; silence of those that do not means nothing."""
    last: datetime | None = None
    """The last use; None for none."""
    callers: tuple[str, ...] = ()
    """Whom the logs name, the busiest first, at most a few."""
    why: str = ""
    """Where it is not known: why, and what would let us know."""


NO_LOGS = Use(known=False, why="its logs name no key")
