"""
The stage that the measurements of events play on, with an estate that gives no cause for a write.

Each hub has been swept once before anything is measured, as in Azure: the index from resources to hubs is filled.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import estate
from bench.result import BenchError
from local.azure.options import APP_OBJECT_ID
from local.stage import Stage, StageOptions

PATIENCE = 30.0
POLICY = Path(__file__).resolve().parent / "policy"
"""The shipped rules with every fix approved, so that each kind of event has one to measure."""
_LOOK_EVERY = 0.05
_STILL = 6
"""Looks in a row that must find nothing going on."""
_GRAPH = "/providers/Microsoft.ResourceGraph/resources"


@dataclass(frozen=True)
class Calls:
    """The requests to ARM that the app made over some time."""

    requests: tuple[dict[str, Any], ...]

    @property
    def writes(self) -> tuple[dict[str, Any], ...]:
        """Those that change a resource; Resource Graph is asked by POST and changes none."""
        return tuple(r for r in self.requests if r["method"] != "GET" and r["path"] != _GRAPH)

    @property
    def reads(self) -> int:
        """How many of them read."""
        return len(self.requests) - len(self.writes)


class Ground(Stage):
    """A stage with hubs of `bench.estate`, and an eye on what the app does."""

    def __init__(self, workshop: Path, hubs: int) -> None:
        """Play in a folder, with so many hubs."""
        workshop.mkdir(parents=True, exist_ok=True)
        file = workshop / "estate.json"
        estate.write(file, hubs, flawed=False)
        super().__init__(StageOptions(directory=workshop, estate=file, subscription=estate.SUBSCRIPTION, policy=POLICY))
        self.hubs = [estate.Names(number) for number in range(hubs)]

    async def sweep(self) -> None:
        """Let the app look at every hub. Raises BenchError when it writes, for then the numbers would mean little."""
        before = await self.counts()
        await self.invoke("sweep")

        async def swept() -> bool:
            return (await self.counts())["answered"] - before["answered"] >= len(self.hubs)

        await until("the first sweep", swept)
        if written := (await self.calls()).writes:
            raise BenchError(f"the estate was meant to comply, yet the app wrote: {written[0]}")

    async def counts(self) -> dict[str, int]:
        """What the app has counted since it started."""
        counted: dict[str, int] = (await self.get("health"))["this_instance"]
        return counted

    async def calls(self, since: int = 0) -> Calls:
        """The app's requests to ARM, from an entry of the ledger on."""
        return Calls(tuple(r for r in (await self.ledger())[since:] if _is_ours(r)))

    async def ledger(self) -> list[dict[str, Any]]:
        """Every request that the stand-in has answered."""
        answered: list[dict[str, Any]] = (await self.standin("GET", "ledger"))["requests"]
        return answered

    async def quiet(self, before: Mapping[str, int], events: int) -> None:
        """Wait until so many events have come in since a count, all are answered, and nothing moves any more."""
        still = 0

        async def unmoved() -> bool:
            nonlocal still
            pending, counts = (await self.standin("GET", "events"))["pending"], await self.counts()
            new = {name: counts[name] - before[name] for name in counts}
            busy = pending or new["received"] < events or new["answered"] < new["queued"]
            still = 0 if busy else still + 1
            return still >= _STILL

        await until("the app to be done", unmoved)


async def until(what: str, look: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again until it is so. Raises BenchError naming what was waited for."""
    end = time.monotonic() + PATIENCE
    while not await look():
        if time.monotonic() > end:
            raise BenchError(f"waited {PATIENCE:.0f} s for {what}, and it did not happen")
        await asyncio.sleep(_LOOK_EVERY)


def _is_ours(request: dict[str, Any]) -> bool:
    path = str(request["path"])
    return request["principal"] == APP_OBJECT_ID and path.startswith(("/subscriptions/", _GRAPH))
