"""
How a bill as CSV was saved: its header, and words for what a spreadsheet or a broken download made of it.

The header is read here and not guessed by DuckDB, whose guess drops what does not fit and says nothing of the cause.
"""

import csv
import gzip
import io
import re
import zlib
from codecs import getincrementaldecoder
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, cast

import duckdb

from shared.model.errors import EstateInvalid

_SEPARATORS = {";": "';'", "|": "'|'", "\t": "a tab"}
_ROW = re.compile(r"CSV Error on Line: (\d+)")
_CELLS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_CHUNK = 1 << 20


def source(db: duckdb.DuckDBPyConnection, file: Path) -> duckdb.DuckDBPyRelation:
    """The rows of a file, all cells as text. Raises EstateInvalid for a file without a header that can be read."""
    return db.read_csv(
        str(file),
        header=True,
        delimiter=",",
        quotechar='"',
        escapechar='"',
        auto_detect=False,
        columns=dict.fromkeys(_names(_header(file)), "VARCHAR"),
    )


def cause(file: Path, error: duckdb.Error) -> str:
    """Why DuckDB could not read a file, in one line: where, what, and none of its options."""
    if not file.name.lower().endswith(".parquet") and (byte := _not_utf8(file)) is not None:
        return f"not UTF-8 at byte {byte}; save it as UTF-8"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if "state machine reached an invalid state" in lines[0]:
        return "expected CSV, found what is none, such as line ends of two kinds; save it again"
    if not (row := _ROW.search(lines[0])):
        return f"cannot be read: {lines[0]}"
    options = (at for at, line in enumerate(lines) if at and line.startswith(("Possible", "file =")))
    return f"row {row[1]}: {_in_our_words(lines[next(options, len(lines)) - 1])}"


def _in_our_words(said: str) -> str:
    """What is wrong with a row, in the words that the table of owners has for it."""
    if found := _CELLS.search(said):
        wanted, given = map(int, found.groups())
        if given > wanted:  # DuckDB counts no further than the first
            return f"expected {wanted} cells, found more; put a value that has a comma in quotes"
        return f"expected {wanted} cells, found {given}; add what is missing"
    if "unterminated quote" in said.casefold():
        return "expected CSV, found a quote that is never closed or has text behind it"
    return said


def _header(file: Path) -> list[str]:
    try:
        with io.TextIOWrapper(_opened(file), "utf-8-sig", newline="") as text:
            cells = next(csv.reader(text, strict=True), [])
    except UnicodeDecodeError:
        raise EstateInvalid(f"{file}: not UTF-8 at byte {_not_utf8(file)}; save it as UTF-8") from None
    except csv.Error:
        raise EstateInvalid(
            f"{file}: expected CSV, found a quote in the header that is never closed or has text behind it"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise EstateInvalid(f"{file}: cannot be read: {error}") from None
    if not any(cells):
        raise EstateInvalid(f"{file}: expected a header row in the first line, found none; export it again")
    if len(cells) == 1 and (other := next((mark for mark in _SEPARATORS if mark in cells[0]), None)):
        raise EstateInvalid(f"{file}: expected commas between cells, found {_SEPARATORS[other]}; save it with commas")
    return cells


def _names(cells: Sequence[str]) -> list[str]:
    """Cells of a header as names of columns, which cannot be empty and of which there is only one in whatever case."""
    names: dict[str, str] = {}
    for at, cell in enumerate(cells):
        name = cell if cell and cell.casefold() not in names else f"{cell}#{at}"
        names[name.casefold()] = name
    return list(names.values())


def _not_utf8(file: Path) -> int | None:
    """The first byte of a file, unzipped, that is not UTF-8."""
    decoder, before = getincrementaldecoder("utf-8")(), 0
    try:
        with _opened(file) as content:
            while chunk := content.read(_CHUNK):
                decoder.decode(chunk)
                before += len(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        left = len(decoder.getstate()[0])  # of a character that an earlier chunk began
        return before - left + error.start
    except (OSError, EOFError, zlib.error):
        return None
    return None


def _opened(file: Path) -> BinaryIO:
    """Its bytes, unzipped."""
    return cast("BinaryIO", gzip.open(file)) if file.name.lower().endswith(".gz") else file.open("rb")
