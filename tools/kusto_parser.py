"""
Microsoft's own parser of KQL, run by node: what Azure will say of a query, said here.

It knows the language and the tables that are declared to it. Which operators a log search alert takes it does not know.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.azure.monitor.tables import AZURE_TABLES, TYPES
from local.azurite import node
from shared.model.tables import TABLES

REPOSITORY: Final = Path(__file__).resolve().parent.parent
PROGRAM: Final = REPOSITORY / "tools/kusto/parse.js"
LIBRARY: Final = REPOSITORY / ".tools/kusto/node_modules/@kusto/language-service-next"

type Schema = Mapping[str, Sequence[tuple[str, str]]]
"""Columns and their Kusto types, by table."""


class ParserError(Exception):
    """The parser cannot be run; the message says why."""


@dataclass(frozen=True)
class Place:
    """An operator or a function in a query, and where it stands."""

    name: str
    start: int
    """Characters from the query's beginning."""
    literal: bool = True
    """Of a function: whether all its arguments are literals."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a query."""

    code: str
    message: str
    start: int


@dataclass(frozen=True)
class Parsed:
    """What the parser makes of a query."""

    problems: tuple[Problem, ...]
    operators: tuple[Place, ...]
    functions: tuple[Place, ...]
    columns: Mapping[str, str]
    """Of its result, with their types; none for a query that is wrong."""


def schema() -> Schema:
    """All tables that a query may name: ours, and those of Azure's own that we read."""
    names = {kind: name for name, kind in TYPES.items()}
    ours = {name: [(column.name, column.type) for column in columns] for name, columns in TABLES.items()}
    azure = {
        name: [(column, names[kind]) for column, kind in columns.items()] for name, columns in AZURE_TABLES.items()
    }
    return {**ours, **azure}


def parse(queries: Sequence[str], tables: Schema) -> list[Parsed]:
    """Parse and bind them all, in their order. Raises ParserError where node or the package is missing."""
    if not LIBRARY.exists():
        raise ParserError("the parser of KQL is not installed: run make setup")
    asked = json.dumps({"library": str(LIBRARY), "tables": tables, "queries": queries})
    command = [node(), str(PROGRAM)]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    if done.returncode:
        raise ParserError(f"the parser of KQL failed: {done.stderr.strip()[-500:]}")
    return [_parsed(one) for one in json.loads(done.stdout)]


def _parsed(one: Mapping[str, Any]) -> Parsed:
    return Parsed(
        problems=tuple(Problem(p["code"], p["message"], p["start"]) for p in one["problems"]),
        operators=tuple(Place(p["name"], p["start"]) for p in one["operators"]),
        functions=tuple(Place(p["name"], p["start"], p["literal"]) for p in one["functions"]),
        columns=dict(one["columns"]),
    )
