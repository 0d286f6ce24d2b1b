"""From the text of a CSV file of policy to rows that know their line; refuses what could be read in two ways."""

import csv
import re
from collections.abc import Iterator

from shared.policy.document import line_of, unreadable
from shared.policy.value import Value, shown

type Row = tuple[int, list[str]]
"""The line that a row starts in, the first being 1, and its cells without the blanks around them."""

_CONTROL = re.compile("[\t\x85]")
"""What YAML has a use for and a table has not."""
_QUOTED = re.compile(r'(?<![^,\n])( *"(?:[^"]|"")*+") *(?=[,\n]|\Z)')
"""A cell in quotes and the blanks around it; csv takes none behind it."""
_OTHER_SEPARATOR = re.compile(r"\s*+[^,;|\n]*+([;|])[^,\n]*+(?:\n|\Z)")
"""A header without a comma."""


def rows(top: Value, text: str) -> Iterator[Row]:
    """
    The rows of a file whose place is `top`, but for blank lines; the first is the header.

    A text, header or row that cannot be read is refused at its line, and ends them.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not _unreadable(top, text):
        yield from _rows(top, _QUOTED.sub(r"\1", text).split("\n"))


def _unreadable(top: Value, text: str) -> bool:
    """Whether this is text that csv should not even see; says so."""
    if unreadable(top, text):
        return True
    if other := _OTHER_SEPARATOR.match(text):
        line = text.count("\n", 0, other.start(1)) + 1
        top.problem("commas between cells", f"{shown(other[1])}; save the file with commas", line)
    elif control := _CONTROL.search(text):
        found = "a tab; put commas between cells" if control[0] == "\t" else "the character U+0085; remove it"
        top.problem("text without control characters", found, line_of(text, control))
    else:
        return False
    return True


def _rows(top: Value, lines: list[str]) -> Iterator[Row]:
    reader = csv.reader((f"{line}\n" for line in lines), strict=True, skipinitialspace=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if stripped not in ([], [""]):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error:
        top.problem("CSV", "a quote that is never closed or has text behind it, in the row that starts here", line)
