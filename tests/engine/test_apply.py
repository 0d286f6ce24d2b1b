"""Apply: ready steps are written one by one, and each has an outcome."""

import pytest

from shared.engine.apply import announced, apply, leave
from shared.model.errors import Conflict, DependencyDown, Forbidden, HubwardenError, Rejected, Throttled
from shared.model.plan import Plan, Result, StepStatus
from tests.builders import NOW, project, rid
from tests.engine.steps import step
from tests.fakes import FakeClock, FakeCloud

PLAN = Plan.of([step("a"), step("b"), step("c")])
WAITING = Plan.of([step("a"), step("b", StepStatus.NEEDS_APPROVAL, "approve it"), step("c", StepStatus.REFUSED, "no")])


def cloud() -> FakeCloud:
    """Three untagged projects."""
    return FakeCloud(project(name, tags={}) for name in "abc")


def owners(world: FakeCloud) -> dict[str, str]:
    """Who owns what now."""
    return {r.name: d["tags"]["Owner"] for r, d in world.world.items() if d["tags"]}


async def test_all() -> None:
    """Every ready step is written and is done."""
    world = cloud()
    applied = await apply(PLAN, world, FakeClock())
    assert [o.result for o in applied.outcomes] == [Result.DONE] * 3
    assert (owners(world), applied.retry, len(applied.done)) == ({"a": "a", "b": "b", "c": "c"}, None, 3)


@pytest.mark.parametrize(
    "error", [Forbidden("403", "x/write"), Rejected("400 InvalidTags")], ids=["forbidden", "rejected"]
)
async def test_failed(error: HubwardenError) -> None:
    """A step that Azure refuses has failed, with the reason, and does not stop the others."""
    world = cloud()
    world.refuse(rid(project("b")), error)
    applied = await apply(PLAN, world, FakeClock())
    assert [(o.result, o.reason) for o in applied.outcomes] == [
        (Result.DONE, ""),
        (Result.FAILED, str(error)),
        (Result.DONE, ""),
    ]
    assert (applied.retry, owners(world)) == (None, {"a": "a", "c": "c"})


@pytest.mark.parametrize("error", [Throttled("429", 30.0), DependencyDown("503"), Conflict("409")], ids=str)
async def test_retryable(error: HubwardenError) -> None:
    """A step that Azure cannot take now stops the others, and says that the message should come again."""
    world = cloud()
    world.refuse(rid(project("b")), error)
    applied = await apply(PLAN, world, FakeClock())
    assert [o.result for o in applied.outcomes] == [Result.DONE, Result.FAILED, Result.SKIPPED]
    assert (applied.retry, owners(world)) == (error, {"a": "a"})


async def test_waiting() -> None:
    """What is not ready is not written, and keeps its reason."""
    world = cloud()
    applied = await apply(WAITING, world, FakeClock())
    assert {o.step.target.name: (o.result, o.reason) for o in applied.outcomes} == {
        "a": (Result.DONE, ""),
        "b": (Result.HELD, "approve it"),
        "c": (Result.HELD, "no"),
    }
    assert owners(world) == {"a": "a"}


def test_leave() -> None:
    """A plan that is not to be written is skipped where it was ready, with the reason; the rest is held as before."""
    applied = leave(WAITING, NOW, "mode is audit")
    assert {o.step.target.name: (o.result, o.reason) for o in applied.outcomes} == {
        "a": (Result.SKIPPED, "mode is audit"),
        "b": (Result.HELD, "approve it"),
        "c": (Result.HELD, "no"),
    }
    assert (applied.done, applied.retry) == ((), None)


def test_announced() -> None:
    """An announcement is the outcome of a write whose answer nobody ever writes."""
    assert [(o.step, o.result, o.at) for o in announced(PLAN.steps, NOW)] == [
        (s, Result.INTERRUPTED, NOW) for s in PLAN.steps
    ]
