"""What a rotation may do next. Steps name slots and consumers; no key is in them."""

from dataclasses import dataclass
from datetime import datetime

from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Record


@dataclass(frozen=True)
class Ask:
    """Ask the logs who has used the key in a slot since a moment."""

    slot: Slot
    since: datetime


@dataclass(frozen=True)
class Regenerate:
    """Put a new key into a slot that no known consumer keeps."""

    slot: Slot


@dataclass(frozen=True)
class Prove:
    """Make one harmless call with the key in a slot."""

    slot: Slot


@dataclass(frozen=True)
class Move:
    """Let consumers keep the key in a slot."""

    slot: Slot
    consumers: tuple[ResourceId, ...]


type RotationStep = Ask | Regenerate | Prove | Move


@dataclass(frozen=True)
class Decision:
    """What comes next."""

    record: Record
    """To be kept before the step is made; its `trouble` says what holds the rotation up."""
    step: RotationStep | None = None
    until: datetime | None = None
    """For a wait: when to look again."""
