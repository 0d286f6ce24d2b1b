"""Cost Management's own throttle: query processing units in three windows at once, per client type (CONTRACTS 6).

A refusal says how long to wait in headers of its own and has no Retry-After.
"""

import math
from collections import deque
from dataclasses import dataclass, field

from local.azure.arm.errors import ArmError
from local.azure.clock import Clock

WINDOWS = ((10, 12), (60, 60), (3600, 600))
"""Seconds, and how many units they allow."""
PREFIX = "x-ms-ratelimit-microsoft.costmanagement"


@dataclass(slots=True)
class QueryUnits:
    """When each client last spent its units; one query costs one."""

    clock: Clock
    enforced: bool
    _spent: dict[tuple[str, str], deque[float]] = field(default_factory=dict[tuple[str, str], deque[float]])

    def charge(self, client: str, client_type: str) -> dict[str, str]:
        """Spends a unit and tells what is left as headers; raises ArmError 429 when a window is used up.

        `client_type` is the request's header of that name: what calls itself otherwise has units of its own.
        """
        now = self.clock.seconds()
        spent = self._spent.setdefault((client, client_type.casefold()), deque())
        while spent and now - spent[0] >= WINDOWS[-1][0]:
            spent.popleft()
        left = [allowed - sum(now - moment < seconds for moment in spent) for seconds, allowed in WINDOWS]
        waits = [
            math.ceil(seconds - (now - spent[-allowed]))
            for (seconds, allowed), room in zip(WINDOWS, left, strict=True)
            if room <= 0
        ]
        if waits and self.enforced:
            wait = str(max(1, *waits))
            headers = {f"{PREFIX}-qpu-retry-after": wait, f"{PREFIX}-clienttype-retry-after": wait}
            raise ArmError(429, "429", "Too many requests. Please retry.", headers)
        spent.append(now)
        return {f"{PREFIX}-qpu-consumed": "1", f"{PREFIX}-qpu-remaining": str(max(0, min(left) - 1))}
