"""What Actuator promises of compute instances, held against the fake and against the adapter on the Azure stand-in."""

import copy
from typing import Any

import pytest

from shared.images.machine import Machine
from shared.model.action import CreateInstance
from shared.model.errors import Conflict, Overtaken, Rejected
from shared.model.facts import Fact, Kind, Seen
from shared.model.resource_id import ResourceId
from tests.contracts.machines import (
    ALL,
    ANA,
    DOCUMENT,
    IDENTITY,
    LATEST,
    OLD,
    SETTINGS,
    Disturb,
    deleting,
    disturb,
    look,
    restarting,
    send,
    stop,
    stopping,
    take_down,
)
from tests.contracts.worlds import CloudWorld, step

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def recreate(cloud: CloudWorld) -> Machine:
    """Delete the instance, then make it anew."""
    await take_down(cloud)
    cloud.hold()
    await send(cloud, CreateInstance(DOCUMENT))
    await cloud.settle()
    return await look(cloud)


@pytest.mark.parametrize(
    ("how", "passing", "settled"),
    [(stopping, "Stopping", ("Stopped", "Stop")), (restarting, "Restarting", ("Running", "Restart"))],
    ids=["stop", "restart"],
)
async def test_an_instance_passes_to_another_state(
    old: CloudWorld, how: Disturb, passing: str, settled: tuple[str, str]
) -> None:
    """Accepted first and carried out after; meanwhile nothing else is taken. It keeps its image."""
    await disturb(old, how)
    during = await look(old)
    for other in ALL:
        with pytest.raises(Overtaken):
            await send(old, other(during))
    await old.settle()

    after = await look(old)
    assert (during.state, after.state, after.operation[0]) == (passing, *settled)
    assert after.operation[1] is not None
    assert (after.image, after.latest_image) == (OLD, LATEST)


async def test_a_restart_brings_the_patches_in(old: CloudWorld) -> None:
    """Those that wait for one."""
    assert (await look(old)).patching["rebootPending"] is True
    await disturb(old, restarting)
    await old.settle()

    assert (await look(old)).patching["rebootPending"] is False


async def test_a_stopped_instance_keeps_its_patches_waiting(old: CloudWorld) -> None:
    """A stop does not bring them in; to stop it again is refused, for it is not what it was."""
    running = await look(old)
    await stop(old)
    with pytest.raises(Overtaken):
        await send(old, stopping(running))
    await old.settle()

    after = await look(old)
    assert (after.state, after.patching["rebootPending"]) == ("Stopped", True)


async def test_a_deleted_instance_is_gone(stopped: CloudWorld) -> None:
    """Once Azure is done; until then it is Deleting, and nothing else is taken. To delete it again does nothing."""
    before = await look(stopped)
    await send(stopped, deleting(before))
    during = await look(stopped)
    for other in ALL:
        with pytest.raises(Overtaken):
            await send(stopped, other(during))
    with pytest.raises(Conflict):
        await send(stopped, CreateInstance(DOCUMENT))
    await stopped.settle()
    with pytest.raises(Overtaken):
        await send(stopped, deleting(before))

    assert during.fact.text("properties", "provisioningState") == "Deleting"
    assert (await look(stopped)).fact.seen is Seen.ABSENT
    listed = await stopped.inventory.children(stopped.names.hub, Kind.COMPUTE)
    assert isinstance(listed, tuple)
    assert stopped.names.instance not in {fact.id for fact in listed}


async def test_an_instance_that_is_made_shows_nothing_until_it_is(stopped: CloudWorld) -> None:
    """Every inner property is null; nothing can be done to it."""
    await take_down(stopped)
    stopped.hold()
    await send(stopped, CreateInstance(DOCUMENT))
    during = await look(stopped)
    for other in ALL:
        with pytest.raises(Overtaken):
            await send(stopped, other(during))
    await stopped.settle()

    assert during.is_creating
    assert (during.image, during.state, during.user) == ("", "", "")
    assert set(during.fact.get("properties", "properties").values()) == {None}
    assert (await look(stopped)).state == "Running"


async def test_a_new_instance_has_the_latest_image(stopped: CloudWorld) -> None:
    """That is the only way to one."""
    made = await recreate(stopped)

    assert made.image == made.latest_image > OLD
    assert made.has_latest_image
    assert (made.fact.text("properties", "provisioningState"), made.operation[0]) == ("Succeeded", "Create")


async def test_a_new_instance_is_as_the_old_one_was(stopped: CloudWorld) -> None:
    """Whoever works on it, its schedules, its scripts, tags and all other settings."""
    made = (await recreate(stopped)).fact
    shown = without_status(made)

    assert {name: shown[name] for name in SETTINGS} == SETTINGS
    assert (made.tags, made.location) == ({"team": "ai"}, "westeurope")
    assert Machine.of(made).user == ANA["objectId"]


async def test_a_new_instance_has_a_new_identity(stopped: CloudWorld) -> None:
    """A system-assigned one is another; user-assigned ones are the same."""
    before = (await look(stopped)).fact.text("identity", "principalId")
    made = (await recreate(stopped)).fact
    await stop(stopped)
    again = (await recreate(stopped)).fact

    principals = [before, *(one.text("identity", "principalId") for one in (made, again))]
    assert "" not in principals
    assert len(set(principals)) == 3
    assert set(made.get("identity", "userAssignedIdentities")) == {IDENTITY}


async def test_what_is_there_is_not_overwritten(old: CloudWorld) -> None:
    """Somebody may have made it meanwhile, or an answer was lost; Azure would take the body and keep the old image."""
    theirs = copy.deepcopy(DOCUMENT) | {"tags": {"team": "theirs"}}
    await send(old, CreateInstance(theirs))
    await old.settle()

    after = await look(old)
    assert (after.fact.tags, after.image, after.state) == ({"team": "ai"}, OLD, "Running")


async def test_two_who_make_the_same_leave_one(stopped: CloudWorld) -> None:
    """The second finds it on its way."""
    await take_down(stopped)
    stopped.hold()
    for _ in range(2):
        await send(stopped, CreateInstance(DOCUMENT))
    await stopped.settle()

    assert (await look(stopped)).state == "Running"


async def test_nothing_is_made_in_a_workspace_that_is_gone(cloud: CloudWorld) -> None:
    """404 too."""
    lost = ResourceId.parse(f"{cloud.names.hub}-gone/computes/ci-new")
    with pytest.raises(Rejected, match="404"):
        await cloud.actuator.apply(step(lost, CreateInstance(DOCUMENT)))


def without_status(made: Fact) -> dict[str, Any]:
    """Inner properties, less what Azure adds to a schedule."""
    inner: dict[str, Any] = copy.deepcopy(dict(made.get("properties", "properties")))
    for one in inner["schedules"]["computeStartStop"]:
        one.pop("provisioningStatus", None)
    return inner
