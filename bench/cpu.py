"""How much processor time an event costs, apart from waiting: for the app alone, and for the whole local host."""

import asyncio
import json
from pathlib import Path

import psutil

from bench.changes import KINDS, event
from bench.fresh import probe
from bench.ground import Ground
from bench.result import Result

HUBS = 20
ROUNDS = 8
MILLISECONDS = 5.0
ALONE = tuple(kind for kind in KINDS if kind.name != "hub")
"""Kinds whose event concerns one resource; a hub's concerns its family."""


async def measure(workshop: Path) -> list[Result]:
    """Events that find all well, each about another resource."""
    async with Ground(workshop / "cpu", HUBS) as ground:
        await ground.sweep()
        alone = await _app_alone(ground)
        host = [await _host(ground, number) for number in range(ROUNDS)]
        idle = await _idle(ground)
    return [
        Result("Own CPU per event: app, SDKs and TLS", "ms", tuple(alone["cpu"]), MILLISECONDS, peer="5 - 6 ms"),
        Result("Table requests per event", "", tuple(alone["tables"])),
        Result("CPU per event of the whole local host", "ms", tuple(host)),
        Result("CPU of the idle local host per second", "ms", idle),
    ]


async def _app_alone(ground: Ground) -> dict[str, list[float]]:
    rounds = [[event(kind.resource(hub)) for hub in ground.hubs for kind in ALONE] for _ in range(ROUNDS)]
    asked = {"first": rounds[0], "rounds": rounds[1:]}
    return await probe("engine", ground.app_environment(), given=json.dumps(asked))


async def _host(ground: Ground, number: int) -> float:
    """Milliseconds an event: one for each hub at once, so that none is answered with another."""
    kind = ALONE[number % len(ALONE)]
    counts, process = await ground.counts(), psutil.Process(ground.host.pid)
    before = _busy(process)
    await ground.standin("POST", "events", [event(kind.resource(hub)) for hub in ground.hubs])
    await ground.quiet(counts, len(ground.hubs))
    return (_busy(process) - before) / len(ground.hubs)


async def _idle(ground: Ground) -> tuple[float, ...]:
    process, spent = psutil.Process(ground.host.pid), []
    for _ in range(3):
        before = _busy(process)
        await asyncio.sleep(1)
        spent.append(_busy(process) - before)
    return tuple(spent)


def _busy(process: psutil.Process) -> float:
    """Milliseconds of processor time so far."""
    times = process.cpu_times()
    return (times.user + times.system) * 1000
