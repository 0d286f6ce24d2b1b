"""
Law 7: a key that a known consumer holds is never regenerated; and whatever happened, a rotation comes to its end.

People, strangers, Azure and our own crashes do as they like to a small world that knows when it was wronged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.keys.account import Risk, Terms
from shared.keys.age import births, due, limit
from shared.model.facts import Seen
from shared.model.key_facts import Slot
from shared.model.rotation import Cause, Phase
from tests.keys.interpreter import Fault, run
from tests.keys.keepers import Keeper
from tests.keys.model import DAY, FIRST, HOUR, QUERY, SECOND, World

PASSES = 80
"""Half days in which the slowest rotation, and one more that fell due meanwhile, must end in a calm world."""

TROUBLES: Mapping[str, Mapping[str, Any]] = {
    "keys off": {"keyless": True},
    "unreadable": {"gone": Seen.UNREADABLE},
    "absent": {"gone": Seen.ABSENT},
    "refused": {"opens": False},
    "no logs": {"logs": False},
    "logs": {"logs": True},
    "ledger lost": {"ledger": None},
}
"""What gets in the way, and how the world is then."""
SAYINGS: Mapping[str, Mapping[str, Any]] = {
    "tag": {"kept": "its tag leaves its keys alone until May"},
    "full": {"room": False},
    "no": {"approved": ""},
}
"""What policy may come to say."""

_slots = st.sampled_from([FIRST, SECOND, None, FIRST, SECOND, QUERY])
_two = st.sampled_from([FIRST, SECOND])
_at = st.integers(0, 9)
_risks = st.sampled_from([frozenset(Risk), *(frozenset(Risk) - {one} for one in Risk), frozenset[Risk]()])
_causes = st.sampled_from([Cause.REQUEST, Cause.EXPIRY, Cause.REQUEST, Cause.EMERGENCY])


@dataclass(frozen=True)
class Then:
    """What follows on something that happened: so many runs, hours apart, in the first of which steps fail."""

    passes: int
    hours: int
    faults: tuple[Fault | None, ...]
    wanted: bool
    """Whether somebody asks for a rotation where none is under way."""
    lasting: bool
    """Whether a trouble outlasts these runs."""


_then = st.builds(
    Then,
    passes=st.sampled_from([1, 1, 0, 2, 4]),
    hours=st.sampled_from([1, 0, 6, 12, 24]),
    faults=st.one_of(st.just(()), st.lists(st.sampled_from([None, *Fault]), max_size=4).map(tuple)),
    wanted=st.sampled_from([True, True, False]),
    lasting=st.sampled_from([False, False, True]),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """An account that is due, with some consumers on either key."""
    terms = Terms(
        days=draw(st.sampled_from([30, 90])),
        grace=draw(st.sampled_from([HOUR, DAY, timedelta()])),
        silence=draw(st.sampled_from([timedelta(), HOUR, DAY])),
        approved="CHG-1",
        accepted=draw(_risks),
    )
    service = draw(st.sampled_from(["search", "account", "storage", "storage", "endpoint"]))
    world = World(service, terms, logs=draw(st.booleans()))
    if service == "storage":
        if draw(st.booleans()):
            world.properties = {"sasPolicy": {"sasExpirationPeriod": "1.12:00:00"}}
        for number in range(draw(st.integers(0, 2))):
            world.open_workspace(f"w{number}")
    for name, slot in zip("abc", draw(st.lists(_two, min_size=1, max_size=3)), strict=False):
        world.connect(name, slot)
    return world


class Rotation(RuleBasedStateMachine):
    """An account in a world where anything may happen between two looks."""

    world: World

    @initialize(world=worlds())
    def begin(self, world: World) -> None:
        """Anything may be when we come."""
        self.world = world

    @rule(then=_then)
    def nothing(self, then: Then) -> None:
        """Time passes."""
        self._go_on(then)

    @rule(
        name=st.sampled_from(["a", "b", "c", "d"]),
        slot=_slots,
        lacks=st.sampled_from(["", "", "listed", "readable"]),
        then=_then,
    )
    def connect(self, name: str, slot: Slot | None, lacks: str, then: Then) -> None:
        """Somebody makes a connection, or gives one another key; perhaps where we may not look."""
        keeper = self.world.connect(name, slot)
        if lacks:
            setattr(keeper, lacks, False)
        self._go_on(then)
        if lacks:
            setattr(keeper, lacks, not then.lasting)

    @rule(slot=_slots, name=st.sampled_from(["v", "w0", "w1"]), then=_then)
    def keep(self, name: str, slot: Slot | None, then: Then) -> None:
        """Somebody puts a key into a vault, or creates a workspace."""
        if name == "v":
            self.world.store(name, slot)
        elif self.world.service == "storage":
            self.world.open_workspace(name, SECOND if slot is SECOND else FIRST)
        self._go_on(then)

    @precondition(lambda self: self.world.keepers)
    @rule(at=_at, to=st.sampled_from(["signed", "gone", "resynced", "by identity", "by key"]), then=_then)
    def change(self, at: int, to: str, then: Then) -> None:
        """Somebody does something to a consumer."""
        keeper, world = self._one(at), self.world
        match to:
            case "gone":
                world.remove(keeper.id)
            case "signed":
                world.signed.add(keeper.id)
            case "resynced" if keeper.anchored:
                world.resync_by_hand(keeper.id)
            case "by identity" | "by key" if keeper.anchored:
                keeper.by_identity = to == "by identity"
        self._go_on(then)

    @precondition(lambda self: self.world.keepers)
    @rule(at=_at, what=st.sampled_from(["readable", "listed", "writable"]), then=_then)
    def forbid(self, at: int, what: str, then: Then) -> None:
        """A permission of ours is taken away."""
        keeper = self._one(at)
        setattr(keeper, what, False)
        self._go_on(then)
        setattr(keeper, what, not then.lasting)

    @rule(slot=_two, then=_then)
    def regenerate_by_hand(self, slot: Slot, then: Then) -> None:
        """Somebody puts a new key into a slot behind our back."""
        self.world.regenerate_by_hand(slot)
        self._go_on(then)

    @rule(slot=_two, then=_then)
    def use(self, slot: Slot, then: Then) -> None:
        """A stranger makes a call with a key."""
        self.world.use(slot)
        self._go_on(then)

    @rule(cause=_causes, approved=st.booleans(), then=_then)
    def demand(self, cause: Cause, approved: bool, then: Then) -> None:  # noqa: FBT001 - drawn
        """Somebody asks for a rotation, also in the middle of one."""
        self.world.demand(cause)
        if approved:
            self.world.approve()
        self._go_on(then)

    @rule(what=st.sampled_from(list(TROUBLES)), then=_then)
    def trouble(self, what: str, then: Then) -> None:
        """Something gets in the way; whom we cut off, we may not know of any more."""
        for name, value in TROUBLES[what].items():
            setattr(self.world, name, value)
        if what in {"keys off", "absent", "ledger lost"}:
            run(self.world)
            self.world.victims.clear()
        self._go_on(then)
        if not then.lasting:
            mend(self.world)

    @rule(what=st.sampled_from(list(SAYINGS)), then=_then)
    def hold(self, what: str, then: Then) -> None:
        """Policy, or an owner, wants something else."""
        self.world.terms = replace(self.world.terms, **SAYINGS[what])
        self._go_on(then)
        if not then.lasting:
            mend(self.world)

    @rule(accepted=_risks, then=_then)
    def accept(self, accepted: frozenset[Risk], then: Then) -> None:
        """Policy accepts other risks than before."""
        self.world.accept(*accepted)
        self._go_on(then)

    @rule(then=_then)
    def mend(self, then: Then) -> None:
        """People set right what is in the way."""
        mend(self.world)
        self._go_on(then)

    @invariant()
    def nothing_was_done_that_must_not_be(self) -> None:
        """The world was not wronged."""
        assert self.world.crimes == []

    def teardown(self) -> None:
        """Once the world is calm, what was begun ends, and both keys are young."""
        if not self.world.crimes:
            calm(self.world)
            ends(self.world)

    def _one(self, at: int) -> Keeper:
        return list(self.world.keepers.values())[at % len(self.world.keepers)]

    def _go_on(self, then: Then) -> None:
        """Some runs, or none where more happens before the next one; there is nearly always something to rotate."""
        faults = then.faults
        for _ in range(then.passes):
            self.world.pass_time(then.hours * HOUR)
            if then.wanted and not self.world.record.open:
                self.world.demand(Cause.REQUEST)
            run(self.world, *faults)
            faults = ()
            assert [one.id.name for one in self.world.keepers.values() if self.world.cut_off(one)] == []


def mend(world: World) -> None:
    """People set right what is in the way."""
    world.keyless, world.gone, world.opens = False, Seen.PRESENT, True
    world.signed.clear()
    world.terms = replace(world.terms, approved="CHG-1", kept="", room=True)
    for keeper in world.keepers.values():
        keeper.readable = keeper.listed = keeper.writable = True


def calm(world: World) -> None:
    """People did all that they were told to do, and leave everything alone from now on."""
    mend(world)
    world.accept(*Risk)
    for keeper in world.keepers.values():
        if keeper.anchored and world.slot_of(keeper) is not FIRST:
            world.resync_by_hand(keeper.id)


def ends(world: World) -> None:
    """A rotation that was begun, or falls due, ends within so many passes; consumers keep living keys, both young."""
    if not world.record.open:
        world.demand(Cause.REQUEST)
    for _ in range(PASSES):
        run(world)
        world.pass_time(12 * HOUR)
        record = world.record
        if not record.open and world.now < due(world.fact(), record, world.terms):
            break
    else:
        raise AssertionError(f"did not end: {world.record}")
    assert world.crimes == []
    assert world.record.phase is Phase.RESTING
    young = limit(world.fact(), world.terms)
    assert all(world.now - born < young for born in births(world.fact(), world.record).values())
    for keeper in world.keepers.values():
        assert world.slot_of(keeper) is not None or keeper.id not in world.record.holders


TestRotation = Rotation.TestCase
TestRotation.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
