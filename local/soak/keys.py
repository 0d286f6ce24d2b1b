"""
The key soak: ninety days of rotation in a few minutes.

Clients call through every connection all the time, keys age, people add and remove connections, Azure refuses and
forgets, passes are killed half-way; and no client may ever be refused.
"""

import asyncio
import io
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import aiohttp
from rich.console import Console
from rich.progress import Progress

from local.azure.arm_ids import canonical
from local.azure.keyring import Slot
from local.azure.ledger.secrecy import secrets_logged
from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.soak.clients import Client, Clients
from local.soak.estate import Account, accounts, connect, fill
from local.soak.world import TOPIC, soak_world
from shared.engine.key_pass import Rotator
from shared.model.errors import HubwardenError
from shared.model.resource_id import ResourceId
from shared.model.tables import KEYS, TABLES

EVERY: Final = timedelta(hours=6)
"""From one pass to the next."""
HUBS: Final = 10
RATE: Final = 60.0
"""While a pass runs, the stand-in's clock goes so many times as fast as real time."""
KILLED: Final = 0.05
"""The share of passes that are killed half-way."""
COMES: Final = 0.3
"""The chance of a round that somebody adds a connection, and as often that somebody removes one."""
TOLD_EVERY: Final = 10
"""Days after which a line is printed where nobody sees a progress bar."""
SHOWN: Final = 10
"""Problems of a kind that are printed."""


@dataclass(frozen=True)
class Soak:
    """What to soak."""

    days: int = 90
    accounts: int = 50
    connections: int = 400
    faults: str = "storm"
    seed: int = 5


@dataclass
class Seen:
    """What came of it."""

    passes: int = 0
    killed: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    """Passes that ended with an error, by its kind; the next pass went on."""
    oldest: timedelta = timedelta()
    """The greatest age that a key of a governed account ever had."""
    ended: int = 0
    """Rotations that came to their end."""
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Steps by kind and result, as the rows tell."""
    secrets: list[str] = field(default_factory=list)
    """Secrets found in rows, alerts, the ledger or the log."""


def run(soak: Soak, console: Console) -> int:
    """
    Soak, print what came of it, and return 0 when all is well: no call refused, no key too old and no secret found.

    Also that no account was forgotten, where the soak is long enough for each to have been due.
    """
    began = time.monotonic()
    return asyncio.run(_run(soak, console, began))


async def _run(soak: Soak, console: Console, began: float) -> int:
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.basicConfig(level=logging.DEBUG, handlers=[handler], force=True)
    async with AsyncExitStack() as closers:
        azure, rotator = await soak_world(Options(seed=soak.seed, operation_seconds=30), closers)
        session = await closers.enter_async_context(aiohttp.ClientSession())
        clients = Clients(azure, session, Random(soak.seed))  # noqa: S311 - the same each time
        stage = _Stage(soak, azure, rotator, clients, Random(soak.seed + 1))  # noqa: S311 - the same each time
        stage.fill()
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("days", total=soak.days)

            def told(days: float) -> None:
                progress.update(task, completed=days)
                if not console.is_terminal and days % TOLD_EVERY == 0:
                    console.print(f"day {days:.0f}: {stage.clients.calls} calls, {len(stage.clients.refusals)} refused")

            await stage.play(told)
        await stage.look_for_secrets(heard)
    return _told(stage, console, time.monotonic() - began)


@dataclass
class _Stage:
    soak: Soak
    azure: AzureStandIn
    rotator: Rotator
    clients: Clients
    chance: Random
    seen: Seen = field(default_factory=Seen)
    accounts: list[Account] = field(default_factory=list)
    workspaces: list[ResourceId] = field(default_factory=list)
    _numbers: int = 0

    @property
    def most(self) -> int:
        """Days that policy lets a key live."""
        days: int = self.rotator.policy.rules["HW-KEY-010"].default.parameters["days"]
        return days

    def fill(self) -> None:
        """Everything that is there on the first day."""
        self.azure.clock.freeze()
        self.accounts = accounts(self.soak.accounts)
        self.workspaces = fill(self.azure.cloud, self.accounts, HUBS, self.azure.clock.now(), self.chance)
        for number in range(self.soak.connections):
            self._connect(self.accounts[number % len(self.accounts)], 2 if number % 10 == 0 else 1)
        self.azure.cloud.faults.choose(self.soak.faults, self.soak.seed)

    async def play(self, told: Callable[[float], None]) -> None:
        """Round after round until the days are over; after each, the days so far are told."""
        for number in range(int(timedelta(days=self.soak.days) / EVERY)):
            await self._people()
            await self._pass(f"pass-{number}")
            await self.azure.clock.elapse(EVERY.total_seconds())
            await self.clients.round()
            self._measure()
            told((number + 1) * EVERY / timedelta(days=1))

    async def _pass(self, holder: str) -> None:
        """One pass, while clients go on calling; some are killed half-way, as a host kills a worker."""
        self.azure.clock.run(RATE)
        calling = asyncio.create_task(self.clients.keep_calling())
        passing = asyncio.create_task(self.rotator.run(holder))
        if self.chance.random() < KILLED:
            await asyncio.wait([passing], timeout=self.chance.uniform(0.05, 1.0))
            self.seen.killed += not passing.done()
            passing.cancel()
        try:
            await passing
        except asyncio.CancelledError:
            pass
        except HubwardenError as error:
            self.seen.failed[type(error).__name__] += 1
        self.seen.passes += 1
        calling.cancel()
        with suppress(asyncio.CancelledError):
            await calling
        self.azure.clock.freeze()

    async def _people(self) -> None:
        """Somebody adds a connection with either key of its account; somebody removes one."""
        if self.chance.random() < COMES:
            self._connect(self.chance.choice(self.accounts), self.chance.choice((1, 2)))
        if self.chance.random() < COMES and len(self.clients.clients) > self.soak.connections:
            gone = self.clients.clients.pop(self.chance.randrange(len(self.clients.clients)))
            self.azure.state.remove(gone.connection.text)
            self.azure.state.secrets.pop(canonical(gone.connection.text), None)

    def _connect(self, account: Account, slot: Slot) -> None:
        self._numbers += 1
        name = f"{account.id.name}-{self._numbers}"
        made = connect(self.azure.cloud, self.chance.choice(self.workspaces), name, account, slot)
        self.clients.clients.append(Client(made, account))

    def _measure(self) -> None:
        now = self.azure.clock.now()
        for account in self.accounts:
            keys = self.azure.keys.live(account.id.text)
            self.seen.oldest = max(self.seen.oldest, now - keys.first.created, now - keys.second.created)

    async def look_for_secrets(self, heard: io.StringIO) -> None:
        """In every row, alert, record of the ledger and line of the log at its finest."""
        records = await self.rotator.rotation.ledger.all()
        rows = {name: self._rows(name) for name in TABLES}
        self.seen.ended = sum(record.ended is not None for record in records.values())
        steps = ((str(row["Step"]), str(row["Result"])) for row in rows[KEYS] if row["Step"] != "stands")
        self.seen.steps.update(steps)
        alerts = self.azure.topics.events(TOPIC)
        for where, text in {
            "rows": json.dumps(rows, default=str),
            "alerts": json.dumps(alerts, default=str),
            "ledger": repr(records),
            "log": heard.getvalue(),
        }.items():
            self.seen.secrets += [f"{where}: {secret}" for secret in secrets_logged(self.azure.cloud, text)]

    def _rows(self, table: str) -> list[Mapping[str, Any]]:
        answer = self.azure.cloud.tables.query(table, self.azure.clock.now(), None)
        names = [name for name, _ in answer.columns]
        return [dict(zip(names, row, strict=True)) for row in answer.rows]


def _told(stage: _Stage, console: Console, seconds: float) -> int:
    """Print what came of it, and the exit code."""
    soak, seen, clients = stage.soak, stage.seen, stage.clients
    days, oldest = stage.most, seen.oldest / timedelta(days=1)
    requests = sum(stage.azure.ledger.counts.values())
    console.print(
        f"{soak.days} days, {soak.accounts} accounts, {len(clients.clients)} connections at the end, faults "
        f"{soak.faults}, seed {soak.seed}; {seconds:.0f} s\n"
        f"passes={seen.passes} killed={seen.killed} failed={dict(seen.failed)}\n"
        f"requests={requests} struck={_named(stage.azure.cloud.faults.struck)}\n"
        f"steps={_counted(seen.steps)}\n"
        f"accounts_rotated={seen.ended} of {soak.accounts}\n"
        f"calls={clients.calls} [bold]refused={len(clients.refusals)}[/]\n"
        f"oldest_key_days={oldest:.1f} of {days}\n"
        f"secrets_found={len(seen.secrets)}",
        soft_wrap=True,
        highlight=False,
    )
    forgotten = seen.ended < soak.accounts and soak.days > days
    problems = [
        *(f"refused: {one.connection} at {one.at:%Y-%m-%d %H:%M}, {one.status}" for one in clients.refusals[:SHOWN]),
        *(f"secret in {one}" for one in seen.secrets[:SHOWN]),
        *([f"a key became {oldest:.1f} days old, and may become {days}"] if oldest > days else []),
        *([f"only {seen.ended} of {soak.accounts} accounts were rotated"] if forgotten else []),
    ]
    for problem in problems:
        console.print(problem, style="red", soft_wrap=True, highlight=False)
    console.print("soak: failed" if problems else "soak: ok", style="bold red" if problems else "bold green")
    return 1 if problems else 0


def _named(struck: Counter[str]) -> dict[str, int]:
    return {str(kind): number for kind, number in sorted(struck.items())}


def _counted(steps: Counter[tuple[str, str]]) -> dict[str, int]:
    return {f"{step} {result}": number for (step, result), number in sorted(steps.items())}
