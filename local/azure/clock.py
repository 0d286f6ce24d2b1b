"""The stand-in's one clock: real time that a test or the demo may push forward.

Every part asks it, so ninety days of key ageing pass for tokens, throttling, operations and retries alike.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Wall time plus what `advance` added to it."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """The current time, in UTC."""
        return datetime.fromtimestamp(time.time_ns() / 1e9, UTC) + self._offset

    def seconds(self) -> float:
        """The current time in seconds since 1970."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> None:
        """Moves the clock forward and wakes every sleeper whose time has come."""
        if seconds < 0:
            raise ValueError(f"A clock moves forward only; got {seconds} s.")
        self._offset += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Returns once `seconds` have passed on this clock."""
        due = self.now() + timedelta(seconds=seconds)
        while (left := (due - self.now()).total_seconds()) > 0:
            try:
                await asyncio.wait_for(self._moved.wait(), left)
            except TimeoutError:
                continue


def timestamp(moment: datetime) -> str:
    """A time as ARM writes it in `systemData`: seven fractional digits and `Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"
