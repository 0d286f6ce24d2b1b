"""Plan: what may be written at once, what waits, what is refused, and when everything is held."""

from dataclasses import replace
from typing import Any

import pytest

from shared.engine.plan import make_plan, stale_targets
from shared.model.facts import Source
from shared.model.plan import Plan, Safety, StepStatus
from shared.policy.policy import Effect, Limits
from tests.builders import rid, workspace_id
from tests.engine.steps import HUB, step, wanted

LOOSE = Limits()
OTHER = rid(workspace_id("other"))


@pytest.mark.parametrize(
    ("settings", "status", "reason"),
    [
        pytest.param({}, StepStatus.READY, "", id="safe, enforced"),
        pytest.param({"effect": Effect.AUDIT}, StepStatus.HELD, "policy says audit", id="safe, audited"),
        pytest.param({"safety": Safety.GATED}, StepStatus.NEEDS_APPROVAL, "auto_approve", id="gated"),
        pytest.param(
            {"safety": Safety.GATED, "auto_approve": "CHG-7"}, StepStatus.READY, "by policy: CHG-7", id="approved"
        ),
        pytest.param(
            {"safety": Safety.GATED, "effect": Effect.AUDIT, "auto_approve": "CHG-7"},
            StepStatus.HELD,
            "policy says audit",
            id="approved, audited",
        ),
        pytest.param({"refusal": "it breaks"}, StepStatus.REFUSED, "it breaks", id="refused"),
        pytest.param({"wait": "busy"}, StepStatus.HELD, "busy", id="waiting"),
        pytest.param({"wait": "busy", "refusal": "it breaks"}, StepStatus.REFUSED, "it breaks", id="refused, waiting"),
        pytest.param(
            {"wait": "busy", "safety": Safety.GATED, "auto_approve": "CHG-7"},
            StepStatus.HELD,
            "busy",
            id="approved, waiting",
        ),
        pytest.param(
            {"refusal": "it breaks", "safety": Safety.GATED, "auto_approve": "CHG-7"},
            StepStatus.REFUSED,
            "it breaks",
            id="refused, approved",
        ),
        pytest.param(
            {"safety": Safety.RECREATE, "auto_approve": "CHG-7"}, StepStatus.REFUSED, "its owner must", id="recreate"
        ),
    ],
)
def test_status(settings: dict[str, Any], status: StepStatus, reason: str) -> None:
    """Safe fixes are ready where policy enforces; gated ones wait for approval; a refusal beats both."""
    (planned,) = make_plan([wanted(**settings)], LOOSE).steps
    assert (planned.status, reason in planned.reason) == (status, True)


def test_step() -> None:
    """A step carries what the rule proposed and where."""
    want = wanted()
    (planned,) = make_plan([want], LOOSE).steps
    assert (planned.rule, planned.target, planned.action, planned.before, planned.after, planned.undo, planned.hub) == (
        want.finding.rule,
        want.finding.resource,
        want.fix.action,
        want.fix.before,
        want.fix.after,
        want.fix.undo,
        HUB,
    )


def _statuses(count: int, limits: Limits, before: int = 0) -> list[StepStatus]:
    plan = make_plan([wanted(f"p{n}") for n in range(count)], limits, {HUB: before})
    return [planned.status for planned in plan.steps]


@pytest.mark.parametrize(
    ("count", "limits", "before", "status"),
    [
        pytest.param(3, Limits(3, 100), 0, StepStatus.READY, id="at the run's limit"),
        pytest.param(4, Limits(3, 100), 0, StepStatus.HELD, id="above the run's limit"),
        pytest.param(3, Limits(50, 5), 2, StepStatus.READY, id="at the hour's limit"),
        pytest.param(3, Limits(50, 5), 3, StepStatus.HELD, id="above the hour's limit"),
        pytest.param(1, Limits(50, 5), 5, StepStatus.HELD, id="the hour is spent"),
        pytest.param(1, Limits(0, 0), 0, StepStatus.HELD, id="no writes at all"),
    ],
)
def test_limits(count: int, limits: Limits, before: int, status: StepStatus) -> None:
    """Up to a limit all is written, above it nothing: no run does half."""
    assert _statuses(count, limits, before) == [status] * count


def test_limits_by_hub() -> None:
    """One hub above its limit does not hold another."""
    plan = make_plan([wanted("a"), wanted("b"), wanted("c", hub=OTHER)], Limits(1, 100))
    assert {s.target.name: s.status for s in plan.steps} == {
        "a": StepStatus.HELD,
        "b": StepStatus.HELD,
        "c": StepStatus.READY,
    }


def test_limits_count_ready() -> None:
    """Only what would be written counts against a limit, and only that is held by it."""
    plan = make_plan([wanted("a"), wanted("b", safety=Safety.GATED)], Limits(1, 100))
    assert [s.status for s in plan.steps] == [StepStatus.READY, StepStatus.NEEDS_APPROVAL]


def test_held_says_why() -> None:
    """A held step says how many writes were too many."""
    plan = make_plan([wanted("a"), wanted("b")], Limits(50, 3), {HUB: 2})
    assert {s.reason.split(";")[0] for s in plan.steps} == {
        "2 writes after 2 in the last hour exceed the hub's limit of 3"
    }


def test_plan_id_under_limits() -> None:
    """A held plan has the id it would have ready, so an approval means the same writes."""
    wishes = [wanted("a"), wanted("b")]
    assert make_plan(wishes, Limits(0, 0)).id == make_plan(wishes, LOOSE).id


def test_stale() -> None:
    """What would be written on the index's word alone is read again; what waits too, for people act on it."""
    plan = Plan.of([step("a"), step("b"), step("c", StepStatus.NEEDS_APPROVAL)])
    sources = {s.target: Source.INDEX if s.target.name != "b" else Source.LIVE for s in plan.steps}
    assert [target.name for target in stale_targets(plan, sources)] == ["a", "c"]


def test_ungoverned_subscription() -> None:
    """A hub may lean on a resource of a subscription that is not governed: it is never written to."""
    want = wanted()
    (planned,) = make_plan([want], LOOSE, governed={"99999999-0000-4000-8000-000000000000"}).steps
    assert (planned.status, "is not governed here" in planned.reason) == (StepStatus.REFUSED, True)
    (allowed,) = make_plan([want], LOOSE, governed={want.finding.resource.subscription}).steps
    assert allowed.status is StepStatus.READY


def test_a_step_is_where_the_write_is() -> None:
    """A connection may ask for a write to its account; whether that is governed decides the account's subscription."""
    account = rid("/subscriptions/99999999-0000-4000-8000-000000000000/resourceGroups/rg/providers/Microsoft.X/y/z")
    want = wanted()
    elsewhere = replace(want, fix=replace(want.fix, target=account))
    (planned,) = make_plan([elsewhere], LOOSE).steps
    (refused,) = make_plan([elsewhere], LOOSE, governed={want.finding.resource.subscription}).steps
    assert (planned.target, planned.rule) == (account, want.finding.rule)
    assert (refused.status, account.subscription in refused.reason) == (StepStatus.REFUSED, True)


def test_stale_basis() -> None:
    """What else a write goes by is read again before it is made; not for one that is not made now."""
    ready, waiting = (replace(step(name), basis=(OTHER,)) for name in "ab")
    sources = {OTHER: Source.INDEX}
    assert stale_targets(Plan.of([ready]), sources) == (OTHER,)
    assert stale_targets(Plan.of([waiting.held("later")]), sources) == ()
