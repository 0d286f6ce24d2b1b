"""
What Azure has only accepted (202): where it tells how that ended, and what it tells (CONTRACTS §7).

Azure ML names two places. `Azure-AsyncOperation` answers 200 with a status; `Location` answers 202 while it goes on,
200 or 204 at the end. Both are signed links of about 3 KB, and are asked for as they came. The first is preferred, for
only it is known to tell of a failure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from azure.core.rest import AsyncHttpResponse

from shared.adapters.arm_wire import own_link
from shared.adapters.retries import retry_after
from shared.model.cleaned import cleaned
from shared.model.errors import Rejected, Unsure
from shared.model.facts import Json

_ACCEPTED: Final = 202
_DONE: Final = frozenset({"", "succeeded"})
"""What a place says at the end; `Location` has no status, or the resource's own document."""
_FAILED: Final = frozenset({"failed", "canceled", "cancelled"})


@dataclass(frozen=True)
class Operation:
    """A write that Azure has accepted and not ended yet."""

    link: str = field(repr=False)
    """Where its end will be told; whoever has it may ask."""
    wait: float | None = None
    """How long Azure asks us to wait before we ask, in seconds; None where it does not say."""


def accepted(response: AsyncHttpResponse, endpoint: str, doing: str) -> Operation | None:
    """
    What a good answer to a write leaves open; None for nothing.

    Raises Unsure for an answer that does not say where the end is told, or names another host than our own.
    """
    if response.status_code != _ACCEPTED:
        return None
    headers = response.headers
    return _operation(headers.get("Azure-AsyncOperation") or headers.get("Location"), headers, endpoint, doing)


def still_open(
    before: Operation, response: AsyncHttpResponse, document: Json, endpoint: str, doing: str
) -> Operation | None:
    """
    What is open after one look; None once it ended well.

    Raises Rejected when it failed, Unsure as `accepted` does.
    """
    status = str(document.get("status") or "").casefold()
    if status in _FAILED:
        raise Rejected(f"{doing}: Azure accepted it and then it {status}{_why(document)}")
    if response.status_code != _ACCEPTED and status in _DONE:
        return None
    moved = "" if status else response.headers.get("Location")
    return _operation(moved or before.link, response.headers, endpoint, doing)


def _operation(link: str | None, headers: Mapping[str, str], endpoint: str, doing: str) -> Operation:
    if not link:
        raise Unsure(f"{doing}: Azure accepted it and does not say where its end is told")
    try:
        return Operation(own_link(link, endpoint, doing), retry_after(headers))
    except Rejected:
        raise Unsure(f"{doing}: Azure accepted it, and its end would be told on another host than ours") from None


def _why(document: Json) -> str:
    error = document.get("error")
    said = error.get("message") if isinstance(error, Mapping) else None
    return f": {cleaned(str(said))}" if said else ""
