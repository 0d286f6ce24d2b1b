"""The stand-in as a process: one line when ready, one line when it cannot start, gone when told."""

import asyncio
import gc
import json
import socket
import ssl
import sys
import warnings
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from tests.local.azure.client import DEADLINE_SECONDS

REPOSITORY = Path(__file__).parents[3]
ESTATE = Path(__file__).parent / "data" / "estate.json"
PROGRAM = """
import asyncio, sys
from pathlib import Path
from local.azure.options import Options
from local.azure.serve import serve
raise SystemExit(asyncio.run(serve(Options(estate=Path(sys.argv[1]), port=int(sys.argv[2])))))
"""


@asynccontextmanager
async def process(estate: Path, port: int) -> AsyncIterator[Process]:
    """A stand-in of its own process, killed if the test leaves it behind."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(estate), str(port), cwd=REPOSITORY, stdout=PIPE, stderr=PIPE
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def test_it_prints_one_ready_line_and_stops_when_told() -> None:
    """The line is JSON with port, URL and environment; SIGTERM ends it with status 0 and no further output."""
    async with process(ESTATE, 0) as azure, asyncio.timeout(DEADLINE_SECONDS):
        assert azure.stdout is not None
        ready = json.loads(await azure.stdout.readline())
        azure.terminate()
        output, errors = await azure.communicate()
    assert (ready["ready"], ready["url"]) == (True, f"https://127.0.0.1:{ready['port']}")
    assert {"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "SSL_CERT_FILE"} <= set(ready["environment"])
    assert (azure.returncode, output, errors) == (0, b"", b"")


@pytest.mark.parametrize("fault", ["port", "estate"])
async def test_what_cannot_start_says_so_in_one_line(tmp_path: Path, fault: str) -> None:
    """A port in use and a bad estate end with status 1, one line on standard error, and no stack trace."""
    (tmp_path / "bad.json").write_text("{")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = (ESTATE, port) if fault == "port" else (tmp_path / "bad.json", 0)
        async with process(*arguments) as azure, asyncio.timeout(DEADLINE_SECONDS):
            output, errors = await azure.communicate()
    named = f"Port {port}" if fault == "port" else str(tmp_path / "bad.json")
    assert (azure.returncode, output, errors.count(b"\n")) == (1, b"", 1)
    assert named in errors.decode()


def hold(azure: AzureStandIn) -> ssl.SSLSocket:
    """A connection that has been used once and answers to nothing any more, as an SDK's idle pool does."""
    plain = socket.create_connection(("127.0.0.1", int(azure.url.rpartition(":")[2])))
    held = azure.certificates.client_context().wrap_socket(plain, server_hostname="127.0.0.1")
    held.sendall(b"GET /_standin/topics/none HTTP/1.1\r\nHost: azure\r\n\r\n")
    held.recv(1)
    return held


def test_a_client_that_holds_its_connection_leaves_no_socket_open(tmp_path: Path) -> None:
    """Leaving the stand-in ends such a connection at once; an open one would be reported when the loop is gone."""

    async def use() -> ssl.SSLSocket:
        async with AzureStandIn(Options(certificates=tmp_path)) as azure:
            return await asyncio.to_thread(hold, azure)

    with warnings.catch_warnings(record=True) as left, asyncio.run(use()):
        warnings.simplefilter("always", ResourceWarning)
        gc.collect()
    assert [str(warning.message) for warning in left] == []
