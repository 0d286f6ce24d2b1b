"""What happened: every request and every state change, for tests and the demo to ask about afterwards.

Paths come without their query string and documents hold no secrets, so nothing in here needs hiding. The newest
entries are kept whole and the older ones as counts, so a run of months needs no more memory than one of minutes.
"""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.azure.clock import Clock, timestamp
from local.azure.ledger.acts import Act, acting, on_behalf
from local.azure.ledger.watchers import LostTag, RepeatedWrite, RepeatWatch, TagWatch
from local.azure.store import Change, Document

KEPT = 100_000
REFUSED = 400
TOUCHED_BY_ALL = ("systemData.", "properties.provisioningState", "etag", "properties.lastModified")


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
class TurnedAway:
    """A call to a data plane that was refused, and why in a word or two: `regenerated key`, `no role`."""

    time: str
    principal: str
    resource_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """One state change with the leaves that differ, each as path, value before and value after."""

    time: str
    resource_id: str
    change: str
    leaves: dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class Ledger:
    """The newest requests and changes, oldest first, and counts of all there ever were."""

    clock: Clock
    kept: int = KEPT
    requests: deque[RequestEntry] = field(init=False)
    changes: deque[ChangeEntry] = field(init=False)
    turned_away: deque[TurnedAway] = field(init=False)
    """Calls a data plane refused: `regenerated key` among the reasons means that a rotation caused an outage."""
    counts: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """Requests by principal, method and status."""
    changed: int = 0
    """State changes so far."""
    _tags: TagWatch = field(init=False)
    _repeats: RepeatWatch = field(init=False)

    def __post_init__(self) -> None:
        self.requests = deque(maxlen=self.kept)
        self.changes = deque(maxlen=self.kept)
        self.turned_away = deque(maxlen=self.kept)
        self._tags = TagWatch(deque(maxlen=self.kept))
        self._repeats = RepeatWatch(deque(maxlen=self.kept))

    def request(self, principal: str, method: str, path: str, status: int, seconds: float) -> None:
        """Notes an answered request."""
        now = timestamp(self.clock.now())
        self.counts[principal, method, status] += 1
        self.requests.append(RequestEntry(now, principal, method, path, status, round(seconds * 1000, 2)))

    def turn_away(self, principal: str, resource_id: str, reason: str) -> None:
        """Notes a call that a data plane refused."""
        self.turned_away.append(TurnedAway(timestamp(self.clock.now()), principal, resource_id, reason))

    def change(self, change: Change) -> None:
        """Notes a state change; the store calls this."""
        word = "created" if change.before is None else "deleted" if change.after is None else "updated"
        leaves = differing_leaves(change.before, change.after) if word == "updated" else {}
        now = timestamp(self.clock.now())
        self.changed += 1
        self.changes.append(ChangeEntry(now, change.resource_id, word, leaves))
        if act := acting():
            act.effects += sum(not path.startswith(TOUCHED_BY_ALL) for path in leaves) if leaves else word != "updated"
            self._tags.change(change, act, now)

    @contextmanager
    def acting(self, act: Act | None) -> Iterator[None]:
        """Counts what changes in this block as a request's doing, and the request as a write unless it is refused."""
        with on_behalf(act):
            yield
        if act is not None:
            self._repeats.wrote(act, timestamp(self.clock.now()))

    def writes(self, principal: str = "") -> list[RequestEntry]:
        """Successful writes to ARM (PUT, PATCH, DELETE, and POST actions), by one principal if given."""
        return [
            entry
            for entry in self.requests
            if entry.path.startswith("/subscriptions/")
            and entry.method != "GET"
            and entry.status < REFUSED
            and principal in ("", entry.principal)
        ]

    def lost_tags(self) -> list[LostTag]:
        """Tags that somebody's write took away unasked; `TagWatch` says exactly which."""
        return list(self._tags.lost)

    def repeated_writes(self, principal: str = "") -> list[RepeatedWrite]:
        """Writes that said again what was so already; `RepeatWatch` says exactly which."""
        return self._repeats.repeated(principal)

    def refused(self, principal: str = "") -> dict[int, int]:
        """How many requests were refused, by status, of all there ever were."""
        found: Counter[int] = Counter()
        for (who, _, status), number in self.counts.items():
            if status >= REFUSED and principal in ("", who):
                found[status] += number
        return dict(found)


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
