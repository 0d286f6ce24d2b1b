"""Steps and wanted fixes, for tests of what comes after judging."""

from dataclasses import replace
from typing import Any

from shared.engine.judge import Wanted
from shared.model.action import Fix, MergeTags
from shared.model.facts import Kind
from shared.model.finding import Finding, Severity, Verdict
from shared.model.plan import Safety, Step, StepStatus
from shared.model.resource_id import ResourceId
from shared.policy.policy import Effect, Setting
from shared.rules.tags import COST_TAGS
from tests.builders import rid, workspace_id

HUB = rid(workspace_id("hub"))


def finding(name: str = "project", **changed: Any) -> Finding:  # noqa: ANN401 - the fields of a finding
    """A failing finding on a workspace."""
    common = Finding(
        rule="HW-TAG-001",
        controls=("TG-01",),
        resource=rid(workspace_id(name)),
        kind=Kind.PROJECT,
        verdict=Verdict.FAIL,
        severity=Severity.MEDIUM,
        message="Cost tags are missing.",
        expected={"Owner": "a value"},
        actual={"Owner": None},
        hub=HUB,
        owner="jane@contoso.example",
    )
    return replace(common, **changed)


def wanted(
    name: str = "project",
    *,
    hub: ResourceId | None = HUB,
    safety: Safety = Safety.SAFE,
    effect: Effect = Effect.ENFORCE,
    auto_approve: str = "",
    refusal: str = "",
    wait: str = "",
) -> Wanted:
    """A wish to tag a workspace."""
    tags = {"Owner": name}
    fix = Fix(MergeTags(tags), before={"Owner": None}, after=tags, refusal=refusal, wait=wait)
    setting = Setting(effect, Severity.MEDIUM, {}, auto_approve)
    return Wanted(finding(name, hub=hub), fix, replace(COST_TAGS, safety=safety), setting)


def step(name: str = "project", status: StepStatus = StepStatus.READY, reason: str = "") -> Step:
    """A step that tags a workspace."""
    tags = {"Owner": name}
    return Step(
        rule="HW-TAG-001",
        target=rid(workspace_id(name)),
        action=MergeTags(tags),
        before={"Owner": None},
        after=tags,
        undo=None,
        status=status,
        reason=reason,
        hub=HUB,
    )
