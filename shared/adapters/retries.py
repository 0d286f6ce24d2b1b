"""
Retries with an end: no call to Azure may hold an invocation longer than `PATIENCE` seconds by waiting.

azure-core's own policy sleeps through any Retry-After, ten times over. Here a wait that would pass the budget is not
begun: the 429 goes back to the caller, becomes Throttled, and the queue delivers the message again later. Everything
Hubwarden sends may be sent twice, so the method does not matter.
"""

import asyncio
import re
from collections.abc import Mapping
from random import SystemRandom
from typing import Any, Final, override

from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy

PATIENCE: Final = 20.0
"""Seconds that one call may take with all its waits before it is given up."""
TRIES: Final = 4

_RETRIED: Final = frozenset({408, 429, 500, 502, 503, 504})
_FIRST_BACKOFF = 0.4
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """
    How long Azure asks us to wait, in seconds; None when it does not say.

    Resource Graph says it as `x-ms-user-quota-resets-after: 00:00:05` (CONTRACTS §11), all others as Retry-After.
    """
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        clock = _CLOCK.fullmatch(headers.get("x-ms-user-quota-resets-after", ""))
        return (
            sum(int(part) * unit for part, unit in zip(clock.groups(), (3600, 60, 1), strict=True)) if clock else None
        )


class BoundedRetry(AsyncHTTPPolicy[Any, Any]):
    """Tries again after 408, 429, 5xx and broken connections while the budget lasts; then hands on what it got."""

    def __init__(self, budget: float = PATIENCE) -> None:
        """Spend at most `budget` seconds on a call, from its first byte to the begin of its last try."""
        self._budget = budget
        self._jitter = SystemRandom().uniform

    @override
    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send until there is an answer to keep, or no time to wait for a better one."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._budget
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            wait = self._backoff(attempt)
            try:
                response = await self.next.send(request)
            except (ServiceRequestError, ServiceResponseError):
                if last or loop.time() + wait > end:
                    raise
            else:
                answer = response.http_response
                asked = retry_after(answer.headers)
                wait = wait if asked is None else asked
                if last or answer.status_code not in _RETRIED or loop.time() + wait > end:
                    return response
            await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _backoff(self, attempt: int) -> float:
        return self._jitter(0.5, 1.0) * _FIRST_BACKOFF * (1 << attempt)
