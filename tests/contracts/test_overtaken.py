"""What Actuator promises of an instance that is no longer what was judged: nothing is sent, and it stays as it is."""

from typing import Any

import pytest

from shared.model.errors import Overtaken
from tests.contracts.machines import (
    ALL,
    LATEST,
    Disturb,
    deleting,
    disturb,
    look,
    restarting,
    send,
    shown,
    stopping,
)
from tests.contracts.worlds import CloudWorld, step

pytestmark = pytest.mark.asyncio(loop_scope="session")


STARTED = {"done": "Start", "at": "2024-06-01T08:00:00+00:00"}
REMADE = {"created": "2024-06-01T08:00:00+00:00"}


@pytest.mark.parametrize(
    ("how", "meanwhile"),
    [
        pytest.param(stopping, {"state": "JobRunning"}, id="a job began"),
        pytest.param(stopping, {"state": "UserSettingUp"}, id="it is set up"),
        pytest.param(stopping, STARTED, id="stopped and started"),
        pytest.param(stopping, REMADE, id="made anew, with the same image"),
        pytest.param(stopping, {"image": LATEST, **REMADE}, id="made anew"),
        pytest.param(restarting, {"state": "JobRunning"}, id="a job began, restart"),
        pytest.param(restarting, STARTED, id="stopped and started, restart"),
    ],
)
async def test_what_runs_otherwise_than_judged_is_left_alone(
    old: CloudWorld, how: Disturb, meanwhile: dict[str, Any]
) -> None:
    """Somebody is at work by then: it goes on as it was, and whoever looks again sees why."""
    judged = await look(old)
    old.put(shown(old.names.instance, **meanwhile))
    before = await look(old)
    with pytest.raises(Overtaken):
        await send(old, how(judged))
    await old.settle()

    assert (await look(old)).fact.raw == before.fact.raw


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param({"state": "Running", **STARTED}, id="started"),
        pytest.param({"state": "Starting"}, id="starting"),
        pytest.param({"state": "Stopped", "done": "Stop", "at": "2024-06-01T09:00:00+00:00"}, id="started and stopped"),
        pytest.param({"state": "Stopped", "done": "Stop", **REMADE}, id="made anew, with the same image"),
        pytest.param({"state": "Stopped", "done": "Stop", "image": LATEST}, id="another image"),
        pytest.param({"state": "Stopped", "done": "Stop", "idleTimeBeforeShutdown": "PT15M"}, id="other settings"),
    ],
)
async def test_what_stands_otherwise_than_judged_is_not_deleted(stopped: CloudWorld, meanwhile: dict[str, Any]) -> None:
    """A disk that is gone does not come back: whatever happened to it, it stays."""
    judged = await look(stopped)
    stopped.put(shown(stopped.names.instance, **meanwhile))
    before = await look(stopped)
    with pytest.raises(Overtaken):
        await send(stopped, deleting(judged))
    await stopped.settle()

    assert (await look(stopped)).fact.raw == before.fact.raw


async def test_what_runs_is_not_deleted(old: CloudWorld) -> None:
    """Even where it ran already when it was judged."""
    with pytest.raises(Overtaken):
        await disturb(old, deleting)
    await old.settle()

    assert (await look(old)).state == "Running"


@pytest.mark.parametrize("how", ALL, ids=["stop", "restart", "delete"])
async def test_an_instance_that_is_gone_cannot_be_moved(stopped: CloudWorld, how: Disturb) -> None:
    """Nor is it deleted again: whoever deleted it may have done so for good."""
    judged = await look(stopped)
    lost = stopped.names.hub.child("computes", "gone")
    with pytest.raises(Overtaken):
        await stopped.actuator.apply(step(lost, how(judged)))
