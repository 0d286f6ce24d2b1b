"""
The pace of requests to Resource Manager: one waits for room instead of being refused.

Azure lets an identity read 250 times in a subscription at once, then 25 times a second, and write 200 times, then ten
times a second; it counts each list of keys as a write (CONTRACTS §7). A tenth of that is left to others, and what an
answer says is left counts, for the app may run in several processes. Whoever is refused all the same waits as `retries`
says.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.log_context import effort
from shared.ports import Clock


@dataclass(frozen=True)
class Allowance:
    """What Azure takes of one kind of request in one subscription, less a tenth."""

    at_once: float
    a_second: float
    left: str
    """The header that says how much more it would take."""


READS: Final = Allowance(225.0, 22.5, "x-ms-ratelimit-remaining-subscription-reads")
WRITES: Final = Allowance(180.0, 9.0, "x-ms-ratelimit-remaining-subscription-writes")

_SHORTEST: Final = 0.001
"""Seconds: a clock counts no less than microseconds, and a shorter wait might never end."""
_SUBSCRIPTION: Final = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_READ_BY: Final = frozenset({"GET", "HEAD"})


@dataclass
class _Bucket:
    """Room for requests that comes back at a steady rate."""

    allowance: Allowance
    at: float
    room: float = field(init=False)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Whoever came first waits in it, and the others for it."""

    def __post_init__(self) -> None:
        self.room = self.allowance.at_once

    def wait(self, now: float) -> float:
        """Seconds until there is room for one; it is taken when there is."""
        rate = self.allowance.a_second
        self.room = min(self.allowance.at_once, self.room + max(0.0, now - self.at) * rate)
        self.at = now
        if self.room < 1:
            return (1 - self.room) / rate
        self.room -= 1
        return 0.0


class Pace:
    """Lets reads and writes through at the pace of each subscription, in the order they came; apart from each other."""

    def __init__(self, clock: Clock) -> None:
        """Wait on this clock."""
        self._clock = clock
        self._buckets: dict[tuple[str, Allowance], _Bucket] = {}

    async def wait(self, method: str, path: str) -> None:
        """Return when a request may be sent: at once for what lies in no subscription."""
        key = _key(method, path)
        if key is None:
            return
        bucket = self._buckets.setdefault(key, _Bucket(key[1], self._now()))
        async with bucket.turn:
            while wait := bucket.wait(self._now()):
                effort().waited += wait
                await self._clock.pause(max(wait, _SHORTEST))

    def told(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Learn from an answer how much room Azure has left."""
        key = _key(method, path)
        if key not in self._buckets:
            return
        left = headers.get(key[1].left, "")
        if left.isdecimal():
            self._buckets[key].room = min(self._buckets[key].room, float(left))

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _key(method: str, path: str) -> tuple[str, Allowance] | None:
    """Whose room a request takes; None for what lies in no subscription."""
    found = _SUBSCRIPTION.match(path)
    return None if found is None else (found[1].casefold(), READS if method in _READ_BY else WRITES)
