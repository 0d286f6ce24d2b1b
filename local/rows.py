"""
Rows of Log Analytics in a folder: what the demo leaves behind when its Log Analytics ends with it.

One file a table, and one that says when the rows were taken.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from local.azure.monitor.tables import LogTables, RowRefusedError
from shared.model.errors import EstateInvalid
from shared.model.tables import TABLES

WHEN: Final = "taken.json"

type Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Saved:
    """Tables from a folder, as they were at a moment."""

    tables: LogTables
    at: datetime


def keep(folder: Path, rows: Mapping[str, Rows], at: datetime) -> None:
    """Put rows by table into a folder, in place of those that were there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for table, some in rows.items():
        (folder / f"{table}.json").write_text(json.dumps([_plain(row) for row in some], indent=1) + "\n", "utf-8")
    (folder / WHEN).write_text(json.dumps({"at": at.isoformat()}) + "\n", "utf-8")


def saved(folder: Path) -> Saved:
    """The rows of a folder. Raises EstateInvalid for one without rows, or with rows of another version."""
    if not (folder / WHEN).is_file():
        raise EstateInvalid(f"{folder}: no rows here; run make demo first, or give --workspace to ask Log Analytics")
    tables = LogTables({name: [{"name": c.name, "type": c.type} for c in columns] for name, columns in TABLES.items()})
    try:
        at = datetime.fromisoformat(json.loads((folder / WHEN).read_text("utf-8"))["at"])
        for name in TABLES:
            file = folder / f"{name}.json"
            tables.ingest(name, json.loads(file.read_text("utf-8")) if file.is_file() else [])
    except (OSError, ValueError, KeyError, TypeError, RowRefusedError) as error:
        raise EstateInvalid(f"{folder}: the rows cannot be read ({error}); run make demo again") from None
    return Saved(tables, at)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the ingestion took it: moments as text, and nothing that nobody knows."""
    values = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
    return {name: value for name, value in values.items() if value is not None}
