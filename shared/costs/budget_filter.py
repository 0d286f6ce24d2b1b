"""
A budget's filter: which resources pass it, as far as their id and tags tell.

Its API documents `and`, `not`, `dimensions` and `tags`, each comparison with the operator `In`; `or` is read as well,
as the query API has it. Dimensions compare without case, as ids do; of a tag only its name does.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.model.resource_id import ResourceId


def passes(asked: Mapping[str, Any], resource: ResourceId, tags: Mapping[str, str]) -> bool | None:
    """
    Whether a resource with these tags passes; every resource passes an empty filter.

    None where that cannot be told, for the opposite of what cannot be told cannot be told either.
    """
    return _all(_part(name.casefold(), value, resource, tags) for name, value in asked.items() if value is not None)


def _part(name: str, value: object, resource: ResourceId, tags: Mapping[str, str]) -> bool | None:
    """One key of a filter."""
    match name, value:
        case "and", list():
            return _all(_inner(one, resource, tags) for one in value)
        case "or", list():
            return _opposite(_all(_opposite(_inner(one, resource, tags)) for one in value))
        case "not", _:
            return _opposite(_inner(value, resource, tags))
        case "dimensions", Mapping():
            return _dimension(value, resource)
        case "tags", Mapping():
            return _tag(value, tags)
    return None


def _inner(value: object, resource: ResourceId, tags: Mapping[str, str]) -> bool | None:
    return passes(value, resource, tags) if isinstance(value, Mapping) and value else None


def _dimension(asked: Mapping[str, Any], resource: ResourceId) -> bool | None:
    values = _values(asked)
    match str(asked.get("name")).casefold():
        case "resourceid":
            found = resource.key
        case "resourcegroup" | "resourcegroupname":
            found = resource.resource_group.casefold()
        case _:
            return None
    return None if values is None else found in {value.casefold().rstrip("/") for value in values}


def _tag(asked: Mapping[str, Any], tags: Mapping[str, str]) -> bool | None:
    values, wanted = _values(asked), asked.get("name")
    if values is None or not isinstance(wanted, str):
        return None
    return any(name.casefold() == wanted.casefold() and value in values for name, value in tags.items())


def _values(asked: Mapping[str, Any]) -> list[str] | None:
    """What a comparison compares with; None for one that is not understood."""
    values = asked.get("values")
    if str(asked.get("operator")).casefold() != "in" or not isinstance(values, list):
        return None
    return [value for value in values if isinstance(value, str)]


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether all hold: one that does not decides, and so does one that is not known when no other does not hold."""
    known = set(verdicts)
    return False if False in known else None if None in known else True


def _opposite(verdict: bool | None) -> bool | None:  # noqa: FBT001 - a verdict, not an option
    return None if verdict is None else not verdict
