"""Text that somebody else wrote, as it may stand in a page or a file for a spreadsheet."""

from typing import Final
from unicodedata import normalize

CONTROLS: Final = dict.fromkeys(
    {*range(0x20), *range(0x7F, 0xA0)} - {*map(ord, "\t\n")}, "\N{REPLACEMENT CHARACTER}"
)  # fmt: skip
"""For `str.translate`: control characters, which are no part of HTML, as the sign for what cannot be shown."""

_FORMULA: Final = frozenset("=+-@\t\r\n")
"""What makes a spreadsheet take text for a formula."""


def harmless(text: str) -> str:
    """Text that no spreadsheet runs, not even with a first sign in full width."""
    starts = {text[:1], normalize("NFKC", text.lstrip()[:1])}
    return f"'{text}" if starts & _FORMULA else text
