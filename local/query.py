"""
`python -m local query`: a query of `infra/queries` by its name, on a workspace or on the rows that the demo left.

On a workspace it is asked as whoever is signed in. On the demo's rows DuckDB answers in Kusto's place, and `now()` is
the moment at which they were taken, so that they stay as fresh as they were.
"""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.azure.kql import QueryRefusedError
from local.queries import Query, called, queries
from local.rows import saved
from local.tables import MOST_ROWS
from local.wording import named
from shared.model.errors import Rejected, SettingsInvalid
from shared.model.resource_id import ResourceId

SHORT: Final = 20
"""Characters of a cell that is not broken."""
PIPED: Final = 160
"""Characters of a line that goes to no terminal."""
EVER: Final = timedelta(days=730)
"""As far back as Log Analytics keeps rows that can be asked; queries themselves say less."""

type Row = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    name: str
    """Empty for a list of all."""
    workspace: str
    """The workspace's GUID; empty for the demo's rows."""
    endpoint: str
    """Of the query service, where it is not Azure's public cloud's."""
    rows: Path
    hours: float
    """How far back to look; 0 for as far as the query itself does."""
    form: str
    like: str = ""
    """Keep only rows with this somewhere in a cell, in whatever case; empty for all."""


@dataclass(frozen=True)
class Answer:
    """Rows, their columns in order, and whose they are."""

    columns: Sequence[str]
    rows: Sequence[Row]
    source: str


def run(request: Request) -> int:
    """Print the answer, or the names there are. Raises HubwardenError for all that is wrong."""
    known = queries()
    if not request.name:
        show_names(known, Console(highlight=False))
        return 0
    query = called(known, request.name)
    answer = like(answered(request, query), request.like)
    if request.form == "json":
        print(f"{_counted(answer)} of {answer.source}", file=sys.stderr)
        print(json.dumps(answer.rows, indent=2, default=_plain))
    else:
        show(query, answer, Console(highlight=False, width=None if sys.stdout.isatty() else PIPED))
    return 0


def answered(request: Request, query: Query) -> Answer:
    """The answer of a workspace, or of rows in a folder where none is named. Raises HubwardenError for all else."""
    live = request.workspace or request.endpoint
    return asyncio.run(_asked(request, query)) if live else kept(request, query)


def kept(request: Request, query: Query) -> Answer:
    """The answer from rows in a folder. Raises EstateInvalid without any, and Rejected where the query fails."""
    found = saved(request.rows)
    between = (found.at - timedelta(hours=request.hours), found.at) if request.hours else None
    try:
        answer = found.tables.query(query.text, found.at, between)
    except QueryRefusedError as error:
        raise Rejected(f"{query.name} cannot be run on these rows: {error}") from None
    finally:
        found.tables.close()
    rows = [
        {name: _native(value, kind) for (name, kind), value in zip(answer.columns, row, strict=True)}
        for row in answer.rows
    ]
    return Answer(
        [name for name, _ in answer.columns],
        rows,
        f"the demo's, as of {found.at:%Y-%m-%d %H:%M} UTC, in {request.rows}",
    )


async def _asked(request: Request, query: Query) -> Answer:
    from local.azure.options import Options  # noqa: PLC0415 - only whoever asks the stand-in needs it
    from local.live import SignedIn  # noqa: PLC0415 - the SDKs take longer to import than a wrong name to tell
    from shared.adapters.log_query import PUBLIC_CLOUD, LogQuery  # noqa: PLC0415 - see above

    workspace = _guid(request.workspace or Options().workspace_id)
    span = timedelta(hours=request.hours) if request.hours else EVER
    async with SignedIn() as person:
        logs = LogQuery(person, workspace, request.endpoint or PUBLIC_CLOUD)
        try:
            rows = await logs.rows(query.text, span)
        finally:
            await logs.close()
    return Answer(list(rows[0]) if rows else [], rows, f"workspace {workspace}")


def like(answer: Answer, wanted: str) -> Answer:
    """The rows of an answer that have a text somewhere, in whatever case."""
    if not wanted:
        return answer
    rows = [row for row in answer.rows if any(wanted.casefold() in str(value).casefold() for value in row.values())]
    return Answer(answer.columns, rows, f"{answer.source}, less {len(answer.rows) - len(rows)} without {wanted!r}")


def show_names(known: Mapping[str, Query], console: Console) -> None:
    """All names, with what each tells."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("Query", no_wrap=True)
    table.add_column("Tells", overflow="fold")
    for query in known.values():
        table.add_row(query.name, escape(query.title))
    console.print(table)


def show(query: Query, answer: Answer, console: Console) -> None:
    """The rows for people, and whose they are; ids by their names."""
    table = Table(title=escape(query.title), title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    shown = [[text(row[column]) for column in answer.columns] for row in answer.rows[:MOST_ROWS]]
    for number, column in enumerate(answer.columns):
        table.add_column(column, overflow="fold", no_wrap=all(len(cells[number]) <= SHORT for cells in shown))
    for cells in shown:
        table.add_row(*map(escape, cells))
    if len(answer.rows) > MOST_ROWS:
        table.caption = f"and {len(answer.rows) - MOST_ROWS} more; --format json shows all"
        table.caption_justify = "left"
    if answer.rows:
        console.print(table)
    console.print(escape(f"{_counted(answer)}; {answer.source}"), soft_wrap=True)


def _counted(answer: Answer) -> str:
    return f"{len(answer.rows) or 'no'} row{'' if len(answer.rows) == 1 else 's'}"


def text(value: Any) -> str:  # noqa: ANN401 - a cell holds any of Kusto's types
    """A cell for people: a moment to the minute, an ARM id by its name, and what is not there as nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dict() | list():
            return json.dumps(value)
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
        case str() if value.startswith("/subscriptions/") and (resource := ResourceId.find(value)) is not None:
            return named(resource)
    return str(value)


def _native(value: Any, kind: str) -> Any:  # noqa: ANN401 - see text
    """A value as the client of Log Analytics gives it too."""
    return datetime.fromisoformat(value) if kind == "datetime" and isinstance(value, str) else value


def _plain(value: object) -> str:
    """What JSON has no word for."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _guid(workspace: str) -> str:
    try:
        return str(UUID(workspace))
    except ValueError:
        hint = "az monitor log-analytics workspace list shows it as customerId"
        raise SettingsInvalid(f"--workspace {workspace!r} is no GUID; {hint}") from None
