"""The queries in `infra/queries`, by what they answer of rows as the app writes them."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from local.azure.kql import QueryRefusedError
from shared.model.finding import Change, Severity, Verdict
from shared.model.plan import Result
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS, FINDINGS, RUNS, TABLES
from shared.policy.policy import Effect, Exemption
from tests.builders import NOW, SUBSCRIPTION, diagnostics, hub, project, rid
from tests.infra.rows import HUB, acted, ago, found, ran, resolved, steps
from tests.logs import QUERIES, asked, workspace
from tests.rig import Rig

OTHER = ResourceId.parse(str(HUB).replace("workspaces/hub", "workspaces/other"))
UNTAGGED = project(tags={})


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_runs_on_empty_tables(name: str) -> None:
    """And answers nothing; but for the one that tells that there is nothing."""
    assert asked(name, {}) == ([{"Sweeps": 0}] if name == "alert-sweep-missed" else [])


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_runs_on_rows_from_before_a_column(name: str) -> None:
    """A column that is added later is empty in all older rows: no query fails on that, whichever column it is."""
    asked(name, {table: [{"TimeGenerated": ago(hours=1).isoformat()}] for table in TABLES})


def test_a_query_with_an_unknown_column_would_fail() -> None:
    """The test above can fail."""
    with pytest.raises(QueryRefusedError, match="Nonesuch"):
        workspace().query("HubwardenRuns_CL | where Nonesuch == 1", NOW, None)


def test_what_fails_now() -> None:
    """The worst first, then the oldest; what ended is gone, what cannot be read now is not."""
    rows = [
        found("HW-CMP-001", "ci", severity=Severity.MEDIUM),
        found("HW-NET-001", "young", since=ago(days=1)),
        found("HW-NET-001", "old", since=ago(days=9)),
        found("HW-NET-001", "closed", at=ago(hours=6)),
        resolved("HW-NET-001", "closed"),
        found("HW-NET-001", "hidden", verdict=Verdict.UNKNOWN, change=Change.NONE, since=ago(days=5)),
        found("HW-NET-001", "never", verdict=Verdict.UNKNOWN, change=Change.NONE, since=None),
        found("HW-NET-001", "waived", verdict=Verdict.EXEMPT, change=Change.NONE),
    ]
    told = [(row["Resource"].rpartition("/")[2], row["Days"]) for row in asked("open-findings", {FINDINGS: rows})]

    assert told == [("old", 9), ("hidden", 5), ("young", 1), ("ci", 3)]


async def test_what_a_run_finds_and_mends_does_not_stand_open() -> None:
    """The engine tells both in one run, with one moment; whatever the order in which they are delivered."""
    rig = Rig.of(hub(), UNTAGGED, diagnostics())
    await rig.sweep(hub())
    rows = rig.findings(Rule="HW-TAG-001", Resource=rid(UNTAGGED).key)

    assert [row["Change"] for row in rows] == ["opened", "resolved"]
    assert len({row["TimeGenerated"] for row in rows}) == 1
    for delivered in (rows, rows[::-1]):
        assert asked("open-findings", {FINDINGS: delivered}) == []


def test_posture_by_hub_and_rule() -> None:
    """Counted by the last verdict, and by what stands open though nobody can read it."""
    rows = [
        found("HW-NET-001", "hub"),
        found("HW-TAG-001", "hub", severity=Severity.MEDIUM),
        found("HW-NET-001", "other", verdict=Verdict.PASS, change=Change.NONE, since=None, hub=OTHER),
        found("HW-TAG-001", "other", verdict=Verdict.UNKNOWN, severity=Severity.MEDIUM, hub=OTHER),
    ]
    first, second = asked("posture-by-hub", {FINDINGS: rows})
    rules = {
        row["Rule"]: (row["Open"], row["Passed"], row["Unknown"], row["Percent"])
        for row in asked("posture-by-rule", {FINDINGS: rows})
    }

    assert (first["Hub"], first["High"], first["Medium"], first["Passed"]) == ("hub", 1, 1, 0)
    assert (second["Hub"], second["Medium"], second["Unknown"], second["Passed"]) == ("other", 1, 1, 1)
    assert rules == {"HW-NET-001": (1, 1, 0, 50.0), "HW-TAG-001": (1, 0, 1, 0.0)}


def test_the_trend_takes_the_last_verdict_of_each_day() -> None:
    """What opened and ended within a day was there on none."""
    rows = [
        found(at=ago(days=2, hours=3), since=ago(days=2, hours=3)),
        found(at=ago(days=1, hours=3)),
        resolved(at=ago(hours=3)),
        found("HW-PRJ-001", at=ago(hours=5), since=ago(hours=5)),
        resolved("HW-PRJ-001", at=ago(hours=4)),
    ]
    days = [(row["Day"][:10], row["Severity"], row["Findings"]) for row in asked("posture-trend", {FINDINGS: rows})]

    assert days == [("2026-02-27", "high", 1), ("2026-02-28", "high", 1)]


def test_waivers_by_their_end() -> None:
    """The next to end first, with the words of the policy."""
    waivers = {
        name: Exemption("HW-NET-001", HUB, "jane", "CHG-1", NOW + timedelta(days=days))
        for name, days in (("late", 50), ("soon", 5))
    }
    rows = [found(resource=name, verdict=Verdict.EXEMPT, exemption=one.words) for name, one in waivers.items()]
    told = asked("waivers", {FINDINGS: rows})

    assert [row["Resource"].rpartition("/")[2] for row in told] == ["soon", "late"]
    assert told[0]["Until"][:16] == "2026-03-06T09:00"


def test_hubs_that_nobody_has_looked_at() -> None:
    """Seen within a month and not within a day, with the share that could be judged then."""
    rows = [ran(Verdict.PASS, at=ago(days=3)), ran(Verdict.PASS, Verdict.UNKNOWN, at=ago(days=2)), ran(hub=OTHER)]
    (row,) = asked("hubs-not-seen", {RUNS: rows})

    assert (row["Hub"], row["Coverage"], row["Last"][:10]) == (HUB.key, 0.5, "2026-02-27")


def test_how_much_can_be_judged() -> None:
    """By the last sweep of each hub, not by looks at single resources."""
    rows = [
        ran(Verdict.UNKNOWN, at=ago(hours=9)),
        ran(*[Verdict.PASS] * 3, Verdict.UNKNOWN),
        ran(Verdict.UNKNOWN, whole=False),
    ]
    (row,) = asked("sight", {RUNS: rows})

    assert (row["Subscription"], row["Hubs"], row["Verdicts"], row["Share"]) == (SUBSCRIPTION, 1, 4, 0.75)


def test_writes_that_wait() -> None:
    """By the last word on each; what was done since waits no more."""
    held = acted(steps(effect=Effect.AUDIT), Result.HELD, at=ago(hours=6))

    assert [row["Status"] for row in asked("waiting-steps", {ACTIONS: held})] == ["held"]
    assert asked("waiting-steps", {ACTIONS: [*held, *acted(steps(), Result.DONE)]}) == []


def test_writes_that_come_again() -> None:
    """Counted by runs, not by deliveries, the most contested first."""
    thrice = [row for hours in (1, 2, 3) for row in acted(steps(), Result.DONE, at=ago(hours=hours))]
    once = acted(steps(2), Result.DONE, at=ago(hours=4))
    counts = [row["Times"] for row in asked("writes-of-a-day", {ACTIONS: [*thrice, *thrice, *once]})]

    assert counts == [4, 1]


COVERED: Mapping[str, list[Verdict]] = {
    "hub": [Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN],
    "project": [Verdict.PASS],
}


def test_how_much_carries_its_tags() -> None:
    """By kind, the worst first, of what could be judged."""
    rows = [
        {**found("HW-TAG-001", f"{kind}-{n}", verdict=verdict), "Kind": kind}
        for kind, verdicts in COVERED.items()
        for n, verdict in enumerate(verdicts)
    ]

    assert asked("tag-coverage", {FINDINGS: rows}) == [
        {"Kind": "hub", "Resources": 2, "Tagged": 1, "Percent": 50.0},
        {"Kind": "project", "Resources": 1, "Tagged": 1, "Percent": 100.0},
    ]
