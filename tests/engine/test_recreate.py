"""Instances that are taken down for their image and made anew: whatever happens in between, they come back as they were."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.images.definition import capture
from shared.model.compute_memory import ComputeMemory
from shared.model.errors import DependencyDown, Forbidden, HubwardenError, Rejected
from shared.model.facts import Fact, Json
from shared.model.message import Event, Sweep
from shared.model.tables import IMAGES
from shared.policy.policy import Effect, Limits, Policy
from shared.ports import HubUpdate
from tests.builders import NOW, Document, project, rid
from tests.fakes.process import Crash, Process
from tests.images.sample import owned, warned
from tests.images_rig import COMPUTES, FIRST, HUB, REGION, ImagesRig, aged, stopped, touching

ANEW = "HW-IMG-004"
OLD = "25.06.01"
JANE = stopped(image=OLD)
SETTINGS = {"tags": {"team": "vision"}, "identity": {"type": "UserAssigned", "userAssignedIdentities": {}}}
BOTH = ["delete-instance", "create-instance"]


async def overdue(*documents: Document, **settings: Any) -> ImagesRig:  # noqa: ANN401 - as `ImagesRig`
    """Instances whose date has come, by default Jane's alone."""
    rig = ImagesRig.with_fleet(*(documents or (JANE,)), **settings)
    known = {rid(one): warned(NOW - timedelta(days=1), image=OLD) for one in documents or (JANE,)}
    await rig.store.save(rid(HUB), HubUpdate(computes=known))
    return rig


async def taken_down(**settings: Any) -> ImagesRig:  # noqa: ANN401 - as `ImagesRig`
    """Jane's instance is gone, and nobody has looked since."""
    rig = await overdue(**settings)
    await rig.sweep(HUB)
    assert rid(JANE) not in rig.cloud.world
    return rig


def definition(rig: ImagesRig, about: Document = JANE) -> Json:
    """What makes an instance that is there now."""
    return capture(Fact.of(rig.document(about))).document


def is_anew(rig: ImagesRig, about: Document = JANE) -> bool:
    """Whether it is there, as it was, made by us once, with the newest image."""
    image = rig.document(about)["properties"]["properties"]["osImageMetadata"]["currentImageVersion"]
    same = definition(rig, about) == capture(Fact.of(about)).document
    return (image, same, rig.watched.made.count(rid(about))) == (FIRST, True, 1)


def verbs(rig: ImagesRig) -> list[str]:
    """What was written, in order."""
    return [step.action.verb for step in rig.cloud.writes]


async def remembers(rig: ImagesRig, about: Document = JANE) -> bool:
    """Whether its definition is kept."""
    return (await rig.memory(about)).taken_down is not None


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
    assert await rig.memory(JANE) == ComputeMemory()
    assert [(row["Notice"], row["Image"]) for row in rig.rows(IMAGES) if row["Notice"]] == [
        ("stopped", OLD),
        ("remade", FIRST),
    ]
    changes = [row["Change"] for row in rig.findings(Rule=ANEW) if row["Change"] != "none"]
    assert list(dict.fromkeys(changes)) == ["opened", "open", "resolved"] if slow else ["opened", "resolved"]
    assert ANEW not in " ".join(await rig.open(HUB))


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

        assert (is_anew(rig), await rig.memory(JANE)) == (True, ComputeMemory()), at
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
    announce, rig.store.announce = rig.store.announce, _down  # type: ignore[method-assign]
    with pytest.raises(DependencyDown):
        await rig.sweep(HUB)
    after = (verbs(rig), rid(JANE) in rig.cloud.world, await remembers(rig))
    rig.store.announce = announce  # type: ignore[method-assign]
    await rig.sweep(HUB)
    await rig.settle()

    assert (after, is_anew(rig)) == (([], True, False), True)


async def _down(*_: object) -> None:
    raise DependencyDown("503")


async def test_nothing_is_kept_where_nothing_is_written() -> None:
    """In audit, and above the change limit."""
    audited = await overdue(enforce=False)
    held = await overdue(policy=touching(limits=Limits(0, 0)))
    for rig in (audited, held):
        await rig.sweep(HUB)
        assert (verbs(rig), await remembers(rig)) == ([], False)


@pytest.mark.parametrize("days", [0, 30])
async def test_a_creation_that_azure_refuses(days: int) -> None:
    """Without quota it stays a critical finding, and its definition is kept, until there is some."""
    rig = await taken_down()
    rig.cloud.refuse(rid(JANE), Rejected("400 QuotaExceeded"))
    await rig.settle()
    await rig.live(days)
    found = (await rig.open(HUB))[f"{ANEW} hub"]
    failed = rig.actions(Action="create-instance", Result="failed")
    kept = await remembers(rig)
    rig.cloud.heal(rid(JANE))
    await rig.sweep(HUB)
    await rig.settle()

    assert (found.severity.value, kept) == ("critical", True)
    assert {row["Reason"] for row in failed} == {"400 QuotaExceeded"}
    assert "Hubwarden.ActionFailed" in {alert.kind for alert in rig.topic.alerts}
    assert (is_anew(rig), await remembers(rig)) == (True, False)


async def test_one_that_azure_gave_up_making() -> None:
    """What is left of it is not touched; once somebody has deleted that, it is made again."""
    rig = await taken_down()
    broken = aged(state=None, osImageMetadata=None)
    broken["properties"] |= {"provisioningState": "Failed", "createdOn": rig.clock.now().isoformat()}
    rig.clock.advance(hours=1)
    broken["properties"]["createdOn"] = rig.clock.now().isoformat()
    rig.cloud.put(broken)
    await rig.live(3)
    stands = (verbs(rig), f"{ANEW} hub" in await rig.open(HUB), await remembers(rig))
    rig.cloud.delete(rid(JANE))
    await rig.event(JANE, what="Delete")
    await rig.settle()

    assert stands == (BOTH[:1], True, True)
    assert is_anew(rig)


def withdrawn() -> Policy:
    """A policy that lets nobody make anything any more."""
    return touching(auto_approve="")


@pytest.mark.parametrize("then", [withdrawn(), touching(effect=Effect.AUDIT, effects={})], ids=["approval", "effect"])
async def test_an_approval_that_is_withdrawn_in_between(then: Policy) -> None:
    """Nothing is written, the finding says so, and its definition waits."""
    rig = await taken_down()
    rig.policy = then
    await rig.settle()
    await rig.live(10)
    found, kept = await rig.open(HUB), await remembers(rig)
    written = verbs(rig)
    rig.policy = touching()
    await rig.sweep(HUB)
    await rig.settle()

    assert (written, f"{ANEW} hub" in found, kept) == (BOTH[:1], True, True)
    assert is_anew(rig)


def theirs(rig: ImagesRig) -> Document:
    """What somebody else makes under its name, now."""
    document = aged(vmSize="STANDARD_NC6", state="Running")
    document["properties"]["createdOn"] = rig.clock.now().isoformat()
    return document


@pytest.mark.parametrize("late", [False, True], ids=["before we look", "while we are about to"])
async def test_somebody_makes_it_first(late: bool) -> None:  # noqa: FBT001 - a case
    """With other settings: theirs stays, and nobody makes another."""
    rig = await taken_down()
    rig.clock.advance(minutes=2)
    if late:
        rig.watched.meanwhile = lambda: rig.cloud.put(theirs(rig))
    else:
        rig.cloud.put(theirs(rig))
    await rig.settle()
    await rig.sweep(HUB)

    assert definition(rig)["properties"]["properties"]["vmSize"] == "STANDARD_NC6"
    assert (rig.watched.made, await remembers(rig)) == ([], False)


async def test_somebody_deletes_it_while_we_are_about_to() -> None:
    """Nobody can tell that from our own deletion, so it comes back."""
    rig = await overdue()
    rig.watched.meanwhile = lambda: rig.cloud.delete(rid(JANE))
    await rig.sweep(HUB)
    await rig.settle()
    await rig.sweep(HUB)

    assert is_anew(rig)


async def test_what_its_owner_deletes_stays_away() -> None:
    """Where it was taken down by nobody: we were not allowed to, or a process died before it did, days ago."""
    forbidden, killed = await overdue(), await overdue()
    forbidden.cloud.refuse(rid(JANE), Forbidden("403", "x/delete"))
    await forbidden.sweep(HUB)
    for at in count(1):
        killed = await overdue()
        await killed.dies(Sweep(rid(HUB)), at)
        if await remembers(killed):
            break
    killed.policy = withdrawn()
    await killed.live(2)
    for rig in (forbidden, killed):
        assert (verbs(rig), await remembers(rig), rid(JANE) in rig.cloud.world) == ([], False, True)
        rig.cloud.delete(rid(JANE))
        rig.cloud.heal(rid(JANE))
        rig.policy = touching()
        await rig.event(JANE, what="Delete")
        await rig.live(3)
        assert (verbs(rig), rid(JANE) in rig.cloud.world) == ([], False)


@pytest.mark.parametrize("error", [DependencyDown("503"), Rejected("400")])
async def test_a_deletion_of_which_nobody_knows_is_remembered(error: HubwardenError) -> None:
    """It failed, as far as we were told; Azure may have carried it out."""
    rig = await overdue()
    rig.cloud.refuse(rid(JANE), error)
    with suppress(DependencyDown):
        await rig.sweep(HUB)
    kept = await remembers(rig)
    rig.cloud.heal(rid(JANE))
    rig.cloud.delete(rid(JANE))
    await rig.event(JANE, what="Delete")
    await rig.settle()

    assert (kept, is_anew(rig)) == (True, True)


async def test_with_its_workspace_it_is_gone() -> None:
    """There is no place where it could be made; nothing is remembered, and nothing written."""
    rig = await taken_down()
    rig.cloud.delete(rid(HUB))
    await rig.event(HUB, what="Delete")

    assert (verbs(rig), await rig.memory(JANE)) == (BOTH[:1], ComputeMemory())


async def test_what_nobody_can_see_is_not_made() -> None:
    """An instance, a list or a workspace that may not be read is not gone."""
    for subject in (COMPUTES, rid(JANE), rid(HUB)):
        rig = await taken_down()
        rig.cloud.deny(subject)
        await rig.settle()
        await rig.live(2)
        assert (verbs(rig), await remembers(rig)) == (BOTH[:1], True)
        rig.cloud.heal(subject)
        await rig.sweep(HUB)
        await rig.settle()
        assert is_anew(rig)


_THINGS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 60)),
        st.tuples(st.just("die"), st.integers(1, 60)),
        st.tuples(
            st.sampled_from(
                ["sweep", "sweep", "event", "end", "slow", "refuse", "heal", "withdraw", "approve"]
                + ["start", "stop", "delete", "make", "deny", "audit", "age"]
            ),
            st.just(0),
        ),
    ),
    max_size=30,
)


@dataclass
class World:
    """All that may happen to an instance, to us, and to Azure."""

    rig: ImagesRig

    async def go_on(self, what: str, number: int) -> None:
        """One thing happens."""
        rig, there = self.rig, rid(JANE) in self.rig.cloud.world
        match what:
            case "wait":
                rig.clock.advance(hours=number)
            case "die":
                await rig.dies(Sweep(rid(HUB)), number)
            case "sweep":
                await self._try(Sweep(rid(HUB)))
            case "event":
                await self._try(Event("event", "Microsoft.Resources.ResourceWriteSuccess", rid(JANE)))
            case "end":
                for event in await rig.ends():
                    await self._try(event)
            case "withdraw" | "approve" | "audit":
                rig.policy, rig.enforce = withdrawn() if what == "withdraw" else touching(), what != "audit"
            case "delete" | "start" | "stop" | "age" if there:
                self._their_deed(what)
            case "make" if not there:
                rig.cloud.put(theirs(rig))
            case _:
                self._azure(what)

    def _azure(self, what: str) -> None:
        cloud = self.rig.cloud
        match what:
            case "slow":
                cloud.accept_only(COMPUTES)
            case "refuse":
                cloud.refuse(rid(JANE), Rejected("400 QuotaExceeded"))
            case "deny":
                cloud.deny(COMPUTES)
            case "heal":
                cloud.heal(rid(JANE))
                cloud.heal(COMPUTES)

    def _their_deed(self, what: str) -> None:
        rig = self.rig
        inner = rig.document(JANE)["properties"]["properties"]
        if what == "delete":
            rig.cloud.delete(rid(JANE))
        elif what == "age":
            rig.cloud.release(REGION, f"26.{rig.clock.now():%m.%d}")
            rig.clock.advance(days=70)
        elif inner.get("state") in {"Running", "Stopped"}:
            inner["state"] = "Running" if what == "start" else "Stopped"

    async def _try(self, message: Sweep | Event) -> None:
        with suppress(HubwardenError):
            await self.rig.reconciler.handle(message, f"worker-{self.rig.clock.now()}")

    async def check(self) -> None:
        """What we deleted and is not there again is remembered; that it was before is seen to by the cloud."""
        for one in self.rig.watched.deleted - set(self.rig.cloud.world):
            assert (await self.rig.memory(one)).taken_down is not None


@settings(max_examples=150, deadline=None)
@given(_THINGS)
def test_nothing_is_ever_deleted_that_nobody_remembers(things: list[tuple[str, int]]) -> None:
    """Over any sequence of looks, crashes, deeds and troubles."""

    async def run() -> None:
        world = World(await overdue())
        for what, number in things:
            await world.go_on(what, number)
            await world.check()

    asyncio.run(run())
