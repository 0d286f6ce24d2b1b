"""
Cost Management's pace: after an answer that says no units are left, the next request waits instead of being refused.

It allows 12 query processing units in 10 s, 60 in a minute and 600 in an hour (CONTRACTS §6). What is left comes as one
number, or by window: `QueriesPerHour:577,QueriesPerMin:59`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, override

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy

from shared.log_context import effort
from shared.ports import Clock

LEFT: Final = "x-ms-ratelimit-microsoft.costmanagement-qpu-remaining"

_WINDOW = re.compile(r"(?:(\w+)\s*:)?\s*(-?\d+)")
_SHORTEST = 10.0
_MINUTE = 60.0
_GOOD = range(200, 300)


class CostPace(AsyncHTTPPolicy[Any, Any]):
    """Holds requests back while the service has no units for them."""

    def __init__(self, clock: Clock) -> None:
        """Wait on this clock."""
        self._clock = clock
        self._not_before = 0.0

    @override
    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send, once there is room."""
        wait = self._not_before - self._clock.now().timestamp()
        if wait > 0:
            effort().waited += wait
            await self._clock.pause(wait)
        response = await self.next.send(request)
        answer = response.http_response
        # A refusal says itself how long to wait; see `retries`.
        pause = rest_after(answer.headers) if answer.status_code in _GOOD else 0.0
        self._not_before = self._clock.now().timestamp() + pause if pause else 0.0
        return response


def rest_after(headers: Mapping[str, str]) -> float:
    """
    Seconds to rest after an answer; 0 when something is left.

    A window's whole length, for nobody says when it began. An hour is not waited for: the next request is refused,
    and says when to come back.
    """
    used_up = [window.casefold() for window, left in _WINDOW.findall(headers.get(LEFT, "")) if int(left) <= 0]
    return max((_length(window) for window in used_up), default=0.0)


def _length(window: str) -> float:
    if "hour" in window:
        return 0.0
    return _MINUTE if "min" in window else _SHORTEST
