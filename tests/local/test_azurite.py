"""Azurite as a context manager: it serves, it never outlives us, and it says what is missing."""

import asyncio
import signal
import sys
from pathlib import Path

import psutil
import pytest
from azure.storage.queue.aio import QueueServiceClient

from local.azurite import Azurite, AzuriteError, Tls
from tests.local.host.driver import REPOSITORY, eventually

_HOLDER = """
import asyncio
from local.azurite import Azurite

async def main():
    async with Azurite() as azurite:
        print(azurite.blob_service_uri, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_two_side_by_side() -> None:
    """Each has ports and data of its own, and is gone after its block."""
    async with Azurite() as first, Azurite() as second:
        uris = {(azurite.blob_service_uri, azurite.queue_service_uri) for azurite in (first, second)}
        assert len(uris) == 2
        async with QueueServiceClient.from_connection_string(first.connection_string) as client:
            await client.create_queue("here")
        async with QueueServiceClient.from_connection_string(second.connection_string) as client:
            assert [queue.name async for queue in client.list_queues()] == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_it_dies_with_its_parent(how: signal.Signals) -> None:
    """When the process that started Azurite is killed, node ends too."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLDER, env={"PYTHONPATH": str(REPOSITORY)}, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    assert (await parent.stdout.readline()).startswith(b"http://127.0.0.1:")
    (node,) = psutil.Process(parent.pid).children()
    parent.send_signal(how)
    await parent.wait()

    async def gone() -> bool:
        return not node.is_running() or node.status() == psutil.STATUS_ZOMBIE

    await eventually(gone, "node to end")


async def test_not_installed(tmp_path: Path) -> None:
    """Without Azurite the error names the missing file and the command that installs it."""
    with pytest.raises(AzuriteError, match=r"Azurite is not installed \(no .*azurite\.js\): run 'make setup'"):
        async with Azurite(script=tmp_path / "azurite.js"):
            pytest.fail("started without Azurite")


async def test_bad_certificate(tmp_path: Path) -> None:
    """When Azurite ends at once, the error repeats what it said."""
    missing = tmp_path / "missing.pem"
    with pytest.raises(AzuriteError, match=r"Azurite ended at once; it said: .*missing\.pem"):
        async with Azurite(Tls(missing, missing)):
            pytest.fail("started without a certificate")
