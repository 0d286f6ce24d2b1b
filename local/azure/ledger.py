"""What happened: every request and every state change, for tests and the demo to ask about afterwards.

Paths come without their query string and documents hold no secrets, so nothing in here needs hiding.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.azure.clock import Clock, timestamp
from local.azure.store import Change, Document


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """One answered request; `principal` is an object id or empty, `milliseconds` the time until the answer."""

    time: str
    principal: str
    method: str
    path: str
    status: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """One state change with the leaves that differ, each as path, value before and value after."""

    time: str
    resource_id: str
    change: str
    leaves: dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class Ledger:
    """The two lists, oldest first."""

    clock: Clock
    requests: list[RequestEntry] = field(default_factory=list)
    changes: list[ChangeEntry] = field(default_factory=list)

    def request(self, principal: str, method: str, path: str, status: int, seconds: float) -> None:
        """Notes an answered request."""
        now = timestamp(self.clock.now())
        self.requests.append(RequestEntry(now, principal, method, path, status, round(seconds * 1000, 2)))

    def change(self, change: Change) -> None:
        """Notes a state change; the store calls this."""
        word = "created" if change.before is None else "deleted" if change.after is None else "updated"
        leaves = differing_leaves(change.before, change.after) if word == "updated" else {}
        self.changes.append(ChangeEntry(timestamp(self.clock.now()), change.resource_id, word, leaves))

    def writes(self, principal: str = "") -> list[RequestEntry]:
        """Successful writes to ARM (PUT, PATCH, DELETE, and POST actions), by one principal if given."""
        return [
            entry
            for entry in self.requests
            if entry.path.startswith("/subscriptions/")
            and entry.method != "GET"
            and entry.status < 400  # noqa: PLR2004 - HTTP's own border between success and refusal
            and principal in ("", entry.principal)
        ]


def differing_leaves(before: Document | None, after: Document | None) -> dict[str, tuple[Any, Any]]:
    """The leaves in which two documents differ, by dotted path; a missing leaf counts as None."""
    old, new = dict(_leaves(before or {})), dict(_leaves(after or {}))
    paths = [*old, *(path for path in new if path not in old)]
    return {path: (old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)}


def _leaves(node: Document, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
