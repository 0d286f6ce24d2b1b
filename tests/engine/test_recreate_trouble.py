"""Instances that were taken down, and what may come in the way of their coming back: Azure, policy, and people."""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count

import pytest

from shared.model.compute_memory import ComputeMemory
from shared.model.errors import DependencyDown, Forbidden, HubwardenError, Rejected
from shared.model.message import Sweep
from shared.policy.policy import Effect, Policy
from tests.builders import rid
from tests.engine.remaking import (
    ANEW,
    BOTH,
    JANE,
    OLD,
    definition,
    is_anew,
    overdue,
    remembers,
    taken_down,
    theirs,
    verbs,
    withdrawn,
)
from tests.fakes import FakeDirectory
from tests.images.sample import JANE as PERSON
from tests.images_rig import COMPUTES, HUB, ImagesRig, aged, forgotten, stopped, touching


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


@pytest.mark.parametrize("then", [withdrawn(), touching(effects={ANEW: Effect.AUDIT})], ids=["approval", "effect"])
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
    """Then we did not, and what its owner deletes stays away."""
    rig = await overdue()
    rig.watched.meanwhile = lambda: rig.cloud.delete(rid(JANE))
    await rig.sweep(HUB)
    await rig.settle()
    await rig.live(2)

    assert (verbs(rig), rid(JANE) in rig.cloud.world, await remembers(rig)) == ([], False, False)


def _started(rig: ImagesRig) -> None:
    """Its owner presses Start, and works."""
    done = {"operationName": "Start", "operationTime": rig.clock.now().isoformat()}
    rig.document(JANE)["properties"]["properties"] |= {"state": "Running", "lastOperation": done}


async def test_somebody_starts_it_while_we_are_about_to() -> None:
    """Their work goes on and their disk stays; nothing failed, and nobody remembers it as taken down."""
    rig = await overdue(policy=touching(effects={"HW-IMG-002": Effect.AUDIT}))
    rig.watched.meanwhile = lambda: _started(rig)
    await rig.sweep(HUB)
    before = dict(rig.document(JANE))
    await rig.sweep(HUB)
    await rig.live(2)

    assert (verbs(rig), rig.document(JANE), await remembers(rig)) == ([], before, False)
    assert [row["Result"] for row in rig.actions(Action="delete-instance")] == ["skipped"]
    assert "Hubwarden.ActionFailed" not in {alert.kind for alert in rig.topic.alerts}
    rig.cloud.delete(rid(JANE))
    await rig.event(JANE, what="Delete")
    await rig.live(2)
    assert rid(JANE) not in rig.cloud.world


async def test_one_that_is_no_longer_so_does_not_hold_up_the_others() -> None:
    """They are taken down in the same run."""
    mia = stopped("ci-mia", image=OLD)
    rig = await overdue(JANE, mia)
    rig.watched.meanwhile = lambda: _started(rig)
    await rig.sweep(HUB)
    await rig.settle()

    assert (is_anew(rig, mia), rig.document(JANE)["properties"]["properties"]["state"]) == (True, "Running")


@pytest.mark.parametrize("away", [True, False], ids=["the directory is away", "nobody asks it"])
async def test_nobody_knows_who_has_left(away: bool) -> None:  # noqa: FBT001 - a case
    """Then nothing is deleted, for a new one might be nobody's; once it answers, it is."""
    rig = await overdue(directory=FakeDirectory({PERSON}, DependencyDown("503")) if away else None)
    await rig.live(2)
    held = [row["Reason"] for row in rig.actions(Action="delete-instance", Result="held")]
    left = (verbs(rig), rid(JANE) in rig.cloud.world, await remembers(rig))
    rig.directory = FakeDirectory({PERSON})
    await rig.live(1)
    await rig.settle()

    assert left == ([], True, False)
    assert all("whether whoever works on it is still there" in reason for reason in held)
    assert held
    assert is_anew(rig)


async def test_it_is_stopped_for_a_while_before() -> None:
    """By idle shutdown five minutes ago, or by us in the evening: its owner has three days to save what is on it."""
    rig = await overdue(forgotten(image=OLD))
    await rig.settle()
    while rid(JANE) not in rig.watched.made:
        await rig.live(1)
        await rig.settle()
    ((_, halted),) = rig.stops()
    (row,) = rig.actions(Action="delete-instance", Result="done")
    gone = datetime.fromisoformat(row["TimeGenerated"])

    assert timedelta(hours=72) <= gone - halted < timedelta(hours=96)
    assert gone.weekday() >= 5 or not 7 <= gone.hour < 19


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
