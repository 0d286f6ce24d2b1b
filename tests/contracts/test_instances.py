"""What Actuator promises of compute instances, held against the fake and against the adapter on the Azure stand-in."""

import copy
from typing import Any

import pytest

from shared.images.machine import Machine
from shared.model.action import Action, CreateInstance, DeleteInstance, RestartInstance, StopInstance
from shared.model.errors import Conflict, Rejected
from shared.model.facts import Fact, Kind, Seen
from shared.model.resource_id import ResourceId
from tests.contracts.worlds import CloudWorld, step

pytestmark = pytest.mark.asyncio(loop_scope="session")

OLD, LATEST = "24.01.01", "24.06.10"
IDENTITY = "/subscriptions/x/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
ANA = {"objectId": "0c1e5a0a-1111-4000-8000-00000000abcd", "tenantId": "7a9c0d52-0000-4000-8000-3f2a51c0ffee"}
SETTINGS: dict[str, Any] = {
    "vmSize": "STANDARD_DS3_V2",
    "subnet": {"id": "/subscriptions/x/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s"},
    "applicationSharingPolicy": "Personal",
    "computeInstanceAuthorizationType": "personal",
    "personalComputeInstanceSettings": {"assignedUser": ANA},
    "idleTimeBeforeShutdown": "PT60M",
    "enableNodePublicIp": False,
    "enableSSO": False,
    "setupScripts": {
        "scripts": {"startupScript": {"scriptSource": "workspaceStorage", "scriptData": "a.sh", "timeout": "30m"}}
    },
    "schedules": {
        "computeStartStop": [
            {
                "action": "Stop",
                "status": "Enabled",
                "triggerType": "Cron",
                "cron": {"expression": "0 18 * * *", "timeZone": "UTC"},
            }
        ]
    },
}
DOCUMENT: dict[str, Any] = {
    "location": "westeurope",
    "tags": {"team": "ai"},
    "identity": {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
    "properties": {"computeType": "ComputeInstance", "properties": SETTINGS},
}
ALL: list[Action] = [StopInstance(), RestartInstance(), DeleteInstance(DOCUMENT)]


@pytest.fixture
def old(cloud: CloudWorld) -> CloudWorld:
    """The instance runs on an old image, with settings of its own; what Azure accepts takes a while."""
    patching = {"patchStatus": "Succeeded", "rebootPending": True}
    versions = {"currentImageVersion": OLD, "latestImageVersion": LATEST, "isLatestOsImageVersion": False}
    document = copy.deepcopy(DOCUMENT) | {"id": str(cloud.names.instance), "name": cloud.names.instance.name}
    document["identity"]["principalId"] = "principal-of-the-old-one"
    document["properties"]["provisioningState"] = "Succeeded"
    document["properties"]["properties"] |= {
        "state": "Running",
        "osImageMetadata": {**versions, "osPatchingStatus": patching},
    }
    cloud.put(document)
    cloud.hold()
    return cloud


async def send(cloud: CloudWorld, action: Action) -> None:
    """Write to the instance."""
    await cloud.actuator.apply(step(cloud.names.instance, action))


async def look(cloud: CloudWorld) -> Machine:
    """The instance as it is now."""
    return Machine.of(await cloud.inventory.get(cloud.names.instance))


async def recreate(cloud: CloudWorld) -> Machine:
    """Delete the instance, then make it anew."""
    await send(cloud, DeleteInstance(DOCUMENT))
    await cloud.settle()
    cloud.hold()
    await send(cloud, CreateInstance(DOCUMENT))
    await cloud.settle()
    return await look(cloud)


@pytest.mark.parametrize(
    ("action", "passing", "settled"),
    [(StopInstance(), "Stopping", ("Stopped", "Stop")), (RestartInstance(), "Restarting", ("Running", "Restart"))],
)
async def test_an_instance_passes_to_another_state(
    old: CloudWorld, action: Action, passing: str, settled: tuple[str, str]
) -> None:
    """Accepted first and carried out after; meanwhile nothing else is taken. It keeps its image."""
    await send(old, action)
    during = (await look(old)).state
    for other in ALL:
        with pytest.raises(Conflict, match="409"):
            await send(old, other)
    await old.settle()

    after = await look(old)
    assert (during, after.state, after.operation[0]) == (passing, *settled)
    assert after.operation[1] is not None
    assert (after.image, after.latest_image) == (OLD, LATEST)


async def test_a_restart_brings_the_patches_in(old: CloudWorld) -> None:
    """Those that wait for one, and a stop does not."""
    assert (await look(old)).patching["rebootPending"] is True
    await send(old, StopInstance())
    await old.settle()
    stopped = (await look(old)).patching["rebootPending"]
    await send(old, RestartInstance())
    await old.settle()

    assert (stopped, (await look(old)).patching["rebootPending"]) == (True, False)


async def test_a_stopped_instance_stays_stopped(old: CloudWorld) -> None:
    """To stop it twice leaves it as once does."""
    for _ in range(2):
        await send(old, StopInstance())
        await old.settle()

    assert (await look(old)).state == "Stopped"


async def test_a_deleted_instance_is_gone(old: CloudWorld) -> None:
    """Once Azure is done; until then it is Deleting, and nothing else is taken. To delete it again harms nothing."""
    await send(old, DeleteInstance(DOCUMENT))
    during = (await look(old)).fact
    for other in [*ALL, CreateInstance(DOCUMENT)]:
        with pytest.raises(Conflict):
            await send(old, other)
    await old.settle()
    await send(old, DeleteInstance(DOCUMENT))

    assert during.text("properties", "provisioningState") == "Deleting"
    assert (await look(old)).fact.seen is Seen.ABSENT
    listed = await old.inventory.children(old.names.hub, Kind.COMPUTE)
    assert isinstance(listed, tuple)
    assert old.names.instance not in {fact.id for fact in listed}


async def test_an_instance_that_is_made_shows_nothing_until_it_is(old: CloudWorld) -> None:
    """Every inner property is null; nothing can be done to it."""
    await send(old, DeleteInstance(DOCUMENT))
    await old.settle()
    old.hold()
    await send(old, CreateInstance(DOCUMENT))
    during = await look(old)
    for other in ALL:
        with pytest.raises(Conflict, match="409"):
            await send(old, other)
    await old.settle()

    assert during.is_creating
    assert (during.image, during.state, during.user) == ("", "", "")
    assert set(during.fact.get("properties", "properties").values()) == {None}
    assert (await look(old)).state == "Running"


async def test_a_new_instance_has_the_latest_image(old: CloudWorld) -> None:
    """That is the only way to one."""
    made = await recreate(old)

    assert made.image == made.latest_image > OLD
    assert made.has_latest_image
    assert (made.fact.text("properties", "provisioningState"), made.operation[0]) == ("Succeeded", "Create")


async def test_a_new_instance_is_as_the_old_one_was(old: CloudWorld) -> None:
    """Whoever works on it, its schedules, its scripts, tags and all other settings."""
    made = (await recreate(old)).fact
    shown = without_status(made)

    assert {name: shown[name] for name in SETTINGS} == SETTINGS
    assert (made.tags, made.location) == ({"team": "ai"}, "westeurope")
    assert Machine.of(made).user == ANA["objectId"]


async def test_a_new_instance_has_a_new_identity(old: CloudWorld) -> None:
    """A system-assigned one is another; user-assigned ones are the same."""
    before = (await look(old)).fact.text("identity", "principalId")
    made = (await recreate(old)).fact
    again = (await recreate(old)).fact

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


async def test_two_who_make_the_same_leave_one(old: CloudWorld) -> None:
    """The second finds it on its way."""
    await send(old, DeleteInstance(DOCUMENT))
    await old.settle()
    old.hold()
    for _ in range(2):
        await send(old, CreateInstance(DOCUMENT))
    await old.settle()

    assert (await look(old)).state == "Running"


@pytest.mark.parametrize("action", [StopInstance(), RestartInstance()])
async def test_an_instance_that_is_gone_cannot_be_moved(cloud: CloudWorld, action: Action) -> None:
    """404: another try would not bring it back."""
    with pytest.raises(Rejected, match="404"):
        await cloud.actuator.apply(step(cloud.names.hub.child("computes", "gone"), action))


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
