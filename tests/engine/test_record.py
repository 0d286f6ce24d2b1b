"""Record: rows as the tables want them, and alerts for what cannot wait."""

import json
from collections.abc import Mapping
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared import log_context
from shared.engine.record import Run, action_row, alerts, finding_row, run_row
from shared.model.finding import Change, Severity, Tracked, Verdict
from shared.model.plan import Outcome, Plan, Result, StepStatus
from shared.model.tables import ACTIONS, FINDINGS, MADE, RUNS, TABLES
from shared.ports import Mark, Row
from tests.builders import NOW, rid, workspace_id
from tests.engine.steps import HUB, finding, step

RUN = Run(
    HUB,
    NOW,
    tuple(Mark(HUB, HUB, f"event-{n}", correlation_id=f"c-{n % 30:02}") for n in range(60)),
    "enforce",
    "policy-1",
    "0.1.0",
)
TRACKED = (
    Tracked(finding("a"), Change.OPENED, NOW),
    Tracked(finding("b", verdict=Verdict.PASS), Change.NONE),
    Tracked(finding("b", rule="HW-NET-001", verdict=Verdict.UNKNOWN), Change.NONE),
    Tracked(finding("c", verdict=Verdict.EXEMPT, exemption="until then"), Change.NONE),
)
OUTCOMES = (
    Outcome(step("a"), Result.DONE, NOW),
    Outcome(step("b", StepStatus.NEEDS_APPROVAL, "approve it"), Result.HELD, NOW),
)


def conforms(row: Mapping[str, Any], table: str, absent: frozenset[str] = frozenset()) -> bool:
    """Whether a row has every column of its table and no other, each of the column's type; `Made` comes on the way."""
    columns = {column.name: column.type for column in TABLES[table]}
    return row.keys() == columns.keys() - absent - {MADE} and all(
        _is_a(columns[name], value) for name, value in row.items()
    )


def _is_a(kind: str, value: object) -> bool:
    match kind:
        case "datetime":
            return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
        case "int":
            return type(value) is int
        case "real":
            return type(value) is float
        case "boolean":
            return type(value) is bool
        case "dynamic":
            return isinstance(value, list | dict)
        case _:
            return type(value) is str


def test_run_row() -> None:
    """A run's row is a row of its table."""
    assert conforms(run_row(RUN, TRACKED, Plan(), OUTCOMES, NOW), RUNS, frozenset({"QueueAgeSeconds"}))


def test_run_row_of_nothing() -> None:
    """A run that found nothing to judge has a row too, and covered all there was."""
    row = run_row(RUN, [], Plan(), [], NOW)
    assert conforms(row, RUNS, frozenset({"QueueAgeSeconds"}))
    assert (row["Coverage"], row["Judged"]) == (1.0, 0)


def test_run_row_of_a_message() -> None:
    """How long its message had waited stands in the row; never less than nothing, for two clocks are compared."""

    def row_of(waited: timedelta) -> Row:
        log_context.queued.set(NOW - waited)
        return run_row(RUN, [], Plan(), [], NOW)

    late, early = (copy_context().run(row_of, timedelta(seconds=seconds)) for seconds in (12.5, -3))
    assert conforms(late, RUNS)
    assert (late["QueueAgeSeconds"], early["QueueAgeSeconds"]) == (12.5, 0.0)


def test_run_counts() -> None:
    """A run counts its causes, resources, verdicts, steps and writes."""
    plan = Plan.of(outcome.step for outcome in OUTCOMES)
    row = run_row(RUN, TRACKED, plan, OUTCOMES, NOW + timedelta(seconds=2))
    names = (
        "Causes",
        "Judged",
        "Passed",
        "Failed",
        "Unknown",
        "Exempt",
        "Coverage",
        "Steps",
        "Done",
        "Trigger",
        "Mode",
    )
    assert [row[name] for name in names] == [60, 3, 1, 1, 1, 1, 0.75, 2, 1, "event", "enforce"]
    assert (row["Started"], row["TimeGenerated"]) == ("2026-03-01T09:00:00+00:00", "2026-03-01T09:00:02+00:00")
    assert row["CorrelationIds"] == [f"c-{n:02}" for n in range(20)]


def test_trigger() -> None:
    """A run that a sweep is among the causes of is a sweep."""
    marks = (Mark(HUB, HUB, "event-1"), Mark(HUB, HUB, "sweep", whole=True))
    assert Run(HUB, NOW, marks, "audit", "", "").trigger == "sweep"


def test_run_id() -> None:
    """A run's id is the same for the same hub, moment and causes, and no other."""
    marks = (Mark(HUB, HUB, "event-1"),)
    runs = [
        Run(HUB, NOW, marks, "audit", "", ""),
        Run(rid(workspace_id("HUB")), NOW, marks, "audit", "", ""),
        Run(HUB, NOW + timedelta(microseconds=1), marks, "audit", "", ""),
        Run(HUB, NOW, (Mark(HUB, HUB, "event-2"),), "audit", "", ""),
    ]
    assert [run.id == runs[0].id for run in runs] == [True, True, False, False]


@pytest.mark.parametrize("tracked", TRACKED, ids=lambda t: t.finding.verdict.value)
def test_finding_row(tracked: Tracked) -> None:
    """A finding's row is a row of its table; only what never failed lacks the moment it first did."""
    absent = frozenset() if tracked.first_seen else frozenset({"FirstSeen"})
    assert conforms(finding_row("run-1", tracked, NOW), FINDINGS, absent)


def test_finding_row_values() -> None:
    """Ids stand in lower case, so that tables join; what is expected and found stands as JSON."""
    row = finding_row("run-1", Tracked(finding("Project"), Change.OPENED, NOW), NOW)
    assert (row["Resource"], row["Hub"]) == (workspace_id("project").casefold(), HUB.key)
    assert (json.loads(row["Expected"]), json.loads(row["Actual"])) == ({"Owner": "a value"}, {"Owner": None})


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda o: o.result.value)
def test_action_row(outcome: Outcome) -> None:
    """An action's row is a row of its table."""
    assert conforms(action_row("run-1", "plan-1", outcome), ACTIONS)


def test_action_row_values() -> None:
    """An action's row says what was there, what was wanted, the way back and what it needs."""
    row = action_row("run-1", "plan-1", OUTCOMES[1])
    assert {name: row[name] for name in ("Action", "Result", "Status", "Reason", "Undo", "Permission", "Before")} == {
        "Action": "merge-tags",
        "Result": "held",
        "Status": "needs-approval",
        "Reason": "approve it",
        "Undo": "null",
        "Permission": "Microsoft.Resources/tags/write",
        "Before": '{"Owner": null}',
    }


@pytest.mark.parametrize(
    ("severity", "change", "kinds"),
    [
        (Severity.CRITICAL, Change.OPENED, ["Hubwarden.FindingOpened"]),
        (Severity.HIGH, Change.RESOLVED, ["Hubwarden.FindingResolved"]),
        (Severity.HIGH, Change.OPEN, []),
        (Severity.HIGH, Change.NONE, []),
        (Severity.MEDIUM, Change.OPENED, []),
        (Severity.LOW, Change.RESOLVED, []),
    ],
)
def test_loud(severity: Severity, change: Change, kinds: list[str]) -> None:
    """Only critical and high findings alert, when they open and when they end."""
    raised = alerts("run-1", [Tracked(finding(severity=severity), change, NOW)], [], NOW)
    assert [alert.kind for alert in raised] == kinds


def test_failed_write() -> None:
    """A write that failed alerts whatever its finding's severity; one that is held does not."""
    failed = Outcome(step("a"), Result.FAILED, NOW, "403")
    raised = alerts("run-1", [], [failed, *OUTCOMES], NOW)
    assert [(a.kind, a.subject, a.data["Reason"]) for a in raised] == [
        ("Hubwarden.ActionFailed", step("a").target.key, "403")
    ]
