"""
The pace of writes to Resource Manager: a write waits for room instead of being refused.

Azure lets an identity write 200 times to a subscription at once, then ten times a second, and counts each list of keys
as a write (CONTRACTS §7). A tenth of that is left to others, and what an answer says is left counts, for the app may
run in several processes. Whoever is refused all the same waits as `retries` says.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.log_context import effort
from shared.ports import Clock

AT_ONCE: Final = 180.0
A_SECOND: Final = 9.0
LEFT: Final = "x-ms-ratelimit-remaining-subscription-writes"

_SHORTEST: Final = 0.001
"""Seconds: a clock counts no less than microseconds, and a shorter wait might never end."""
_SUBSCRIPTION: Final = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_READS: Final = frozenset({"GET", "HEAD"})


@dataclass
class _Bucket:
    """Room for writes that comes back at a steady rate."""

    at: float
    room: float = AT_ONCE
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Whoever came first waits in it, and the others for it."""

    def wait(self, now: float) -> float:
        """Seconds until there is room for one; it is taken when there is."""
        self.room = min(AT_ONCE, self.room + max(0.0, now - self.at) * A_SECOND)
        self.at = now
        if self.room < 1:
            return (1 - self.room) / A_SECOND
        self.room -= 1
        return 0.0


class WritePace:
    """Lets writes through at the pace of each subscription, in the order they came; none waits for another's."""

    def __init__(self, clock: Clock) -> None:
        """Wait on this clock."""
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    async def wait(self, method: str, path: str) -> None:
        """Return when a request may be sent: at once for a read, and for what lies in no subscription."""
        subscription = _subscription(method, path)
        if subscription is None:
            return
        bucket = self._buckets.setdefault(subscription, _Bucket(self._now()))
        async with bucket.turn:
            while wait := bucket.wait(self._now()):
                effort().waited += wait
                await self._clock.pause(max(wait, _SHORTEST))

    def told(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Learn from an answer how much room Azure has left."""
        subscription, left = _subscription(method, path), headers.get(LEFT, "")
        if subscription in self._buckets and left.isdecimal():
            bucket = self._buckets[subscription]
            bucket.room = min(bucket.room, float(left))

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _subscription(method: str, path: str) -> str | None:
    found = None if method in _READS else _SUBSCRIPTION.match(path)
    return None if found is None else found[1].casefold()
