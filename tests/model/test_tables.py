"""What Azure would lose of a row without a word: a field that no column has, and one of another type."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.model.tables import FINDINGS, IMAGES, RUNS, misfits


@pytest.mark.parametrize(
    ("table", "row", "lost"),
    [
        (RUNS, {"TimeGenerated": "2026-03-01T09:00:00Z", "Judged": 1, "Coverage": 1, "CorrelationIds": []}, []),
        (RUNS, {"Judged": None, "Coverage": 0.5}, []),
        (RUNS, {"Colour": "red"}, ["Colour is no column"]),
        (RUNS, {"Judged": "1"}, ["Judged is no int but str"]),
        (RUNS, {"Judged": True}, ["Judged is no int but bool"]),
        (RUNS, {"Coverage": "1.0"}, ["Coverage is no real but str"]),
        (RUNS, {"Started": "yesterday"}, ["Started is no datetime but str"]),
        (RUNS, {"Started": "2026-03-01T09:00:00"}, ["Started is no datetime but str"]),
        (FINDINGS, {"Message": ["a"], "Controls": "a"}, ["Message is no string but list"]),
        (IMAGES, {"Ssh": 1}, ["Ssh is no boolean but int"]),
        ("Others_CL", {"Colour": "red"}, []),
    ],
)
def test_what_azure_would_lose(table: str, row: Mapping[str, Any], lost: list[str]) -> None:
    """Each field by its name; nothing of a table that is none of ours, for nobody knows its columns."""
    assert list(misfits(table, row)) == lost
