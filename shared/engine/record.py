"""Record: a run, its findings and its actions as rows for Log Analytics, and the alerts ops should have at once."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.costs.allocation import Allocation
from shared.costs.bill import NANO
from shared.costs.effective import Effective, EffectiveTags
from shared.engine.around import NOTHING, Around
from shared.log_context import effort_columns
from shared.model.action import describe
from shared.model.estate import Estate
from shared.model.finding import Change, Severity, Tracked, Verdict
from shared.model.message import Deed
from shared.model.plan import Outcome, Plan, Result
from shared.model.resource_id import ResourceId
from shared.ports import Alert, Mark, Row

LOUD = frozenset({Severity.CRITICAL, Severity.HIGH})
"""Severities that alert at once; the others wait for the digest."""

_MOST_IDS = 20


@dataclass(frozen=True)
class Run:
    """One pass over one hub, and why it was made; or over a month's bills, or all keys, with no cause but the day."""

    hub: ResourceId
    """For a month, or keys, the Function App, under which its findings are remembered."""
    started: datetime
    marks: tuple[Mark, ...]
    mode: str
    policy_version: str
    app_version: str
    month: str = ""
    """The month that was read, such as `2026-10`; empty for a hub."""
    rotation: bool = False
    """Whether it was a pass over the keys of all accounts."""

    @property
    def id(self) -> str:
        """The id that every row of the run carries."""
        causes = [mark.event_id for mark in self.marks]
        job = [self.month] if self.month else ["rotation"] if self.rotation else []
        text = json.dumps([self.hub.key, self.started.isoformat(), causes, *job])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def resources(self) -> frozenset[ResourceId]:
        """What its causes want looked at."""
        return frozenset(mark.resource for mark in self.marks)

    @property
    def deeds(self) -> dict[ResourceId, Deed]:
        """Who did what its causes are about; the first deed on a resource counts, for that may be its creation."""
        told = [(mark.resource, mark.deed) for mark in self.marks if mark.deed is not None]
        return dict(sorted(told, key=lambda each: each[1].at, reverse=True))

    @property
    def causes(self) -> tuple[str, ...]:
        """Azure's ids of the operations that caused it, at most twenty."""
        return named(mark.correlation_id for mark in self.marks)

    @property
    def keys(self) -> bool:
        """Whether one of its causes wants keys looked at."""
        return any(mark.keys for mark in self.marks)

    @property
    def trigger(self) -> str:
        """What started it: a sweep, when one is among its causes."""
        if self.month:
            return "month"
        if self.rotation:
            return "rotation"
        return "sweep" if any(mark.whole for mark in self.marks) else "event"


def named(ids: Iterable[str]) -> tuple[str, ...]:
    """Ids of causes as rows have them: each once, in order, without those that are not known, at most twenty."""
    return tuple(sorted({one for one in ids if one})[:_MOST_IDS])


def run_row(
    run: Run,
    tracked: Sequence[Tracked],
    plan: Plan,
    outcomes: Sequence[Outcome],
    ended: datetime,
    *,
    near: Around = NOTHING,
) -> Row:
    """The run's header: silence of a hub shows as a missing one; `near` is what is around the hub."""
    verdicts = Counter(t.finding.verdict for t in tracked)
    decided = len(tracked) - verdicts[Verdict.UNKNOWN]
    return {
        "TimeGenerated": ended.isoformat(),
        "RunId": run.id,
        "Hub": "" if run.month or run.rotation else run.hub.key,
        "Owner": near.owner,
        "CostCenter": near.cost_center,
        "Trigger": run.trigger,
        "Mode": run.mode,
        "Started": run.started.isoformat(),
        "Causes": len(run.marks),
        "CorrelationIds": list(run.causes),
        "Judged": len({t.finding.resource for t in tracked}),
        "Passed": verdicts[Verdict.PASS],
        "Failed": verdicts[Verdict.FAIL],
        "Unknown": verdicts[Verdict.UNKNOWN],
        "Exempt": verdicts[Verdict.EXEMPT],
        "Coverage": round(decided / len(tracked), 4) if tracked else 1.0,
        "PlanId": plan.id,
        "Steps": len(plan.steps),
        "Done": sum(outcome.result is Result.DONE for outcome in outcomes),
        "PolicyVersion": run.policy_version,
        "AppVersion": run.app_version,
        **effort_columns(run.started),
    }


def finding_row(run_id: str, tracked: Tracked, ended: datetime, causes: Sequence[str] = ()) -> Row:
    """One finding with its place in time; `causes` are Azure's ids of the operations that the run answers."""
    finding = tracked.finding
    row = {
        "TimeGenerated": ended.isoformat(),
        "RunId": run_id,
        "Fingerprint": finding.fingerprint,
        "Rule": finding.rule,
        "Controls": list(finding.controls),
        "Resource": finding.resource.key,
        "Kind": finding.kind.value,
        "Hub": finding.hub.key if finding.hub else "",
        "Project": finding.project.key if finding.project else "",
        "Owner": finding.owner,
        "CostCenter": finding.cost_center,
        "Verdict": finding.verdict.value,
        "Change": tracked.change.value,
        "Severity": finding.severity.value,
        "Message": finding.message,
        "Expected": as_json(finding.expected),
        "Actual": as_json(finding.actual),
        "Exemption": finding.exemption,
        "CorrelationIds": list(causes),
    }
    return row if tracked.first_seen is None else {**row, "FirstSeen": tracked.first_seen.isoformat()}


def action_row(run_id: str, plan_id: str, outcome: Outcome, causes: Sequence[str] = ()) -> Row:
    """One step and what became of it, with all an auditor needs to take it back; `causes` as in `finding_row`."""
    step = outcome.step
    return {
        "TimeGenerated": outcome.at.isoformat(),
        "RunId": run_id,
        "StepId": step.id,
        "PlanId": plan_id,
        "Rule": step.rule,
        "Resource": step.target.key,
        "Hub": step.hub.key if step.hub else "",
        "Project": step.project.key if step.project else "",
        "Owner": step.owner,
        "CostCenter": step.cost_center,
        "Action": step.action.verb,
        "Result": outcome.result.value,
        "Status": step.status.value,
        "Reason": outcome.reason or step.reason,
        "Before": as_json(step.before),
        "After": as_json(step.after),
        "Undo": as_json(describe(step.undo)),
        "Permission": step.action.permission,
        "CorrelationIds": list(causes),
    }


def tag_rows(run: Run, tags: EffectiveTags, estate: Estate, ended: datetime) -> list[Row]:
    """What the tags of each resource that was looked at should say, and why."""
    found = (tags.of(fact) for fact in sorted(estate.judged(), key=lambda fact: fact.id))
    return [_tag_row(run, one, tags, ended) for one in found if one is not None]


def _tag_row(run: Run, effective: Effective, tags: EffectiveTags, ended: datetime) -> Row:
    values = effective.tags
    return {
        "TimeGenerated": ended.isoformat(),
        "RunId": run.id,
        "Resource": effective.fact.id.key,
        "Kind": effective.fact.kind.value,
        "Place": effective.place.value,
        "Hub": effective.hubs[0].key if len(effective.hubs) == 1 else "",
        "Hubs": [hub.key for hub in effective.hubs][:_MOST_IDS],
        "Project": effective.project.key if effective.project else "",
        "CostCenter": _value(effective, tags.schema.cost_center),
        "Owner": _value(effective, tags.schema.owner),
        "Tags": {name: value.value for name, value in values.items() if value.value is not None},
        "Sources": {name: value.origin.value for name, value in values.items()},
        "Because": {name: value.because for name, value in values.items()},
        "CorrelationIds": list(run.causes),
    }


def _value(effective: Effective, tag: str) -> str:
    found = effective.tags.get(tag)
    return found.value or "" if found else effective.fact.tag(tag) or ""


def cost_rows(run_id: str, allocation: Allocation, ended: datetime) -> list[Row]:
    """A month's costs by whom they belong to and by service; all rows of a currency add up to the bill."""
    found = allocation.lines.group_by(list(_COST_COLUMNS)).aggregate([("cost", "sum"), ("usd", "sum")])
    ordered = found.sort_by([(column, "ascending") for column in _COST_COLUMNS])
    same = {"TimeGenerated": ended.isoformat(), "RunId": run_id, "Month": str(allocation.month)}
    return [{**same, "Closed": allocation.closed, **_cost_row(line)} for line in ordered.to_pylist()]


_COST_COLUMNS = {
    "subscription": "SubAccountId",
    "currency": "Currency",
    "cost_center": "CostCenter",
    "owner": "Owner",
    "hub": "Hub",
    "project": "Project",
    "origin": "Source",
    "reason": "Reason",
    "service": "Service",
}
"""The columns of an allocation's lines that rows are told by, and their names there."""


def _cost_row(line: Mapping[str, Any]) -> Row:
    row = {name: line[column] for column, name in _COST_COLUMNS.items()}
    amounts = {"Cost": float(line["cost_sum"] / NANO), "CostInUsd": float(line["usd_sum"] / NANO)}
    return {**row, "SubAccountId": f"/subscriptions/{line['subscription']}", **amounts}


def alerts(
    run_id: str,
    tracked: Iterable[Tracked],
    outcomes: Iterable[Outcome],
    ended: datetime,
    causes: Sequence[str] = (),
) -> list[Alert]:
    """What ops should know now: loud findings that opened or ended, and writes that failed."""
    found = [
        Alert(
            f"Hubwarden.Finding{t.change.value.title()}", t.finding.resource.key, finding_row(run_id, t, ended, causes)
        )
        for t in tracked
        if t.finding.severity in LOUD and t.change in {Change.OPENED, Change.RESOLVED}
    ]
    failed = [
        Alert("Hubwarden.ActionFailed", o.step.target.key, action_row(run_id, "", o, causes))
        for o in outcomes
        if o.result is Result.FAILED
    ]
    return [*found, *failed]


def as_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A value as one line of JSON, as the string columns hold it."""
    return json.dumps(value, sort_keys=True, default=str)
