"""For each alert: rows on which it must fire, the alerts that these are, and rows on which it must be over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.engine import distress
from shared.model.errors import PolicyInvalid
from shared.model.finding import Severity, Verdict
from shared.model.plan import Result
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS, FINDINGS, RUNS
from shared.policy.policy import Exemption, Limits
from tests.builders import GROUP, SUBSCRIPTION
from tests.infra.rows import HUB, acted, cried, found, operated, put, ran, resolved, steps, undelivered
from tests.infra.watchman import Instance
from tests.logs import Rows

APP = ResourceId.parse(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ops/providers/Microsoft.Web/sites/func")
METRICS = "AzureMetrics"
OPERATIONS = "_LogOperation"
BLOBS = "StorageBlobLogs"


@dataclass(frozen=True)
class Case:
    """What an alert must do."""

    fires: Callable[[datetime], Rows]
    """Rows of one run, or of a day, that end at a moment."""
    instances: set[Instance]
    over: Callable[[datetime], Rows] | None = None
    """Rows after which it is over; None for what is over when the time has passed."""


def _finding(rule: str, *, severity: Severity = Severity.HIGH, hub_too: bool = False) -> Case:
    row = found(rule, severity=severity)
    values = (row["Fingerprint"], rule, row["Resource"]) if hub_too else (row["Fingerprint"], row["Resource"])
    return Case(
        lambda at: {FINDINGS: [found(rule, severity=severity, at=at)]},
        {values},
        lambda at: {FINDINGS: [resolved(rule, severity=severity, at=at)]},
    )


def _loud() -> Case:
    row = found()
    return Case(
        lambda at: {FINDINGS: [found(at=at, message=f"Open for {at:%d} days.")]},
        {(row["Fingerprint"], "high", "HW-NET-001", row["Resource"])},
        lambda at: {FINDINGS: [resolved(at=at)]},
    )


def _quiet() -> Case:
    return Case(
        lambda at: {FINDINGS: [found("HW-CMP-001", name, severity=Severity.MEDIUM, at=at) for name in ("a", "b")]},
        {("HW-CMP-001",)},
        lambda at: {FINDINGS: [resolved("HW-CMP-001", name, severity=Severity.MEDIUM, at=at) for name in ("a", "b")]},
    )


def _failed() -> Case:
    (step,) = steps().steps
    return Case(
        lambda at: {ACTIONS: acted(steps(), Result.FAILED, at=at, reason="Azure said no")},
        {(step.rule, step.target.key, "merge-tags")},
        lambda at: {ACTIONS: acted(steps(), Result.DONE, at=at)},
    )


def _blind() -> Case:
    return Case(
        lambda at: {RUNS: [ran(Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, at=at)]},
        {(SUBSCRIPTION,)},
        lambda at: {RUNS: [ran(Verdict.PASS, Verdict.FAIL, Verdict.PASS, at=at)]},
    )


def _unanswered() -> Case:
    text = distress.refusal("hello", "it is no event: not JSON")
    return Case(
        lambda at: {FINDINGS: [cried(distress.unanswered(text, APP), at)]},
        {("it is no event: not JSON",)},
    )


def _dead() -> Case:
    topic = f"{GROUP}/providers/Microsoft.EventGrid/systemTopics/changes".upper()
    return Case(
        lambda at: {METRICS: [undelivered("DeadLetteredCount", 3, at), undelivered("DeliverySuccessCount", 90, at)]},
        {("DeadLetteredCount", topic)},
    )


def _letter() -> Case:
    return Case(lambda at: {BLOBS: [put("event-dead-letters", at), put("reports", at)]}, {("sthubwarden",)})


def _capped() -> Case:
    return Case(lambda at: {OPERATIONS: [operated("Ingestion", "Data collection stopped: OverQuota", at)]}, {()})


def _image() -> Case:
    return Case(
        lambda at: {FINDINGS: [found("HW-IMG-001", name, at=at) for name in ("one", "two")]},
        {(HUB.key,)},
        lambda at: {FINDINGS: [resolved("HW-IMG-001", name, at=at) for name in ("one", "two")]},
    )


def _tags() -> Case:
    def rows(at: datetime, tagged: int) -> Rows:
        verdicts = [Verdict.PASS] * tagged + [Verdict.FAIL] * (10 - tagged)
        names = enumerate(verdicts)
        return {FINDINGS: [found("HW-TAG-001", f"p{n}", verdict=v, severity=Severity.MEDIUM, at=at) for n, v in names]}

    return Case(lambda at: rows(at, 8), {()}, lambda at: rows(at, 9))


def _contested() -> Case:
    (step,) = steps().steps

    def thrice(at: datetime) -> Rows:
        moments = (at - timedelta(hours=2), at - timedelta(hours=1), at)
        return {ACTIONS: [row for moment in moments for row in acted(steps(), Result.DONE, at=moment)]}

    return Case(thrice, {(step.id, step.rule, step.target.key)})


def _policy() -> Case:
    problem = PolicyInvalid(("baseline.yaml:3: no such rule",))
    return Case(
        lambda at: {FINDINGS: [cried(distress.policy_invalid(problem, APP), at)]},
        {()},
        lambda at: {RUNS: [ran(Verdict.PASS, at=at)]},
    )


def _ending() -> Case:
    def rows(at: datetime, days: int) -> Rows:
        """A waiver that ends so many days after the first of March."""
        until = datetime.fromisoformat("2026-03-01T00:00+00:00") + timedelta(days=days)
        waiver = Exemption("HW-NET-001", HUB, "jane@contoso.example", "CHG-1", until)
        return {FINDINGS: [found(verdict=Verdict.EXEMPT, at=at, exemption=waiver.words)]}

    return Case(lambda at: rows(at, 10), {("HW-NET-001", "2026-03-11 00:00")}, lambda at: rows(at, 100))


def _limit() -> Case:
    def rows(at: datetime, limits: Limits) -> Rows:
        return {ACTIONS: acted(steps(6, limits=limits), Result.HELD, at=at)}

    return Case(
        lambda at: rows(at, Limits(writes_per_run=5)),
        {(HUB.key,)},
        lambda at: {ACTIONS: acted(steps(6), Result.DONE, at=at)},
    )


def _costs() -> Case:
    return Case(
        lambda at: {FINDINGS: [cried(distress.costs_unreported("2026-10", f"the bill is not whole at {at}", APP), at)]},
        {("2026-10",)},
    )


CASES: Mapping[str, Case] = {
    "loud-findings": _loud(),
    "quiet-findings": _quiet(),
    "action-failed": _failed(),
    "sight-lost": _blind(),
    "message-unanswered": _unanswered(),
    "events-dead-lettered": _dead(),
    "rows-discarded": _capped(),
    "dead-letters-found": _letter(),
    "rotation-stuck": _finding("HW-KEY-014"),
    "key-over-age": _finding("HW-KEY-010", hub_too=True),
    "key-shown": _finding("HW-KEY-015"),
    "image-over-sla": _image(),
    "tags-under-target": _tags(),
    "fix-contested": _contested(),
    "policy-invalid": _policy(),
    "exemption-ending": _ending(),
    "change-limit-hit": _limit(),
    "costs-unreported": _costs(),
}
"""All but `sweep-missed`, which fires on what is not there."""
