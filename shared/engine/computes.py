"""
Computes: what is remembered of each between runs, and how a look at them changes that. Pure.

A definition is kept before its instance is deleted, and goes only when a newer one was seen in its place. Whatever is
doubtful keeps it: one too many costs a row, one too few costs somebody a machine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from shared.engine.compare import is_gone
from shared.images.machine import Machine
from shared.images.releases import built
from shared.model.action import DeleteInstance
from shared.model.compute_memory import ComputeMemory, Notice, TakenDown
from shared.model.estate import Estate
from shared.model.facts import Fact, Kind
from shared.model.plan import Step
from shared.model.resource_id import ResourceId

type Computes = Mapping[ResourceId, ComputeMemory]

DOUBT: Final = timedelta(days=1)
"""
So long a definition is kept although the old instance is still there: until then its deletion may only be on its way.

A deletion takes minutes. One that nothing came of, because the process died before it was sent, is forgotten after that:
who deletes an instance a month later does not want it back.
"""

NEAR: Final = timedelta(days=1)
"""To within so long is kept when a cluster was at zero; else each look at an idle one would be written down."""

_NOTHING: Final = ComputeMemory()


@dataclass(frozen=True)
class Met:
    """What a run learned of computes."""

    estate: Estate
    now: datetime
    told: Mapping[ResourceId, Notice] = field(default_factory=dict)
    """What it told their owners."""


def keeping(known: Computes, steps: Iterable[Step], estate: Estate, now: datetime) -> dict[ResourceId, ComputeMemory]:
    """What must be remembered of the instances that these steps delete, before the first of them is made."""
    found: dict[ResourceId, ComputeMemory] = {}
    for step in steps:
        if isinstance(step.action, DeleteInstance):
            fact = estate.find(step.target)
            down = TakenDown(step.action.document, Machine(fact).image if fact else "", now)
            found[step.target] = replace(known.get(step.target, _NOTHING), taken_down=down)
    return found


def remembered(known: Computes, met: Met) -> dict[ResourceId, ComputeMemory]:
    """Of which computes something else is to be remembered now, and what; nothing at all of one that is forgotten."""
    seen = {fact.id for fact in met.estate if fact.kind is Kind.COMPUTE and fact.present}
    after = {one: _after(one, known.get(one, _NOTHING), met) for one in sorted({*known, *met.told, *seen})}
    return {one: memory for one, memory in after.items() if memory.changes(known.get(one))}


def remade(known: Computes, estate: Estate) -> tuple[ResourceId, ...]:
    """Instances that were taken down and are there again, with a newer image than they had."""
    down = {one: memory.taken_down for one, memory in sorted(known.items()) if memory.taken_down is not None}
    return tuple(one for one, taken in down.items() if (fact := _there(one, estate)) and _is_newer(taken, fact))


def _after(one: ResourceId, before: ComputeMemory, met: Met) -> ComputeMemory:
    fact = _there(one, met.estate)
    if fact is None:
        return _without(one, before, met.estate)
    return ComputeMemory(
        notice=met.told.get(one) or _still_told(before.notice, Machine(fact)),
        at_zero=_at_zero(before.at_zero, Machine(fact), met.now),
        taken_down=None if before.taken_down is None else _still_down(before.taken_down, fact, met.now),
    )


def _without(one: ResourceId, before: ComputeMemory, estate: Estate) -> ComputeMemory:
    """What stays of one that nobody saw: all; of one that is gone what makes it anew, unless its workspace went too."""
    if not is_gone(one, estate):
        return before
    homeless = one.parent is None or is_gone(one.parent, estate)
    return ComputeMemory(taken_down=None if homeless else before.taken_down)


def _still_told(notice: Notice | None, machine: Machine) -> Notice | None:
    """A notice, until its image is another, or the latest; an instance that shows none may have any."""
    if notice is None or not machine.image:
        return notice
    return None if machine.image != notice.image or machine.has_latest_image else notice


def _at_zero(before: datetime | None, machine: Machine, now: datetime) -> datetime | None:
    """When a cluster was last seen without nodes."""
    if not machine.is_cluster or machine.nodes != 0:
        return before
    return before if before is not None and timedelta() <= now - before < NEAR else now


def _still_down(taken: TakenDown, fact: Fact, now: datetime) -> TakenDown | None:
    if _is_newer(taken, fact):
        return None
    machine = Machine(fact)
    leaving = "Deleting" in {machine.state, fact.text("properties", "provisioningState")}
    is_the_old_one = machine.created is not None and machine.created <= taken.at
    return None if is_the_old_one and not leaving and now - taken.at >= DOUBT else taken


def _is_newer(taken: TakenDown, fact: Fact) -> bool:
    """Whether an instance has a newer image than the one that was taken down; of versions without a date, another."""
    image = Machine(fact).image
    new, old = built(image), built(taken.image)
    return bool(image) and (image != taken.image if new is None or old is None else new > old)


def _there(one: ResourceId, estate: Estate) -> Fact | None:
    fact = estate.find(one)
    return fact if fact is not None and fact.present else None
