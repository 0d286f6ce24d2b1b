"""Who is acting: every state change, also one that a long-running operation makes later, belongs to a request.

The front door says so before a handler runs; tasks that the handler starts inherit it.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import blake2b

from local.azure.arm_ids import canonical

TAGS = "/providers/microsoft.resources/tags/default"
_KEY = secrets.token_bytes(16)
"""Bodies may hold secrets: what is kept of them cannot be told back, nor compared with another process."""


@dataclass(slots=True)
class Act:
    """One writing request and what it was meant to do."""

    principal: str
    method: str
    path: str
    digest: bytes = field(default=b"", repr=False)
    takes_away: frozenset[str] | None = frozenset()
    """The tags it names to be removed, case folded; None: all."""
    effects: int = 0
    """Leaves it has changed so far, without those that every write touches."""


_acting: ContextVar[Act | None] = ContextVar("acting", default=None)


def acting() -> Act | None:
    """The request on whose behalf this runs, or None."""
    return _acting.get()


@contextmanager
def on_behalf(act: Act | None) -> Iterator[None]:
    """Counts the state changes made in this block, and in tasks it starts, as those of a request."""
    token = _acting.set(act)
    try:
        yield
    finally:
        _acting.reset(token)


def act_of(principal: str, method: str, path: str, body: bytes) -> Act | None:
    """The act of a request; None for one that only reads."""
    if method in ("GET", "HEAD"):
        return None
    whole = canonical(path)
    removed = _taken_away(method, body) if whole.endswith(TAGS) else frozenset[str]()
    return Act(principal, method, path, blake2b(body, digest_size=16, key=_KEY).digest(), removed)


def _taken_away(method: str, body: bytes) -> frozenset[str] | None:
    """What a request to the Tags API names to be removed; what a Replace merely leaves out is not named."""
    if method == "DELETE":
        return None
    try:
        document = json.loads(body)
        deleting = document.get("operation") == "Delete"
        return frozenset(name.casefold() for name in document["properties"]["tags"]) if deleting else frozenset()
    except (ValueError, KeyError, TypeError, AttributeError):
        return frozenset()


def tags_of(document: Mapping[str, object] | None) -> dict[str, str]:
    """A document's tags by case-folded name; none when they are absent or null."""
    tags = (document or {}).get("tags")
    return {str(name).casefold(): str(value) for name, value in tags.items()} if isinstance(tags, dict) else {}
