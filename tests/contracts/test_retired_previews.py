"""Idle shutdown where Azure takes no preview versions any more: the instance is overwritten, and loses nothing."""

import copy
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from shared.adapters.arm import Arm
from shared.model.action import SetIdleShutdown
from shared.model.errors import Conflict, Rejected
from tests.contracts.estate import Names
from tests.contracts.machines import DOCUMENT
from tests.contracts.test_instances import without_status
from tests.contracts.worlds import AppCredential, StandInWorld, step

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "export TOKEN=hunter2"


@pytest_asyncio.fixture(loop_scope="session")
async def world(azure: AzureStandIn) -> AsyncIterator[StandInWorld]:
    """A stand-in that is stable only, under the authority that is trusted already; an instance is made in it."""
    options = Options(certificates=azure.ca_file.parent, machine_learning_previews=False, throttle=False)
    async with AzureStandIn(options) as retired:
        world = StandInWorld(Names(str(uuid.uuid4())), retired, Arm(AppCredential(retired), retired.url))
        retired.clock.freeze()
        yield world
        await world.close()


async def make(world: StandInWorld, document: dict[str, Any]) -> dict[str, Any]:
    """Somebody makes an instance; what it shows."""
    world.azure.state.remove(str(world.names.instance))
    await world.arm.send("PUT", str(world.names.instance), "2025-12-01", document)
    await world.settle()
    return await shown(world)


async def shown(world: StandInWorld) -> dict[str, Any]:
    """The instance's document, all of it."""
    found = await world.inventory.get(world.names.instance)
    return {**copy.deepcopy(dict(found.raw)), "inner": without_status(found)}


async def set_idle(world: StandInWorld) -> None:
    """Set the idle shutdown, to its end."""
    await world.actuator.apply(step(world.names.instance, SetIdleShutdown("PT45M")))
    await world.settle()


@pytest.mark.parametrize("person", [True, False], ids=["for somebody", "for whoever made it"])
async def test_all_else_stays(world: StandInWorld, *, person: bool) -> None:
    """Schedules, scripts, tags, identities, the image, and whose it is; it runs on."""
    document = copy.deepcopy(DOCUMENT)
    if not person:
        for name in ("personalComputeInstanceSettings", "computeInstanceAuthorizationType"):
            del document["properties"]["properties"][name]
    before = await make(world, document)
    await set_idle(world)
    after = await shown(world)

    assert before["inner"].pop("idleTimeBeforeShutdown") == "PT60M"
    assert after["inner"].pop("idleTimeBeforeShutdown") == "PT45M"
    assert after["inner"] == before["inner"]
    for name in ("tags", "identity", "location"):
        assert after[name] == before[name]


async def test_what_would_lose_something_is_rejected(world: StandInWorld) -> None:
    """A script of its own may hold a secret, which we do not send: nothing changes, and nothing of it is told."""
    document = copy.deepcopy(DOCUMENT)
    script = {"scriptSource": "inline", "scriptData": SECRET, "scriptArguments": SECRET}
    document["properties"]["properties"]["setupScripts"] = {"scripts": {"startupScript": script}}
    before = await make(world, document)
    with pytest.raises(Rejected, match="startupScript") as refused:
        await set_idle(world)

    assert await shown(world) == before
    assert "hunter2" not in str(refused.value)


async def test_an_instance_on_its_way_is_a_conflict(world: StandInWorld) -> None:
    """While it is made it shows nothing that could be sent back."""
    world.azure.state.remove(str(world.names.instance))
    await world.arm.send("PUT", str(world.names.instance), "2025-12-01", DOCUMENT)
    with pytest.raises(Conflict, match="still being made"):
        await world.actuator.apply(step(world.names.instance, SetIdleShutdown("PT45M")))
    await world.settle()
    await set_idle(world)

    assert (await shown(world))["inner"]["idleTimeBeforeShutdown"] == "PT45M"


async def test_an_instance_that_is_gone_is_rejected(world: StandInWorld) -> None:
    """There is nothing to set."""
    world.azure.state.remove(str(world.names.instance))
    with pytest.raises(Rejected, match="404"):
        await set_idle(world)
