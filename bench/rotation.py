"""
What a rotation costs: requests and time for one account with ten connections, and five hundred accounts at once.

The app's own adapters speak to the stand-in over TLS, both in this process, so that the stand-in's clock can pass
faster for the five hundred: Azure takes ten writes a second, and they need thousands. Processor time is of both.
"""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from random import Random

from bench.result import BenchError, Result
from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.soak.estate import Account, accounts, connect, fill
from local.soak.keys import EVERY
from local.soak.world import soak_world
from shared.engine.key_pass import Rotator
from shared.engine.key_requests import demand
from shared.key_ports import KeyLedger
from shared.model.errors import Throttled
from shared.model.rotation import Cause, Demand, Phase

LATENCY = 0.06
"""Seconds that every request to ARM takes."""
CONNECTIONS = 10
CALLS = 5 * CONNECTIONS + 15
"""A connection's key is listed in each of three looks, and the connection read and written once. The rest is the
account's: its keys, listed in each look and with each new one, two regenerations, and finding everybody twice."""
ROUNDS = 5
MANY = 500
EACH = 2
"""Connections of each of the many."""
A_HUB = 50
"""Accounts for each hub."""
RATE = 10.0
"""How many times faster than real time the clock passes for the many."""
MOST_PASSES = 20
"""Five days of them, and a rotation takes one."""
GRACE = timedelta(hours=25)
"""A little more than the day that the soak's policy lets old keys live."""


@dataclass(frozen=True)
class _House:
    azure: AzureStandIn
    rotator: Rotator
    ledger: KeyLedger
    accounts: list[Account]

    @property
    def requests(self) -> int:
        """To ARM, of ours."""
        mine = self.azure.options.app_object_id
        return sum(r.principal == mine and r.path.startswith("/subscriptions/") for r in self.azure.ledger.requests)

    async def ask(self) -> None:
        """Somebody wants all keys renewed."""
        for account in self.accounts:
            await demand(self.ledger, account.id, Demand(Cause.REQUEST, "measured", "bench", self.azure.clock.now()))

    async def timed(self, holder: str) -> timedelta:
        """How long a pass took. Raises BenchError where Azure asked for patience."""
        began = self.azure.clock.now()
        try:
            await self.rotator.run(holder)
        except Throttled as error:
            raise BenchError(f"Azure asked for patience: {error}") from None
        return self.azure.clock.now() - began

    async def resting(self) -> int:
        """How many accounts have been rotated to the end."""
        return sum(record.phase is Phase.RESTING and not record.open for record in (await self.ledger.all()).values())


async def measure(_: Path) -> list[Result]:
    """One account, several times; then the many, once. Raises BenchError when a rotation does not come to its end."""
    return [*await _one(), *await _many()]


async def _one() -> list[Result]:
    calls, walls = [], []
    async with _house(1, CONNECTIONS) as house:
        for number in range(ROUNDS):
            await house.ask()
            before, began = house.requests, time.perf_counter()
            await house.rotator.run(f"first-{number}")
            house.azure.clock.advance(GRACE.total_seconds())
            await house.rotator.run(f"second-{number}")
            walls.append(time.perf_counter() - began)
            calls.append(float(house.requests - before))
            if await house.resting() != 1:
                raise BenchError("the rotation of one account did not come to its end in two passes")
    what = f"Rotation of one account with {CONNECTIONS} connections"
    return [
        Result(f"{what}: ARM calls", "", tuple(calls), CALLS),
        Result(f"{what}: both passes at {LATENCY * 1000:.0f} ms", "s", tuple(walls)),
    ]


async def _many() -> list[Result]:
    async with _house(MANY, MANY * EACH) as house:
        await house.ask()
        house.azure.clock.run(RATE)
        passed, busy, number = timedelta(), time.process_time(), 0
        while await house.resting() < MANY:
            if number == MOST_PASSES:
                raise BenchError(f"after {number} passes some of {MANY} accounts were not rotated")
            passed += await house.timed(f"pass-{number}")
            house.azure.clock.advance(EVERY.total_seconds())
            number += 1
        busy = time.process_time() - busy
        refused = house.azure.ledger.refused(house.azure.options.app_object_id).get(HTTPStatus.TOO_MANY_REQUESTS, 0)
    what = f"Rotation of {MANY} accounts at once"
    return [
        Result(f"{what}: refusals for too many requests (429)", "", (float(refused),), 0),
        Result(f"{what}: minutes of Azure's time in passes", "min", (passed / timedelta(minutes=1),)),
        Result(f"{what}: CPU an account, with the stand-in's", "ms", (busy / MANY * 1000,)),
    ]


@asynccontextmanager
async def _house(count: int, connections: int) -> AsyncIterator[_House]:
    chance = Random(1)  # noqa: S311 - the same each time
    async with AsyncExitStack() as closers:
        azure, rotator = await soak_world(Options(latency_seconds=LATENCY), closers, at_once=count)
        found = accounts(count)
        workspaces = fill(azure.cloud, found, max(1, count // A_HUB), azure.clock.now(), chance)
        for number in range(connections):
            account = found[number % count]
            connect(azure.cloud, chance.choice(workspaces), f"{account.id.name}-{number}", account, 1)
        await rotator.run("first sight")
        azure.clock.advance(GRACE.total_seconds())
        yield _House(azure, rotator, rotator.rotation.ledger, found)
