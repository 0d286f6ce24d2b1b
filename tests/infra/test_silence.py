"""Alerts stay silent where they must, and what lies between firing and silence falls on the right side."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from shared.engine import distress
from shared.model.errors import PolicyInvalid
from shared.model.finding import Change, Severity, Verdict
from shared.model.plan import Result
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS, FINDINGS, RUNS
from shared.policy.policy import Effect, Exemption, Limits
from tests.builders import NOW, SUBSCRIPTION
from tests.infra.cases import APP, BLOBS, CASES, METRICS, OPERATIONS
from tests.infra.rows import HUB, Row, acted, ago, cried, ended, found, operated, put, ran, resolved, steps, undelivered
from tests.infra.watchman import Watchman, everybody
from tests.logs import Rows
from tools.alerts import duration

OTHER = "99999999-2222-3333-4444-555555555555"
ELSEWHERE = ResourceId.parse(str(HUB).replace(SUBSCRIPTION, OTHER))
OPENED = found(change=Change.OPENED, since=NOW)
"""What a run finds that mends it at once; its end bears the same moment."""


def waived(days: float) -> Row:
    """A finding under a waiver that ends in so many days."""
    waiver = Exemption("HW-NET-001", HUB, "jane@contoso.example", "CHG-1", NOW + timedelta(days=days))
    return found(verdict=Verdict.EXEMPT, exemption=waiver.words)


def tagged(*verdicts: Verdict) -> Sequence[Row]:
    """What the tag rule says of so many projects."""
    return [found("HW-TAG-001", f"p{n}", verdict=v, severity=Severity.MEDIUM) for n, v in enumerate(verdicts)]


def done(*moments: datetime) -> Sequence[Row]:
    """The same write at each of these."""
    return [row for moment in moments for row in acted(steps(), Result.DONE, at=moment)]


SILENT: Mapping[str, tuple[str, Rows]] = {
    "what passes": ("loud-findings", {FINDINGS: [found(verdict=Verdict.PASS, change=Change.NONE, since=None)]}),
    "what was mended in the run that found it": ("loud-findings", {FINDINGS: [OPENED, resolved(since=NOW)]}),
    "the same, delivered in another order": ("loud-findings", {FINDINGS: [resolved(since=NOW), OPENED]}),
    "what never failed and cannot be read": (
        "loud-findings",
        {FINDINGS: [found(verdict=Verdict.UNKNOWN, change=Change.NONE, since=None)]},
    ),
    "what is exempt": ("loud-findings", {FINDINGS: [found(at=ago(hours=6)), waived(90)]}),
    "what nobody has seen for two days": ("loud-findings", {FINDINGS: [found(at=ago(hours=49))]}),
    "a write whose answer never came": ("action-failed", {ACTIONS: acted(steps(), Result.INTERRUPTED)}),
    "a write that nobody wants any more": ("action-failed", {ACTIONS: acted(steps(), Result.FAILED, at=ago(hours=14))}),
    "a write that is held since": (
        "action-failed",
        {ACTIONS: [*acted(steps(), Result.FAILED, at=ago(hours=6)), *acted(steps(), Result.HELD)]},
    ),
    "a tenth that is unknown": ("sight-lost", {RUNS: [ran(Verdict.UNKNOWN, *[Verdict.PASS] * 9)]}),
    "a look at one resource that saw nothing": (
        "sight-lost",
        {RUNS: [ran(Verdict.PASS, at=ago(hours=1)), ran(Verdict.UNKNOWN, whole=False)]},
    ),
    "a sweep that is missing everywhere": ("sight-lost", {RUNS: [ran(Verdict.PASS, at=ago(hours=20))]}),
    "the last sweep but one": ("sweep-missed", {RUNS: [ran(at=ago(hours=12))]}),
    "a sweep whose clock is an hour behind": ("sweep-missed", {RUNS: [ran(at=ago(hours=7))]}),
    "what was delivered": ("events-dead-lettered", {METRICS: [undelivered("DeliverySuccessCount", 9)]}),
    "none that was not": ("events-dead-lettered", {METRICS: [undelivered("DeadLetteredCount", 0)]}),
    "a blob elsewhere": ("dead-letters-found", {BLOBS: [put("reports"), put("azure-webjobs-hosts")]}),
    "another trouble of the workspace": ("rows-discarded", {OPERATIONS: [operated("Ingestion", "a column too many")]}),
    "a cap of the day before": ("rows-discarded", {OPERATIONS: [operated("Ingestion", "OverQuota", ago(hours=25))]}),
    "a rotation that goes on": ("rotation-stuck", {FINDINGS: [found("HW-KEY-014", verdict=Verdict.PASS, since=None)]}),
    "nine tenths that carry their tags": ("tags-under-target", {FINDINGS: tagged(Verdict.FAIL, *[Verdict.PASS] * 9)}),
    "tags that nobody can read, or that are waived": (
        "tags-under-target",
        {FINDINGS: tagged(Verdict.PASS, Verdict.UNKNOWN, Verdict.EXEMPT)},
    ),
    "the same write twice": ("fix-contested", {ACTIONS: done(ago(hours=2), NOW)}),
    "the same write twice, delivered twice": ("fix-contested", {ACTIONS: [*done(ago(hours=2), NOW)] * 2}),
    "three writes of three things": ("fix-contested", {ACTIONS: acted(steps(3), Result.DONE)}),
    "three writes in three days": ("fix-contested", {ACTIONS: done(ago(hours=47), ago(hours=30), NOW)}),
    "a write that was tried three times": (
        "fix-contested",
        {ACTIONS: [row for hours in (1, 2, 3) for row in acted(steps(), Result.FAILED, at=ago(hours=hours))]},
    ),
    "a waiver that lasts": ("exemption-ending", {FINDINGS: [waived(15)]}),
    "what policy only audits": ("change-limit-hit", {ACTIONS: acted(steps(effect=Effect.AUDIT), Result.HELD)}),
    "as many writes as are allowed": (
        "change-limit-hit",
        {ACTIONS: acted(steps(5, limits=Limits(writes_per_run=5)), Result.DONE)},
    ),
}


@pytest.mark.parametrize(("name", "rows"), SILENT.values(), ids=SILENT)
def test_it_stays_silent(name: str, rows: Rows) -> None:
    """What is none of its business, or not yet."""
    watch = Watchman.of(name)
    watch.take(rows)

    assert watch.look() == set()


FIRES: Mapping[str, tuple[str, Rows]] = {
    "what failed and cannot be read now": (
        "loud-findings",
        {FINDINGS: [found(verdict=Verdict.UNKNOWN, change=Change.NONE)]},
    ),
    "a write that was passed over since": (
        "action-failed",
        {ACTIONS: [*acted(steps(), Result.FAILED, at=ago(hours=6)), *acted(steps(), Result.SKIPPED)]},
    ),
    "a write that failed after it was done": (
        "action-failed",
        {ACTIONS: [*acted(steps(), Result.DONE, at=ago(hours=6)), *acted(steps(), Result.FAILED)]},
    ),
    "a subscription that no sweep sees, while another is": (
        "sight-lost",
        {RUNS: [ran(Verdict.PASS, at=ago(hours=20)), ran(Verdict.PASS, hub=ELSEWHERE)]},
    ),
    "events, and no sweep": ("sweep-missed", {RUNS: [ran(Verdict.PASS, whole=False), ran(at=ago(hours=14))]}),
    "what was dropped": ("events-dead-lettered", {METRICS: [undelivered("DroppedEventCount", 1)]}),
    "the limit of a hub's hour": (
        "change-limit-hit",
        {ACTIONS: acted(steps(3, limits=Limits(writes_per_hub_per_hour=2)), Result.HELD)},
    ),
    "a policy that was refused after a run": (
        "policy-invalid",
        {**CASES["policy-invalid"].fires(NOW), RUNS: [ran(at=ago(minutes=1))]},
    ),
    "a waiver that ends tomorrow": ("exemption-ending", {FINDINGS: [waived(1)]}),
}


@pytest.mark.parametrize(("name", "rows"), FIRES.values(), ids=FIRES)
def test_it_fires_even_so(name: str, rows: Rows) -> None:
    """What might look like the end of it, or like nothing."""
    watch = Watchman.of(name)
    watch.take(rows)

    assert len(watch.look()) == 1


def test_a_finding_that_gets_worse_is_told_again() -> None:
    """As critical, while the alert about the high one ends; so no alert bears a severity that is none any more."""
    watch = Watchman.of("loud-findings")
    watch.take({FINDINGS: [found()]})
    watch.look()
    watch.take({FINDINGS: [found(severity=Severity.CRITICAL, at=NOW + timedelta(hours=6))]})
    watch.wait(hours=7)

    assert [instance[1] for instance in watch.fired] == ["high", "critical"]
    assert [instance[1] for instance in watch.resolved] == ["high"]


def test_a_loud_finding_is_told_and_ended_in_time() -> None:
    """Right after a look it is told by the next, once; and it is over within the hour in which somebody answers."""
    watch = Watchman.of("loud-findings")
    pace = duration(watch.rule.frequency) or timedelta()
    watch.look()
    watch.take({FINDINGS: [found(at=NOW + timedelta(minutes=1))]})
    for number in range(1, 5):
        watch.look(NOW + number * pace)
    assert (len(watch.standing), len(watch.fired), pace) == (1, 1, timedelta(minutes=15))

    over = watch.now + timedelta(minutes=1)
    watch.take({FINDINGS: [resolved(at=over)]})
    while watch.standing:
        watch.look(watch.now + pace)
    assert (len(watch.fired), len(watch.resolved)) == (1, 1)
    assert watch.now - over < timedelta(hours=1)


def test_a_missed_sweep_is_resolved_by_the_next() -> None:
    """And what it means is told, not a row of its own."""
    watch = Watchman.of("sweep-missed")
    watch.take({RUNS: [ran(Verdict.PASS)]})
    assert watch.look() == set()
    assert watch.wait(hours=14) == {()}
    watch.take({RUNS: [ran(Verdict.PASS, at=watch.now)]})

    assert (watch.wait(hours=2), watch.resolved) == (set(), [()])


def test_unanswered_messages_are_told_by_their_reason() -> None:
    """A flood of one kind is one alert, and what comes after it for another reason is another."""
    watch = Watchman.of("message-unanswered")
    for reason in ("not JSON", "not JSON", "a subscription that is not governed"):
        finding = distress.unanswered(distress.refusal("hello", reason), APP)
        watch.take({FINDINGS: [cried(finding, watch.now)]})
        watch.now += timedelta(minutes=1)
        watch.look()

    assert watch.fired == [("not JSON",), ("a subscription that is not governed",)]


def test_a_subscription_out_of_sight_alerts_as_long_as_it_is() -> None:
    """Longer than findings on its hubs are told of, for no sweep says those again; and it ends when it is seen."""
    watch = Watchman.of("loud-findings")
    lost = distress.unseen({ResourceId.parse(f"/subscriptions/{SUBSCRIPTION}"): "the app has no role in it"}, APP)
    for _ in range(12):
        watch.take({FINDINGS: [cried(lost, watch.now)]})
        watch.wait(hours=6)
    assert (watch.standing, len(watch.fired)) == ({(lost.fingerprint, "critical", lost.rule, APP.key)}, 1)

    watch.take({FINDINGS: [ended(lost, watch.now)]})
    assert (watch.wait(hours=2), len(watch.resolved)) == (set(), 1)


def test_a_policy_that_was_mended_is_no_longer_invalid() -> None:
    """The instance that starts with it says so; no run need have ended."""
    watch = Watchman.of("policy-invalid")
    invalid = distress.policy_invalid(PolicyInvalid(("a",)), APP)
    watch.take({FINDINGS: [cried(invalid, watch.now)]})
    assert watch.look() == {()}
    watch.now += timedelta(minutes=5)
    watch.take({FINDINGS: [ended(invalid, watch.now)]})

    assert watch.wait(hours=2) == set()


def test_a_month_that_was_reported_after_all() -> None:
    """The alert ends with it, and not only when the try that failed is a day old."""
    watch = Watchman.of("costs-unreported")
    late = distress.costs_unreported("2026-10", "429", APP)
    watch.take({FINDINGS: [cried(late, watch.now)]})
    assert watch.look() == {("2026-10",)}
    watch.now += timedelta(hours=1)
    watch.take({FINDINGS: [ended(late, watch.now)]})

    assert watch.wait(hours=6) == set()


def test_a_message_the_platform_gave_up_has_a_reason_too() -> None:
    """Nobody refused it, and it still says why."""
    watch = Watchman.of("message-unanswered")
    watch.take({FINDINGS: [cried(distress.unanswered("hello", APP))]})

    assert watch.look() == {("it failed 5 times; its invocations say why",)}


def test_a_quiet_estate_is_quiet() -> None:
    """Swept, judged, and all well: nobody is told anything."""
    passing = [
        found(rule, verdict=Verdict.PASS, change=Change.NONE, since=None) for rule in ("HW-NET-001", "HW-TAG-001")
    ]

    assert everybody({FINDINGS: passing, RUNS: [ran(Verdict.PASS)], ACTIONS: acted(steps(), Result.DONE)}) == {}
