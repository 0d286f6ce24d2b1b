"""The stand-in's one clock: real time that a test or the demo may push forward, slow down, speed up or freeze.

Every part asks it and sleeps on it, so ninety days of key ageing pass for tokens, throttling, operations and retries
alike. `advance` jumps; `elapse` lets each timer on the way fire at its own moment, and those that they start in turn.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

SETTLE_SECONDS = 5.0
"""Real seconds that `elapse` waits for work it has woken, such as a slow webhook, before time goes on."""


@dataclass(order=True, slots=True)
class Sleeper:
    """Somebody who wants to be woken at `due`, in seconds since 1970."""

    due: float
    number: int
    woken: asyncio.Future[None] = field(compare=False)


class Clock:
    """Wall time plus what `advance` added to it, passing `rate` times as fast."""

    def __init__(self) -> None:
        self._base = time.time_ns() / 1e9
        self._since = time.monotonic()
        self._rate = 1.0
        self._sleepers: list[Sleeper] = []
        self._numbers = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._asleep: set[asyncio.Task[None] | None] = set()
        self._rest = asyncio.Event()

    def now(self) -> datetime:
        """The current time, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def seconds(self) -> float:
        """The current time in seconds since 1970."""
        return self._base + (time.monotonic() - self._since) * self._rate

    @property
    def rate(self) -> float:
        """How many of its seconds pass in a real one; 0 while frozen."""
        return self._rate

    def advance(self, seconds: float) -> None:
        """Jumps forward and wakes every sleeper whose time has come; what they sleep next counts from here."""
        self._jump(self._moment_in(seconds))

    async def elapse(self, seconds: float) -> None:
        """Lets time pass: every timer up to then fires at its own moment, also those that a timer starts."""
        end = self._moment_in(seconds)
        await self._settle()
        while (due := self._next()) is not None and due <= end:
            self._jump(due)
            await self._settle()
        self._jump(end)
        await self._settle()

    def freeze(self) -> None:
        """Stops the clock: until `run`, only `advance` and `elapse` move it."""
        self._run(0.0)

    def run(self, rate: float = 1.0) -> None:
        """Lets it pass `rate` times as fast as real time."""
        if rate <= 0:
            raise ValueError(f"A clock runs at more than 0 times real time, not {rate}; `freeze` stops it.")
        self._run(rate)

    async def sleep(self, seconds: float) -> None:
        """Returns once `seconds` have passed on this clock."""
        if seconds <= 0:
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, Sleeper(self.seconds() + seconds, next(self._numbers), woken))
        self._set_alarm()
        task = asyncio.current_task()
        self._asleep.add(task)
        self._rest.set()
        try:
            await woken
        finally:
            self._asleep.discard(task)

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Runs work beside requests that sleeps on this clock; `elapse` waits until it sleeps again or is done."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._rest.set()

    def _run(self, rate: float) -> None:
        self._base, self._since = self.seconds(), time.monotonic()
        self._rate = rate
        self._set_alarm()

    def _moment_in(self, seconds: float) -> float:
        if seconds < 0:
            raise ValueError(f"A clock moves forward only; got {seconds} s.")
        return self.seconds() + seconds

    def _jump(self, moment: float) -> None:
        """To a moment, never back: real time may have passed it meanwhile."""
        self._base += max(0.0, moment - self.seconds())
        self._wake()

    def _next(self) -> float | None:
        """When the next sleeper is due; those who were cancelled are forgotten."""
        while self._sleepers and self._sleepers[0].woken.done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0].due if self._sleepers else None

    def _wake(self) -> None:
        while (due := self._next()) is not None and due <= self.seconds():
            sleeper = heapq.heappop(self._sleepers)
            sleeper.woken.set_result(None)
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        due = self._next()
        if due is not None and self._rate > 0:
            left = max(0.0, due - self.seconds()) / self._rate
            self._alarm = self._sleepers[0].woken.get_loop().call_later(left, self._wake)

    async def _settle(self) -> None:
        """Waits until all started work sleeps on this clock or is done."""
        await asyncio.sleep(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while not self._tasks <= self._asleep:
                    self._rest.clear()
                    await self._rest.wait()


def timestamp(moment: datetime) -> str:
    """A time as ARM writes it in `systemData`: seven fractional digits and `Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"
