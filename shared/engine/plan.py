"""
Plan: the fixes that failing findings ask for, as steps with a status and a reason. Pure.

Too much at once holds everything: half a mass change is worse than none, and the reason is usually a mistake in policy.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from shared.engine.judge import Wanted
from shared.model.facts import Source
from shared.model.plan import Plan, Safety, Step, StepStatus
from shared.model.resource_id import ResourceId
from shared.policy.policy import Effect, Limits


def make_plan(
    wanted: Iterable[Wanted],
    limits: Limits,
    writes: Mapping[ResourceId, int] | None = None,
    governed: Collection[str] = (),
) -> Plan:
    """
    The steps for all wanted fixes, under the limits.

    `writes` counts the writes of the last hour by hub; hubs are limited one by one, for each hub's run is its own.
    `governed` names the subscriptions that may be written to: a hub may lean on a resource elsewhere, which is read but
    never touched. None named means all.
    """
    plan = Plan.of(_step(want, governed) for want in wanted)
    return Plan.of(_within(limits, plan.steps, writes or {}))


def stale_targets(plan: Plan, sources: Mapping[ResourceId, Source]) -> tuple[ResourceId, ...]:
    """What steps stand on by the index alone, their targets first: read directly before anything is written."""
    stands_on = {step.target for step in plan.steps} | {resource for step in plan.ready for resource in step.basis}
    return tuple(sorted(resource for resource in stands_on if sources.get(resource) is Source.INDEX))


def _step(want: Wanted, governed: Collection[str]) -> Step:
    fix, finding = want.fix, want.finding
    target = fix.target or finding.resource
    status, reason = _status(want)
    if governed and target.subscription not in governed:
        status, reason = StepStatus.REFUSED, f"subscription {target.subscription} is not governed here"
    return Step(
        rule=finding.rule,
        target=target,
        action=fix.action,
        before=fix.before,
        after=fix.after,
        undo=fix.undo,
        status=status,
        reason=reason,
        hub=finding.hub,
        project=finding.project,
        owner=finding.owner,
        cost_center=finding.cost_center,
        basis=fix.basis,
    )


def _status(want: Wanted) -> tuple[StepStatus, str]:
    """Where the step stands, and why; with what nobody can tell of it, where it could be written."""
    status, reason = _decided(want)
    open_to_it = status in {StepStatus.READY, StepStatus.NEEDS_APPROVAL} and want.fix.caveat
    return status, f"{reason}; {want.fix.caveat}" if open_to_it else reason


def _decided(want: Wanted) -> tuple[StepStatus, str]:
    if want.fix.refusal:
        return StepStatus.REFUSED, want.fix.refusal
    if want.rule.safety not in {Safety.SAFE, Safety.GATED}:
        return StepStatus.REFUSED, "no write that Azure takes mends it without loss; its owner must act"
    if want.setting.effect is not Effect.ENFORCE:
        return StepStatus.HELD, f"policy says {want.setting.effect} for {want.rule.id} here"
    if want.fix.wait:
        return StepStatus.HELD, want.fix.wait
    if want.rule.safety is Safety.SAFE:
        return StepStatus.READY, ""
    if want.setting.auto_approve:
        return StepStatus.READY, f"approved by policy: {want.setting.auto_approve}"
    return StepStatus.NEEDS_APPROVAL, "the fix can break what works; auto_approve in policy lets it through"


def _within(limits: Limits, steps: Sequence[Step], writes: Mapping[ResourceId, int]) -> Iterable[Step]:
    ready = Counter(step.hub for step in steps if step.status is StepStatus.READY)
    before = {hub: writes.get(hub, 0) if hub else 0 for hub in ready}
    too_much = {hub: reason for hub, count in ready.items() if (reason := _exceeds(limits, count, before[hub]))}
    for step in steps:
        held = step.status is StepStatus.READY and step.hub in too_much
        yield replace(step, status=StepStatus.HELD, reason=too_much[step.hub]) if held else step


def _exceeds(limits: Limits, count: int, before: int) -> str:
    if count > limits.writes_per_run:
        return (
            f"{count} writes exceed the limit of {limits.writes_per_run} a run; look at the plan, then raise the limit"
        )
    if count + before > limits.writes_per_hub_per_hour:
        most = limits.writes_per_hub_per_hour
        return (
            f"{count} writes after {before} in the last hour exceed the hub's limit of {most}; something may fight us"
        )
    return ""
