"""Every ARM document the stand-in knows, kept as it came.

A stored document is never changed in place: a write stores a new one. So a snapshot (Resource Graph's lag, the
ledger's before and after) is only a reference. Secrets lie apart from documents and never appear in one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local.azure.arm_ids import canonical, parent, resource_type

type Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One state change: `before` is None for what is new, `after` for what is gone."""

    resource_id: str
    before: Document | None
    after: Document | None


@dataclass(slots=True)
class Store:
    """Documents by canonical id, found by type, by parent or by scope."""

    _documents: dict[str, Document] = field(default_factory=dict)
    _by_type: dict[str, dict[str, None]] = field(default_factory=dict)
    _by_parent: dict[str, dict[str, None]] = field(default_factory=dict)
    _listeners: list[Callable[[Change], None]] = field(default_factory=list)
    secrets: dict[str, Document] = field(default_factory=dict, repr=False)

    def on_change(self, listener: Callable[[Change], None]) -> None:
        """Calls `listener` with every change from now on, in order."""
        self._listeners.append(listener)

    def get(self, resource_id: str) -> Document | None:
        """The document of this id, or None."""
        return self._documents.get(canonical(resource_id))

    def put(self, document: Document) -> None:
        """Stores a document under its own `id`."""
        key = canonical(document["id"])
        before = self._documents.get(key)
        self._documents[key] = document
        self._by_type.setdefault(resource_type(document["id"]).casefold(), {})[key] = None
        self._by_parent.setdefault(parent(key), {})[key] = None
        self._tell(Change(before["id"] if before else document["id"], before, document))

    def remove(self, resource_id: str) -> None:
        """Drops a resource, everything under it, and their secrets."""
        key = canonical(resource_id)
        for child in list(self._by_parent.pop(key, ())):
            self.remove(child)
        before = self._documents.pop(key, None)
        self.secrets.pop(key, None)
        if before is not None:
            self._by_type[resource_type(key).casefold()].pop(key, None)
            self._by_parent.get(parent(key), {}).pop(key, None)
            self._tell(Change(before["id"], before, None))

    def mark_failed(self, resource_id: str) -> None:
        """Says of a resource that its last operation failed, if it says how its operations go."""
        document = self.get(resource_id)
        if document is not None and "provisioningState" in (document.get("properties") or {}):
            self.put({**document, "properties": {**document["properties"], "provisioningState": "Failed"}})

    def children(self, parent_id: str, child_type: str) -> list[Document]:
        """The documents of one type directly under a resource, in the order they came."""
        wanted = self._by_type.get(child_type.casefold(), {})
        return [self._documents[key] for key in self._by_parent.get(canonical(parent_id), ()) if key in wanted]

    def of_type(self, wanted: str, within: str = "/") -> list[Document]:
        """All documents of one type in a subscription or resource group."""
        scope = canonical(within).rstrip("/") + "/"
        keys = self._by_type.get(wanted.casefold(), {})
        return [self._documents[key] for key in keys if key.startswith(scope)]

    def knows_type(self, wanted: str) -> bool:
        """Whether any document of this type was ever stored."""
        return wanted.casefold() in self._by_type

    def __iter__(self) -> Iterator[Document]:
        return iter(self._documents.values())

    def __len__(self) -> int:
        return len(self._documents)

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)
