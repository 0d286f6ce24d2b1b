"""Identities that last: of findings over casing, of steps and plans over order, of a plan over what it would write."""

from dataclasses import replace

import pytest

from shared.model.action import MergeTags
from shared.model.finding import Severity, fingerprint
from shared.model.plan import Plan, Step, StepStatus
from tests.builders import rid, workspace_id

HUB = workspace_id("Hub")


def step(name: str = "Hub", rule: str = "HW-TAG-001", **tags: str) -> Step:
    """A step that adds tags to a workspace."""
    return Step(
        rule, rid(workspace_id(name)), MergeTags(tags), before=dict.fromkeys(tags), after=tags, undo=None,
        status=StepStatus.READY,
    )  # fmt: skip


@pytest.mark.parametrize("written", [HUB.upper(), HUB.lower(), f"{HUB}/"])
def test_fingerprint(written: str) -> None:
    """A finding keeps its identity however Azure writes the id today."""
    assert fingerprint("HW-NET-001", rid(written)) == fingerprint("HW-NET-001", rid(HUB))


def test_fingerprint_pinned() -> None:
    """The identity of a finding is what it was in the first release; all that is stored goes by it."""
    assert fingerprint("HW-NET-001", rid(HUB)) == "df25be40f1669160fbc6"


def test_other_findings() -> None:
    """Another rule or another resource is another finding."""
    assert len({fingerprint(rule, rid(workspace_id(name))) for rule in ("A", "B") for name in ("a", "b")}) == 4


def test_step_over_casing() -> None:
    """A step is the same however its target is written."""
    assert step("Hub", a="1").id == step("HUB", a="1").id


def test_step_over_time() -> None:
    """A step is the same whether it is ready, held or waits for approval: an approval outlives a status."""
    assert step(a="1").held("too much").id == step(a="1").id


@pytest.mark.parametrize(
    "other",
    [
        step(a="2"),
        step(b="1"),
        step("other", a="1"),
        step(rule="HW-TAG-002", a="1"),
        replace(step(a="1"), before={"a": "0"}),
    ],
    ids=["value", "name", "target", "rule", "before"],
)
def test_other_steps(other: Step) -> None:
    """What is written, where, by which rule, and over what: any other makes another step, and another plan."""
    assert (other.id != step(a="1").id, Plan.of([other]).id != Plan.of([step(a="1")]).id) == (True, True)


def test_plan_over_order() -> None:
    """A plan is its steps: their order and repetition make no other plan."""
    one, two = step("one", a="1"), step("two", a="1")
    assert Plan.of([two, one, two]) == Plan.of([one, two])


def test_plan_of_none() -> None:
    """No steps make one plan, always the same."""
    assert Plan.of([]).id == Plan().id


def test_ranks() -> None:
    """Severities are ranked from the worst."""
    assert sorted(Severity, key=lambda s: s.rank) == [Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW]
