"""
What the engine does with decisions, on the small world: look, derive, keep the record, make the step, look again.

It fails where it is told to, as the engine may: refused, without an answer, or dead between any two things it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from shared.keys.account import AccountView, other
from shared.keys.derive import derive
from shared.keys.progress import regenerated
from shared.keys.step import Ask, Decision, Move, Prove, Regenerate, RotationStep
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Phase, Record, Use
from tests.keys.model import World

MOMENT: Final = timedelta(seconds=1)
"""What a look takes, and a step."""
MOST: Final = 40
"""Steps in one run; a planner that needs more goes round in circles."""


class Fault(StrEnum):
    """What may go wrong with one step."""

    REFUSED = "refused"
    """Azure says no; nothing was done."""
    LOST_BEFORE = "lost before"
    """No answer, and nothing was done."""
    LOST_AFTER = "lost after"
    """No answer, and it was done."""
    UNKEPT = "unkept"
    """Somebody else saved the record meanwhile: it is not kept, and nothing was done."""
    DIED_BEFORE = "died before"
    """The process dies between keeping the record and making the step."""
    DIED_AFTER = "died after"
    """The process dies between the step and keeping the record that tells of it."""


_DONE: Final = {None, Fault.LOST_AFTER, Fault.DIED_AFTER}


@dataclass
class Run:
    """One run of the engine over the account, and what it decided."""

    world: World
    faults: list[Fault | None]
    decisions: list[Decision] = field(default_factory=list)
    regenerated: list[Slot] = field(default_factory=list)

    @property
    def last(self) -> Decision:
        """The decision that it ended with."""
        return self.decisions[-1]

    @property
    def trouble(self) -> str:
        """What holds the rotation up."""
        return self.last.record.trouble

    @property
    def steps(self) -> list[RotationStep]:
        """What it was to do, in order."""
        return [one.step for one in self.decisions if one.step is not None]

    def go(self) -> None:
        """Step by step, until nothing is to be done, something fails, or a step changes nothing."""
        uses: dict[Slot, Use] = {}
        for _ in range(MOST):
            view = replace(self.world.view(), uses=uses)
            before = self.steps[-1:]
            decision = derive(view, self.world.record, self.world.terms, self.world.now)
            self.world.crimes += broken(view, self.world.record, decision)
            self.decisions.append(decision)
            fault = self.faults.pop(0) if self.faults and decision.step is not None else None
            if fault is Fault.UNKEPT:
                return
            self.world.ledger = decision.record
            if decision.step is None or fault is Fault.DIED_BEFORE or [decision.step] == before:
                return
            self.world.pass_time(MOMENT)
            uses = self._asked(decision.step, uses) if isinstance(decision.step, Ask) else {}
            if not self._made(decision.step, fault):
                return
            self.world.pass_time(MOMENT)
        raise AssertionError(f"went round in circles: {self.steps[-6:]}")

    def _asked(self, step: Ask, uses: dict[Slot, Use]) -> dict[Slot, Use]:
        return uses | {step.slot: self.world.use_of(step.slot, step.since)}

    def _made(self, step: RotationStep, fault: Fault | None) -> bool:
        """Make a step; whether the run goes on."""
        match step:
            case Regenerate(slot):
                return self._regenerate(slot, fault)
            case Prove(slot) if fault is None:
                self.world.ledger = replace(self.world.record, proof=self.world.prove(slot))
            case Move(slot, consumers) if fault in _DONE:
                return self._move(slot, consumers, fault)
        return fault is None

    def _regenerate(self, slot: Slot, fault: Fault | None) -> bool:
        if self.regenerated:
            return False
        if fault in _DONE:
            self.world.regenerate(slot)
            self.regenerated.append(slot)
        if fault is None:
            self.world.ledger = regenerated(self.world.record, slot, self.world.now)
        return fault is None

    def _move(self, slot: Slot, consumers: Sequence[ResourceId], fault: Fault | None) -> bool:
        """Of several, a call whose answer was lost has moved only some."""
        moved = tuple(consumers) if fault is None else tuple(consumers)[: (len(consumers) + 1) // 2]
        failed = self.world.move(slot, moved)
        if failed:
            trouble = "; ".join(f"{one.name} could not be moved: {said}" for one, said in failed.items())
            self.world.ledger = replace(self.world.record, trouble=trouble)
        return fault is None and not failed


def run(world: World, *faults: Fault | None) -> Run:
    """One run, in which the first steps fail as told."""
    made = Run(world, list(faults))
    made.go()
    return made


def broken(view: AccountView, before: Record, decision: Decision) -> list[str]:
    """What a decision says that it must not say, whatever it was told."""
    after, found = decision.record, []
    resting = after.phase is Phase.RESTING
    told = {one for one in view.told if one not in view.anchored}
    if after.phase in {Phase.WAITING, Phase.CLOSING} and after.fresh is not None:
        late = told & view.holding(other(after.fresh))
        found += [f"{after.phase} though {one.name} keeps the old key" for one in late]
    if not resting and None in (after.demand, after.begun, after.since, after.fresh):
        found.append("a rotation is under way, and nobody knows why or since when")
    if resting and before.demand is None and after.demand is not None:
        found.append("at rest with a demand that nobody made")
    if resting and before.phase is not Phase.RESTING and after.demand is not None:
        urgent = after.demand.cause is Cause.EMERGENCY
        found += [] if urgent and after.trouble else ["ended with its demand still there"]
    if not resting and decision.step is None and not after.trouble and decision.until is None:
        found.append("stands still and does not say why")
    return found
