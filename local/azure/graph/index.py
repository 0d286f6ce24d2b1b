"""The tables `resources` and `resourcecontainers`, made from the store's changes once they are old enough.

Types come in lower case; connections, computes and other proxy resources are not in Resource Graph (CONTRACTS 11).
"""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from local.azure import kql
from local.azure.arm_ids import canonical, group_of, parent, resource_type, subscription_of
from local.azure.clock import Clock
from local.azure.store import Change, Document

TEXT_COLUMNS = ("id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy")
JSON_COLUMNS = ("sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation")
TABLES = ("resources", "resourcecontainers")
TRACKED_CHILDREN = frozenset(
    {
        "microsoft.cognitiveservices/accounts/projects",
        "microsoft.machinelearningservices/workspaces/batchendpoints",
        "microsoft.machinelearningservices/workspaces/batchendpoints/deployments",
        "microsoft.machinelearningservices/workspaces/onlineendpoints",
        "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments",
    }
)


TABLE_AND_VIEW = """
    CREATE TABLE stored_{table} (canonical VARCHAR PRIMARY KEY, {columns});
    CREATE VIEW {table} AS SELECT * EXCLUDE (canonical) FROM stored_{table}
    WHERE getvariable('subscriptions') IS NULL
       OR list_contains(CAST(getvariable('subscriptions') AS VARCHAR[]), "subscriptionId");
"""
COLUMNS = ", ".join([f'"{name}" VARCHAR' for name in TEXT_COLUMNS] + [f'"{name}" JSON' for name in JSON_COLUMNS])
REMOVE = "DELETE FROM stored_{} WHERE canonical IN (SELECT unnest(?::VARCHAR[]))"
INSERT = "INSERT INTO stored_{} SELECT {}"
PLACEHOLDERS = ", ".join(
    ["unnest(?::VARCHAR[])"] * (1 + len(TEXT_COLUMNS)) + ["unnest(?::VARCHAR[])::JSON"] * len(JSON_COLUMNS)
)

type Row = list[str | None]


@dataclass(slots=True)
class GraphIndex:
    """A database that follows the store, `lag_seconds` behind."""

    clock: Clock
    lag_seconds: float
    _due: deque[tuple[float, Change]] = field(default_factory=deque)
    _database: kql.Database = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._database = kql.Database(TABLE_AND_VIEW.format(table=table, columns=COLUMNS) for table in TABLES)

    def change(self, change: Change) -> None:
        """Queues a change of the store."""
        self._due.append((self.clock.seconds() + self.lag_seconds, change))

    def query(self, text: str, subscriptions: Sequence[str]) -> kql.Answer:
        """Runs a query over what is visible by now in these subscriptions (none: all); raises QueryRefusedError."""
        self._catch_up()
        with self._database.connection().cursor() as cursor:
            if subscriptions:
                cursor.execute("SET VARIABLE subscriptions = ?", [[one.casefold() for one in subscriptions]])
            return kql.run(cursor, text, self.clock.now())

    def close(self) -> None:
        """Drops the database."""
        self._database.close()

    def _catch_up(self) -> None:
        now = self.clock.seconds()
        latest: dict[str, Change] = {}
        while self._due and self._due[0][0] <= now:
            _, change = self._due.popleft()
            latest[canonical(change.resource_id)] = change
        for table in TABLES:
            changes = {key: change for key, change in latest.items() if _table(key) == table}
            self._replace(table, changes)

    def _replace(self, table: str, changes: dict[str, Change]) -> None:
        rows = [_row(key, change.after) for key, change in changes.items() if change.after is not None]
        database = self._database.connection()
        database.execute(REMOVE.format(table), [list(changes)])
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            database.execute(INSERT.format(table, PLACEHOLDERS), columns)


def _table(canonical_id: str) -> str | None:
    """The table a resource is seen in, or None for proxy and extension resources."""
    try:
        kind = resource_type(canonical_id).casefold()
    except ValueError:
        return None
    if kind.startswith("microsoft.resources/subscriptions"):
        return "resourcecontainers"
    top_level = "/resourcegroups/" in canonical_id and parent(canonical_id).count("/") == 4  # noqa: PLR2004 - a group's id
    return "resources" if top_level or kind in TRACKED_CHILDREN else None


def _row(key: str, document: Document) -> Row:
    known: dict[str, Any] = {
        "id": document["id"],
        "name": document.get("name") or document.get("displayName"),
        "type": resource_type(document["id"]).casefold(),
        "tenantId": document.get("tenantId"),
        "kind": document.get("kind") or "",
        "location": (document.get("location") or "").replace(" ", "").casefold(),
        "resourceGroup": group_of(document["id"]).casefold(),
        "subscriptionId": subscription_of(document["id"]).casefold(),
        "managedBy": document.get("managedBy") or "",
    }
    parts = (document.get(name) for name in JSON_COLUMNS)
    return [
        key,
        *(known[name] for name in TEXT_COLUMNS),
        *(None if part is None else json.dumps(part) for part in parts),
    ]
