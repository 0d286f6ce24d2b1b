"""Rows that Azure refuses as such: they wait like others, stop none, and somebody is told."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import override

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from local.azurite import ACCOUNT, ACCOUNT_KEY
from shared.adapters.outbox import LASTS, LOOKS, MOST, PATIENCE, Outbox
from shared.adapters.state_table import StateTable
from shared.model.errors import DependencyDown, Rejected
from shared.model.tables import ACTIONS, RUNS
from shared.ports import Row
from tests.contracts.outboxes import ONE, REFUSED, THREE, TWO, Refusing, kept, waiting
from tests.fakes import FakeClock, FakeLog

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def clock() -> FakeClock:
    """The time, which passes when a test says so."""
    return FakeClock()


@pytest.mark.parametrize("refusal", ["400: no such column", "404: no such rule"])
async def test_what_is_refused_waits(
    table: StateTable, clock: FakeClock, caplog: pytest.LogCaptureFixture, refusal: str
) -> None:
    """A row that is refused as such, or a rule that is not there, is kept, and told as an error with what to do."""
    outbox = Outbox(FakeLog(trouble=Rejected(refusal)), table, clock)
    await outbox.write(RUNS, [ONE])

    assert (await waiting(table), await outbox.waiting_since()) == (1, clock.now())
    (told,) = caplog.records
    assert told.levelno == logging.ERROR
    assert told.message.startswith(f"rows.refused table={RUNS} rows=1: they wait, and somebody must mend it (docs/runb")


async def test_a_table_that_is_refused_stops_no_other(table: StateTable, clock: FakeClock) -> None:
    """Rows of others go on at once. When it is mended, its next rows take those along that waited."""
    inner = Refusing(refused="one", why=REFUSED)
    outbox = Outbox(inner, table, clock)
    for _ in range(3):
        await outbox.write(RUNS, [ONE])
        await outbox.write(ACTIONS, [TWO])
        clock.advance(seconds=1)
    before = inner.rows(ACTIONS).copy(), await waiting(table)
    inner.refused = ""
    clock.advance(seconds=PATIENCE.total_seconds())
    await outbox.write(RUNS, [THREE])

    assert before == ([TWO] * 3, 3)
    assert (inner.rows(RUNS), await waiting(table)) == ([THREE, ONE, ONE, ONE], 0)


async def test_rows_that_cannot_even_be_kept(clock: FakeClock) -> None:
    """Then the run fails: nobody has them."""
    nowhere = StateTable("http://127.0.0.1:9/account", AzureNamedKeyCredential(ACCOUNT, ACCOUNT_KEY), "t")
    with pytest.raises(DependencyDown):
        await Outbox(FakeLog(trouble=REFUSED), nowhere, clock).write(RUNS, [ONE])
    await nowhere.close()


async def test_a_piece_that_is_refused_for_good(
    table: StateTable, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays, is told of, and stops no other. In an hour it is tried again."""
    await kept(table, clock, "one", "two")
    inner = Refusing(refused="one", why=REFUSED)
    outbox = Outbox(inner, table, clock)
    for _ in range(3):
        await outbox.write(RUNS, [THREE])
    tried = inner.refusals
    clock.advance(seconds=LOOKS.total_seconds())
    await outbox.write(RUNS, [THREE])

    assert (inner.rows(RUNS), await waiting(table)) == ([THREE, TWO, THREE, THREE, THREE], 1)
    assert (tried, inner.refusals) == (1, 2)
    assert "rows.refused table=HubwardenRuns_CL pieces=1: they stay" in caplog.text


async def test_more_refused_pieces_than_a_write_sends(table: StateTable, clock: FakeClock) -> None:
    """They do not count: what waits behind them goes with the same write."""
    await kept(table, clock, *[f"bad-{number}" for number in range(MOST + 5)], "good")
    inner = Refusing(refused="bad", why=REFUSED)
    await Outbox(inner, table, clock).write(RUNS, [THREE])

    assert (inner.rows(RUNS), await waiting(table)) == ([THREE, {"RunId": "good"}], MOST + 5)


async def test_refused_pieces_that_take_too_long(table: StateTable, clock: FakeClock) -> None:
    """A write ends all the same, and the next one goes on behind them, round and round."""
    await kept(table, clock, "bad-1", "bad-2", "bad-3", "good")

    @dataclass
    class Slow(Refusing):
        """Takes its time to refuse."""

        @override
        async def write(self, table: str, rows: Sequence[Row]) -> None:
            if rows[0]["RunId"].startswith("bad"):
                clock.advance(seconds=LASTS.total_seconds() * 0.6)
            await super().write(table, rows)

    inner = Slow(refused="bad", why=REFUSED)
    outbox = Outbox(inner, table, clock)
    await outbox.write(RUNS, [THREE])
    first = inner.refusals
    await outbox.write(RUNS, [THREE])

    assert (first, inner.refusals) == (2, 3)
    assert (inner.rows(RUNS), await waiting(table)) == ([THREE, THREE, {"RunId": "good"}], 3)
