"""Where an instance stands that was taken down in order to be made anew: from its deletion to its new image."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from shared.images.machine import Machine
from shared.model.compute_memory import TakenDown
from shared.model.estate import Estate
from shared.model.facts import Fact, Kind, Seen
from shared.model.resource_id import ResourceId

_SURE: Final = timedelta(days=1)
"""A deletion that Azure has taken is over by then (assumed: no page says how long it may take)."""


class Stage(StrEnum):
    """How far it has come."""

    UNSEEN = "unseen"
    """Nobody looked, or Azure did not let us."""
    STAYS = "stays"
    """It is the old one still: being deleted, or never deleted."""
    GONE = "gone"
    """It is deleted, and nobody has made it anew."""
    MAKING = "making"
    """It is being made."""
    BROKEN = "broken"
    """Azure gave up making it."""
    SAME = "same"
    """It was made anew and has the old image again."""
    ANEW = "anew"
    """It has another image."""


def stage(compute: ResourceId, taken: TakenDown, estate: Estate) -> Stage:
    """Where one stands. An old one is told from a new one by when it was created, for both have the same name."""
    seen = estate.find(compute)
    if seen is None or seen.seen is Seen.ABSENT:
        return Stage.GONE if seen is not None or _is_missing(compute, estate) else Stage.UNSEEN
    if not seen.present:
        return Stage.UNSEEN
    machine = Machine.of(seen)
    if machine.created is not None and machine.created <= taken.at:
        return Stage.STAYS
    if machine.failed:
        return Stage.BROKEN
    if machine.is_creating or not machine.image:
        return Stage.MAKING
    return Stage.SAME if machine.image == taken.image else Stage.ANEW


def is_over(compute: ResourceId, taken: TakenDown, estate: Estate, age: timedelta) -> bool:
    """
    Whether its definition may be forgotten, so long after it was kept.

    That is when the new instance was seen with another image; or when the old one is still there a day after, not on
    its way out: then the deletion never came about.
    """
    match stage(compute, taken, estate):
        case Stage.ANEW:
            return True
        case Stage.STAYS:
            fact = estate.find(compute)
            return age > _SURE and fact is not None and not _is_leaving(fact)
        case _:
            return False


def _is_missing(compute: ResourceId, estate: Estate) -> bool:
    """Whether the list of its workspace was read to its end without it."""
    return compute.parent is not None and (compute.parent, Kind.COMPUTE) in estate.listed


def _is_leaving(fact: Fact) -> bool:
    return "Deleting" in {Machine.of(fact).state, fact.text("properties", "provisioningState")}
