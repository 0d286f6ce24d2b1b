"""The Azure stand-in itself: how soon it listens, what a large estate costs it, and how much of a core a read takes."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

from bench import fresh
from bench.machine import MIB
from bench.result import BenchError, Result
from local.azure.options import TENANT
from local.processes import Child
from local.synthetic.estate import Size, generate, write

STARTS = 5
LARGE = Size(hubs=2400, projects=10)
"""Some 100,000 resources."""
SMALL = Size(hubs=4, projects=10)
ROUNDS, SECONDS, CONNECTIONS = 5, 1.5, 8
START, LOAD, PEAK, READ = 1.0, 10.0, 1536.0, 1000 / 1500
_VERSION = "2025-12-01"


async def measure(workshop: Path) -> list[Result]:
    """All three. Raises BenchError or ProcessError when the stand-in does not answer as it should."""
    environment = fresh.compiled(workshop / "pycache")
    starts = [await _start(workshop, environment) for _ in range(STARTS + 1)][1:]
    count = await asyncio.to_thread(write, workshop / "large.json", generate(LARGE, seed=7))
    large = await _start(workshop, environment, "--estate", str(workshop / "large.json"))
    reads = await _reads(workshop, environment)
    return [
        Result("Stand-in: start to listening, nothing loaded", "s", tuple(start.seconds for start in starts), START),
        Result(f"Stand-in: start to listening, {count:,} resources", "s", (large.seconds,), LOAD),
        Result(f"Stand-in: memory with {count:,} resources", "MiB", (large.mib,), PEAK),
        Result("Stand-in: own CPU per GET over TLS (1,500 a second on one core)", "ms", tuple(reads), READ),
    ]


@dataclass(frozen=True)
class Started:
    """A stand-in that came up: how long that took, and its resident memory then."""

    seconds: float
    mib: float


async def _start(workshop: Path, environment: Mapping[str, str], *arguments: str) -> Started:
    began = time.perf_counter()
    async with _child(workshop, environment, *arguments) as azure:
        return Started(time.perf_counter() - began, psutil.Process(azure.pid).memory_info().rss / MIB)


def _child(workshop: Path, environment: Mapping[str, str], *arguments: str) -> Child:
    command = ["azure", "--no-throttle", "--certificates", str(workshop / "tls"), *arguments]
    return Child("the Azure stand-in", command, environment, workshop / "azure.log", patience=120)


async def _reads(workshop: Path, environment: Mapping[str, str]) -> list[float]:
    """Milliseconds of the stand-in's processor time for each GET, while clients keep it busy."""
    documents = list(generate(SMALL, seed=7))
    await asyncio.to_thread(write, workshop / "small.json", iter(documents))
    paths = [d["id"] for d in documents if d["type"].endswith("/workspaces")]
    async with _child(workshop, environment, "--estate", str(workshop / "small.json")) as azure:
        client = Client(str(azure.ready["url"]), str(azure.ready["ca_file"]), await _token(azure))
        await client.read(paths)
        return [await _round(azure, client, paths) for _ in range(ROUNDS)]


async def _round(azure: Child, client: "Client", paths: list[str]) -> float:
    process = psutil.Process(azure.pid)
    before, client.count = process.cpu_times(), 0
    await client.read(paths)
    after = process.cpu_times()
    spent = (after.user - before.user) + (after.system - before.system)
    return 1000 * spent / client.count


async def _token(azure: Child) -> str:
    context = ssl.create_default_context(cafile=azure.ready["ca_file"])
    form = {"client_id": "jane@contoso.example", "scope": "https://management.azure.com/.default"}
    url = f"{azure.ready['url']}/{TENANT}/oauth2/v2.0/token"
    async with aiohttp.ClientSession() as session, session.post(url, data=form, ssl=context) as answer:
        return str((await answer.json())["access_token"])


@dataclass
class Client:
    """Plain connections that are kept alive, for an HTTP client would cost more than what it measures."""

    url: str
    ca_file: str
    token: str = field(repr=False)
    count: int = 0

    async def read(self, paths: list[str]) -> None:
        """GET the paths in turn over all connections for a while."""
        end = time.perf_counter() + SECONDS
        await asyncio.gather(*(self._keep_reading(paths, end) for _ in range(CONNECTIONS)))

    async def _keep_reading(self, paths: list[str], end: float) -> None:
        context = ssl.create_default_context(cafile=self.ca_file)
        host, _, port = self.url.removeprefix("https://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
        requests = [self._request(path) for path in paths]
        number = 0
        while time.perf_counter() < end:
            writer.write(requests[number % len(requests)])
            await _answer(reader)
            number += 1
        self.count += number
        writer.close()
        await writer.wait_closed()

    def _request(self, path: str) -> bytes:
        lines = [
            f"GET {path}?api-version={_VERSION} HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {self.token}",
        ]
        return "\r\n".join([*lines, "", ""]).encode()


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise BenchError(f"the stand-in answered {head[:40].decode(errors='replace')!r} to a GET")
    await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
