"""Rows while Log Analytics takes none: kept in Azure Tables on Azurite, and sent later, none lost."""

import logging
from datetime import timedelta

import pytest

from shared.adapters.fitting import LONGEST_ROW
from shared.adapters.outbox import LOOKS, MOST, PATIENCE, Outbox
from shared.adapters.state_table import StateTable
from shared.model.errors import Forbidden, HubwardenError, Throttled
from shared.model.tables import ACTIONS, FINDINGS, RUNS
from tests.contracts.outboxes import DOWN, ONE, THREE, TWO, Refusing, waiting
from tests.fakes import FakeClock, FakeLog

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORBIDDEN = Forbidden("403: no access to ingest data", "Microsoft.Insights/Telemetry/Write")


@pytest.fixture
def clock() -> FakeClock:
    """The time, which passes when a test says so."""
    return FakeClock()


async def test_rows_go_through(table: StateTable, clock: FakeClock) -> None:
    """In fair weather nothing is kept."""
    inner = FakeLog()
    await Outbox(inner, table, clock).write(RUNS, [ONE])

    assert (inner.rows(RUNS), await waiting(table)) == ([ONE], 0)


@pytest.mark.parametrize("trouble", [DOWN, Throttled("429", 30.0), FORBIDDEN])
async def test_rows_wait_and_are_sent(table: StateTable, clock: FakeClock, trouble: HubwardenError) -> None:
    """What could not be sent is sent after the next write that succeeds, in the order it came, and then forgotten."""
    inner = FakeLog(trouble=trouble)
    outbox = Outbox(inner, table, clock)
    await outbox.write(RUNS, [ONE, TWO])
    await outbox.write(ACTIONS, [ONE])
    before = await waiting(table)
    inner.trouble = None
    clock.advance(seconds=PATIENCE.total_seconds())
    await outbox.write(RUNS, [THREE])

    assert (before, await waiting(table)) == (2, 0)
    assert (inner.rows(RUNS), inner.rows(ACTIONS)) == ([THREE, ONE, TWO], [ONE])


async def test_nobody_is_asked_for_a_while(table: StateTable, clock: FakeClock) -> None:
    """Each try costs seconds: within the minute rows are kept at once, also when the service is back by then."""
    inner = FakeLog(trouble=DOWN)
    outbox = Outbox(inner, table, clock)
    await outbox.write(RUNS, [ONE])
    inner.trouble = None
    await outbox.write(RUNS, [TWO])

    assert (inner.rows(RUNS), await waiting(table)) == ([], 2)


async def test_another_process_sends_them(table: StateTable, clock: FakeClock) -> None:
    """One that starts looks at once; one that runs looks within the hour."""
    running, fair = FakeLog(), FakeLog()
    old = Outbox(running, table, clock)
    await old.write(RUNS, [THREE])
    await Outbox(FakeLog(trouble=DOWN), table, clock).write(RUNS, [ONE])
    await old.write(RUNS, [THREE])
    before = len(running.rows(RUNS))
    clock.advance(seconds=LOOKS.total_seconds())
    await old.write(RUNS, [THREE])
    await Outbox(FakeLog(trouble=DOWN), table, clock).write(RUNS, [TWO])
    await Outbox(fair, table, clock).write(RUNS, [THREE])

    assert (before, running.rows(RUNS)[-1]) == (2, ONE)
    assert (fair.rows(RUNS), await waiting(table)) == ([THREE, TWO], 0)


async def test_it_fails_again_half_way(table: StateTable, clock: FakeClock) -> None:
    """What was not sent stays; what was is not sent again."""
    outbox = Outbox(FakeLog(trouble=DOWN), table, clock)
    for row in (ONE, TWO):
        await outbox.write(RUNS, [row])
    half = Refusing(refused="two")
    await Outbox(half, table, clock).write(RUNS, [THREE])
    whole = FakeLog()
    await Outbox(whole, table, clock).write(RUNS, [THREE])

    assert half.rows(RUNS) == [THREE, ONE]
    assert (whole.rows(RUNS), await waiting(table)) == ([THREE, TWO], 0)


async def test_it_is_forbidden_again_half_way(
    table: StateTable, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """What is forbidden is so for all: nothing after it is tried, nothing is given up, and soon all are tried again."""
    outbox = Outbox(FakeLog(trouble=FORBIDDEN), table, clock)
    for row in (ONE, TWO):
        await outbox.write(RUNS, [row])
    inner = Refusing(refused="one", why=FORBIDDEN)
    again = Outbox(inner, table, clock)
    await again.write(RUNS, [THREE])
    await again.write(RUNS, [THREE])

    before = inner.rows(RUNS).copy(), await waiting(table)
    inner.refused = ""
    clock.advance(seconds=PATIENCE.total_seconds())
    await again.write(RUNS, [THREE])

    assert (before, "rows.refused" in caplog.text) == (([THREE], 3), False)
    assert (inner.rows(RUNS)[2:], await waiting(table)) == ([ONE, TWO, THREE], 0)


async def test_what_is_forbidden_is_an_error_in_the_log(
    table: StateTable, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Each refusal is one line that names table and rows, for it may need somebody; an outage is a warning."""
    for trouble in (FORBIDDEN, DOWN):
        await Outbox(FakeLog(trouble=trouble), table, clock).write(RUNS, [ONE, TWO])

    told = [(record.levelno, record.message.split(":", maxsplit=1)[0]) for record in caplog.records]
    assert told == [
        (logging.ERROR, f"rows.forbidden table={RUNS} rows=2"),
        (logging.WARNING, f"rows.kept table={RUNS} rows=2"),
    ]


async def test_how_long_rows_have_waited(table: StateTable, clock: FakeClock) -> None:
    """Since the oldest of any process, until the last is sent."""
    before = await Outbox(FakeLog(), table, clock).waiting_since()
    first = clock.now()
    for _ in range(2):
        await Outbox(FakeLog(trouble=FORBIDDEN), table, clock).write(RUNS, [ONE])
        clock.advance(hours=1)
    later = Outbox(FakeLog(), table, clock)
    since = await later.waiting_since()
    await later.write(RUNS, [ONE])

    assert (before, since, await later.waiting_since()) == (None, first, None)


async def test_many_rows(table: StateTable, clock: FakeClock) -> None:
    """They lie in as many entities as they need, with every character."""
    rows = [{"RunId": str(number), "Message": "ü😀" * 9_000} for number in range(20)]
    await Outbox(FakeLog(trouble=DOWN), table, clock).write(FINDINGS, rows)
    inner = FakeLog()
    pieces = await waiting(table)
    await Outbox(inner, table, clock).write(RUNS, [ONE])

    assert pieces > 20 * 18_000 // LONGEST_ROW
    assert (inner.rows(RUNS), inner.rows(FINDINGS)) == ([ONE], rows)


async def test_a_row_that_no_entity_holds(table: StateTable, clock: FakeClock) -> None:
    """It is kept all the same, with texts that say that they were cut."""
    long = {"RunId": "long", **dict.fromkeys(("Message", "Expected", "Actual"), "😀" * 16_000)}
    await Outbox(FakeLog(trouble=DOWN), table, clock).write(FINDINGS, [long])
    inner = FakeLog()
    await Outbox(inner, table, clock).write(RUNS, [ONE])
    (row,) = inner.rows(FINDINGS)

    assert (row["RunId"], row["Message"]) == ("long", "😀" * 8_000 + "… (8000 characters cut)")


async def test_an_outage_of_a_day(table: StateTable, clock: FakeClock) -> None:
    """More than one write sends: the next ones send the rest."""
    outbox = Outbox(FakeLog(trouble=DOWN), table, clock)
    for number in range(MOST + 5):
        await outbox.write(RUNS, [{"RunId": str(number)}])
        clock.advance(seconds=timedelta(minutes=2).total_seconds())
    inner = FakeLog()
    after = Outbox(inner, table, clock)
    await after.write(RUNS, [ONE])
    left = await waiting(table)
    await after.write(RUNS, [ONE])

    assert (left, await waiting(table)) == (5, 0)
    assert {row["RunId"] for row in inner.rows(RUNS)} == {"one", *map(str, range(MOST + 5))}
