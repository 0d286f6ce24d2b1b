"""Computes beyond start and stop: every kind, updates in place, idle shutdown and schedules that follow the clock."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from local.azure.options import Options
from tests.local.azure.client import CLUSTER, GROUP, HUB, INSTANCE, PREVIEW, Arm
from tests.local.azure.conftest import StandIn

MADE = f"{HUB}/computes/ci-new"
KUBERNETES = f"{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/one"
HOUR = 3600.0


def compute(kind: str, resource: str = "", **inner: object) -> dict[str, Any]:
    attached = {"resourceId": resource} if resource else {}
    return {"properties": {"computeType": kind, "properties": inner, **attached}}


async def inner(arm: Arm, path: str = MADE) -> dict[str, Any]:
    found: dict[str, Any] = (await arm.ok("GET", path))["properties"]["properties"]
    return found


async def make(arm: Arm, body: dict[str, Any], path: str = MADE) -> dict[str, Any]:
    await arm.done(await arm("PUT", path, body))
    return await inner(arm, path)


async def test_an_idle_instance_stops_when_its_time_has_come(arm: Arm) -> None:
    """Not before; then it is Stopped, by IdleShutdown, since the right minute, and no event was raised."""
    made = await make(arm, compute("ComputeInstance", vmSize="X", idleTimeBeforeShutdown="PT30M"))
    arm.azure.clock.advance(29 * 60)
    running, raised = await inner(arm), len(arm.azure.events.raised)
    arm.azure.clock.advance(HOUR)
    stopped = await inner(arm)
    assert (running["state"], stopped["state"]) == ("Running", "Stopped")
    stored = arm.azure.state.get(MADE) or {}
    assert stored["properties"]["properties"]["state"] == "Stopped"
    assert stopped["lastOperation"]["operationTrigger"] == "IdleShutdown"
    times = [datetime.fromisoformat(one["lastOperation"]["operationTime"]) for one in (made, stopped)]
    assert times[1] - times[0] == timedelta(minutes=30)
    assert len(arm.azure.events.raised) == raised


async def test_an_instance_without_idle_shutdown_runs_on(arm: Arm) -> None:
    """Nobody stops it in a year."""
    await make(arm, compute("ComputeInstance", vmSize="X"))
    arm.azure.clock.advance(365 * 24 * HOUR)
    assert (await inner(arm))["state"] == "Running"


async def test_a_start_begins_the_idle_time_anew(arm: Arm) -> None:
    """An instance that was stopped for being idle runs again for as long."""
    await make(arm, compute("ComputeInstance", vmSize="X", idleTimeBeforeShutdown="PT1H"))
    arm.azure.clock.advance(2 * HOUR)
    stopped = (await inner(arm))["state"]
    await arm.done(await arm("POST", f"{MADE}/start"))
    arm.azure.clock.advance(0.9 * HOUR)
    started = (await inner(arm))["state"]
    arm.azure.clock.advance(0.2 * HOUR)
    assert (stopped, started, (await inner(arm))["state"]) == ("Stopped", "Running", "Stopped")


@pytest.mark.parametrize("idle", ["PT14M", "P4D", "PT", "soon"])
async def test_idle_shutdown_takes_15_minutes_to_3_days(arm: Arm, idle: str) -> None:
    """Anything else is refused and changes nothing."""
    body = {"idleTimeBeforeShutdown": idle}
    refused = await arm("POST", f"{INSTANCE}/updateIdleShutdownSetting", body, version=PREVIEW)
    assert (refused.status, (await inner(arm, INSTANCE)).get("idleTimeBeforeShutdown")) == (400, None)


@pytest.mark.parametrize(
    "schedule",
    [
        {"triggerType": "Cron", "cron": {"expression": "0 18 * * *", "timeZone": "UTC"}},
        {"triggerType": "Recurrence", "recurrence": {"frequency": "Day", "schedule": {"hours": [18], "minutes": [0]}}},
        {
            "triggerType": "Recurrence",
            "recurrence": {
                "frequency": "Week",
                "schedule": {
                    "hours": [18],
                    "minutes": [0],
                    "weekDays": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
                },
            },
        },
    ],
    ids=["cron", "daily", "weekly"],
)
async def test_a_schedule_stops_an_instance_at_its_hour(arm: Arm, schedule: dict[str, Any]) -> None:
    """A day later the instance is Stopped, by the schedule, at 18:00."""
    await make(arm, compute("ComputeInstance", vmSize="X"))
    body = {"computeStartStop": [{"action": "Stop", "status": "Enabled", **schedule}]}
    assert (await arm("POST", f"{MADE}/updateSchedules", body)).status == 404
    assert (await arm("POST", f"{MADE}/updateSchedules", body, version=PREVIEW)).status == 200
    arm.azure.clock.advance(24 * HOUR)
    stopped = await inner(arm)
    at = datetime.fromisoformat(stopped["lastOperation"]["operationTime"])
    assert (stopped["state"], stopped["lastOperation"]["operationTrigger"]) == ("Stopped", "Schedule")
    assert (at.hour, at.minute) == (18, 0)


async def test_a_disabled_schedule_does_nothing(arm: Arm) -> None:
    """It is kept, and never fires."""
    await make(arm, compute("ComputeInstance", vmSize="X"))
    cron = {"expression": "0 18 * * *"}
    schedule = {"action": "Stop", "status": "Disabled", "triggerType": "Cron", "cron": cron}
    await arm("POST", f"{MADE}/updateSchedules", {"computeStartStop": [schedule]}, version=PREVIEW)
    arm.azure.clock.advance(48 * HOUR)
    after = await inner(arm)
    assert after["state"] == "Running"
    assert after["schedules"]["computeStartStop"] == [{**schedule, "provisioningStatus": "Completed"}]


async def test_a_fifth_schedule_is_refused(arm: Arm) -> None:
    """An instance takes four."""
    body = {"computeStartStop": [{"action": "Stop"}] * 5}
    assert (await arm("POST", f"{INSTANCE}/updateSchedules", body, version=PREVIEW)).status == 400


async def test_an_instance_on_its_way_takes_no_other_action(stand_in: StandIn) -> None:
    """409 until the operation has ended."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        first = await arm("POST", f"{INSTANCE}/start")
        refused = await arm("POST", f"{INSTANCE}/stop")
        arm.azure.clock.advance(60)
        await arm.done(first)
        assert [refused.status, (await arm("POST", f"{INSTANCE}/stop")).status] == [409, 202]


async def test_a_stopped_instance_can_be_resized(stand_in: StandIn) -> None:
    """It is Resizing for a while, then Stopped with the new size; a running one is refused."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        answer = await arm("POST", f"{INSTANCE}/resize", {"targetVMSize": "Standard_E4"}, version=PREVIEW)
        during = (await inner(arm, INSTANCE))["state"]
        arm.azure.clock.advance(60)
        await arm.done(answer)
        after = await inner(arm, INSTANCE)
        started = await arm("POST", f"{INSTANCE}/start")
        arm.azure.clock.advance(60)
        await arm.done(started)
        refused = await arm("POST", f"{INSTANCE}/resize", {"targetVMSize": "X"}, version=PREVIEW)
    assert (during, after["state"], after["vmSize"]) == ("Resizing", "Stopped", "STANDARD_E4")
    assert refused.status == 409


async def test_a_put_over_an_instance_updates_it_in_place(arm: Arm) -> None:
    """200; idle shutdown is written this way in the stable version. Image and state stay, another size is refused."""
    body = compute("ComputeInstance", vmSize="standard_ds3_v2", idleTimeBeforeShutdown="PT30M")
    answer = await arm("PUT", INSTANCE, body)
    await arm.done(answer)
    after = await inner(arm, INSTANCE)
    refused = await arm("PUT", INSTANCE, compute("ComputeInstance", vmSize="Standard_E4"))
    assert (answer.status, after["idleTimeBeforeShutdown"], after["state"]) == (200, "PT30M", "Stopped")
    assert after["osImageMetadata"]["currentImageVersion"] == "24.06.10"
    assert refused.status == 400


async def test_a_cluster_shows_its_nodes_and_resizes(stand_in: StandIn) -> None:
    """Fields as recorded; new scale settings make it `Resizing`, then it holds its minimum of nodes."""
    path = f"{HUB}/computes/batch"
    async with stand_in(Options(operation_seconds=0)) as arm:
        made = await make(arm, compute("AmlCompute", vmSize="Standard_DS3_v2"), path)
        answer = await arm("PATCH", path, {"properties": {"properties": {"scaleSettings": {"minNodeCount": 2}}}})
        await arm.done(answer)
        after = await inner(arm, path)
        nodes = (await arm.ok("POST", f"{path}/listNodes"))["nodes"]
    assert (made["allocationState"], made["currentNodeCount"], made["vmSize"]) == ("Steady", 0, "STANDARD_DS3_V2")
    assert "osImageMetadata" not in made
    assert answer.body["properties"]["properties"]["allocationState"] == "Resizing"
    assert (after["allocationState"], after["nodeStateCounts"]["idleNodeCount"], len(nodes)) == ("Steady", 2, 2)


async def test_a_kubernetes_cluster_is_attached(arm: Arm) -> None:
    """It needs a `resourceId`, comes back attached and without its connection strings, and has keys."""
    path = f"{HUB}/computes/kube"
    assert (await arm("PUT", path, compute("Kubernetes"))).status == 400
    made = await make(arm, compute("Kubernetes", KUBERNETES, namespace="ml", relayConnectionString="secret"), path)
    document = (await arm.ok("GET", path))["properties"]
    assert (document["isAttachedCompute"], made["namespace"], "relayConnectionString" in made) == (True, "ml", False)
    assert (await arm.ok("POST", f"{path}/listKeys"))["computeType"] == "Kubernetes"
    assert (await arm("POST", f"{CLUSTER}/listKeys")).status == 400


@pytest.mark.parametrize("name", ["1st", "ab", "ci_jane", "ci-9", "a" * 25])
async def test_a_compute_name_azure_does_not_take_is_refused(arm: Arm, name: str) -> None:
    """3 to 24 letters, digits and hyphens, a letter first, no number after the last hyphen."""
    assert (await arm("PUT", f"{HUB}/computes/{name}", compute("AmlCompute", vmSize="X"))).status == 400


async def test_an_unknown_compute_type_is_refused(arm: Arm) -> None:
    """The types are those of the specification."""
    assert (await arm("PUT", MADE, compute("Mainframe"))).status == 400


async def test_an_instance_whose_start_failed_can_be_started_again(arm: Arm) -> None:
    """The failed start leaves it Failed and in state Unknown; the next one heals it."""
    faults = f"{arm.azure.url}/_standin/faults"
    async with arm.session.post(faults, json={"operations": {"fail": 1.0}}) as planned:
        assert planned.status == 200
    failed = await arm.done(await arm("POST", f"{INSTANCE}/start"))
    stranded = await arm.ok("GET", INSTANCE)
    async with arm.session.delete(faults) as ended:
        assert ended.status == 200
    await arm.done(await arm("POST", f"{INSTANCE}/start"))
    healed = await arm.ok("GET", INSTANCE)
    states = [
        (one["properties"]["provisioningState"], one["properties"]["properties"]["state"]) for one in (stranded, healed)
    ]
    assert failed["status"] == "Failed"
    assert states == [("Failed", "Unknown"), ("Succeeded", "Running")]
    assert stranded["properties"]["properties"]["lastOperation"]["operationStatus"] == "StartFailed"
