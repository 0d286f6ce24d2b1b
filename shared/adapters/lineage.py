"""
Which hubs lean on a resource: an index for events that do not tell. The engine's `Lineage`.

One partition holds it all, because a hub's members are then one transaction, and a resource's hubs one query. Row keys:
`<hash of resource>|<hash of hub>`, and `<hash of resource>|!` for a resource that no hub is known to own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from shared.adapters.state_table import StateTable, digest, upsert
from shared.model.facts import WORKSPACE_TYPE
from shared.model.resource_id import ResourceId

MOST_KNOWN: Final = 50_000
"""Memberships this process remembers having written; past that it forgets them all and writes them once more."""

FRESH: Final = timedelta(minutes=5)
"""How long this process believes that a workspace is still its hub's. Azure cannot move one, but somebody may delete it
and make another by the same name. Dependents are asked about each time: another hub may have come to lean on them."""

_PARTITION = "lineage"
_NOBODY = "!"


class TableLineage:
    """The index from resources to hubs."""

    def __init__(self, table: StateTable) -> None:
        """Keep it in a table."""
        self._table = table
        self._written: set[str] = set()
        self._workspaces: dict[ResourceId, tuple[frozenset[ResourceId], datetime]] = {}

    async def hubs_of(self, resource: ResourceId, now: datetime) -> frozenset[ResourceId] | None:
        """See `Lineage.hubs_of`: one query, none for a workspace that was asked about lately."""
        hubs, until = self._workspaces.get(resource, (None, now))
        if now < until:
            return hubs
        hubs = await self._ask(resource, now)
        if hubs and resource.type == WORKSPACE_TYPE:
            if len(self._workspaces) > MOST_KNOWN:
                self._workspaces.clear()
            self._workspaces[resource] = (hubs, now + FRESH)
        return hubs

    async def _ask(self, resource: ResourceId, now: datetime) -> frozenset[ResourceId] | None:
        start = digest(resource)
        entities = await self._table.between(_PARTITION, f"{start}|", f"{start}}}")
        hubs = frozenset(ResourceId.parse(entity["Hub"]) for entity in entities if "Hub" in entity)
        if hubs:
            return hubs
        return frozenset() if any(entity["Until"] > now for entity in entities) else None

    async def belongs(self, hub: ResourceId, members: Sequence[ResourceId]) -> None:
        """See `Lineage.belongs`: one transaction a hundred members, none for what this process wrote before."""
        rows = {row: member for member in members if (row := f"{digest(member)}|{digest(hub)}") not in self._written}
        await self._table.apply(upsert(_entity(row, hub, member)) for row, member in rows.items())
        if len(self._written) > MOST_KNOWN:
            self._written.clear()
        self._written.update(rows)

    async def not_ours(self, resource: ResourceId, until: datetime) -> None:
        """See `Lineage.not_ours`: one write. A hub that is known to own the resource counts for more."""
        row = f"{digest(resource)}|{_NOBODY}"
        await self._table.put({"PartitionKey": _PARTITION, "RowKey": row, "Resource": str(resource), "Until": until})


def _entity(row: str, hub: ResourceId, member: ResourceId) -> dict[str, Any]:
    return {"PartitionKey": _PARTITION, "RowKey": row, "Resource": str(member), "Hub": str(hub)}
