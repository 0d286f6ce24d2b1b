"""
What sweeps have counted of each hub's computes, in one partition of the app's table. The engine's `FleetHistory`.

Row keys begin with the week, `<Monday>|<hash of the hub>`, so that the weeks since one are one range. What was seen in
part has `|part` after that. Figures are compressed, for a hub may have many owners.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date
from typing import Any, Final

from azure.data.tables import TableEntity

from shared.adapters.state_table import StateTable, delete, digest, plain_moment
from shared.images.tally import Tally
from shared.images.weeks import HubWeek
from shared.model.resource_id import ResourceId

_PARTITION: Final = "fleet"
_EVERYTHING: Final = "~"
_PART: Final = "|part"


class TableFleetHistory:
    """The counts of all hubs together."""

    def __init__(self, table: StateTable) -> None:
        """Keep them in a table."""
        self._table = table

    async def note(self, counted: HubWeek) -> None:
        """See `FleetHistory.note`: one write."""
        await self._table.put(_entity(counted))

    async def weeks(self, since: date) -> Sequence[HubWeek]:
        """See `FleetHistory.weeks`: one query, a thousand rows a request."""
        rows = await self._table.between(_PARTITION, _key(since), _EVERYTHING)
        return sorted((_counted(row) for row in rows), key=lambda one: (one.week, one.hub, one.whole))

    async def forget(self, before: date) -> None:
        """See `FleetHistory.forget`: one query, and a transaction a hundred rows."""
        rows = await self._table.between(_PARTITION, "", _key(before))
        await self._table.apply(delete(_PARTITION, row["RowKey"]) for row in rows)


def _key(week: date) -> str:
    return f"{week:%Y%m%d}"


def _entity(counted: HubWeek) -> dict[str, Any]:
    figures = {owner: asdict(tally) for owner, tally in counted.owners.items()}
    return {
        "PartitionKey": _PARTITION,
        "RowKey": f"{_key(counted.week)}|{digest(counted.hub)}{'' if counted.whole else _PART}",
        "Hub": str(counted.hub),
        "Seen": counted.seen.astimezone(UTC),
        "Whole": counted.whole,
        "Clusters": counted.clusters,
        "NeverEmpty": counted.never_empty,
        "Owners": zlib.compress(json.dumps(figures, separators=(",", ":")).encode()),
    }


def _counted(row: TableEntity) -> HubWeek:
    figures: dict[str, dict[str, Any]] = json.loads(zlib.decompress(row["Owners"]))
    return HubWeek(
        hub=ResourceId.parse(row["Hub"]),
        seen=plain_moment(row["Seen"]),
        owners={owner: _tally(found) for owner, found in figures.items()},
        clusters=row["Clusters"],
        never_empty=row["NeverEmpty"],
        whole=row["Whole"],
    )


def _tally(found: dict[str, Any]) -> Tally:
    """A tally as `asdict` had it, whose tuples are lists in JSON."""
    numbers: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in found.items()
    }
    return Tally(**numbers)
