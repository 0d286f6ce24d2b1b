"""The life of the local host: its start and its graceful end. `serve` is what the command line calls.

Everything that can be wrong is checked before anything listens: the port, host.json, the storage connections, the
app's index, its bindings and schedules. Each refusal is one line on standard error and exit code 1.
"""

import asyncio
import hashlib
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web
from azure.core.exceptions import AzureError, ResourceExistsError

from local.host.composition import STATUS_CONTAINER, Parts, application, queue_listeners, timer_listeners
from local.host.connections import STORAGE, Connections
from local.host.definitions import FunctionDefinition
from local.host.errors import HostError
from local.host.invocations import Invoker
from local.host.keys import Keys
from local.host.logs import configure
from local.host.outputs import QueueOutputs
from local.host.settings import read_host_json
from local.host.worker import Worker

log = logging.getLogger(__name__)

_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """How to run the host, beside the app and the port."""

    keys: Keys = field(default_factory=Keys)
    specialise: bool = False
    """Start as a Flex plan does: index without an app first, then clear the environment and index the app."""
    drain_seconds: float = 10
    """How long running invocations may take to end when the host is told to stop."""
    json_logs: bool = False
    verbose: bool = False


async def serve(app_dir: Path, port: int, options: HostOptions | None = None) -> int:
    """Run the Functions app in `app_dir` on 127.0.0.1:`port` until SIGTERM or SIGINT, and return the exit code.

    Settings come from this process's environment. Port 0 takes a free one. When all listeners run, one line goes to
    standard output: `{"ready": true, "port": 7071, "functions": ["…"]}`. The exit code is 0 after a graceful stop,
    and 1, after one line on standard error, when the host cannot start or had to abandon an invocation.
    """
    options = options or HostOptions()
    configure(as_json=options.json_logs, verbose=options.verbose)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    host = Host(app_dir, options, dict(os.environ))
    try:
        await host.start(port)
        await host.listen_until(stopping)
    except HostError as error:
        print(f"host: {error}", file=sys.stderr)
        await host.stop()
        return 1
    return 1 if await host.stop() else 0


class Host:
    """One app, its worker and its listeners."""

    def __init__(self, app_dir: Path, options: HostOptions, environment: Mapping[str, str]) -> None:
        self._app_dir = app_dir.resolve()
        self._options = options
        self._environment = environment
        self._listeners: list[asyncio.Task[None]] = []
        self._site: web.SockSite | None = None
        self._resources = AsyncExitStack()
        self._invoker: Invoker | None = None

    async def start(self, port: int) -> None:
        """Start everything, then say so on standard output. Raises HostError when something is wrong."""
        listening = self._bind(port)
        parts = await self._parts()
        self._invoker = parts.invoker
        timers, queues = timer_listeners(parts), queue_listeners(parts)
        await _reach(parts.connections)
        await self._open(listening, application(parts, timers))
        self._listeners = [asyncio.create_task(timer.run()) for timer in timers.values()]
        self._listeners += [asyncio.create_task(queue.run()) for queue in queues]
        self._announce(listening, parts.functions)

    async def listen_until(self, stopping: asyncio.Event) -> None:
        """Return once told to stop. A listener that ends by itself is a fault of this host: its error is raised."""
        told = asyncio.create_task(stopping.wait())
        ended, _ = await asyncio.wait({told, *self._listeners}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        for task in ended:
            task.result()
        log.info("Stopping: running invocations have %g s to end.", self._options.drain_seconds)

    async def stop(self) -> int:
        """Stop listening, let running invocations end, close everything; the number of invocations abandoned."""
        for listener in self._listeners:
            listener.cancel()
        await asyncio.gather(*self._listeners, return_exceptions=True)
        if self._site is not None:
            await self._site.stop()
        abandoned = await self._invoker.drain(self._options.drain_seconds) if self._invoker else 0
        if abandoned:
            log.error("Invocations that did not end in time and were abandoned: %d.", abandoned)
        await self._resources.aclose()
        return abandoned

    def _bind(self, port: int) -> socket.socket:
        try:
            listening = socket.create_server((_LOOPBACK, port))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise HostError(
                f"cannot listen on {_LOOPBACK}:{port} ({reason}): stop what uses that port, or choose another"
            ) from None
        self._resources.callback(listening.close)
        return listening

    async def _parts(self) -> Parts:
        settings = read_host_json(self._app_dir, self._environment)
        if not (self._app_dir / "function_app.py").is_file():
            raise HostError(f"no function_app.py in {self._app_dir}: is that the folder of the Functions app?")
        connections = Connections(self._environment)
        self._resources.push_async_callback(connections.close)
        connections.queues(STORAGE)
        worker = Worker()
        self._resources.push_async_callback(worker.stop)
        functions = await self._index(worker)
        outputs = QueueOutputs(connections, base64=settings.queues.base64)
        return Parts(
            host_id=self._host_id(),
            settings=settings,
            keys=self._options.keys,
            connections=connections,
            functions=functions,
            invoker=Invoker(worker, outputs, settings.function_timeout),
        )

    async def _index(self, worker: Worker) -> dict[str, FunctionDefinition]:
        if self._options.specialise:
            await worker.specialise(self._app_dir, self._environment)
        else:
            await worker.start(self._app_dir)
        indexed = await worker.functions(self._environment)
        enabled = [function for function in indexed if not self._disabled(function)]
        for function in enabled:
            await worker.load(function)
        return {function.name: function for function in enabled}

    def _disabled(self, function: FunctionDefinition) -> bool:
        return self._environment.get(f"AzureWebJobs.{function.name}.Disabled", "").lower() in ("true", "1")

    async def _open(self, listening: socket.socket, application: web.Application) -> None:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=self._options.drain_seconds)
        await runner.setup()
        self._resources.push_async_callback(runner.cleanup)
        self._site = web.SockSite(runner, listening)
        await self._site.start()

    def _host_id(self) -> str:
        """Tells apart hosts that share a storage account; the same app keeps its timers' status over a restart."""
        configured = self._environment.get("AzureFunctionsWebHost__hostid")
        return configured or f"local-{hashlib.sha256(str(self._app_dir).encode()).hexdigest()[:12]}"

    def _announce(self, listening: socket.socket, functions: Mapping[str, FunctionDefinition]) -> None:
        port = listening.getsockname()[1]
        ready = {"ready": True, "port": port, "functions": sorted(functions)}
        log.info("Listening on http://%s:%d with %d functions.", _LOOPBACK, port, len(functions))
        print(json.dumps(ready), flush=True)


async def _reach(connections: Connections) -> None:
    """Create the container the host keeps its state in, which also shows that storage can be reached and written."""
    try:
        with suppress(ResourceExistsError):
            await connections.blobs(STORAGE).create_container(STATUS_CONTAINER)
    except AzureError as error:
        reason = str(error).splitlines()[0]
        raise HostError(f"storage connection '{STORAGE}' does not work ({reason}): is the storage running?") from None
