"""Rows within what Log Analytics and the app's own tables take: what is too long is cut, and says by how much."""

import json
from collections.abc import Mapping
from typing import Any, Final

from shared.adapters.plain_json import shortened

LONGEST_FIELD: Final = 16_000
"""Characters. Log Analytics cuts a field at 64 KB without a word (CONTRACTS §8); four bytes a character stay below."""
LONGEST_ROW: Final = 400_000
"""
Characters of a row's JSON, which is ASCII. A call takes 1 MB (CONTRACTS §8); so does an entity of a table, where a
character may count for two bytes.
"""
_LEAST: Final = 100
"""Fields are not cut below so many characters."""


def fitting(row: Mapping[str, Any], field: int = LONGEST_FIELD, most: int = LONGEST_ROW) -> dict[str, Any]:
    """A row of plain JSON with no field over so many characters, and fewer where its JSON would pass `most`."""
    found = {key: _short(value, field) for key, value in row.items()}
    while field > _LEAST and size_of(found) > most:
        field //= 2
        found = {key: _short(value, field) for key, value in row.items()}
    return found


def size_of(row: Mapping[str, Any]) -> int:
    """Characters of a row's JSON, as it is sent and kept."""
    return len(json.dumps(row))


def _short(value: Any, most: int) -> Any:  # noqa: ANN401 - JSON
    """A text that says that it was cut; of a list or an object that is too long, its JSON as such a text."""
    if isinstance(value, str):
        return shortened(value, most)
    if isinstance(value, list | dict) and len(text := json.dumps(value, ensure_ascii=False)) > most:
        return shortened(text, most)
    return value
