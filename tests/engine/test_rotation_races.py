"""Two that rotate the same keys at the same time, one that stands still while others go on, and words in between."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count

import pytest

from shared.engine.key_journal import memory_of
from shared.engine.key_pass import LEASE
from shared.engine.key_requests import demand, grant, sighted
from shared.model.key_facts import Slot
from shared.model.message import Rotate, Wish
from shared.model.rotation import Cause, Demand, Phase, Sighting
from tests.builders import hub, project, rid
from tests.fakes.process import Process
from tests.rotation_rig import RotationRig, account

AI = account()
BETWEEN = timedelta(hours=25)


def staged() -> RotationRig:
    """Connections that keep either key, so that a rotation takes all its steps."""
    rig = RotationRig.of(hub(), project(), AI)
    rig.connect(AI, Slot.FIRST)
    rig.connect(AI, Slot.FIRST, of="project")
    rig.connect(AI, Slot.SECOND, name="other")
    return rig


async def ends(rig: RotationRig) -> None:
    """Time passes, and all is well."""
    for _ in range(8):
        await rig.turn()
        if not (rig.record(AI).open or await rig.found(AI)):
            break
        rig.clock.advance(seconds=BETWEEN.total_seconds())
    assert rig.living.killed == []
    assert all(rig.living.opens(consumer) for consumer in rig.living.consumers())
    assert {slot for _, slot in rig.living.regenerated} == {Slot.FIRST, Slot.SECOND}
    assert (rig.record(AI).open, await rig.found(AI)) == (False, {})
    assert (await rig.store.load(memory_of(rid(AI)))).announced == {}


async def test_two_passes_at_once() -> None:
    """Whoever has an account's lease rotates it; each key is renewed once, however many come."""
    accounts = [account(name=f"ai{number}") for number in range(5)]
    rig = RotationRig.of(hub(), *accounts)
    for document in accounts:
        rig.connect(document)
    for _ in range(8):
        await asyncio.gather(*(rig.turn(world=Process().around(rig.world)) for _ in range(3)))
        rig.clock.advance(seconds=BETWEEN.total_seconds())

    assert (len(rig.living.regenerated), len(set(rig.living.regenerated)), rig.living.killed) == (10, 10, [])
    assert {rig.record(document).phase for document in accounts} == {Phase.RESTING}


@pytest.mark.parametrize("passes", [1, 3])
async def test_one_that_stands_still(passes: int) -> None:
    """
    Its lease ends, others go on; when it wakes, the ledger refuses it before it can do harm.

    But for a request that is on its way already: nobody can call that back. So a lease is longer than an invocation.
    """
    for at in count(1):
        rig = staged()

        async def others(name: str, rig: RotationRig = rig) -> None:
            if name == "regenerate":
                return
            rig.clock.advance(seconds=LEASE.total_seconds() + 1)
            for _ in range(passes):
                await rig.turn()
                rig.clock.advance(seconds=BETWEEN.total_seconds())

        process = Process(at, others)
        world = process.around(rig.world)
        for _ in range(3):
            await rig.turn(world=world)
            rig.clock.advance(seconds=BETWEEN.total_seconds())
        await ends(rig)
        if process.passed < at:
            break
    assert at > 50


async def _emergency(rig: RotationRig) -> None:
    await demand(rig.ledger, rid(AI), Demand(Cause.EMERGENCY, "it leaked", "jane@contoso.example", rig.clock.now()))


async def _approval(rig: RotationRig) -> None:
    await grant(rig.ledger, Rotate(rid(AI), Wish.APPROVE, "nobody else has it", "jane"), rig.clock.now())


async def _sighting(rig: RotationRig) -> None:
    await sighted(rig.ledger, rid(AI), Sighting("eve@contoso.example", "…/listKeys/action", rig.clock.now()))


@pytest.mark.parametrize("word", [_emergency, _approval, _sighting])
async def test_a_word_in_between(word: Callable[[RotationRig], Awaitable[None]]) -> None:
    """Whatever somebody says in the middle of a turn is kept, and the turn gives way to it."""
    for at in count(1):
        rig = staged()

        async def said(_: str, rig: RotationRig = rig) -> None:
            await word(rig)

        process = Process(at, said)
        world = process.around(rig.world)
        for _ in range(3):
            await rig.turn(world=world)
            rig.clock.advance(seconds=BETWEEN.total_seconds())
        if process.passed < at:
            break
        if word is _sighting:
            assert rig.record(AI).sighting is not None
            await rig.ask(AI)
        await ends(rig)
    assert at > 50
