"""What Bicep takes from the code, as JSON in `infra`: tables and streams, names in storage, and the events we read."""

import json
from typing import Final

from functions.edge import CHANGES, POISON
from shared.adapters.key_ledger import LEDGER
from shared.adapters.report_blobs import CONTAINER
from shared.adapters.state_table import STATE
from shared.adapters.tag_history import HISTORY
from shared.model.message import RESOURCE_TYPES
from shared.model.tables import TABLES, Column

OPERATIONS: Final = (
    "Microsoft.Authorization/roleAssignments/",
    "Microsoft.CognitiveServices/accounts/",
    "Microsoft.ContainerRegistry/registries/delete",
    "Microsoft.ContainerRegistry/registries/write",
    "Microsoft.Insights/components/delete",
    "Microsoft.Insights/components/write",
    "Microsoft.Insights/diagnosticSettings/",
    "Microsoft.KeyVault/vaults/",
    "Microsoft.MachineLearningServices/workspaces/",
    "Microsoft.Resources/subscriptions/resourceGroups/",
    "Microsoft.Resources/tags/",
    "Microsoft.Search/searchServices/",
    "Microsoft.Storage/storageAccounts/delete",
    "Microsoft.Storage/storageAccounts/listKeys/",
    "Microsoft.Storage/storageAccounts/regenerateKey/",
    "Microsoft.Storage/storageAccounts/write",
)
"""
How the operations begin whose events concern anything that rules judge, or show a key (`shared/engine/key_desk.py`).

Event Grid compares them without regard to case. Storage accounts, registries and Application Insights are named verb by
verb, for most of what happens under them (containers, images, alerts) is nothing to us, and every event costs a run.
"""

MOST_VALUES: Final = 25
"""Values that all advanced filters of an event subscription may have together (CONTRACTS §9)."""

_IN_A_TABLE: Final = {"datetime": "dateTime"}
"""Where the API of tables spells a type in mixed case; that of data collection rules has them all in lower case."""


def tables_file() -> str:
    """`infra/tables.json`: each table with its columns, and the stream of the collection rule that fills it."""
    return _json([_table(name, columns) for name, columns in TABLES.items()])


def events_file() -> str:
    """`infra/events.json`: which events of a subscription are wanted."""
    return _json({"types": sorted(RESOURCE_TYPES), "operations": sorted(OPERATIONS)})


def storage_file() -> str:
    """`infra/storage.json`: queues, tables and containers by the names that the code has for them."""
    tables = sorted((STATE, HISTORY, LEDGER))
    return _json({"changes": CHANGES, "poison": POISON, "tables": tables, "reports": CONTAINER})


def _table(name: str, columns: tuple[Column, ...]) -> dict[str, object]:
    listed = [
        {"name": one.name, "type": _IN_A_TABLE.get(one.type, one.type), "description": one.means} for one in columns
    ]
    return {"name": name, "stream": f"Custom-{name}", "columns": listed}


def _json(content: object) -> str:
    return f"{json.dumps(content, indent=2)}\n"
