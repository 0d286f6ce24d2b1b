"""Rows that go out days after they were made: Azure puts the time of arrival in place of theirs."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from local.azure.stand_in import AzureStandIn
from local.queries import queries
from shared.adapters.log_analytics import LogAnalytics
from shared.adapters.log_query import LogQuery
from shared.adapters.outbox import PATIENCE, Outbox
from shared.adapters.state_table import StateTable
from shared.model.finding import Change, Verdict
from shared.model.tables import FINDINGS
from shared.ports import Row
from tests.fakes import FakeClock
from tests.infra.rows import found

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVER = timedelta(days=30)


def verdict(name: str, days: float, *, fails: bool) -> Row:
    """What a run so many days ago said of a hub."""
    at = datetime.now(UTC) - timedelta(days=days)  # noqa: TID251 - Azure's clock judges it
    if fails:
        return found(resource=name, at=at, since=at)
    return found(resource=name, at=at, since=None, verdict=Verdict.PASS, change=Change.NONE)


async def test_an_old_verdict_does_not_win(
    azure: AzureStandIn, log: LogAnalytics, query: LogQuery, table: StateTable
) -> None:
    """After an outage of three days what failed then came last, and yet what passed since is what counts."""
    name, clock = f"hub-{uuid.uuid4().hex}", FakeClock()
    outbox = Outbox(log, table, clock)
    azure.directory.limit(azure.options.app_object_id, ())
    await outbox.write(FINDINGS, [verdict(name, 3, fails=True), verdict(f"{name}-stands", 3, fails=True)])
    azure.directory.limit(azure.options.app_object_id, None)
    clock.advance(seconds=PATIENCE.total_seconds())
    await outbox.write(FINDINGS, [verdict(name, 0.1, fails=False), verdict(f"{name}-stands", 0.1, fails=True)])

    mine = f"where Resource endswith '{name}' or Resource endswith '{name}-stands'"
    late = await query.rows(f"{FINDINGS} | {mine} | where isnotnull(Made) | project TimeGenerated, Made", EVER)
    standing = await query.rows(f"{queries()['open-findings'].text} | {mine} | project Resource", EVER)
    assert [(row["TimeGenerated"] - row["Made"]).days for row in late] == [3, 3]
    assert [row["Resource"].rpartition("/")[2] for row in standing] == [f"{name}-stands"]


async def test_a_row_that_is_not_late_says_no_more(log: LogAnalytics, query: LogQuery) -> None:
    """Less than two days old it keeps its moment, and needs no column for it."""
    name = f"hub-{uuid.uuid4().hex}"
    await log.write(FINDINGS, [verdict(name, days, fails=True) for days in (1.9, 2.1)])

    rows = await query.rows(
        f"{FINDINGS} | where Resource endswith '{name}' | order by TimeGenerated asc | project TimeGenerated, Made",
        EVER,
    )
    now = datetime.now(UTC)  # noqa: TID251 - Azure's clock judges it
    ages = [tuple(moment and round((now - moment) / timedelta(days=1), 1) for moment in row.values()) for row in rows]
    assert ages == [(1.9, None), (0.0, 2.1)]
