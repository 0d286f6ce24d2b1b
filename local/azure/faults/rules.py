"""Rules: which requests meet which fault, how surely, and for how long. Read from JSON, told back as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web

from local.azure.arm.errors import ArmError
from local.azure.faults.fates import log_normal

CODES = {
    403: "AuthorizationFailed",
    409: "AnotherOperationInProgress",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServerBusy",
}
THROTTLED = 429
IDENTITY = "/msi/token"


class Kind(StrEnum):
    """What becomes of a request that a rule strikes."""

    REFUSE = "refuse"
    """It is answered with an error status and has no effect."""
    RESET = "reset"
    """The connection breaks before the request has an effect."""
    LOST_ANSWER = "lostAnswer"
    """The request has its effect, then the connection breaks."""
    TRUNCATE = "truncate"
    """The request has its effect, then the connection breaks in the middle of the answer."""
    EDIT = "edit"
    """Right after the answer somebody else edits the resource that was read."""
    DELETE = "delete"
    """Right after the answer somebody else deletes the resource that was read."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Requests by method, path and principal (an object id); `*` and empty mean any, path case does not matter.

    The managed identity is meant only by its own path: whoever throttles Azure does not mean the way to a token.
    """

    method: str = "*"
    path: str = "*"
    principal: str = ""

    def at(self, method: str, path: str, principal: str) -> bool:
        """Whether a request is meant."""
        return (
            self.method in ("*", method)
            and self.principal in ("", principal)
            and (path != IDENTITY if self.path == "*" else fnmatchcase(path.casefold(), self.path.casefold()))
        )


ALL = Aim()


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault for the requests it aims at."""

    kind: Kind
    aim: Aim = ALL
    status: int = 0
    retry_after: int | None = None
    probability: float = 1.0
    times: int | None = None
    """How often it strikes at most; None: always."""

    def refusal(self) -> ArmError:
        """The error it answers, with Retry-After when told or when the status is 429."""
        seconds = 1 if self.retry_after is None and self.status == THROTTLED else self.retry_after
        headers = {} if seconds is None else {"Retry-After": str(seconds)}
        return ArmError(self.status, CODES[self.status], f"Planned fault: {self.status}.", headers)


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds that requests wait before anything else: fixed, or log-normal about a median."""

    median: float
    sigma: float = 0.0
    aim: Aim = ALL

    def seconds(self, luck: float) -> float:
        """How long one request waits."""
        return log_normal(self.median, self.sigma, luck)


PLANNED = web.RequestKey("planned", Rule)
"""Where a request carries the refusal that ARM is to answer in its own shape."""


def rule(item: Mapping[str, Any], *, times: int | None = 1) -> Rule:
    """A rule from JSON: {kind?, method?, path?, principal?, status?, retryAfter?, probability?, times?}.

    Raises ValueError for what it cannot read.
    """
    _known(item, {"kind", "method", "path", "principal", "status", "retryAfter", "probability", "times"})
    kind = Kind(item.get("kind", Kind.REFUSE))
    status = item.get("status")
    if kind is Kind.REFUSE and status not in CODES:
        raise ValueError(f"A fault's 'status' must be one of {sorted(CODES)}, not {status!r}.")
    given = item.get("times", times)
    return Rule(
        kind=kind,
        aim=aim(item),
        status=int(status or 0),
        retry_after=item.get("retryAfter"),
        probability=share(item, "probability", 1.0),
        times=None if given is None else int(given),
    )


def latency(item: Mapping[str, Any]) -> Latency:
    """A latency from JSON: {medianMs, sigma?, method?, path?, principal?}. Raises ValueError."""
    _known(item, {"medianMs", "sigma", "method", "path", "principal"})
    return Latency(float(item.get("medianMs", 0)) / 1000, float(item.get("sigma", 0)), aim(item))


def share(item: Mapping[str, Any], name: str, default: float = 0.0) -> float:
    """A probability from JSON. Raises ValueError when it is not from 0 to 1."""
    value = float(item.get(name, default))
    if not 0 <= value <= 1:
        raise ValueError(f"'{name}' must be from 0 to 1, not {value}.")
    return value


def aim(item: Mapping[str, Any]) -> Aim:
    """Whom a fault means, from JSON: {method?, path?, principal?}."""
    return Aim(
        method=str(item.get("method", "*")).upper(),
        path=str(item.get("path", "*")),
        principal=str(item.get("principal", "")),
    )


def _known(item: Mapping[str, Any], fields: set[str]) -> None:
    if unknown := set(item) - fields:
        raise ValueError(f"Unknown {sorted(unknown)} in a fault; known are {sorted(fields)}.")
