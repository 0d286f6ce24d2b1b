"""ARM's token buckets: per subscription, principal and kind of operation, with a global bucket per subscription.

Numbers: CONTRACTS 7 (reads 250 + 25/s, writes and deletes 200 + 10/s, global 15 times that). A POST counts as a write,
listKeys too; what lies in no subscription counts for the tenant. Other services ask for `quota` buckets of their own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from local.azure.arm.errors import ArmError
from local.azure.clock import Clock

KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
SIZES = {"reads": (250.0, 25.0), "writes": (200.0, 10.0), "deletes": (200.0, 10.0)}
GLOBAL_FACTOR = 15
GRAPH_QUERIES = 15
GRAPH_WINDOW_SECONDS = 5.0


@dataclass(slots=True)
class Bucket:
    """Tokens that come back at a steady rate."""

    size: float
    per_second: float
    moment: float
    tokens: float

    def holds(self, now: float, amount: float = 1) -> bool:
        """Whether there are so many tokens by now."""
        self.tokens = min(self.size, self.tokens + (now - self.moment) * self.per_second)
        self.moment = now
        return self.tokens >= amount

    def take(self, now: float, amount: float = 1) -> bool:
        """Takes tokens if there are so many."""
        if not self.holds(now, amount):
            return False
        self.tokens -= amount
        return True

    def wait_seconds(self, amount: float = 1) -> int:
        """Whole seconds until there are so many tokens, at least one: what Retry-After says."""
        return max(1, math.ceil((amount - self.tokens) / self.per_second))


@dataclass(frozen=True, slots=True)
class Amount:
    """What a call takes from a quota of `size` in each `window_seconds`."""

    taken: float
    size: float
    window_seconds: float


@dataclass(slots=True)
class Throttle:
    """All buckets of one tenant; `enforced` False counts and tells, but never refuses."""

    clock: Clock
    enforced: bool
    _buckets: dict[tuple[str, str, str], Bucket] = field(default_factory=dict)

    def charge(self, method: str, subscription: str, principal: str) -> dict[str, str]:
        """Takes a token for one request and tells the remaining ones as headers; raises ArmError 429."""
        kind = KINDS.get(method, "writes")
        size, rate = SIZES[kind]
        now = self.clock.seconds()
        own = self._bucket((kind, subscription, principal), size, rate, now)
        whole = self._bucket((kind, subscription, ""), size * GLOBAL_FACTOR, rate * GLOBAL_FACTOR, now)
        empty = [bucket for bucket in (own, whole) if not bucket.holds(now)]
        if empty and self.enforced:
            raise _too_many(kind, subscription, max(bucket.wait_seconds() for bucket in empty))
        for bucket in (own, whole):
            bucket.take(now)
        of = f"x-ms-ratelimit-remaining-{'subscription' if subscription else 'tenant'}"
        return {f"{of}-{kind}": str(int(own.tokens)), f"{of}-global-{kind}": str(int(whole.tokens))}

    def charge_graph(self, principal: str) -> dict[str, str]:
        """Resource Graph's own quota, 15 queries in 5 seconds per user; raises ArmError 429."""
        now = self.clock.seconds()
        bucket = self._bucket(("graph", "", principal), GRAPH_QUERIES, GRAPH_QUERIES / GRAPH_WINDOW_SECONDS, now)
        granted = bucket.take(now)
        resets = math.ceil((bucket.size - bucket.tokens) / bucket.per_second)
        headers = {
            "x-ms-user-quota-remaining": str(int(bucket.tokens)),
            "x-ms-user-quota-resets-after": f"00:00:{resets:02d}",
        }
        if not granted and self.enforced:
            raise ArmError(
                429, "RateLimiting", "Please provide below info when asking for support: quota exceeded.", headers
            )
        return headers

    def quota(self, name: str, amounts: Sequence[Amount]) -> int:
        """Takes from all of a service's buckets or from none: 0 when granted, else the whole seconds to wait."""
        now = self.clock.seconds()
        buckets = [
            (self._bucket((name, str(place), ""), one.size, one.size / one.window_seconds, now), one.taken)
            for place, one in enumerate(amounts)
        ]
        waits = [bucket.wait_seconds(taken) for bucket, taken in buckets if not bucket.holds(now, taken)]
        if waits and self.enforced:
            return max(waits)
        for bucket, taken in buckets:
            bucket.take(now, taken)
        return 0

    def _bucket(self, key: tuple[str, str, str], size: float, rate: float, now: float) -> Bucket:
        return self._buckets.setdefault(key, Bucket(size, rate, now, size))


def _too_many(kind: str, subscription: str, seconds: int) -> ArmError:
    whose = f"subscription '{subscription}'" if subscription else "the tenant"
    return ArmError(
        429,
        "SubscriptionRequestsThrottled" if subscription else "TenantRequestsThrottled",
        f"Number of '{kind}' for {whose} exceeded the limit. Please try again after "
        f"'{seconds}' seconds after additional tokens are available.",
        {"Retry-After": str(seconds)},
    )
