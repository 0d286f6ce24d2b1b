"""An instance that is deleted and made anew, or overwritten: what comes back, and what Azure refuses meanwhile."""

from typing import Any

import pytest

from local.azure.options import Options
from tests.local.azure.client import HUB, INSTANCE, PREVIEW, Answer, Arm
from tests.local.azure.conftest import StandIn

MADE = f"{HUB}/computes/ci-new"
DELETE = {"underlyingResourceAction": "Delete"}
SYSTEM = {"type": "SystemAssigned"}
SCHEDULE = {"action": "Stop", "triggerType": "Cron", "cron": {"expression": "0 18 * * *"}}
SETTINGS: dict[str, Any] = {
    "vmSize": "Standard_DS3_v2",
    "idleTimeBeforeShutdown": "PT1H",
    "personalComputeInstanceSettings": {"assignedUser": {"objectId": "ana", "tenantId": "t"}},
    "schedules": {"computeStartStop": [SCHEDULE]},
    "setupScripts": {
        "scripts": {"creationScript": {"scriptSource": "inline", "scriptData": "ZWNobw==", "scriptArguments": "--a b"}}
    },
    "sshSettings": {"sshPublicAccess": "Enabled", "adminPublicKey": "ssh-rsa AAAA"},
}


def body(inner: dict[str, Any] | None = None, **more: object) -> dict[str, Any]:
    """What is PUT: an instance with these settings."""
    return {
        "properties": {"computeType": "ComputeInstance", "properties": SETTINGS if inner is None else inner},
        **more,
    }


async def put(arm: Arm, document: dict[str, Any], path: str = MADE) -> dict[str, Any]:
    """The instance once it is made or overwritten."""
    await arm.done(await arm("PUT", path, document))
    found: dict[str, Any] = await arm.ok("GET", path)
    return found


async def test_what_is_set_comes_back(arm: Arm) -> None:
    """Whom it is for, schedules, scripts with their arguments, SSH with the port and name that Azure gives."""
    inner = (await put(arm, body(tags={"a": "b"})))["properties"]["properties"]
    assert inner["personalComputeInstanceSettings"] == SETTINGS["personalComputeInstanceSettings"]
    assert inner["setupScripts"] == SETTINGS["setupScripts"]
    assert inner["schedules"]["computeStartStop"] == [
        {**SCHEDULE, "provisioningStatus": "Completed", "status": "Enabled"}
    ]
    assert inner["sshSettings"] == {**SETTINGS["sshSettings"], "adminUserName": "azureuser", "sshPort": 50000}
    assert (inner["vmSize"], inner["idleTimeBeforeShutdown"]) == ("STANDARD_DS3_V2", "PT1H")


async def test_what_azure_says_itself_is_not_taken_from_anybody(arm: Arm) -> None:
    """Whoever sends back all that a GET shows gets a running instance with the latest image all the same."""
    old = await arm.ok("GET", INSTANCE)
    old["properties"]["properties"] |= {"createdBy": {"userId": "somebody"}, "errors": [{"error": {}}]}
    await arm.done(await arm("DELETE", INSTANCE, query=DELETE))
    made = (await put(arm, old, INSTANCE))["properties"]
    inner = made["properties"]

    assert old["properties"]["properties"]["state"] == "Stopped"
    assert (made["provisioningState"], inner["state"], inner["errors"]) == ("Succeeded", "Running", [])
    assert inner["createdBy"]["userId"] == arm.azure.directory.join(arm.who)
    assert inner["osImageMetadata"]["isLatestOsImageVersion"] is True
    assert made["createdOn"] != old["properties"].get("createdOn")


async def test_a_new_instance_has_a_new_system_assigned_identity(arm: Arm) -> None:
    """And an overwritten one keeps its own, as long as it has one."""
    first = await put(arm, body(identity=SYSTEM))
    kept = await put(arm, body(identity=SYSTEM))
    without = await put(arm, body())
    await arm.done(await arm("DELETE", MADE, query=DELETE))
    second = await put(arm, body(identity=SYSTEM))

    principals = [one["identity"]["principalId"] for one in (first, kept, second)]
    assert principals[0] == principals[1] != principals[2]
    assert "identity" not in without


async def test_an_overwritten_instance_has_what_was_sent_and_no_more(arm: Arm) -> None:
    """All that can be set is as sent, or as if it had never been; the machine, its image and its user stay."""
    before = await put(arm, body(tags={"a": "b"}))
    after = await put(arm, body({"idleTimeBeforeShutdown": "PT30M"}))
    was, inner = before["properties"]["properties"], after["properties"]["properties"]

    assert (after["tags"], inner["idleTimeBeforeShutdown"], inner["vmSize"]) == (None, "PT30M", "STANDARD_DS3_V2")
    assert (inner["schedules"], inner["setupScripts"]) == ({"computeStartStop": []}, None)
    assert inner["sshSettings"]["sshPublicAccess"] == "Disabled"
    assert {name: was[name] for name in ("state", "createdBy", "osImageMetadata", "lastOperation")} == {
        name: inner[name] for name in ("state", "createdBy", "osImageMetadata", "lastOperation")
    }


WRITES = ("start", "stop", "delete", "put")


async def send(arm: Arm, write: str) -> Answer:
    """One of these to the instance of the estate."""
    match write:
        case "delete":
            return await arm("DELETE", INSTANCE, query=DELETE)
        case "put":
            return await arm("PUT", INSTANCE, body({"vmSize": "STANDARD_DS3_V2"}))
    return await arm("POST", f"{INSTANCE}/{write}")


@pytest.mark.parametrize("write", WRITES)
async def test_what_is_on_its_way_takes_no_other_write(stand_in: StandIn, write: str) -> None:
    """409 for all of them until the first has ended."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        first = await send(arm, write)
        refused = [(await send(arm, other)).status for other in WRITES]
        arm.azure.clock.advance(60)
        await arm.done(first)
        last = await send(arm, "delete")

    assert refused == [409] * 4
    assert last.status == (204 if write == "delete" else 202)


async def test_an_instance_that_is_being_made_cannot_be_deleted(stand_in: StandIn) -> None:
    """Nor made a second time."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        await arm("PUT", MADE, body())
        refused = [(await arm("DELETE", MADE, query=DELETE)).status, (await arm("PUT", MADE, body())).status]
    assert refused == [409, 409]


async def test_events_tell_when_each_has_ended(arm: Arm) -> None:
    """Stopped, deleted, made: one each, about the instance."""
    await arm.done(await arm("POST", f"{INSTANCE}/stop"))
    await arm.done(await arm("DELETE", INSTANCE, query=DELETE))
    await put(arm, body(), INSTANCE)

    computes, resources = "Microsoft.MachineLearningServices/workspaces/computes", "Microsoft.Resources.Resource"
    told = [(event.type, event.subject, event.data["operationName"]) for event in arm.azure.events.raised]
    assert told == [
        (f"{resources}ActionSuccess", INSTANCE, f"{computes}/stop/action"),
        (f"{resources}DeleteSuccess", INSTANCE, f"{computes}/delete"),
        (f"{resources}WriteSuccess", INSTANCE, f"{computes}/write"),
    ]


async def test_previews_can_be_retired(stand_in: StandIn) -> None:
    """400 for each, as for a version that never was; what never became stable is then a PUT's."""
    async with stand_in(Options(machine_learning_previews=False, operation_seconds=0.02)) as arm:
        idle = {"idleTimeBeforeShutdown": "PT30M"}
        refused = await arm("POST", f"{INSTANCE}/updateIdleShutdownSetting", idle, version=PREVIEW)
        set_by_put = await put(arm, body(idle), INSTANCE)

    assert (refused.status, refused.code) == (400, "NoRegisteredProviderFound")
    assert PREVIEW in refused.body["error"]["message"]
    assert set_by_put["properties"]["properties"]["idleTimeBeforeShutdown"] == "PT30M"
