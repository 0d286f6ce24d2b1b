"""Whether a body has the shape of another: the same keys, and JSON values of the same type under them."""

from collections.abc import Iterator
from typing import Any


def differences(expected: Any, actual: Any, path: str = "body") -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Where `actual` lacks what `expected` shows; keys it has beyond that are its own affair.

    Azure answers undeclared fields, and null for absent ones and the other way round; so neither is a difference.
    """
    match expected, actual:
        case None, _:
            return
        case dict(), dict():
            yield from _objects(expected, actual, path)
        case list(), list():
            yield from _lists(expected, actual, path)
        case _ if _kind(expected) != _kind(actual):
            yield f"{path}: {_kind(expected)} expected, {_kind(actual)} found"


def _objects(expected: dict[str, Any], actual: dict[str, Any], path: str) -> Iterator[str]:
    for name, value in expected.items():
        if name in actual:
            yield from differences(value, actual[name], f"{path}.{name}")
        elif value is not None:
            yield f"{path}.{name}: missing"


def _lists(expected: list[Any], actual: list[Any], path: str) -> Iterator[str]:
    if len(actual) < len(expected):
        yield f"{path}: {len(expected)} items expected, {len(actual)} found"
    for index, (wanted, given) in enumerate(zip(expected, actual, strict=False)):
        yield from differences(wanted, given, f"{path}[{index}]")


def _kind(value: Any) -> str:  # noqa: ANN401 - any JSON
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
    return "object"
