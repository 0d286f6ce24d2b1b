"""Bodies as they go over the wire, each document encoded once as long as it stays the same."""

import json

from local.azure.store import Document

REMEMBERED = 4_096


class Bodies:
    """The newest encoded bodies.

    A stored document is replaced, never changed in place, so that one object always has one encoding. An object is
    kept as long as its encoding, and no other can take its identity meanwhile.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Document, bytes]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def encoded(self, body: Document) -> bytes:
        """The body as JSON; only what has an id is remembered, for lists and errors are made anew each time."""
        known = self._known.get(id(body))
        if known is not None:
            return known[1]
        written = json.dumps(body, ensure_ascii=False).encode()
        if "id" in body:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[id(body)] = (body, written)
        return written
