"""
A process that is killed at any boundary of any of its calls, in any pass of a rotation.

Whoever comes after it finds the world as it was left, a ledger that lags behind it, a lease that nobody let go; and it
ends well all the same.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from shared.engine.key_journal import memory_of
from shared.engine.key_pass import LEASE
from shared.engine.key_record import EMERGENCY_ENDED
from shared.keys.age import births
from shared.model.facts import Fact
from shared.model.key_facts import Slot, slot_name
from shared.model.message import Wish
from shared.model.resource_id import ResourceId
from shared.model.rotation import Phase
from shared.model.tables import KEYS
from shared.ports import World
from tests.builders import NOW, Document, dependent_id, hub, policy, rid
from tests.fakes.process import Crash, Process
from tests.rotation_rig import RotationRig, account, consenting

AI, STORAGE = account(), account("storage", "stai")
MANY = 12
"""Passes in which a rotation must have come to its end, whatever happened in one of them."""
BETWEEN = timedelta(hours=25)
"""From one pass to the next: longer than the grace, so that each goes as far as it can."""


def of_one_slot() -> RotationRig:
    """Connections of two hubs that keep the first key."""
    rig = RotationRig.of(hub(), hub("hub-2"), AI)
    rig.connect(AI)
    rig.connect(AI, of="hub-2")
    return rig


def of_both_slots() -> RotationRig:
    """Connections that keep either key."""
    rig = of_one_slot()
    rig.connect(AI, Slot.SECOND, name="other")
    return rig


def of_nobody_in_a_hurry() -> RotationRig:
    """The same, under a policy that begins nothing by itself."""
    rig = of_both_slots()
    rig.policy = policy()
    return rig


def of_a_workspace() -> RotationRig:
    """A workspace that keeps the first key of its storage, and a connection with the second."""
    rig = RotationRig.of(hub(storageAccount=dependent_id()), STORAGE)
    rig.policy = consenting("unknown_users", "resync_gap")
    rig.anchor(STORAGE)
    rig.connect(STORAGE, Slot.SECOND)
    return rig


async def timer(rig: RotationRig, world: World) -> None:
    """The timer has come round."""
    await rig.turn(world=world)


async def message(rig: RotationRig, world: World) -> None:
    """A message that asks for an emergency is delivered, and again until it was answered."""
    await rig.ask(AI, Wish.NOW, world=world)


@dataclass(frozen=True)
class Play:
    """What is rotated, and who begins it."""

    stage: Callable[[], RotationRig]
    account: Document
    begin: Callable[[RotationRig, World], Awaitable[None]] = timer
    at_once: int = 1
    """Keys that one delivery may renew."""
    accepted: frozenset[ResourceId] = frozenset()
    """Whose key may die, for policy accepts that."""

    async def act(self, at: int) -> bool:
        """Play it with a crash at a boundary, and look at the world after; whether there was such a boundary."""
        rig, process = self.stage(), Process(at)
        before = {consumer: rig.living.shown(consumer) for consumer in rig.living.consumers()}
        world, act = process.around(rig.world), self.begin
        for _ in range(MANY):
            renewed = len(rig.living.regenerated)
            try:
                await act(rig, world)
                act = timer
                rig.clock.advance(seconds=BETWEEN.total_seconds())
            except Crash:
                world = rig.world
                rig.clock.advance(seconds=LEASE.total_seconds() + 1)
            assert len(rig.living.regenerated) - renewed <= self.at_once
            if await self._is_over(rig):
                break
        self._nobody_was_cut_off(rig)
        self._all_is_told(rig, before)
        await self._it_ended(rig)
        return process.dead

    async def _is_over(self, rig: RotationRig) -> bool:
        record, state = rig.ledger.kept.get(rid(self.account)), await rig.store.load(memory_of(rid(self.account)))
        return record is not None and record.ended is not None and not (record.open or state.open or state.announced)

    def _nobody_was_cut_off(self, rig: RotationRig) -> None:
        assert {consumer for _, _, consumer in rig.living.killed} <= self.accepted
        assert all(rig.living.opens(consumer) for consumer in rig.living.consumers())

    def _all_is_told(self, rig: RotationRig, before: dict[ResourceId, str]) -> None:
        """Each key that was renewed, and each consumer that was moved, has a row that says done or perhaps."""
        rows = [row for row in rig.rows(KEYS) if row["Result"] in {"done", "unsure"}]
        told = Counter(row["Key"] for row in rows if row["Step"] == "regenerate")
        done = Counter(slot_name(slot, one) for one, slot in rig.living.regenerated)
        assert done <= told
        moved = {one.key for one, key in before.items() if rig.living.shown(one) != key}
        assert moved <= {row["Consumer"] for row in rows if row["Step"] == "move"}

    async def _it_ended(self, rig: RotationRig) -> None:
        record = rig.record(self.account)
        fact = Fact.of(rig.document(self.account))
        assert await self._is_over(rig)
        assert (record.phase, rig.stands(self.account)["Result"]) == (Phase.RESTING, "resting")
        assert min(births(fact, record).values()) >= NOW
        assert {slot for _, slot in rig.living.regenerated} == {Slot.FIRST, Slot.SECOND}
        if self.begin is message:
            assert EMERGENCY_ENDED in {alert.kind for alert in rig.topic.alerts}


PLAYS: dict[str, Any] = {
    "one slot": Play(of_one_slot, AI),
    "both slots": Play(of_both_slots, AI),
    "an emergency": Play(of_nobody_in_a_hurry, AI, message, at_once=2),
    "a workspace": Play(of_a_workspace, STORAGE, accepted=frozenset({rid(hub())})),
}


@pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS)
async def test_killed_at_every_boundary(play: Play) -> None:
    """Until a rotation has so few boundaries that nobody was killed."""
    for at in count(1):
        if not await play.act(at):
            break
    assert at > 50
