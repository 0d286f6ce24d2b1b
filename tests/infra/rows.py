"""Rows as the app writes them, by its own row functions, of what a test says has been found or done."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.engine import distress
from shared.engine.judge import Wanted
from shared.engine.plan import make_plan
from shared.engine.record import Run, action_row, finding_row, run_row
from shared.model.action import Fix, MergeTags
from shared.model.facts import Kind
from shared.model.finding import Change, Finding, Severity, Tracked, Verdict
from shared.model.plan import Outcome, Plan, Result
from shared.model.resource_id import ResourceId
from shared.policy.policy import Effect, Limits, Setting
from shared.ports import Mark
from shared.rules.catalogue import RULES
from shared.rules.rule import Rule
from tests.builders import GROUP, NOW, workspace_id

type Row = Mapping[str, Any]

HUB = ResourceId.parse(workspace_id("hub"))
CATALOGUE = {rule.id: rule for rule in RULES}


def ago(**units: float) -> datetime:
    """A moment before the tests' own, by the words of `timedelta`."""
    return NOW - timedelta(**units)


def found(
    rule: str = "HW-NET-001",
    resource: str = "hub",
    *,
    verdict: Verdict = Verdict.FAIL,
    change: Change = Change.OPEN,
    severity: Severity = Severity.HIGH,
    at: datetime = NOW,
    since: datetime | None = NOW - timedelta(days=3),
    **more: Any,  # noqa: ANN401 - the fields of a finding
) -> Row:
    """A row of `HubwardenFindings_CL` from a run that ended at a moment; by default of a finding that stands."""
    about = ResourceId.parse(workspace_id(resource))
    given = {"message": "It is open.", "hub": HUB, "owner": "jane@contoso.example", "controls": (), **more}
    finding = Finding(
        rule=rule, resource=about, kind=Kind.HUB, verdict=verdict, severity=severity, **given
    )  # fmt: skip
    return finding_row(f"run-{at.isoformat()}", Tracked(finding, change, since), at)


def resolved(rule: str = "HW-NET-001", resource: str = "hub", *, at: datetime = NOW, **more: Any) -> Row:  # noqa: ANN401 - as `found`
    """A row of a finding that has ended."""
    return found(rule, resource, verdict=Verdict.PASS, change=Change.RESOLVED, at=at, **more)


def ran(*verdicts: Verdict, hub: ResourceId = HUB, at: datetime = NOW, whole: bool = True) -> Row:
    """A row of `HubwardenRuns_CL` of a run with these verdicts, by default a sweep's."""
    tracked = [
        Tracked(
            Finding(
                rule=f"HW-{number}",
                controls=(),
                resource=hub,
                kind=Kind.HUB,
                verdict=verdict,
                severity=Severity.LOW,
                message="",
            ),
            Change.NONE,
        )
        for number, verdict in enumerate(verdicts)
    ]
    run = Run(hub, at, (Mark(hub, hub, "cause", whole=whole),), "audit", "policy-1", "0.1.0")
    return run_row(run, tracked, Plan(), (), at)


def steps(
    count: int = 1, *, rule: str = "HW-TAG-001", limits: Limits | None = None, effect: Effect = Effect.ENFORCE
) -> Plan:
    """A plan of so many writes of tags, each to a project of its own."""
    setting = Setting(effect, Severity.MEDIUM, {}, "")
    return make_plan(
        (_wanted(CATALOGUE[rule], f"project-{number}", setting) for number in range(count)), limits or Limits()
    )


def _wanted(rule: Rule, name: str, setting: Setting) -> Wanted:
    about = ResourceId.parse(workspace_id(name))
    finding = Finding(
        rule=rule.id,
        controls=(),
        resource=about,
        kind=Kind.PROJECT,
        verdict=Verdict.FAIL,
        severity=setting.severity,
        message="",
        hub=HUB,
    )
    fix = Fix(MergeTags({"Environment": "prod"}), {"Environment": None}, {"Environment": "prod"})
    return Wanted(finding, fix, rule, setting)


def acted(plan: Plan, result: Result, *, at: datetime = NOW, reason: str = "") -> Sequence[Row]:
    """The rows of `HubwardenActions_CL` of a run that ended at a moment, all of whose steps came to the same result."""
    return [action_row(f"run-{at.isoformat()}", plan.id, Outcome(step, result, at, reason)) for step in plan.steps]


def cried(finding: Finding, at: datetime = NOW) -> Row:
    """A row of what the app says of itself, as `Outcry` writes it."""
    return finding_row(f"cry-{at.isoformat()}", Tracked(finding, Change.OPENED, at), at)


def ended(finding: Finding, at: datetime) -> Row:
    """A row of what is over, as `Outcry` writes it."""
    mended = distress.mended(finding.rule, finding.resource, "It is over.")
    return finding_row(f"over-{at.isoformat()}", Tracked(mended, Change.RESOLVED, at), at)


def undelivered(metric: str, total: float, at: datetime = NOW) -> Row:
    """A row of Azure's own about an event subscription of a system topic (supported metrics, Microsoft.EventGrid)."""
    topic = f"{GROUP}/providers/Microsoft.EventGrid/systemTopics/changes".upper()
    return {
        "TimeGenerated": at.isoformat(),
        "ResourceId": topic,
        "ResourceProvider": "MICROSOFT.EVENTGRID",
        "MetricName": metric,
        "Total": total,
        "_ResourceId": topic,
    }


def operated(category: str, detail: str, at: datetime = NOW) -> Row:
    """A row of Azure's own about what it did with the workspace; the words around OverQuota are made up."""
    return {"TimeGenerated": at.isoformat(), "Category": category, "Level": "Warning", "Detail": detail}


def put(container: str, at: datetime = NOW) -> Row:
    """A row of Azure's own about a blob that was put into a container of the app's storage."""
    account = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/sthubwarden".lower()
    return {
        "TimeGenerated": at.isoformat(),
        "AccountName": "sthubwarden",
        "Category": "StorageWrite",
        "OperationName": "PutBlob",
        "StatusCode": "201",
        "Uri": f"https://sthubwarden.blob.core.windows.net:443/{container}/topic/2026/11/21/9/one.json",
        "_ResourceId": account,
    }
