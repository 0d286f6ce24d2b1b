"""
Retries with an end: no call to Azure may hold an invocation longer by waiting than its budget, `PATIENCE` seconds.

azure-core's own policy sleeps through any Retry-After, ten times over. Here a wait that would pass the budget is not
begun: the 429 goes back to the caller, becomes Throttled, and the queue delivers the message again later. What
Hubwarden sends may be sent twice, so the method does not matter; what may not says so with `ONCE`.
"""

import re
from collections.abc import Mapping
from random import SystemRandom
from typing import Any, Final, override

from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy

from shared.adapters.clock import SystemClock
from shared.log_context import effort
from shared.ports import Clock

PATIENCE: Final = 20.0
"""Seconds that one call may take with all its waits before it is given up; few services are worth more."""
TRIES: Final = 4
ONCE: Final = "hubwarden_once"
"""The option of a request that is never sent again, whatever comes of it."""

_RETRIED: Final = frozenset({408, 429, 500, 502, 503, 504})
_TOO_MANY: Final = 429
_FIRST_BACKOFF = 0.4
_ASKED = re.compile(r"retry-after|x-ms-ratelimit-microsoft\.(costmanagement|consumption)-([a-z]+-)*retry-after")
_RESETS_AFTER = re.compile(r"(\d+):(\d\d):(\d\d)")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """
    How long Azure asks us to wait, in seconds; None when it does not say.

    It says so as Retry-After; Cost Management and Consumption as one header for each of their buckets, such as
    `x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after`, of which the longest counts (CONTRACTS §6); Resource
    Graph as `x-ms-user-quota-resets-after: 00:00:05` (§11).
    """
    asked = [_seconds(value) for name, value in headers.items() if _ASKED.fullmatch(name.lower())]
    told = [seconds for seconds in asked if seconds is not None]
    return max(told) if told else _until_reset(headers.get("x-ms-user-quota-resets-after", ""))


def _seconds(text: str) -> float | None:
    try:
        return max(0.0, float(text))
    except ValueError:
        return None


def _until_reset(text: str) -> float | None:
    clock = _RESETS_AFTER.fullmatch(text)
    return sum(int(part) * unit for part, unit in zip(clock.groups(), (3600, 60, 1), strict=True)) if clock else None


class BoundedRetry(AsyncHTTPPolicy[Any, Any]):
    """Tries again after 408, 429, 5xx and broken connections while the budget lasts; then hands on what it got."""

    def __init__(self, budget: float = PATIENCE, clock: Clock | None = None) -> None:
        """Spend at most `budget` seconds on a call, from its first byte to the begin of its last try."""
        self._budget = budget
        self._clock = clock or SystemClock()
        self._jitter = SystemRandom().uniform

    @override
    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send until there is an answer to keep, or no time to wait for a better one."""
        end = self._now() + self._budget
        tries = 1 if request.context.options.pop(ONCE, False) else TRIES
        for attempt in range(tries):
            last = attempt == tries - 1
            wait = self._backoff(attempt)
            effort().calls += 1
            try:
                response = await self.next.send(request)
            except (ServiceRequestError, ServiceResponseError):
                if last or self._now() + wait > end:
                    raise
            else:
                answer = response.http_response
                effort().throttled += answer.status_code == _TOO_MANY
                asked = retry_after(answer.headers)
                wait = wait if asked is None else asked
                if last or answer.status_code not in _RETRIED or self._now() + wait > end:
                    return response
            effort().waited += wait
            await self._clock.pause(wait)
        raise AssertionError("the last try returns or raises")

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _backoff(self, attempt: int) -> float:
        return self._jitter(0.5, 1.0) * _FIRST_BACKOFF * (1 << attempt)
