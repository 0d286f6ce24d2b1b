"""What is remembered of a compute between runs: what its owner was told, and what it takes to make it anew."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.model.facts import Json


class Rung(StrEnum):
    """What an owner is told of an image that falls behind, in order."""

    NOTIFIED = "notified"
    """A newer image is out."""
    REMINDED = "reminded"
    """It still is; again after so many days, until the warning."""
    WARNED = "warned"
    """The instance will be stopped, and on which date."""
    STOPPED = "stopped"
    """Its date has come, and so it may be stopped at any time when nobody works on it."""
    ESCALATED = "escalated"
    """It is still there, long after: whoever answers for the hub must act."""


@dataclass(frozen=True)
class Notice:
    """What an owner was told, or is to be told now."""

    rung: Rung
    image: str
    """The image it was about: one that changed since begins at the first rung."""
    at: datetime
    due: datetime | None = None
    """From the warning on: when it may be stopped."""


@dataclass(frozen=True)
class TakenDown:
    """An instance that was deleted in order to be made anew; kept before the deletion, until the new one is seen."""

    document: Json
    """What to send to make it as it was."""
    image: str
    """The image that it is to be rid of."""
    at: datetime


@dataclass(frozen=True)
class ComputeMemory:
    """All that is remembered of one compute."""

    notice: Notice | None = None
    """The last one."""
    at_zero: datetime | None = None
    """
    Of a cluster: when it was last seen without nodes, each of which gets the newest image.

    Of one that was never seen so it is when it was first seen at all, or nobody would ever tell its owner.
    """
    taken_down: TakenDown | None = None
    lifted: datetime | None = None
    """When what was told was last taken back, by a waiver or by policy: what is told next begins anew."""
    started: datetime | None = None
    """Of an instance: when it last started, for Azure tells only of what was done to it last."""

    def changes(self, other: "ComputeMemory | None") -> bool:
        """Whether it says anything that another does not."""
        return self != (other or ComputeMemory())
