"""ARM's token buckets: per subscription, principal and kind of operation, with a global bucket per subscription.

Numbers: CONTRACTS 7 (reads 250 + 25/s, writes and deletes 200 + 10/s, global 15 times that). A POST counts as a write.
"""

import math
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

    def take(self, now: float) -> bool:
        """Takes one token if there is one."""
        self.tokens = min(self.size, self.tokens + (now - self.moment) * self.per_second)
        self.moment = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def wait_seconds(self) -> int:
        """Whole seconds until the next token, at least one: what Retry-After says."""
        return max(1, math.ceil((1 - self.tokens) / self.per_second))


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
        for bucket in (own, whole):
            if not bucket.take(now) and self.enforced:
                raise _too_many(kind, subscription, bucket.wait_seconds())
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

    def _bucket(self, key: tuple[str, str, str], size: float, rate: float, now: float) -> Bucket:
        return self._buckets.setdefault(key, Bucket(size, rate, now, size))


def _too_many(kind: str, subscription: str, seconds: int) -> ArmError:
    return ArmError(
        429,
        "SubscriptionRequestsThrottled",
        f"Number of '{kind}' for subscription '{subscription}' exceeded the limit. Please try again after "
        f"'{seconds}' seconds after additional tokens are available.",
        {"Retry-After": str(seconds)},
    )
