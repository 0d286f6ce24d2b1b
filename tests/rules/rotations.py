"""Where the rotation of an account's keys stands, for tests of the rules about that."""

from datetime import datetime, timedelta
from typing import Any

from shared.keys.account import ROTATED
from shared.keys.progress import Standing
from shared.model.rotation import Record, Sighting
from tests.builders import NOW, Document, endpoint, rid

ENDPOINT = {**endpoint(), "properties": {"authMode": "Key"}}
"""An endpoint that takes keys."""

MOST = timedelta(days=90)
"""How old a key may become."""

SEEN = Sighting("joe@contoso.example", "Microsoft.CognitiveServices/accounts/listKeys/action", NOW - timedelta(days=3))
"""Somebody unexpected was shown a key, three days ago."""


def standing(
    of: Document,
    *,
    days: tuple[int, int] | int = (10, 10),
    until: datetime | None = None,
    would: str = "",
    **record: Any,  # noqa: ANN401 - fields of a Record
) -> Standing:
    """A standing whose keys are so many days old, both or each; by default both are young and nothing is under way."""
    ages = (days, days) if isinstance(days, int) else days
    births = {slot: NOW - timedelta(days=age) for slot, age in zip(ROTATED, ages, strict=True)}
    due = min(births.values()) + timedelta(days=82)
    return Standing(Record(rid(of), NOW - timedelta(days=200), **record), births, MOST, due, until, would)
