"""Somebody else who works on the same resources: edits or deletes what the app has just read, before it can write.

What they do is no request, but it has its owner in the ledger and raises its event as a person's write would.
"""

from itertools import count

from local.azure.arm.documents import with_properties
from local.azure.arm_ids import resource_type
from local.azure.cloud import Cloud
from local.azure.events.resource_events import announce
from local.azure.faults.rules import Kind
from local.azure.ledger.acts import Act, on_behalf
from local.azure.store import Document

NAME = "intruder@contoso.example"
TAG = "edited-by-somebody-else"
DELETABLE = ("connections", "computes")
"""The last word of types that are deleted: things inside a workspace, never the workspace."""


class Intruder:
    """One person, who numbers what they do."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._numbers = count(1)

    def interfere(self, kind: Kind, path: str) -> None:
        """Edits or deletes the resource at this path, if it is one and of a kind that may be deleted."""
        document = self._cloud.store.get(path)
        if document is None:
            return
        deletes = kind is Kind.DELETE
        if deletes and resource_type(document["id"]).rpartition("/")[2] not in DELETABLE:
            return
        claims = self._cloud.directory.person(NAME)
        with on_behalf(Act(claims["oid"], "DELETE" if deletes else "PATCH", document["id"])):
            if deletes:
                self._cloud.store.remove(document["id"])
            else:
                self._cloud.store.put(_edited(document, str(next(self._numbers))))
        announce(self._cloud, document["id"], "Delete" if deletes else "Write", claims)


def _edited(document: Document, number: str) -> Document:
    """A tracked resource gets a tag of another's; a proxy resource, which has none, a changed description."""
    if document.get("location"):
        return {**document, "tags": {**(document.get("tags") or {}), TAG: number}}
    return with_properties(document, description=f"Edited by somebody else ({number}).")
