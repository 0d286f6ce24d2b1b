"""The tables of Log Analytics in memory, and the queries of `infra/queries` asked of them by name."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from local.azure.monitor.tables import AZURE_TABLES, LogTables
from local.queries import queries
from shared.model.tables import TABLES
from tests.builders import NOW

QUERIES = queries()

type Rows = Mapping[str, Iterable[Mapping[str, Any]]]
"""By table."""


def workspace(rows: Rows | None = None) -> LogTables:
    """All tables, with these rows in them."""
    tables = LogTables({name: [{"name": c.name, "type": c.type} for c in columns] for name, columns in TABLES.items()})
    take(tables, rows or {})
    return tables


def take(tables: LogTables, rows: Rows) -> None:
    """Rows arrive, whatever the time they bear."""
    for table, some in rows.items():
        (tables.emit if table in AZURE_TABLES else tables.ingest)(table, list(some))


def asked(name: str, rows: Rows | LogTables, now: datetime = NOW) -> list[dict[str, Any]]:
    """What the query with a name answers of some rows, or tables, at a moment."""
    tables = rows if isinstance(rows, LogTables) else workspace(rows)
    answer = tables.query(QUERIES[name].text, now, None)
    return [dict(zip([column for column, _ in answer.columns], row, strict=True)) for row in answer.rows]
