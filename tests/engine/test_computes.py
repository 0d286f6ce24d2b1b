"""What is remembered of computes: what a look changes of it, and what no look may take away."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.engine.computes import NEAR, Memory, current, deleted, keeping
from shared.model.action import AsSeen, DeleteInstance, StopInstance
from shared.model.compute_memory import ComputeMemory, Notice, Rung, TakenDown
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind, Seen, kind_of
from shared.model.plan import Outcome, Result, Step, StepStatus
from shared.model.resource_id import ResourceId
from tests.builders import NOW, Document, cluster, hub, instance, old_image, rid, workspace_id

OLD, NEW = "25.12.31", "26.02.01"
HOME, ONE, GPU = rid(workspace_id("hub")), rid(instance()), rid(cluster())
TOLD = ComputeMemory(Notice(Rung.WARNED, OLD, NOW, NOW + timedelta(days=15)))
DOWN = ComputeMemory(taken_down=TakenDown({"location": "eastus2"}, OLD, NOW))
ANY = replace(TOLD, at_zero=NOW, taken_down=DOWN.taken_down, started=NOW)
LONG = timedelta(days=40)
DAY = timedelta(days=1)


def stale(image: str = OLD, *, created: datetime = NOW - LONG, **inner: Any) -> Document:  # noqa: ANN401 - JSON
    """An instance with an image."""
    document = instance(osImageMetadata=old_image(image), **inner)
    document["properties"]["createdOn"] = created.isoformat()
    return document


def after(
    before: ComputeMemory | None, estate: Estate, one: ResourceId = ONE, *, later: timedelta = timedelta()
) -> ComputeMemory:
    """What is remembered of a compute after a look."""
    known = {} if before is None else {one: before}
    return Memory(known, estate, NOW + later).of(one)


def of(*documents: Document) -> Estate:
    """An event's estate."""
    return replace(Estate.of(map(Fact.of, documents)), whole=False)


def without(one: ResourceId = ONE) -> Estate:
    """An estate in which a compute is known to be gone."""
    return Estate.of([Fact(one, kind_of(one), seen=Seen.ABSENT)])


def nodes(count: int | None) -> Document:
    """A cluster with so many nodes."""
    document = cluster()
    document["properties"]["properties"]["currentNodeCount"] = count
    return document


SEEN = AsSeen(OLD, NOW, "Stop", NOW)


def step(action: DeleteInstance | StopInstance, one: ResourceId = ONE) -> Step:
    """A step on an instance."""
    return Step("HW-IMG-003", one, action, None, None, None, StepStatus.READY)


UNSEEN = {
    "not looked at": Estate.of([Fact.of(hub())]),
    "not readable": Estate.of(
        [Fact(ONE, Kind.COMPUTE, seen=Seen.UNREADABLE), Fact(GPU, Kind.COMPUTE, seen=Seen.UNREADABLE)]
    ),
    "its list refused": Estate.of([Fact.of(hub())], [Gap(HOME, Kind.COMPUTE, "503")]),
    "its workspace not readable": Estate.of([Fact(HOME, Kind.WORKSPACE, seen=Seen.UNREADABLE)]),
}


@pytest.mark.parametrize("estate", UNSEEN.values(), ids=UNSEEN)
def test_what_nobody_sees_is_remembered(estate: Estate) -> None:
    """All of it, however long."""
    memory = Memory({ONE: ANY, GPU: ANY}, estate, NOW + LONG)

    assert (memory.changed, memory.of(ONE), memory.remade) == ({}, ANY, frozenset())


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        pytest.param(stale(), True, id="as it was"),
        pytest.param(stale(NEW), False, id="another image"),
        pytest.param(
            instance(osImageMetadata={"currentImageVersion": OLD, "isLatestOsImageVersion": True}), False, id="latest"
        ),
        pytest.param(instance(state=None, osImageMetadata=None), True, id="shows none"),
    ],
)
def test_a_notice_lasts_as_long_as_what_it_says(document: Document, kept: bool) -> None:  # noqa: FBT001 - expected
    """An image that is another, or the latest again, was told of in vain."""
    assert after(TOLD, of(document)) == (TOLD if kept else ComputeMemory())


@pytest.mark.parametrize(("made", "told"), [(NOW - LONG, True), (NOW + timedelta(hours=1), False)])
def test_who_made_it_anew_was_told_nothing(made: datetime, told: bool) -> None:  # noqa: FBT001 - expected
    """Though it has the same image: its rule begins at the first rung, and so does what is remembered."""
    before, estate = {ONE: TOLD, GPU: ANY}, of(stale(created=made))

    assert current(before, estate, NOW + LONG) == {ONE: TOLD if told else ComputeMemory(), GPU: ANY}
    assert Memory(before, estate, NOW + LONG).of(ONE) == (TOLD if told else ComputeMemory())


def test_what_was_taken_back_is_remembered_until_something_is_told() -> None:
    """Since when, for as long as it is the same instance with the same image; what is told next needs it no more."""
    lifted, new = ComputeMemory(lifted=NOW + LONG), Notice(Rung.WARNED, OLD, NOW + 2 * LONG)
    anew = instance(osImageMetadata={"currentImageVersion": OLD, "isLatestOsImageVersion": True})

    assert current({ONE: TOLD, GPU: ANY}, of(stale()), NOW + LONG, {ONE, GPU}) == {ONE: lifted, GPU: ANY}
    assert Memory({ONE: lifted}, of(stale()), NOW + 2 * LONG).of(ONE) == lifted
    assert Memory({ONE: lifted}, of(stale()), NOW + 2 * LONG, {ONE: new}).of(ONE) == ComputeMemory(new)
    for other in (anew, stale(created=NOW + 2 * LONG), stale(NEW, created=NOW + 2 * LONG)):
        assert Memory({ONE: lifted}, of(other), NOW + 3 * LONG).of(ONE) == ComputeMemory()


def test_what_is_told_is_remembered() -> None:
    """In place of what was told before."""
    new = Notice(Rung.STOPPED, OLD, NOW + LONG)

    assert Memory({ONE: TOLD}, of(stale()), NOW + LONG, {ONE: new}).changed == {ONE: ComputeMemory(new)}


def operated(operation: str, *, hours: float = 0, state: str = "Running", **how: Any) -> Estate:  # noqa: ANN401 - JSON
    """An event's estate with an instance to which something was done, so many hours from the beginning."""
    at = (NOW + timedelta(hours=hours)).isoformat()
    return of(stale(state=state, lastOperation={"operationName": operation, "operationTime": at}, **how))


def test_the_last_start_is_remembered() -> None:
    """Azure tells only of what was done last: once it was stopped, only the look before it knows when it started."""
    started = after(None, operated("Start", hours=-9))
    stopped = after(started, operated("Stop", hours=-2, state="Stopped"))
    again = after(stopped, operated("Start", hours=-1))

    assert [one.started for one in (started, stopped, again)] == [NOW - timedelta(hours=h) for h in (9, 9, 1)]
    assert Memory({ONE: stopped}, operated("Stop", hours=-2, state="Stopped"), NOW).changed == {}


def test_a_start_that_nobody_saw() -> None:
    """Is not known, and nothing is made up; a start of the instance that had its name before does not count."""
    before = ComputeMemory(started=NOW - LONG)

    assert after(None, operated("Stop", state="Stopped")) == ComputeMemory()
    assert after(before, operated("Stop", state="Stopped", created=NOW - LONG + DAY)) == ComputeMemory()
    assert after(before, operated("Stop", state="Stopped", created=NOW - LONG - DAY)) == before
    assert after(ComputeMemory(started=NOW), without()) == ComputeMemory()


@pytest.mark.parametrize(
    "estate",
    [without(), replace(Estate.of([Fact.of(hub())]), listed=frozenset({(HOME, Kind.COMPUTE)}))],
    ids=["absent", "not in its list"],
)
def test_of_what_is_gone_its_definition_stays(estate: Estate) -> None:
    """And nothing else; of what nobody took down, nothing."""
    assert after(ANY, estate, later=LONG) == DOWN
    assert Memory({ONE: TOLD}, estate, NOW).changed == {ONE: ComputeMemory()}


def test_with_its_workspace_all_is_gone() -> None:
    """There is no place any more where it could be made."""
    assert after(ANY, without(HOME)) == ComputeMemory()


@pytest.mark.parametrize("image", [NEW, "odd"])
def test_a_newer_one_ends_it(image: str) -> None:
    """Whoever made it."""
    memory = Memory({ONE: DOWN}, of(stale(image, created=NOW + timedelta(hours=1))), NOW + timedelta(hours=2))

    assert (memory.changed, memory.remade) == ({ONE: ComputeMemory()}, frozenset({ONE}))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(stale(OLD, created=NOW + timedelta(hours=1)), id="the same image again"),
        pytest.param(instance(state=None, osImageMetadata=None), id="being made"),
        pytest.param(stale(OLD, state="Deleting"), id="on its way"),
        pytest.param(instance(osImageMetadata=old_image()), id="made nobody knows when"),
    ],
)
def test_any_other_does_not(document: Document) -> None:
    """However long it stands there."""
    assert after(DOWN, of(document), later=LONG) == DOWN


@pytest.mark.parametrize(("later", "kept"), [(DAY, True), (DAY + timedelta(seconds=1), False)])
def test_an_instance_that_nobody_deleted_is_forgotten(later: timedelta, kept: bool) -> None:  # noqa: FBT001 - expected
    """Once its deletion cannot be on its way any more: who deletes it later does not want it back."""
    assert after(DOWN, of(stale()), later=later) == (DOWN if kept else ComputeMemory())


@pytest.mark.parametrize(
    ("before", "count", "later", "at_zero"),
    [
        (None, 0, timedelta(), NOW),
        (None, 2, timedelta(), NOW),
        (None, None, timedelta(), None),
        (NOW, 2, LONG, NOW),
        (NOW, None, LONG, NOW),
        (NOW, 0, LONG, NOW + LONG),
        (NOW, 0, NEAR, NOW + NEAR),
        (NOW, 0, NEAR - timedelta(seconds=1), NOW),
        (NOW + LONG, 0, timedelta(), NOW),
    ],
)
def test_when_a_cluster_was_last_at_zero(
    before: datetime | None, count: int | None, later: timedelta, at_zero: datetime | None
) -> None:
    """To within a day, so that a cluster that idles for months is not written down at each look."""
    assert after(ComputeMemory(at_zero=before), of(nodes(count)), GPU, later=later).at_zero == at_zero


def test_a_cluster_that_was_never_seen_at_zero() -> None:
    """It has had its nodes since it is steady at the least."""
    steady = nodes(2)
    steady["properties"]["properties"] |= {
        "allocationState": "Steady",
        "allocationStateTransitionTime": (NOW - LONG).isoformat(),
    }

    assert after(None, of(steady), GPU).at_zero == NOW - LONG
    assert after(ComputeMemory(at_zero=NOW), of(steady), GPU).at_zero == NOW


def test_an_instance_is_never_at_zero() -> None:
    """It has no nodes; and nothing is remembered of one that is well."""
    assert Memory({}, of(instance(currentNodeCount=0)), NOW).changed == {}


def test_what_is_deleted_is_kept() -> None:
    """Its definition and its image, beside what is known of it; nothing for any other step."""
    document = {"location": "eastus2"}
    steps = [step(DeleteInstance(document, SEEN)), step(StopInstance(SEEN), GPU)]
    kept = keeping({ONE: TOLD}, steps, of(stale()), NOW)

    assert kept == {ONE: replace(TOLD, taken_down=TakenDown(document, OLD, NOW))}


@pytest.mark.parametrize(
    ("outcomes", "gone"),
    [
        ([(Result.DONE, False)], True),
        ([(Result.FAILED, False)], True),
        ([(Result.FAILED, True)], False),
        ([(Result.SKIPPED, False)], False),
        ([(Result.HELD, False)], False),
        ([(Result.FAILED, True), (Result.DONE, False)], True),
    ],
)
def test_what_may_be_gone(outcomes: list[tuple[Result, bool]], gone: bool) -> None:  # noqa: FBT001 - expected
    """Whatever was sent, unless Azure let nobody do it."""
    made = [Outcome(step(DeleteInstance({}, SEEN)), result, NOW, forbidden=forbidden) for result, forbidden in outcomes]

    assert deleted(made) == (frozenset({ONE}) if gone else frozenset())
    assert deleted([Outcome(step(StopInstance(SEEN)), Result.DONE, NOW)]) == frozenset()


def test_what_was_kept_in_vain_is_taken_back() -> None:
    """The store has it already, so the run says what is to be there instead."""
    memory = Memory({ONE: TOLD}, of(stale()), NOW, kept=frozenset({ONE}))

    assert memory.changed == {ONE: TOLD}


_STATES = [None, "Running", "Stopped", "Deleting", "Creating"]
_DOCUMENTS = st.builds(
    lambda image, state, days: stale(image, created=NOW + timedelta(days=days), state=state),
    st.sampled_from(["", OLD, "25.11.30", "odd"]),
    st.sampled_from(_STATES),
    st.integers(-3, 30),
)
_LOOKS: st.SearchStrategy[Estate] = st.one_of(
    st.sampled_from([*UNSEEN.values(), without(), of(hub())]), _DOCUMENTS.map(of)
)


@given(st.lists(st.tuples(_LOOKS, st.integers(0, 72)), max_size=12))
def test_a_definition_stays_while_it_may_be_needed(looks: list[tuple[Estate, int]]) -> None:
    """Until a newer image is seen, or the old instance where its deletion cannot be on its way any more."""
    known: Mapping[ResourceId, ComputeMemory] = {ONE: DOWN}
    now = NOW
    for estate, hours in looks:
        now += timedelta(hours=hours)
        memory = Memory(known, estate, now)
        if memory.of(ONE).taken_down is None:
            fact = estate.facts[ONE]
            made = fact.moment("properties", "createdOn")
            assert fact.present
            assert ONE in memory.remade or (made is not None and made <= NOW and now - NOW > DAY)
            return
        known = {ONE: memory.of(ONE)}
