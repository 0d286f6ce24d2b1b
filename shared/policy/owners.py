"""
`policy/owners.csv`: values of tags by the values of other tags, such as the cost center of each owner.

The header names tags. Where a tag is mapped by another, the value it has for a key is the cell in its own column, in
the row that has the key in the other's column. Keys are compared exactly, as Azure compares the values of tags.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.model.cost_tags import CostTag
from shared.policy.document import Source
from shared.policy.table import Row, rows
from shared.policy.tag_text import accepted
from shared.policy.value import REFUSED, Problem, Value, listed, nearest, shown

MOST_TOLD = 100
"""Mistakes told of rows: a pattern that has changed makes one of every row, and a finding has to hold them all."""

type _Record = Mapping[str, str]
"""The cells of a row by the name of their tag; a refused one is left out."""


def columns(tags: Sequence[CostTag]) -> tuple[str, ...]:
    """The columns that the file must have: of tags that are mapped, and of those they are mapped by."""
    return tuple(dict.fromkeys(name for tag in tags if tag.mapped_by for name in (tag.mapped_by, tag.name)))


def mappings(tags: Sequence[CostTag], source: Source, problems: list[Problem]) -> dict[str, dict[str, str]]:
    """By the name of each tag that is mapped: its value by the value of the other tag."""
    top = Value(source.name, 1, "", REFUSED, problems)
    by_name = {tag.name: tag for tag in tags}
    before = len(problems)
    found = rows(top, source.text)
    first = next(found, None)
    if first is not None:
        header = _header(top, first, {name: by_name[name] for name in columns(tags)})
        return _Table(top, header, {tag.name: tag.mapped_by for tag in tags if tag.mapped_by}).read(found)
    if len(problems) == before:
        top.problem(f"a header row with {', '.join(columns(tags))}", "an empty file")
    return {}


def _header(top: Value, row: Row, wanted: Mapping[str, CostTag]) -> list[CostTag | None]:
    """The tag of each column, None for one that is refused."""
    line, cells = row
    by_folded = {name.casefold(): tag for name, tag in wanted.items()}
    tags = [by_folded.get(cell.casefold()) for cell in cells]
    pairs = list(zip(cells, tags, strict=True))[:MOST_TOLD]  # twice as many as could be right
    for number, (cell, tag) in enumerate(pairs, start=1):
        place = replace(top, line=line, key=f"column {number}", data=cell)
        if tag is None:
            place.refuse(listed(wanted), names=wanted)
        elif (first := tags.index(tag) + 1) != number:
            place.refuse("each column once, for case does not count", f"{shown(cell)}, which column {first} is too")
    misspelt = {nearest(cell, wanted) for cell, tag in pairs if tag is None}
    for name, tag in wanted.items():
        if tag not in tags and name not in misspelt:
            top.child(name, line).problem("this column", "none; add it")
    return tags


@dataclass
class _Table:
    """The rows under a header, and what was seen in those before."""

    top: Value
    header: Sequence[CostTag | None]
    by: Mapping[str, str]
    """By the name of each tag that is mapped: the name of the tag it is mapped by."""
    _lines: dict[tuple[str, str], int] = field(default_factory=dict)
    """Where a key column has a key first."""
    _firsts: dict[tuple[str, str], tuple[int, _Record]] = field(default_factory=dict)
    """The row that a mapped tag has for a key first, in whatever case the key is written."""

    def read(self, found: Iterable[Row]) -> dict[str, dict[str, str]]:
        """The mapping of each tag, from all rows or as many as have few enough mistakes."""
        mapping: dict[str, dict[str, str]] = {name: {} for name in self.by}
        most = len(self.top.problems) + MOST_TOLD
        for line, cells in found:
            if len(self.top.problems) >= most:
                self.top.problem(f"fewer than {MOST_TOLD} mistakes", "as many above; mend them to see the rest", line)
                break
            if self._fits(line, cells):
                self._take(line, self._record(line, cells), mapping)
        return mapping

    def _fits(self, line: int, cells: Sequence[str]) -> bool:
        """Whether a row has as many cells as the header."""
        wanted, given = len(self.header), len(cells)
        if given > wanted:
            place = replace(self.top, line=line, key=f"column {wanted + 1}")
            place.problem(f"{wanted} cells", f"{given}; put a value that has a comma in quotes")
        elif given < wanted:
            tag = self.header[given]
            place = self.top.child(tag.name, line) if tag else replace(self.top, line=line, key=f"column {given + 1}")
            place.problem(f"{wanted} cells", f"{given}; add what is missing")
        return given == wanted

    def _record(self, line: int, cells: Sequence[str]) -> _Record:
        """The cells whose tag accepts them."""
        pairs = zip(self.header, cells, strict=True)
        return {tag.name: cell for tag, cell in pairs if tag and accepted(self._cell(tag.name, line, cell), tag)}

    def _cell(self, column: str, line: int, text: str) -> Value:
        return replace(self.top.child(column, line), data=text)

    def _take(self, line: int, record: _Record, mapping: dict[str, dict[str, str]]) -> None:
        """Keep what a row says, unless it was said before or otherwise."""
        keys = tuple(dict.fromkeys(self.by.values()))
        if all((key, record.get(key)) in self._lines for key in keys):
            first = self._lines[keys[0], record[keys[0]]]
            cell = self._cell(keys[0], line, record[keys[0]])
            cell.refuse("each key once", f"{shown(record[keys[0]])} again, first in line {first}")
            return
        for key in keys:
            if key in record:
                self._lines.setdefault((key, record[key]), line)
        for name, by in self.by.items():
            if name in record and by in record:
                self._hold(name, by, line, record)
                mapping[name][record[by]] = record[name]

    def _hold(self, name: str, by: str, line: int, record: _Record) -> None:
        """Hold a value against the one that an earlier row has for the same key, in whatever case."""
        at, first = self._firsts.setdefault((name, record[by].casefold()), (line, record))
        if first[name] != record[name]:
            case = "" if first[by] == record[by] else ", the same but for case"
            expected = f"{shown(first[name])}, which line {at} has for {by} {shown(first[by])}{case}"
            self._cell(name, line, record[name]).refuse(expected)
