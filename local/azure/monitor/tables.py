"""The tables of the Log Analytics workspace: their schema, the check of every row against it, and the rows.

Besides those of its owner it has the tables that Azure itself writes, row by row with the resource it is about. A query
about a resource sees the rows of that resource, and none of the owner's tables, whose rows are about none.

Stricter than Azure on purpose: Azure drops an unknown column silently and turns a wrong type to null; here both are
refused, because both are bugs of the sender. So is a text that Azure would cut off.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from local.azure import kql
from local.azure.arm_ids import canonical
from local.azure.options import TableSchemas

RESERVED = frozenset({"id", "title", "type", "tenantid", "uniqueid", "_resourceid", "_subscriptionid"})
COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,44}")
TABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}_CL")
TABLE_AND_VIEW = """
    CREATE TABLE "stored_{table}" ({columns});
    CREATE VIEW "{table}" AS SELECT * FROM "stored_{table}"
    WHERE (getvariable('since') IS NULL
       OR "TimeGenerated" BETWEEN CAST(getvariable('since') AS TIMESTAMP) AND CAST(getvariable('until') AS TIMESTAMP))
      AND (getvariable('resource') IS NULL
       OR starts_with({resource} || '/', CAST(getvariable('resource') AS VARCHAR) || '/'));
"""
FIELD_BYTES = 65_536
LONG = 2**63
INT = 2**31


class SchemaError(Exception):
    """A table definition Log Analytics would not take; names table, column and the rule broken."""


class RowRefusedError(Exception):
    """A row that does not fit its table; names row, column and what was expected."""


def _is_datetime(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_guid(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def _is_whole(value: object, limit: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit


@dataclass(frozen=True, slots=True)
class ColumnType:
    """How a Log Analytics type is kept in DuckDB, how it is told, and which JSON values it takes."""

    cast: str
    expected: str
    takes: Callable[[Any], bool]


TYPES: Mapping[str, ColumnType] = {
    "string": ColumnType("VARCHAR", "a string", lambda value: isinstance(value, str)),
    "datetime": ColumnType("TIMESTAMPTZ::TIMESTAMP", "an ISO 8601 time with its offset", _is_datetime),
    "long": ColumnType("BIGINT", "a 64-bit whole number", lambda value: _is_whole(value, LONG)),
    "int": ColumnType("INTEGER", "a 32-bit whole number", lambda value: _is_whole(value, INT)),
    "real": ColumnType(
        "DOUBLE", "a number", lambda value: isinstance(value, int | float) and not isinstance(value, bool)
    ),
    "boolean": ColumnType("BOOLEAN", "true or false", lambda value: isinstance(value, bool)),
    "dynamic": ColumnType("JSON", "any JSON", lambda _: True),
    "guid": ColumnType("UUID", "a GUID", _is_guid),
}
ALIASES = {"bool": "boolean", "double": "real"}

type Columns = dict[str, ColumnType]

STORAGE_COLUMNS: Columns = {"TimeGenerated": TYPES["datetime"]} | dict.fromkeys(
    (
        "AccountName",
        "Protocol",
        "Category",
        "OperationName",
        "AuthenticationType",
        "AuthenticationHash",
        "StatusCode",
        "StatusText",
        "CallerIpAddress",
        "UserAgentHeader",
        "Uri",
        "_ResourceId",
    ),
    TYPES["string"],
)
METRIC_COLUMNS: Columns = {
    "TimeGenerated": TYPES["datetime"],
    **dict.fromkeys(("ResourceId", "ResourceProvider", "MetricName", "UnitName", "_ResourceId"), TYPES["string"]),
    **dict.fromkeys(("Total", "Count", "Average", "Minimum", "Maximum"), TYPES["real"]),
}
OPERATION_COLUMNS: Columns = {"TimeGenerated": TYPES["datetime"]} | dict.fromkeys(
    ("Category", "Operation", "Level", "Detail", "_ResourceId", "Computer", "CorrelationId"), TYPES["string"]
)
AZURE_TABLES: Mapping[str, Columns] = {
    **dict.fromkeys(("StorageBlobLogs", "StorageFileLogs", "StorageQueueLogs", "StorageTableLogs"), STORAGE_COLUMNS),
    "AzureMetrics": METRIC_COLUMNS,
    "_LogOperation": OPERATION_COLUMNS,
}
"""
The tables that Azure writes, with some of their columns. `_LogOperation` is a function in Azure, asked like a table
(https://learn.microsoft.com/azure/azure-monitor/logs/monitor-workspace).
"""


@dataclass(slots=True)
class LogTables:
    """All tables of one workspace, in one database."""

    schemas: TableSchemas
    _columns: dict[str, Columns] = field(default_factory=dict)
    _database: kql.Database = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for table, columns in self.schemas.items():
            self._columns[table] = _checked(table, columns)
        tables = self._columns | dict(AZURE_TABLES)
        self._database = kql.Database(_definition(table, columns) for table, columns in tables.items())

    def knows(self, table: str) -> bool:
        """Whether its owner has a table of exactly this name."""
        return table in self._columns

    def ingest(self, table: str, rows: Sequence[Any]) -> None:
        """Adds rows, all or none; raises RowRefusedError for the first that does not fit."""
        self._add(table, rows, self._columns[table])

    def emit(self, table: str, rows: Sequence[Any]) -> None:
        """Adds rows to a table of Azure's own, as Azure does; each says in `_ResourceId` what it is about."""
        self._add(table, rows, AZURE_TABLES[table])

    def _add(self, table: str, rows: Sequence[Any], columns: Columns) -> None:
        for number, row in enumerate(rows):
            _check_row(number, row, columns)
        if rows:
            cells = ", ".join(f"unnest(?::VARCHAR[])::{kind.cast}" for kind in columns.values())
            values = [[_cell(row.get(name), kind) for row in rows] for name, kind in columns.items()]
            self._database.connection().execute(f'INSERT INTO "stored_{table}" SELECT {cells}', values)

    def query(
        self, text: str, now: datetime, between: tuple[datetime, datetime] | None, resource: str = ""
    ) -> kql.Answer:
        """Runs a query, seeing only rows of a span of time or a resource if one is given; raises QueryRefusedError."""
        with self._database.connection().cursor() as cursor:
            if resource:
                cursor.execute("SET VARIABLE resource = ?", [canonical(resource)])
            if between:
                since, until = (moment.replace(tzinfo=None) for moment in between)
                cursor.execute("SET VARIABLE since = ?", [since])
                cursor.execute("SET VARIABLE until = ?", [until])
            return kql.run(cursor, text, now)

    def counts(self) -> dict[str, int]:
        """How many rows each table holds; of Azure's own only those that hold any."""
        database = self._database.connection()
        tables = (*self._columns, *AZURE_TABLES)
        found = {table: len(database.sql(f'FROM "stored_{table}"')) for table in tables}
        return {table: rows for table, rows in found.items() if rows or table in self._columns}

    def close(self) -> None:
        """Drops the database."""
        self._database.close()


def load_schemas(source: TableSchemas | Path) -> TableSchemas:
    """Table definitions given as a mapping or as the JSON file of one; raises SchemaError."""
    if not isinstance(source, Path):
        return source
    try:
        loaded = json.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaError(
            f"{source}: cannot be read as JSON ({error}). Give a file of {{table: [{{name, type}}]}}."
        ) from None
    if not isinstance(loaded, dict):
        raise SchemaError(f"{source}: expected an object of tables, found {type(loaded).__name__}.")
    return loaded


def _checked(table: str, columns: Sequence[Mapping[str, str]]) -> Columns:
    if not TABLE.fullmatch(table):
        raise SchemaError(f"Table {table!r}: a custom table's name is letters, digits and '_', and ends in '_CL'.")
    checked: Columns = {}
    for column in columns:
        name, kind = column["name"], column["type"].casefold()
        if not COLUMN.fullmatch(name) or name.casefold() in RESERVED:
            raise SchemaError(
                f"Table {table}, column {name!r}: reserved, or not a letter and up to 44 more characters."
            )
        if ALIASES.get(kind, kind) not in TYPES:
            raise SchemaError(f"Table {table}, column {name}: unknown type {kind!r}; known are {', '.join(TYPES)}.")
        checked[name] = TYPES[ALIASES.get(kind, kind)]
    if "TimeGenerated" not in checked:
        raise SchemaError(f"Table {table}: every table needs a column TimeGenerated of type datetime.")
    return checked


def _definition(table: str, columns: Columns) -> str:
    kinds = ", ".join(f'"{name}" {kind.cast.rpartition(":")[2]}' for name, kind in columns.items())
    about = '"_ResourceId"' if "_ResourceId" in columns else "NULL"
    return TABLE_AND_VIEW.format(table=table, columns=kinds, resource=about)


def _check_row(number: int, row: object, columns: Columns) -> None:
    if not isinstance(row, dict):
        raise RowRefusedError(f"row {number}: expected an object, found {type(row).__name__}")
    for name, value in row.items():
        if name not in columns:
            raise RowRefusedError(f"row {number}, column {name!r}: unknown; the table has {', '.join(columns)}")
        if value is not None and not columns[name].takes(value):
            raise RowRefusedError(
                f"row {number}, column {name!r}: expected {columns[name].expected}, found {value!r:.60}"
            )
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
        if isinstance(text, str) and len(text.encode()) > FIELD_BYTES:
            raise RowRefusedError(
                f"row {number}, column {name!r}: expected at most {FIELD_BYTES} bytes, Azure cuts the rest"
            )
    if row.get("TimeGenerated") is None:
        raise RowRefusedError(f"row {number}, column 'TimeGenerated': expected a time, found nothing")


def _cell(value: Any, kind: ColumnType) -> str | None:  # noqa: ANN401 - a cell holds any JSON
    if value is None:
        return None
    return json.dumps(value) if kind.cast == "JSON" else str(value)
