"""Small changes to ARM documents that every kind of resource needs. All return new documents."""

from copy import deepcopy
from datetime import datetime
from typing import Any

from local.azure.clock import timestamp
from local.azure.store import Document
from local.azure.tokens import Claims


def merged(document: Document, changes: Document) -> Document:
    """The document with `changes` laid over it, objects merged, everything else (null too) replaced."""
    result = dict(document)
    for name, value in changes.items():
        before = result.get(name)
        result[name] = (
            merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else deepcopy(value)
        )
    return result


def with_properties(document: Document, **properties: Any) -> Document:  # noqa: ANN401 - ARM properties hold any JSON
    """The document with some of its `properties` set."""
    return {**document, "properties": {**document.get("properties", {}), **properties}}


def system_data(before: Document | None, claims: Claims, now: datetime) -> Document:
    """`systemData` after a write by the token's owner; the creation half stays when there is one."""
    who = claims.get("upn") or claims["oid"]
    by = "User" if claims.get("upn") else "Application"
    moment = timestamp(now)
    created = (before or {}).get("systemData") or {"createdAt": moment, "createdBy": who, "createdByType": by}
    return {
        "createdAt": created.get("createdAt"),
        "createdBy": created.get("createdBy"),
        "createdByType": created.get("createdByType"),
        "lastModifiedAt": moment,
        "lastModifiedBy": who,
        "lastModifiedByType": by,
    }


def text(document: Document, *path: str) -> str:
    """A string deep inside a document; empty when any step is absent or null."""
    node: Any = document
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node if isinstance(node, str) else ""


def same(left: str, right: str) -> bool:
    """Whether two Azure names mean the same."""
    return left.casefold() == right.casefold()
