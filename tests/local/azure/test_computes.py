"""Computes: creation with null inner properties, start and stop, idle shutdown, what cannot be patched."""

import pytest

from local.azure.options import Options
from tests.local.azure.client import CLUSTER, HUB, INSTANCE, PREVIEW, Arm
from tests.local.azure.conftest import StandIn

NEW = {
    "location": "eastus2",
    "properties": {"computeType": "ComputeInstance", "properties": {"vmSize": "Standard_DS3_v2"}},
}


async def test_a_compute_is_created_with_every_inner_property_null(stand_in: StandIn) -> None:
    """201 and `Azure-AsyncOperation`; while Creating even osImageMetadata is null, afterwards it is this month's."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        path = f"{HUB}/computes/ci-new"
        answer = await arm("PUT", path, NEW)
        during = (await arm.ok("GET", path))["properties"]
        arm.azure.clock.advance(60)
        await arm.done(answer)
        after = (await arm.ok("GET", path))["properties"]
    assert (answer.status, answer.body["properties"]["provisioningState"]) == (201, "Creating")
    assert "service=new" in answer.headers["Azure-AsyncOperation"]
    assert {"vmSize", "osImageMetadata", "state"} <= set(during["properties"])
    assert {None} == set(during["properties"].values())
    assert (
        after["provisioningState"],
        after["properties"]["state"],
        after["properties"]["vmSize"],
    ) == ("Succeeded", "Running", "STANDARD_DS3_V2")
    assert after["properties"]["osImageMetadata"]["isLatestOsImageVersion"] is True


@pytest.mark.parametrize(
    ("verb", "passing", "settled"),
    [("start", "Starting", "Running"), ("stop", "Stopping", "Stopped"), ("restart", "Restarting", "Running")],
)
async def test_start_stop_and_restart(stand_in: StandIn, verb: str, passing: str, settled: str) -> None:
    """202 with `Azure-AsyncOperation` alone; the state passes through its -ing word; the image stays as it was."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        answer = await arm("POST", f"{INSTANCE}/{verb}")
        during = (await arm.ok("GET", INSTANCE))["properties"]["properties"]
        arm.azure.clock.advance(60)
        await arm.done(answer)
        after = (await arm.ok("GET", INSTANCE))["properties"]["properties"]
    assert (answer.status, answer.body) == (202, None)
    assert not {"Location", "Retry-After"} & set(answer.headers)
    assert (passing, settled) == (during["state"], after["state"])
    assert after["osImageMetadata"]["currentImageVersion"] == "24.06.10"


async def test_a_cluster_takes_new_scale_settings_and_nothing_else(arm: Arm) -> None:
    """PATCH merges scaleSettings; a different property, or an instance, is refused."""
    inner = {"scaleSettings": {"minNodeCount": 0}}
    patched = await arm.ok("PATCH", CLUSTER, {"properties": {"properties": inner}})
    settings = patched["properties"]["properties"]["scaleSettings"]
    assert settings == {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT2M"}
    assert (await arm("PATCH", CLUSTER, {"properties": {"properties": {"vmSize": "X"}}})).status == 400
    assert (await arm("PATCH", INSTANCE, {"properties": {"properties": inner}})).status == 400


async def test_idle_shutdown_is_a_preview_action(arm: Arm) -> None:
    """The stable version does not have it; the preview sets `idleTimeBeforeShutdown`."""
    action, body = f"{INSTANCE}/updateIdleShutdownSetting", {"idleTimeBeforeShutdown": "PT30M"}
    assert (await arm("POST", action, body)).status == 404
    assert (await arm("POST", action, body, version=PREVIEW)).status == 200
    assert (await arm("POST", action, {"idleTimeBeforeShutdown": 30}, version=PREVIEW)).status == 400
    assert (await arm.ok("GET", INSTANCE))["properties"]["properties"]["idleTimeBeforeShutdown"] == "PT30M"


async def test_delete_must_say_what_becomes_of_the_machine(arm: Arm) -> None:
    """Without `underlyingResourceAction` nothing happens; with it the compute goes."""
    assert (await arm("DELETE", INSTANCE)).status == 400
    await arm.done(await arm("DELETE", INSTANCE, query={"underlyingResourceAction": "Delete"}))
    assert (await arm("GET", INSTANCE)).code == "UserError"
    assert (await arm("DELETE", INSTANCE, query={"underlyingResourceAction": "Delete"})).status == 204


async def test_only_an_instance_can_be_started(arm: Arm) -> None:
    """A cluster has no state to change."""
    assert (await arm("POST", f"{CLUSTER}/start")).status == 400
