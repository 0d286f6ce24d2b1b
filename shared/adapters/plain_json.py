"""Rows and alerts as plain JSON, for services that take nothing else; used by the log, the topic and the store."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values as JSON has them: moments in ISO 8601 with a Z, anything it does not know as its text."""
    return cast("dict[str, Any]", json.loads(text_of(values)))


def text_of(values: Mapping[str, Any]) -> str:
    """The values as JSON text, the same for equal values."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), default=_plain)


def shortened(text: str, most: int) -> str:
    """Text of at most about `most` characters, saying so when some were cut."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} characters cut)"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return dict(value) if isinstance(value, Mapping) else str(value)
