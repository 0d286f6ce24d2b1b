"""Every alert fires when it must, once, and is over when it is; on late rows, doubled rows and clocks that go wrong."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from shared.engine.record import LOUD
from shared.model.finding import Severity, Verdict
from shared.model.tables import FINDINGS, RUNS
from shared.rules.catalogue import RULES as CATALOGUE
from tests.builders import NOW
from tests.infra.cases import CASES
from tests.infra.rows import Row, ago, found, ran
from tests.infra.watchman import RULES, Instance, Watchman, everybody

OWN = {
    "HW-KEY-004": {"key-over-age"},
    "HW-KEY-005": {"key-over-age"},
    "HW-KEY-008": {"key-over-age"},
    "HW-KEY-010": {"key-over-age"},
    "HW-KEY-011": {"key-over-age"},
    "HW-KEY-012": {"key-over-age"},
    "HW-KEY-013": {"key-over-age"},
    "HW-KEY-014": {"rotation-stuck"},
    "HW-KEY-015": {"key-shown"},
}
"""Rules that have an alert of their own, whatever the severity."""
ALSO = {"HW-IMG-001": "image-over-sla", "HW-TAG-001": "tags-under-target", "HW-TAG-002": "tags-under-target"}
"""Rules that have an alert of their own while they are quiet, and besides it another when they are loud."""


def test_every_alert_has_a_case() -> None:
    """Who adds one says when it fires."""
    assert {*CASES, "sweep-missed"} == set(RULES)


def test_on_empty_tables_only_the_missing_sweep_is_told() -> None:
    """On the day of the deployment, and not one of the others."""
    assert everybody({}) == {"sweep-missed": {()}}


@pytest.mark.parametrize("name", CASES)
def test_it_fires(name: str) -> None:
    """One alert for each value of its dimensions, on what the app or Azure writes."""
    watch = Watchman.of(name)
    watch.take(CASES[name].fires(NOW))

    assert watch.look() == CASES[name].instances


@pytest.mark.parametrize("name", CASES)
def test_late_rows_are_told(name: str) -> None:
    """Log Analytics was away for five hours, and the rows bear the time at which they were written."""
    watch = Watchman.of(name)
    assert watch.look() == set()
    watch.take(CASES[name].fires(ago(hours=5)))

    assert watch.look() == CASES[name].instances


@pytest.mark.parametrize("name", CASES)
def test_a_clock_that_is_ahead_loses_nothing(name: str) -> None:
    """Rows ten minutes ahead of Azure's clock are seen when it gets there, and told once."""
    watch = Watchman.of(name)
    watch.take(CASES[name].fires(NOW + timedelta(minutes=10)))
    for minutes in range(0, 60, 15):
        watch.look(NOW + timedelta(minutes=minutes))

    assert (watch.standing, len(watch.fired)) == (CASES[name].instances, len(CASES[name].instances))


@pytest.mark.parametrize("name", CASES)
def test_what_comes_twice_is_told_once(name: str) -> None:
    """The ingestion API removes no duplicates."""
    watch = Watchman.of(name)
    for _ in range(2):
        watch.take(CASES[name].fires(NOW))

    assert (watch.look(), len(watch.fired)) == (CASES[name].instances, len(CASES[name].instances))


@pytest.mark.parametrize("name", CASES)
def test_what_ten_runs_see_is_one_alert(name: str) -> None:
    """A run every six hours, and a look after each."""
    watch = Watchman.of(name)
    for number in range(10):
        moment = NOW + timedelta(hours=6 * number)
        watch.take(CASES[name].fires(moment))
        watch.look(moment + timedelta(hours=1))

    assert (watch.standing, len(watch.fired)) == (CASES[name].instances, len(CASES[name].instances))
    assert watch.resolved == []


@pytest.mark.parametrize("name", CASES)
def test_it_is_resolved_and_fires_again(name: str) -> None:
    """When what it is about is over, or after its time; and what comes back is news."""
    case, watch = CASES[name], Watchman.of(name)
    watch.take(case.fires(NOW))
    watch.look()
    if case.over is None:
        watch.wait(hours=20)
        assert watch.standing == case.instances
        watch.wait(hours=10)
    else:
        watch.take(case.over(NOW + timedelta(hours=6)))
        watch.wait(hours=13)

    assert (watch.standing, set(watch.resolved)) == (set(), case.instances)
    watch.take(case.fires(watch.now))
    assert watch.look() == case.instances


@pytest.mark.parametrize("severity", Severity)
def test_no_failing_finding_is_left_untold(severity: Severity) -> None:
    """Whatever the rule and whatever severity policy gives it; and by no more alerts than are meant for it."""
    rows = {row["Fingerprint"]: row for row in (found(rule.id, severity=severity) for rule in CATALOGUE)}
    told = everybody({FINDINGS: rows.values(), RUNS: [ran(Verdict.PASS)]})
    by_rule: dict[str, set[str]] = {}
    for name, instances in told.items():
        for rule in _rules(name, instances, rows):
            by_rule.setdefault(rule, set()).add(name)

    assert by_rule == {rule.id: _meant(rule.id, severity) for rule in CATALOGUE}


def _rules(name: str, instances: set[Instance], rows: Mapping[str, Row]) -> set[str]:
    """Which rules an alert tells of, by its dimensions; one without any is about the rules it was made for."""
    dimensions = RULES[name].dimensions
    if "Fingerprint" in dimensions:
        return {rows[one[dimensions.index("Fingerprint")]]["Rule"] for one in instances}
    if "Rule" in dimensions:
        return {one[dimensions.index("Rule")] for one in instances}
    return {rule for rule, also in ALSO.items() if also == name}


def _meant(rule: str, severity: Severity) -> set[str]:
    also = {ALSO[rule]} if rule in ALSO else set()
    loud = {"loud-findings"} | also if severity in LOUD else also or {"quiet-findings"}
    return OWN.get(rule, loud)
