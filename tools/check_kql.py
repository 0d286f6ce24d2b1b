"""
`python -m tools.check_kql`: every query parses and binds with Microsoft's own parser, and Azure would take every alert.

`make check` runs it. It looks at infra/queries, at each query in the docs, at the workbook and at the alerts. One line
per problem, with file, line and column; exit code 1 when there is one.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.azurite import AzuriteError
from local.queries import Query, queries
from shared.model.errors import SettingsInvalid
from tools.alerts import AlertsInvalid, alerts
from tools.alerts import problems as alert_problems
from tools.kusto_parser import Parsed, ParserError, Schema, parse, schema

FOLDER: Final = "infra/queries"
PAGE: Final = "docs/queries.md"
"""Made from the files, so not parsed again."""
WORKBOOK: Final = "infra/workbook.json"

EXAMPLES: Final[Schema] = {
    "traces": [("timestamp", "datetime"), ("severityLevel", "int"), ("message", "string")],
    "FocusCost": [
        ("ResourceId", "string"),
        ("ChargePeriodStart", "datetime"),
        ("BilledCost", "real"),
        ("BillingCurrency", "string"),
    ],
    "Sidecar": [
        ("ResourceId", "string"),
        ("x_CostCenter", "string"),
        ("x_AllocationShare", "real"),
        ("x_ValidFrom", "datetime"),
        ("x_ValidTo", "datetime"),
    ],
    "Usage": [("TimeGenerated", "datetime"), ("DataType", "string"), ("Quantity", "real"), ("IsBillable", "bool")],
}
"""Tables of others that the docs show how to ask; `Usage` is Azure's own, of what a workspace took."""

_BLOCK: Final = re.compile(r"^```kql\n(?P<query>.*?)^```", re.MULTILINE | re.DOTALL)
_LOOSE: Final = re.compile(r"Hubwarden\w+_CL\s*\|")


@dataclass(frozen=True)
class Source:
    """A query and where it stands."""

    file: str
    line: int
    """Of the query's first line."""
    text: str

    def at(self, start: int) -> str:
        """Where a character of the query stands, as editors have it: file, line and column."""
        before = self.text[:start]
        return f"{self.file}:{self.line + before.count('\n')}:{start - before.rfind('\n')}"


def problems(root: Path) -> list[str]:
    """All that is wrong with the queries of the repository at `root`. Raises ParserError, AlertsInvalid."""
    known = queries(root / FOLDER)
    sources = [Source(f"{FOLDER}/{one.name}.kql", one.line, one.text) for one in known.values()]
    sources += shown(root)
    parsed = parse([source.text for source in sources], {**schema(), **EXAMPLES})
    by_name = dict(zip(known, parsed, strict=False))
    return [
        *unbound(sources, parsed),
        *alert_problems(root, alerts(root), known, by_name),
        *strangers(root, known),
        *loose(root),
    ]


def shown(root: Path) -> list[Source]:
    """The queries that pages show, but for the page that shows those of the folder."""
    pages = (page for page in sorted((root / "docs").rglob("*.md")) if page != root / PAGE)
    return [source for page in pages for source in _blocks(str(page.relative_to(root)), page.read_text("utf-8"))]


def _blocks(file: str, page: str) -> Iterator[Source]:
    for found in _BLOCK.finditer(page):
        yield Source(file, page[: found.start("query")].count("\n") + 1, found["query"])


def unbound(sources: Iterable[Source], parsed: Iterable[Parsed]) -> Iterator[str]:
    """What the parser finds wrong, each with its place and its code."""
    for source, one in zip(sources, parsed, strict=True):
        for problem in one.problems:
            yield f"{source.at(problem.start)}: {problem.code} {problem.message}"


def strangers(root: Path, known: Mapping[str, Query]) -> Iterator[str]:
    """Queries of the workbook that are none of the folder's: a query stands in one file and nowhere else."""
    ours = {query.text for query in known.values()}
    for text in _queries_in(json.loads((root / WORKBOOK).read_text("utf-8"))):
        if text not in ours:
            yield f"{WORKBOOK}: a query is none of {FOLDER}: {text.splitlines()[0]} …; run python -m tools.docs"


def loose(root: Path) -> Iterator[str]:
    """Queries of our tables that a page writes out: nothing would run them, or say when they are no longer true."""
    for page in (root / "README.md", *sorted((root / "docs").rglob("*.md"))):
        text = page.read_text("utf-8") if page.is_file() and page != root / PAGE else ""
        for found in _LOOSE.finditer(text):
            line = text[: found.start()].count("\n") + 1
            yield (
                f"{page.relative_to(root)}:{line}: a query of our tables is written out; put it into {FOLDER}, and "
                "name it: python -m local query NAME"
            )


def _queries_in(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    match value:
        case {"query": str(text), "queryType": 0}:
            yield text
        case dict():
            for each in value.values():
                yield from _queries_in(each)
        case list():
            for each in value:
                yield from _queries_in(each)


def main() -> int:
    """Check this repository."""
    root = Path(__file__).resolve().parent.parent
    try:
        found = problems(root)
    except (ParserError, AzuriteError, AlertsInvalid, SettingsInvalid) as error:
        found = [str(error)]
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"queries: {len(queries())} parsed and bound, {len(alerts(root))} alerts as Azure takes them")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
