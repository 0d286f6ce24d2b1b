"""What an ARM id says, read without caring for its letter case.

Azure returns one id in several casings, even inside one document, so the store compares `canonical` ids and keeps the
ids in documents as they came.
"""

from collections.abc import Iterator
from functools import lru_cache

REMEMBERED = 8192
"""Ids whose reading is remembered: one request, or the loading of one document, reads the same id many times."""
SUBSCRIPTION_TYPE = "Microsoft.Resources/subscriptions"
GROUP_TYPE = "Microsoft.Resources/subscriptions/resourceGroups"


@lru_cache(REMEMBERED)
def canonical(resource_id: str) -> str:
    """The one spelling under which an id is kept: case folded, no doubled or trailing slash."""
    return "/" + "/".join(part for part in resource_id.casefold().split("/") if part)


@lru_cache(REMEMBERED)
def resource_type(resource_id: str) -> str:
    """The full type an id names, such as `Microsoft.MachineLearningServices/workspaces/computes`.

    Raises ValueError for what is no id of one resource.
    """
    parts = [part for part in resource_id.split("/") if part]
    start = _last_provider(parts)
    if start is not None:
        own = parts[start + 1 :]
        if len(own) % 2 == 0 or len(own) == 1:
            raise ValueError(
                f"{resource_id!r} is no ARM id: after 'providers/<namespace>' come pairs of type and name."
            )
        return "/".join([own[0], *own[1::2]])
    match [part.casefold() for part in parts]:
        case ["subscriptions", _]:
            return SUBSCRIPTION_TYPE
        case ["subscriptions", _, "resourcegroups", _]:
            return GROUP_TYPE
    raise ValueError(f"{resource_id!r} is no ARM id: expected /subscriptions/<id>/resourceGroups/<name>/providers/…")


@lru_cache(REMEMBERED)
def parent(canonical_id: str) -> str:
    """The canonical id of the resource, group or subscription that holds this one; empty at the root."""
    parts = canonical_id.split("/")[1:]
    start = _last_provider(parts)
    top_level = start is not None and len(parts) - start == len(("providers", "namespace", "type", "name"))
    kept = parts[:start] if top_level else parts[:-2]
    return "/" + "/".join(kept) if kept else ""


def ancestry(canonical_id: str) -> Iterator[str]:
    """The id itself, then its parents up to the subscription."""
    while canonical_id:
        yield canonical_id
        canonical_id = parent(canonical_id)


def subscription_of(resource_id: str) -> str:
    """The subscription's id (a GUID), or an empty string."""
    return _after(resource_id, "subscriptions")


def group_of(resource_id: str) -> str:
    """The resource group's name in the id's own casing, or an empty string."""
    return _after(resource_id, "resourcegroups")


def name_of(resource_id: str) -> str:
    """The resource's own name, the last part of its id."""
    return resource_id.rstrip("/").rsplit("/", 1)[-1]


def _after(resource_id: str, marker: str) -> str:
    parts = [part for part in resource_id.split("/") if part]
    for name, value in zip(parts[::2], parts[1::2], strict=False):
        if name.casefold() == marker:
            return value
    return ""


def _last_provider(parts: list[str]) -> int | None:
    for index in range(len(parts) - 1, -1, -1):
        if parts[index].casefold() == "providers":
            return index
    return None
