"""Runs the local host as a process of its own and talks to it over the wire: HTTP, queues, signals, its log.

The runtime keeps its registry in module globals, so a host needs a process; and a process is what a user starts.
"""

import asyncio
import base64
import json
import os
import re
import signal
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueServiceClient

APP = Path(__file__).parent / "app"
REPOSITORY = Path(__file__).parents[3]
MASTER, FUNCTION, EVENTS = "local-master-key", "local-function-key", "local-eventgrid-key"

_PROGRAM = """
import asyncio, json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from local.host.host import HostOptions, serve
sys.path.remove(sys.argv[1])  # the repository holds a function_app.py of its own
app, port, options = sys.argv[2:]
raise SystemExit(asyncio.run(serve(Path(app), int(port), HostOptions(**json.loads(options)))))
"""
_TIMERS_OFF = {"AzureWebJobs.every_second.Disabled": "true", "AzureWebJobs.nightly.Disabled": "true"}
_DEADLINE_SECONDS = 15.0


class HostProcess:
    """A running host, its queues, and everything it has logged."""

    def __init__(self, process: asyncio.subprocess.Process, queues: QueueServiceClient, prefix: str) -> None:
        self.process = process
        self.prefix = prefix
        self.ready: dict[str, Any] = {}
        self.errors: list[str] = []
        self._queues = queues
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_DEADLINE_SECONDS))
        self._reader = asyncio.create_task(self._read_errors())

    async def request(self, method: str, path: str, **arguments: Any) -> tuple[int, str]:  # noqa: ANN401 - aiohttp's own
        """Status and body of one HTTP request."""
        url = f"http://127.0.0.1:{self.ready['port']}{path}"
        async with self._http.request(method, url, **arguments) as answer:
            return answer.status, await answer.text()

    async def headers(self, method: str, path: str, **arguments: Any) -> Mapping[str, str]:  # noqa: ANN401 - aiohttp's own
        """Headers of the answer to one request."""
        url = f"http://127.0.0.1:{self.ready['port']}{path}"
        async with self._http.request(method, url, **arguments) as answer:
            return answer.headers

    async def notify(self, *events: dict[str, Any], function: str = "on_event") -> tuple[int, str]:
        """Deliver events as Event Grid does."""
        return await self.request(
            "POST",
            "/runtime/webhooks/EventGrid",
            params={"functionName": function, "code": EVENTS},
            headers={"aeg-event-type": "Notification"},
            json=list(events),
        )

    async def put(self, queue: str, text: str, *, encode: bool = True) -> None:
        """Put a message on a queue, creating the queue when needed."""
        client = self._queues.get_queue_client(self.prefix + queue)
        content = base64.b64encode(text.encode()).decode() if encode else text
        try:
            await client.send_message(content)
        except ResourceNotFoundError:
            await client.create_queue()
            await client.send_message(content)

    async def take(self, queue: str, count: int = 1) -> list[str]:
        """Take `count` messages off a queue, waiting for them up to the deadline."""
        taken: list[str] = []

        async def enough() -> bool:
            taken.extend(await self._receive(queue))
            return len(taken) >= count

        await eventually(enough, f"{count} messages on {queue}; got {taken}")
        return taken

    async def take_json(self, queue: str, count: int = 1) -> list[Any]:
        """As `take`, each message read as JSON."""
        return [json.loads(text) for text in await self.take(queue, count)]

    async def length(self, queue: str) -> int:
        """How many messages a queue holds, hidden ones included."""
        properties = await self._queues.get_queue_client(self.prefix + queue).get_queue_properties()
        return properties.approximate_message_count or 0

    async def logged(self, match: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first log record that fits, waiting for it up to the deadline."""

        async def found() -> bool:
            return any(match(record) for record in self.records)

        await eventually(found, f"a log record; the log is {self.errors}")
        return next(record for record in self.records if match(record))

    async def line(self, pattern: re.Pattern[str]) -> str:
        """The first line of the log that fits, waiting for it up to the deadline."""

        async def found() -> bool:
            return any(pattern.search(line) for line in self.errors)

        await eventually(found, f"{pattern.pattern}; the log is {self.errors}")
        return next(line for line in self.errors if pattern.search(line))

    @property
    def records(self) -> list[dict[str, Any]]:
        """Everything logged so far, parsed."""
        return [json.loads(line) for line in self.errors if line.startswith("{")]

    async def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Signal the host and return its exit code."""
        self.process.send_signal(how)
        return await self.ended()

    async def ended(self) -> int:
        """The exit code, once the process has ended by itself."""
        async with asyncio.timeout(_DEADLINE_SECONDS):
            code = await self.process.wait()
            await self._reader
        return code

    async def close(self) -> None:
        """End the process whatever its state."""
        if self.process.returncode is None:
            self.process.kill()
        await self.ended()
        await self._http.close()

    async def until_ready(self) -> None:
        """Wait for the one line on standard output."""
        assert self.process.stdout is not None
        async with asyncio.timeout(_DEADLINE_SECONDS):
            line = await self.process.stdout.readline()
        assert line, f"the host ended before it was ready: {self.errors}"
        self.ready = json.loads(line)

    async def _receive(self, queue: str) -> list[str]:
        client = self._queues.get_queue_client(self.prefix + queue)
        bodies = []
        try:
            async for message in client.receive_messages(max_messages=32):
                bodies.append(base64.b64decode(message.content, validate=True).decode())
                await client.delete_message(message)
        except ResourceNotFoundError:
            return []
        return bodies

    async def _read_errors(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.errors.append(line.decode().rstrip("\n"))


async def eventually(condition: Callable[[], Any], what: str) -> None:
    """Poll an async condition until it holds; fail with `what` after the deadline."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not await condition():
        assert time.monotonic() < deadline, f"waited {_DEADLINE_SECONDS:g} s for {what}"
        await asyncio.sleep(0.03)


@asynccontextmanager
async def launched(
    storage: str,
    *,
    app: Path = APP,
    port: int = 0,
    settings: dict[str, str] | None = None,
    options: dict[str, object] | None = None,
) -> AsyncIterator[HostProcess]:
    """A host process, started but perhaps not ready; killed on the way out."""
    prefix = f"t{uuid.uuid4().hex[:8]}-"
    environment = {
        "PATH": os.environ["PATH"],
        "AzureWebJobsStorage": storage,
        "PREFIX": prefix,
        "NIGHTLY": "0 0 3 * * *",
        **_TIMERS_OFF,
        **(settings or {}),
    }
    arguments = [str(REPOSITORY), str(app), str(port), json.dumps({"json_logs": True, **(options or {})})]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", _PROGRAM, *arguments),
        env={name: value for name, value in environment.items() if value},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with QueueServiceClient.from_connection_string(storage or _NO_STORAGE) as queues:
        host = HostProcess(process, queues, prefix)
        try:
            yield host
        finally:
            await host.close()


@asynccontextmanager
async def running(storage: str, **arguments: Any) -> AsyncIterator[HostProcess]:  # noqa: ANN401 - those of `launched`
    """A host process that is ready; arguments as for `launched`."""
    async with launched(storage, **arguments) as host:
        await host.until_ready()
        yield host


_NO_STORAGE = "DefaultEndpointsProtocol=http;AccountName=none;AccountKey=bm9uZQ==;EndpointSuffix=invalid"
