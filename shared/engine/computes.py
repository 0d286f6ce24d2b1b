"""
Computes: what is remembered of each between runs, and how a look at them changes that. Pure.

A definition is kept before its instance is deleted, and goes only when a newer one was seen in its place. Whatever is
doubtful keeps it: one too many costs a row, one too few costs somebody a machine.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from shared.engine.compare import is_gone
from shared.images.anew import Stage, is_over, stage
from shared.images.machine import Machine
from shared.model.action import DeleteInstance
from shared.model.compute_memory import ComputeMemory, Notice, TakenDown
from shared.model.estate import Estate
from shared.model.facts import Fact, Kind
from shared.model.plan import Outcome, Result, Step
from shared.model.resource_id import ResourceId

type Computes = Mapping[ResourceId, ComputeMemory]

NEAR: Final = timedelta(days=1)
"""To within so long is kept when a cluster was at zero; else each look at an idle one would be written down."""

_NOTHING: Final = ComputeMemory()


def current(known: Computes, estate: Estate, now: datetime, waived: Collection[ResourceId] = ()) -> Computes:
    """
    What is remembered of computes as it counts now.

    What was told of an instance is not about one that was made since, nor of use where its image was `waived` since:
    whoever was warned, and then let off, is to be warned anew.
    """
    return {
        one: _counting(memory, _there(one, estate), now if one in waived else None) for one, memory in known.items()
    }


def _counting(memory: ComputeMemory, fact: Fact | None, lifted: datetime | None) -> ComputeMemory:
    if fact is None or memory.notice is None:
        return memory
    if lifted is not None:
        return replace(memory, notice=None, lifted=lifted)
    return replace(memory, notice=_still_told(memory.notice, Machine.of(fact)))


def keeping(known: Computes, steps: Iterable[Step], estate: Estate, now: datetime) -> dict[ResourceId, ComputeMemory]:
    """What must be remembered of the instances that these steps delete, before the first of them is made."""
    found: dict[ResourceId, ComputeMemory] = {}
    for step in steps:
        if isinstance(step.action, DeleteInstance):
            fact = estate.find(step.target)
            down = TakenDown(step.action.document, Machine.of(fact).image if fact else "", now)
            found[step.target] = replace(known.get(step.target, _NOTHING), taken_down=down)
    return found


def deleted(outcomes: Iterable[Outcome]) -> frozenset[ResourceId]:
    """
    The instances that may be gone by what was done; not those whose deletion was never sent, or is forbidden.

    So one that somebody started, or deleted, directly before is theirs and is not made anew.
    """
    sent = (o for o in outcomes if o.result in {Result.DONE, Result.FAILED} and not o.forbidden)
    return frozenset(outcome.step.target for outcome in sent if isinstance(outcome.step.action, DeleteInstance))


@dataclass(frozen=True)
class Memory:
    """What is remembered of computes before a run and after it."""

    before: Computes
    """As it counts now; see `current`."""
    estate: Estate
    now: datetime
    told: Mapping[ResourceId, Notice] = field(default_factory=dict)
    """What the run tells their owners."""
    kept: frozenset[ResourceId] = frozenset()
    """Of which something else is remembered than `before` says, so that what is to stay must be said again."""

    @cached_property
    def changed(self) -> Computes:
        """Of which computes something else is to be remembered; nothing at all of those that are forgotten."""
        seen = {fact.id for fact in self.estate if fact.kind is Kind.COMPUTE and fact.present}
        after = {one: self._after(one) for one in sorted({*self.before, *self.told, *self.kept, *seen})}
        return {one: now for one, now in after.items() if one in self.kept or now.changes(self.before.get(one))}

    @cached_property
    def remade(self) -> frozenset[ResourceId]:
        """Instances that were taken down and are there again, with a newer image than they had."""
        down = ((one, memory.taken_down) for one, memory in self.before.items() if memory.taken_down is not None)
        return frozenset(one for one, taken in down if stage(one, taken, self.estate) is Stage.ANEW)

    def of(self, one: ResourceId) -> ComputeMemory:
        """What is remembered of a compute after the run."""
        return self.changed.get(one, self.before.get(one, _NOTHING))

    def _after(self, one: ResourceId) -> ComputeMemory:
        before, fact = self.before.get(one, _NOTHING), _there(one, self.estate)
        if fact is None:
            return _without(one, before, self.estate)
        taken, told = before.taken_down, self.told.get(one)
        return ComputeMemory(
            notice=told or _still_told(before.notice, Machine.of(fact)),
            at_zero=_at_zero(before.at_zero, Machine.of(fact), self.now),
            taken_down=None if taken and is_over(one, taken, self.estate, self.now - taken.at) else taken,
            lifted=None if told or _is_new_since(before.lifted, Machine.of(fact)) else before.lifted,
            started=_started(before.started, Machine.of(fact)),
        )


def _without(one: ResourceId, before: ComputeMemory, estate: Estate) -> ComputeMemory:
    """What stays of one that nobody saw: all; of one that is gone what makes it anew, unless its workspace went too."""
    if not is_gone(one, estate):
        return before
    homeless = one.parent is None or is_gone(one.parent, estate)
    return ComputeMemory(taken_down=None if homeless else before.taken_down)


def _is_new_since(lifted: datetime | None, machine: Machine) -> bool:
    """Whether there is nothing left of what was once taken back: its instance is another, or has the latest image."""
    is_another = lifted is not None and machine.created is not None and machine.created > lifted
    return is_another or machine.has_latest_image


def _still_told(notice: Notice | None, machine: Machine) -> Notice | None:
    """A notice, until its image is another, or the latest, or its instance; one that shows no image may have any."""
    if notice is None or not machine.image:
        return notice
    is_another = machine.created is not None and machine.created > notice.at
    return None if is_another or machine.image != notice.image or machine.has_latest_image else notice


def _started(before: datetime | None, machine: Machine) -> datetime | None:
    """When an instance last started: a look while that was the last thing done to it knew; not of one before it."""
    if before is not None and machine.created is not None and machine.created > before:
        before = None
    return machine.started or before if machine.is_instance else None


def _at_zero(before: datetime | None, machine: Machine, now: datetime) -> datetime | None:
    """
    When a cluster was last seen without nodes.

    Of one that never was, since when it has had some at the least: since it is steady, or since it was first seen.
    """
    if not machine.is_cluster or machine.nodes is None:
        return before
    if machine.nodes:
        return before or _steady_since(machine) or now
    return before if before is not None and timedelta() <= now - before < NEAR else now


def _steady_since(machine: Machine) -> datetime | None:
    inner = ("properties", "properties")
    steady = machine.fact.text(*inner, "allocationState") == "Steady"
    return machine.fact.moment(*inner, "allocationStateTransitionTime") if steady else None


def _there(one: ResourceId, estate: Estate) -> Fact | None:
    fact = estate.find(one)
    return fact if fact is not None and fact.present else None
