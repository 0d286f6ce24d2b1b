"""Things that must happen at a moment of the stand-in's clock, however far it is pushed forward."""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from local.azure.clock import Clock


@dataclass(order=True, slots=True)
class Alarm:
    """What to do, and when in seconds since 1970."""

    moment: float
    number: int
    ring: Callable[[], None] = field(compare=False)


@dataclass(slots=True)
class Alarms:
    """All alarms; one task sleeps until the next."""

    clock: Clock
    _due: list[Alarm] = field(default_factory=list)
    _set: int = 0
    _sleeper: asyncio.Task[None] | None = None

    def at(self, moment: float, ring: Callable[[], None]) -> None:
        """Calls `ring` at a moment; one that has passed is due at once."""
        self._set += 1
        alarm = Alarm(moment, self._set, ring)
        heapq.heappush(self._due, alarm)
        if self._due[0] is alarm:
            self._sleep_anew()

    async def close(self) -> None:
        """Forgets every alarm."""
        self._due.clear()
        if self._sleeper:
            self._sleeper.cancel()
            await asyncio.gather(self._sleeper, return_exceptions=True)

    def _sleep_anew(self) -> None:
        if self._sleeper:
            self._sleeper.cancel()
        self._sleeper = asyncio.create_task(self._sleep())

    async def _sleep(self) -> None:
        while self._due:
            await self.clock.sleep(max(0.0, self._due[0].moment - self.clock.seconds()))
            heapq.heappop(self._due).ring()
