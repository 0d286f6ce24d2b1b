"""How rows are delivered changes no answer: twice, or days after they were made. Of every query, by its name."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from shared.model.tables import RUNS, TABLES
from tests.builders import NOW
from tests.infra.cases import CASES
from tests.infra.everything import everything
from tests.infra.rows import ago
from tests.infra.watchman import RULES
from tests.logs import QUERIES, Rows, asked, workspace

type Row = Mapping[str, Any]

OF_ALERTS = {RULES[name].query: case for name, case in CASES.items()}


def rows_for(name: str) -> Rows:
    """Rows on which a query has an answer."""
    if name in OF_ALERTS:
        return OF_ALERTS[name].fires(NOW)
    if name == "alert-sweep-missed":
        return {}
    return everything()


def late(table: str, row: Row) -> Row:
    """The row as it is when it came only now; what Azure itself writes is never late."""
    return {**row, "TimeGenerated": NOW.isoformat(), "Made": row["TimeGenerated"]} if table in TABLES else row


def answer(name: str, rows: Rows) -> list[str]:
    """What a query answers, in whatever order."""
    return sorted(json.dumps(row) for row in asked(name, rows))


@pytest.mark.parametrize("name", QUERIES)
def test_rows_that_come_twice_count_once(name: str) -> None:
    """Ingestion may take a row twice, and says nothing of it: no query shows or counts it for two."""
    rows = {table: list(some) for table, some in rows_for(name).items()}
    once = answer(name, rows)

    assert once
    assert answer(name, {table: some + some for table, some in rows.items()}) == once
    assert answer(name, {table: some + some[::-1] for table, some in rows.items()}) == once


@pytest.mark.parametrize("name", QUERIES)
def test_rows_that_come_late_are_as_old_as_they_are(name: str) -> None:
    """What an outage held back answers as if it had come in time, whatever moment Azure gave it; also a second time."""
    rows = {table: list(some) for table, some in rows_for(name).items()}
    in_time = answer(name, rows)
    came_late = {table: [late(table, row) for row in some] for table, some in rows.items()}

    assert answer(name, came_late) == in_time
    assert answer(name, {table: came_late[table] + some for table, some in rows.items()}) == in_time


@pytest.mark.parametrize("name", QUERIES)
def test_what_was_held_back_does_not_win(name: str) -> None:
    """Rows of earlier runs that come after those of the last one: what is told is what the last one said."""
    rows = {table: list(some) for table, some in rows_for(name).items()}
    newest = max((row["TimeGenerated"] for some in rows.values() for row in some), default="")
    held = {table: [row for row in some if row["TimeGenerated"] < newest] for table, some in rows.items()}
    first = {table: [row for row in some if row["TimeGenerated"] == newest] for table, some in rows.items()}
    delivered = {table: first[table] + [late(table, row) for row in held[table]] for table in rows}

    assert answer(name, delivered) == answer(name, rows)


@pytest.mark.parametrize("name", OF_ALERTS)
def test_no_alert_goes_by_what_was_held_back(name: str) -> None:
    """After an outage of three days an alert fires on what is so now, and not on what was so then."""
    case = OF_ALERTS[name]
    then = {table: [late(table, row) for row in some] for table, some in case.fires(ago(days=3)).items()}
    now = {table: list(some) for table, some in case.over(ago(hours=1)).items()} if case.over else {}
    both = {table: [*now.get(table, ()), *then.get(table, ())] for table in {**now, **then}}

    assert answer(name, both) == answer(name, now)


def test_the_law_would_tell_a_query_that_counts_deliveries() -> None:
    """The tests above can fail."""
    rows = everything()[RUNS]
    text = f"{RUNS} | summarize Runs = count()"
    once, twice = (workspace({RUNS: [*rows] * times}).query(text, NOW, None).rows for times in (1, 2))

    assert once != twice
