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
HALF = 0.5
AIMED = frozenset({"method", "path", "principal", "query"})


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
    LOST_ROWS = "lostRows"
    """A page of a cost query lacks rows, and nothing in it says so: its `nextLink` leads on as if they were there."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Requests by method, path, principal (an object id) and query; `*` and empty mean any, case does not matter.

    The query is what follows the path's question mark, decoded: the pages of a list after the first have a token there.
    The managed identity is meant only by its own path: whoever throttles Azure does not mean the way to a token.
    """

    method: str = "*"
    path: str = "*"
    principal: str = ""
    query: str = "*"

    def at(self, method: str, path: str, principal: str, query: str = "") -> bool:
        """Whether a request is meant."""
        return (
            self.method in ("*", method)
            and self.principal in ("", principal)
            and (self.query == "*" or fnmatchcase(query.casefold(), self.query.casefold()))
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
    share: float = HALF
    """Of the rows, how many are lost."""

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
    """A rule from JSON: {kind?, status?, retryAfter?, probability?, times?, share?}, and whom it means: see `aim`.

    Raises ValueError for what it cannot read.
    """
    _known(item, {*AIMED, "kind", "status", "retryAfter", "probability", "times", "share"})
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
        share=share(item, "share", HALF),
    )


def latency(item: Mapping[str, Any]) -> Latency:
    """A latency from JSON: {medianMs, sigma?, method?, path?, principal?, query?}. Raises ValueError."""
    _known(item, {*AIMED, "medianMs", "sigma"})
    return Latency(float(item.get("medianMs", 0)) / 1000, float(item.get("sigma", 0)), aim(item))


def share(item: Mapping[str, Any], name: str, default: float = 0.0) -> float:
    """A probability from JSON. Raises ValueError when it is not from 0 to 1."""
    value = float(item.get(name, default))
    if not 0 <= value <= 1:
        raise ValueError(f"'{name}' must be from 0 to 1, not {value}.")
    return value


def aim(item: Mapping[str, Any]) -> Aim:
    """Whom a fault means, from JSON: {method?, path?, principal?, query?}."""
    return Aim(
        method=str(item.get("method", "*")).upper(),
        path=str(item.get("path", "*")),
        principal=str(item.get("principal", "")),
        query=str(item.get("query", "*")),
    )


def _known(item: Mapping[str, Any], fields: set[str]) -> None:
    if unknown := set(item) - fields:
        raise ValueError(f"Unknown {sorted(unknown)} in a fault; known are {sorted(fields)}.")
