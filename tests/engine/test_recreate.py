"""Instances that are taken down and made anew: whatever happens in between, they come back as they were."""

from collections import deque
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from shared.model.compute_memory import ComputeMemory
from shared.model.errors import DependencyDown
from shared.model.message import Event, Sweep
from shared.model.tables import IMAGES
from shared.policy.policy import Limits
from tests.builders import project, rid
from tests.engine.remaking import ANEW, BOTH, JANE, OLD, is_anew, overdue, remembers, verbs
from tests.fakes import FakeStore
from tests.fakes.process import Crash, Process
from tests.images.sample import owned
from tests.images_rig import COMPUTES, FIRST, HUB, ImagesRig, stopped, touching


@pytest.mark.parametrize("slow", [False, True], ids=["at once", "accepted first"])
async def test_it_is_made_anew(slow: bool) -> None:  # noqa: FBT001 - a case
    """By one deletion and one creation, each brought on by the event before; then it is remembered no more."""
    rig = await overdue()
    if slow:
        rig.cloud.accept_only(COMPUTES)
    await rig.sweep(HUB)
    kept = await remembers(rig)
    await rig.settle(slow=slow)

    assert (kept, is_anew(rig), verbs(rig)) == (True, True, BOTH)
    assert replace(await rig.memory(JANE), started=None) == ComputeMemory()
    assert [(row["Notice"], row["Image"]) for row in rig.rows(IMAGES) if row["Notice"]] == [
        ("stopped", OLD),
        ("remade", FIRST),
    ]
    changes = [row["Change"] for row in rig.findings(Rule=ANEW) if row["Change"] != "none"]
    assert changes == ["opened", "resolved"]
    assert ANEW not in " ".join(await rig.open(HUB))


async def test_only_a_sweep_takes_one_down() -> None:
    """An event may come before anybody has looked whether its user is still there."""
    rig = await overdue()
    await rig.event(JANE)
    before = (verbs(rig), {row["Result"] for row in rig.actions(Action="delete-instance")})
    await rig.sweep(HUB)

    assert (before, verbs(rig)) == (([], {"held"}), BOTH[:1])


async def test_where_every_event_is_lost_sweeps_do_it() -> None:
    """One deletes, the next creates, the third sees it."""
    rig = await overdue()
    for _ in range(3):
        await rig.sweep(HUB)
        rig.clock.advance(hours=12)

    assert (is_anew(rig), verbs(rig), await remembers(rig)) == (True, BOTH, False)


async def test_on_its_way_it_is_left_alone() -> None:
    """However many events come while Azure deletes, or makes it."""
    rig = await overdue()
    seen = []
    for _ in range(2):
        rig.cloud.accept_only(COMPUTES)
        await rig.sweep(HUB)
        for _ in range(3):
            await rig.event(JANE)
            await rig.sweep(HUB)
        seen.append((verbs(rig), await remembers(rig)))
        rig.clock.advance(minutes=5)
        rig.cloud.finish()
    await rig.event(JANE)

    assert seen == [(BOTH[:1], True), (BOTH, True)]
    assert (is_anew(rig), await remembers(rig)) == (True, False)


async def test_several_at_once_in_hub_and_project() -> None:
    """Each comes back where it was; the event about one in a project has its project judged."""
    theirs = owned("ci-joe", of="project", **JANE["properties"]["properties"])
    theirs["properties"]["createdOn"] = JANE["properties"]["createdOn"]
    both = (JANE, stopped("ci-mia", image=OLD), theirs)
    rig = await overdue(*both)
    rig.cloud.put(project())
    await rig.sweep(HUB)
    gone = [rid(one) not in rig.cloud.world for one in both]
    await rig.settle()

    assert gone == [True] * 3
    assert [is_anew(rig, one) for one in both] == [True] * 3
    assert sorted(verbs(rig)) == sorted(BOTH * 3)


@pytest.mark.parametrize("slow", [False, True], ids=["at once", "accepted first"])
async def test_it_comes_back_wherever_the_process_dies(slow: bool) -> None:  # noqa: FBT001 - a case
    """At any boundary of any call of any run: between deletion and creation, between a request and its answer."""
    for at in count(1):
        rig, process = await overdue(), Process(at)
        if slow:
            rig.cloud.accept_only(COMPUTES)
        died = await _through(rig, process, slow=slow)
        await rig.sweep(HUB)

        assert (is_anew(rig), replace(await rig.memory(JANE), started=None)) == (True, ComputeMemory()), at
        assert "remade" in {row["Notice"] for row in rig.rows(IMAGES)}, at
        assert [name for name in await rig.open(HUB) if "HW-IMG" in name] == [], at
        assert {step.id for step in rig.cloud.writes} <= {row["StepId"] for row in rig.actions()}, at
        if not died:
            assert at > 60
            return


async def _through(rig: ImagesRig, process: Process, *, slow: bool) -> bool:
    """A sweep and all events that come of it; who dies is followed by another. Whether anybody died."""
    messages, world, died = deque[Event | Sweep]([Sweep(rid(HUB))]), process.around(rig.world), False
    for holder in count():
        if not messages:
            break
        try:
            await rig.worker(world).handle(messages[0], f"worker-{holder}")
        except Crash:
            rig.clock.advance(minutes=7)
            world, died = rig.world, True
            continue
        messages.popleft()
        messages += await rig.ends()
        if slow:
            rig.cloud.accept_only(COMPUTES)
        rig.clock.advance(minutes=5)
    return died


async def test_what_cannot_be_kept_is_not_deleted() -> None:
    """Where the memory is away nothing is written; the next try finds all as it was."""
    rig = await overdue()
    with pytest.raises(DependencyDown):
        await rig.worker(replace(rig.world, store=_Away(rig.store))).handle(Sweep(rid(HUB)), "worker-1")
    after = (verbs(rig), rid(JANE) in rig.cloud.world, await remembers(rig))
    await rig.sweep(HUB)
    await rig.settle()

    assert (after, is_anew(rig)) == (([], True, False), True)


class _Away:
    """A memory that can be read and takes no announcement."""

    def __init__(self, store: FakeStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any of the port's calls
        if name == "announce":
            raise DependencyDown("503")
        return getattr(self._store, name)


async def test_nothing_is_kept_where_nothing_is_written() -> None:
    """In audit, and above the change limit."""
    audited = await overdue(enforce=False)
    held = await overdue(policy=touching(limits=Limits(0, 0)))
    for rig in (audited, held):
        await rig.sweep(HUB)
        assert (verbs(rig), await remembers(rig)) == ([], False)
