"""The `filter` of a cost query: dimensions and tags that must be among given values, joined by `and` and `or`."""

from collections.abc import Callable

from local.azure.arm.errors import bad_request
from local.azure.store import Document

KINDS = ("dimensions", "tags")


def passes(asked: Document, told: Callable[[str, str], str]) -> bool:
    """Whether what `told` says under each kind and name fits; no filter lets everything pass."""
    lowered = {name.casefold(): value for name, value in asked.items()}
    if not lowered:
        return True
    if "and" in lowered:
        return all(passes(one, told) for one in lowered["and"])
    if "or" in lowered:
        return any(passes(one, told) for one in lowered["or"])
    for kind in KINDS:
        if kind in lowered:
            wanted = lowered[kind]
            values = {str(value).casefold() for value in wanted.get("values") or ()}
            return told(kind.rstrip("s"), str(wanted.get("name", ""))).casefold() in values
    raise bad_request("BadRequest", "A filter has one of 'and', 'or', 'dimensions' and 'tags'.")
