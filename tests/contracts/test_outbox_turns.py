"""Who sends what waits in the outbox: one write at a time, of one process, and another where it dies."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import override

import pytest

from shared.adapters.outbox import PATIENCE, TURN, Outbox
from shared.adapters.state_table import StateTable
from shared.adapters.turn import Turn
from shared.model.tables import ACTIONS, RUNS
from shared.ports import Row
from tests.contracts.outboxes import DOWN, ONE, TWO, kept, waiting
from tests.fakes import FakeClock, FakeLog

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class Meeting(FakeLog):
    """Lets something happen while a call is on its way."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    @override
    async def write(self, table: str, rows: Sequence[Row]) -> None:
        await super().write(table, rows)
        if self.meanwhile is not None and table == RUNS:
            await self.meanwhile()


@pytest.fixture
def clock() -> FakeClock:
    """The time, which passes when a test says so."""
    return FakeClock()


async def test_writes_at_once_send_what_waits_once(table: StateTable, clock: FakeClock) -> None:
    """Workers of one process that find it open at the same moment do not all send the same pieces."""
    rows = [{"RunId": str(number)} for number in range(5)]
    for row in rows:
        await Outbox(FakeLog(trouble=DOWN), table, clock).write(RUNS, [row])
        clock.advance(seconds=1)
    inner = FakeLog()
    outbox = Outbox(inner, table, clock)
    await asyncio.gather(*(outbox.write(ACTIONS, [ONE]) for _ in range(8)))

    assert (inner.rows(RUNS), await waiting(table)) == (rows, 0)


async def test_processes_at_once_send_what_waits_once(table: StateTable, clock: FakeClock) -> None:
    """While one is sending, another that finds it open leaves it to do so."""
    runs = [str(number) for number in range(5)]
    await kept(table, clock, *runs)
    first, second = Meeting(), FakeLog()
    other = Outbox(second, table, clock)

    async def writes() -> None:
        await other.write(ACTIONS, [ONE])

    first.meanwhile = writes
    await Outbox(first, table, clock).write(ACTIONS, [ONE])

    assert [row["RunId"] for log in (first, second) for row in log.rows(RUNS)] == runs
    assert await waiting(table) == 0


async def test_a_process_that_dies_while_it_sends(table: StateTable, clock: FakeClock) -> None:
    """Its turn ends by itself: until then nobody sends, then somebody does. What it sent last comes twice."""
    await kept(table, clock, "one", "two")
    begun, heir = asyncio.Event(), FakeLog()

    async def never_returns() -> None:
        begun.set()
        await asyncio.Event().wait()

    dead = asyncio.create_task(Outbox(Meeting(meanwhile=never_returns), table, clock).write(ACTIONS, [ONE]))
    await begun.wait()
    after = Outbox(heir, table, clock)
    await after.write(ACTIONS, [ONE])
    clock.advance(seconds=TURN.total_seconds() - 1)
    await after.write(ACTIONS, [ONE])
    before = heir.rows(RUNS).copy()
    clock.advance(seconds=PATIENCE.total_seconds())
    await after.write(ACTIONS, [ONE])
    dead.cancel()

    assert (before, heir.rows(RUNS), await waiting(table)) == ([], [ONE, TWO], 0)


async def test_a_turn_that_ended_is_not_ended_again(table: StateTable, clock: FakeClock) -> None:
    """One that was too slow does not take the turn from whoever has it since."""
    slow, heir, third = (Turn(table, "sending") for _ in range(3))
    now = clock.now()
    taken = [await slow.take(now, now + TURN), await heir.take(now + TURN, now + 2 * TURN)]
    await slow.end()
    taken.append(await third.take(now + TURN, now + 2 * TURN))
    await heir.end()
    taken.append(await third.take(now + TURN, now + 2 * TURN))

    assert taken == [True, True, False, True]
