"""Faults by plan: latency on every ARM request, and refusals for the next requests that match."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from local.azure.arm.errors import ArmError
from local.azure.clock import Clock

CODES = {
    403: "AuthorizationFailed",
    409: "AnotherOperationInProgress",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServerBusy",
}


@dataclass(slots=True)
class Fault:
    """The next `times` requests that match are answered with `status`."""

    method: str
    path: str
    status: int
    times: int
    retry_after: int | None

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is meant; the path is a glob and case does not matter."""
        meant = self.method in ("*", method)
        return self.times > 0 and meant and fnmatchcase(path.casefold(), self.path.casefold())

    def refusal(self) -> ArmError:
        """The error it answers, with Retry-After when told or when the status is 429."""
        seconds = 1 if self.retry_after is None and self.status == 429 else self.retry_after  # noqa: PLR2004 - HTTP
        headers = {} if seconds is None else {"Retry-After": str(seconds)}
        return ArmError(self.status, CODES[self.status], f"Planned fault: {self.status}.", headers)


@dataclass(slots=True)
class Faults:
    """The plan in force."""

    clock: Clock
    latency_seconds: float = 0.0
    _planned: list[Fault] = field(default_factory=list)

    def plan(self, document: Mapping[str, Any]) -> None:
        """Adds to the plan from JSON: `latencyMs`, and `next`: [{method, path, status, times, retryAfter}].

        Raises ValueError for what it cannot read.
        """
        planned = [_fault(item) for item in document.get("next", [])]
        if unknown := set(document) - {"latencyMs", "next"}:
            raise ValueError(f"Unknown fault {sorted(unknown)}; known are 'latencyMs' and 'next'.")
        self.latency_seconds = float(document.get("latencyMs", self.latency_seconds * 1000)) / 1000
        self._planned += planned

    def clear(self) -> None:
        """Ends every fault."""
        self._planned.clear()
        self.latency_seconds = 0.0

    async def strike(self, method: str, path: str) -> None:
        """Waits the latency, then raises the planned refusal of a request, if there is one."""
        if self.latency_seconds:
            await self.clock.sleep(self.latency_seconds)
        for fault in self._planned:
            if fault.matches(method, path):
                fault.times -= 1
                raise fault.refusal()


def _fault(item: Mapping[str, Any]) -> Fault:
    status = item.get("status")
    if status not in CODES:
        raise ValueError(f"A fault's 'status' must be one of {sorted(CODES)}, not {status!r}.")
    return Fault(
        method=str(item.get("method", "*")).upper(),
        path=str(item.get("path", "*")),
        status=status,
        times=int(item.get("times", 1)),
        retry_after=item.get("retryAfter"),
    )
