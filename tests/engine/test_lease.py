"""One worker at a time for a hub: storms, contention, and workers that die."""

import asyncio
from datetime import timedelta

import pytest

from shared.engine.reconcile import LEASE, MOST_RUNS, Handled
from shared.model.errors import DependencyDown
from shared.model.resource_id import ResourceId
from shared.ports import Mark
from tests.builders import TAGS, diagnostics, hub, project, rid
from tests.fakes import FakeStore
from tests.rig import Rig

HUB = hub()
UNTAGGED = project(tags={})


class Death(BaseException):
    """The process is killed: nothing of ours may catch it."""


async def test_taken() -> None:
    """A worker that finds the hub taken leaves its mark and is done; whoever comes next answers it."""
    rig = Rig.of(HUB, diagnostics(), UNTAGGED)
    await rig.store.take(rid(HUB), "somebody", rig.clock.now(), rig.clock.now() + LEASE)
    assert await rig.event(UNTAGGED) == Handled(coalesced=True)
    assert (rig.cloud.writes, len(await rig.store.marks(rid(HUB)))) == ([], 1)
    await rig.store.release(rid(HUB), "somebody")
    await rig.event(HUB)
    assert (rig.document(UNTAGGED)["tags"], await rig.store.marks(rid(HUB))) == (TAGS, ())


class Interloper(FakeStore):
    """A store where somebody marks the hub at the very moment a holder has answered and not yet let go."""

    def __init__(self, resource: ResourceId, times: int) -> None:
        """Mark so many times."""
        super().__init__()
        self.left, self.resource = times, resource

    async def release(self, hub: ResourceId, holder: str) -> None:
        """See `HubLease.release`."""
        if self.left:
            self.left -= 1
            await self.mark(Mark(hub, self.resource, f"late-{self.left}"))
        await super().release(hub, holder)


async def test_late_mark() -> None:
    """A mark left while a holder was letting go is seen: the holder looks once more."""
    rig = Rig.of(HUB, diagnostics(), UNTAGGED, store=Interloper(rid(UNTAGGED), times=1))
    assert await rig.event(HUB, event_id="early") == Handled(runs=2)
    assert (rig.document(UNTAGGED)["tags"], await rig.store.marks(rid(HUB))) == (TAGS, ())


async def test_never_quiet() -> None:
    """A hub that changes in each of many runs is left to a later message, and its marks stay."""
    rig = Rig.of(HUB, diagnostics(), store=Interloper(rid(UNTAGGED), times=1_000))
    with pytest.raises(DependencyDown, match=f"each of {MOST_RUNS} runs"):
        await rig.event(HUB)
    assert (len(rig.runs), len(await rig.store.marks(rid(HUB)))) == (MOST_RUNS, 1)


async def test_storm() -> None:
    """Two hundred events on one hub at once cost a few runs, lose nothing, and write once."""
    rig = Rig.of(HUB, diagnostics(), *(project(f"p{n}", tags={}) for n in range(10)))
    projects = [rid(project(f"p{n}")) for n in range(10)]
    handled = await asyncio.gather(
        *(rig.event(projects[n % 10], event_id=f"e{n % 150}", holder=f"w{n}") for n in range(200))
    )
    assert sum(h.runs for h in handled) <= 3
    assert (len(rig.cloud.writes), await rig.store.marks(rid(HUB))) == (10, ())
    assert all(rig.document(resource)["tags"] == TAGS for resource in projects)


async def test_death_after_announcing() -> None:
    """A worker that dies at a write leaves a row all the same: the next run logs it as interrupted, and writes."""
    rig = Rig.of(HUB, UNTAGGED)
    rig.cloud.refuse(rid(UNTAGGED), Death())
    with pytest.raises(Death):
        await rig.event(UNTAGGED, event_id="event-1")
    assert (rig.actions(), rig.runs) == ([], [])
    rig.cloud.heal(rid(UNTAGGED))
    await rig.event(UNTAGGED, event_id="event-1")
    interrupted, done = rig.actions()
    assert [(row["Result"], row["StepId"]) for row in (interrupted, done)] == [
        ("interrupted", done["StepId"]),
        ("done", done["StepId"]),
    ]
    assert interrupted["RunId"] != ""


async def test_death_is_logged_once() -> None:
    """An interrupted write is logged once, not by every run from now on, also when nothing is left to write."""
    rig = Rig.of(HUB, UNTAGGED)
    rig.cloud.refuse(rid(UNTAGGED), Death())
    with pytest.raises(Death):
        await rig.event(UNTAGGED)
    rig.cloud.heal(rid(UNTAGGED))
    rig.document(UNTAGGED)["tags"] = dict(TAGS)
    for _ in range(3):
        await rig.event(UNTAGGED)
    assert len(rig.actions(Result="interrupted")) == 1


async def test_lease_of_the_dead() -> None:
    """The lease of a worker that was killed ends by itself, and the marks it left are answered."""
    rig = Rig.of(HUB, diagnostics(), UNTAGGED)
    await rig.store.take(rid(HUB), "killed", rig.clock.now(), rig.clock.now() + LEASE)
    await rig.event(UNTAGGED)
    rig.clock.advance(seconds=(LEASE - timedelta(seconds=1)).total_seconds())
    assert await rig.event(HUB) == Handled(coalesced=True)
    rig.clock.advance(seconds=1)
    await rig.event(HUB)
    assert (rig.document(UNTAGGED)["tags"], await rig.store.marks(rid(HUB))) == (TAGS, ())


async def test_failed_run_lets_go() -> None:
    """A run that fails lets go of its hub and keeps its mark, so that the next message answers both."""
    rig = Rig.of(HUB, UNTAGGED)
    rig.log.trouble = DependencyDown("503")
    with pytest.raises(DependencyDown):
        await rig.event(UNTAGGED, holder="first")
    rig.log.trouble = None
    assert await rig.event(HUB, holder="second") == Handled(runs=1)
    assert rig.runs[-1]["Causes"] == 2
