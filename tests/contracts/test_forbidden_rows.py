"""Rows that ingestion forbids or refuses: no role yet, or another rule. Over TLS, on Azure's stand-in."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from local.azure.stand_in import AzureStandIn
from shared.adapters.clock import SystemClock
from shared.adapters.log_analytics import LogAnalytics
from shared.adapters.log_query import LogQuery
from shared.adapters.outbox import PATIENCE, Outbox
from shared.adapters.state_table import StateTable
from shared.model.tables import FINDINGS, RUNS
from shared.ports import Row
from tests.contracts.worlds import AppCredential
from tests.fakes import FakeClock

pytestmark = pytest.mark.asyncio(loop_scope="session")


def _rows(run: str, fingerprints: Sequence[str] = ("",)) -> list[Row]:
    """Rows of a run: its own, or one a finding."""
    now = datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251 - Azure's clock judges it
    named = [{"Fingerprint": one} if one else {} for one in fingerprints]
    return [{"TimeGenerated": now, "RunId": run, **more} for more in named]


async def test_what_was_forbidden_arrives_once_it_is_permitted(
    azure: AzureStandIn, log: LogAnalytics, query: LogQuery, table: StateTable
) -> None:
    """Every row of the runs that were refused, each once by its ids, in whichever table, of two processes."""
    clock, mark = FakeClock(), uuid.uuid4().hex
    processes = [Outbox(log, table, clock) for _ in range(2)]
    azure.directory.limit(azure.options.app_object_id, ())
    for number in range(6):
        await processes[number % 2].write(RUNS, _rows(f"{mark}-{number}"))
        await processes[number % 2].write(FINDINGS, _rows(f"{mark}-{number}", ["a", "b", "c"]))
        clock.advance(minutes=5)
    refused = await query.rows(f"{RUNS} | where RunId startswith '{mark}'", timedelta(hours=1))
    azure.directory.limit(azure.options.app_object_id, None)
    clock.advance(seconds=PATIENCE.total_seconds())
    await processes[0].write(RUNS, _rows(f"{mark}-6"))

    runs = await query.rows(f"{RUNS} | where RunId startswith '{mark}' | project RunId", timedelta(hours=1))
    findings = await query.rows(
        f"{FINDINGS} | where RunId startswith '{mark}' | project RunId, Fingerprint", timedelta(hours=1)
    )
    assert refused == []
    assert sorted(row["RunId"] for row in runs) == [f"{mark}-{number}" for number in range(7)]
    assert sorted(row["RunId"] + row["Fingerprint"] for row in findings) == [
        f"{mark}-{number}{name}" for number in range(6) for name in "abc"
    ]
    assert await processes[1].waiting_since() is None


async def test_a_rule_that_is_made_anew(
    azure: AzureStandIn, log: LogAnalytics, query: LogQuery, table: StateTable
) -> None:
    """What Azure answered with 404 waits, and arrives once the app is told the new rule's id."""
    run, clock = uuid.uuid4().hex, FakeClock()
    old = LogAnalytics(AppCredential(azure), azure.url, "dcr-00000000000000000000000000000000", SystemClock())
    refused = Outbox(old, table, clock)
    await refused.write(RUNS, _rows(run))
    await old.close()
    since = await refused.waiting_since()
    told = Outbox(log, table, clock)
    await told.write(RUNS, _rows(f"{run}-next"))

    rows = await query.rows(f"{RUNS} | where RunId startswith '{run}' | project RunId", timedelta(hours=1))
    assert (since, await told.waiting_since()) == (clock.now(), None)
    assert sorted(row["RunId"] for row in rows) == [run, f"{run}-next"]
