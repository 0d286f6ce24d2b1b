"""Stopping: SIGINT and SIGTERM let running invocations end, up to a bound, and nothing is lost."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.local.host.driver import eventually, running


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_idle_host_stops_at_once(storage: str, how: signal.Signals) -> None:
    """With nothing running, the host exits 0 without a stack trace, and its port is free."""
    async with running(storage) as host:
        assert await host.stop(how) == 0
        assert not [line for line in host.errors if "Traceback" in line or "Error" in line]
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", host.ready["port"])


async def test_running_invocation_ends_first(storage: str, tmp_path: Path) -> None:
    """A message being worked on is finished, put out and deleted before the host exits."""
    gate = tmp_path / "gate"
    async with running(storage, settings={"GATE": str(gate)}) as host:
        await host.put("slow", "patience")
        await host.logged(lambda record: record["message"] == "slow work begins")
        host.process.send_signal(signal.SIGINT)
        await host.logged(lambda record: record["message"].startswith("Stopping"))
        await host.put("changes", "too late")
        gate.touch()
        assert await host.ended() == 0
        assert await host.take("done") == ["patience"]
        assert await host.length("slow") == 0
        assert await host.length("changes") == 1


async def test_running_timer_ends_first(storage: str) -> None:
    """A timer function that runs when the host is told to stop runs to its end."""
    async with running(storage, settings={"AzureWebJobs.every_second.Disabled": ""}) as host:
        await host.logged(lambda record: "Executing 'Functions.every_second'" in record["message"])
        assert await host.stop() == 0
        assert [record for record in host.records if "the first run fails" in record["message"]]


async def test_invocation_that_does_not_end_is_abandoned(storage: str, tmp_path: Path) -> None:
    """After the bound the host says what it abandoned and exits 1; the message is still on its queue."""
    async with running(storage, settings={"GATE": str(tmp_path / "never")}, options={"drain_seconds": 0.2}) as host:
        await host.put("slow", "for ever")
        await host.logged(lambda record: record["message"] == "slow work begins")
        assert await host.stop() == 1
        abandoned = [record["message"] for record in host.records if "abandoned" in record["message"]]
        assert abandoned == ["Invocations that did not end in time and were abandoned: 1."]
        assert not [line for line in host.errors if "Traceback" in line or "destroyed" in line]

        async def kept() -> bool:
            return await host.length("slow") == 1

        await eventually(kept, "the message to be still there")
