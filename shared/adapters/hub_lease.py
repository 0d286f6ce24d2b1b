"""
One worker at a time for a hub, and marks for those who came meanwhile. The engine's `HubLease`.

The lease is an entity: to insert it is to have it, and to replace an ended one takes its etag, so that of two workers
exactly one wins. Row keys, in the hub's partition: `lease` and `mark|<hash of event and resource>`.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from azure.data.tables import TableEntity

from shared.adapters.state_table import StateTable, delete, digest, etag_of, plain_moment
from shared.model.message import Deed
from shared.model.resource_id import ResourceId
from shared.ports import Mark

_LEASE, _MARK, _AFTER_MARKS = "lease", "mark|", "mark}"


class TableHubLease:
    """Leases and marks of hubs."""

    def __init__(self, table: StateTable) -> None:
        """Keep them in a table."""
        self._table = table
        self._held: dict[tuple[ResourceId, str], str] = {}
        """The etag of each lease taken here, which saves a read when it is let go."""

    async def mark(self, mark: Mark) -> None:
        """See `HubLease.mark`: one write."""
        await self._table.put(_entity(mark))

    async def marks(self, hub: ResourceId) -> Sequence[Mark]:
        """See `HubLease.marks`: one query."""
        return [_mark(hub, entity) for entity in await self._table.between(digest(hub), _MARK, _AFTER_MARKS)]

    async def answered(self, marks: Sequence[Mark]) -> None:
        """See `HubLease.answered`: one transaction a hundred marks of a hub; a mark without a version is not ours."""
        for hub in {mark.hub for mark in marks}:
            mine = [mark for mark in marks if mark.hub == hub and mark.version]
            await self._table.apply(delete(digest(hub), _row(mark), mark.version) for mark in mine)

    async def take(self, hub: ResourceId, holder: str, now: datetime, until: datetime) -> bool:
        """See `HubLease.take`: one write where nobody has the lease, else a read and at most a write."""
        lease = {"PartitionKey": digest(hub), "RowKey": _LEASE, "Hub": str(hub), "Holder": holder, "Until": until}
        etag = await self._table.insert(lease)
        if etag is None:
            etag = await self._take_over(lease, now)
        if etag is None:
            return False
        self._held[hub, holder] = etag
        return True

    async def release(self, hub: ResourceId, holder: str) -> None:
        """See `HubLease.release`: one delete, which fails for a lease that has passed to another."""
        etag = self._held.pop((hub, holder), None) or await self._etag(hub, holder)
        if etag is not None:
            await self._table.apply([delete(digest(hub), _LEASE, etag)])

    async def _take_over(self, lease: dict[str, Any], now: datetime) -> str | None:
        """The etag of the lease taken from one that has ended, or is ours already; None when it is lost."""
        current = await self._table.get(lease["PartitionKey"], _LEASE)
        if current is None:
            return await self._table.insert(lease)
        if current["Holder"] != lease["Holder"] and current["Until"] > now:
            return None
        return await self._table.replace(lease, etag_of(current))

    async def _etag(self, hub: ResourceId, holder: str) -> str | None:
        current = await self._table.get(digest(hub), _LEASE)
        return etag_of(current) if current is not None and current["Holder"] == holder else None


def _row(mark: Mark) -> str:
    content = f"{mark.event_id}\n{mark.resource.key}"
    return f"{_MARK}{hashlib.sha256(content.encode()).hexdigest()[:32]}"


def _entity(mark: Mark) -> dict[str, Any]:
    return {
        "PartitionKey": digest(mark.hub),
        "RowKey": _row(mark),
        "Hub": str(mark.hub),
        "Resource": str(mark.resource),
        "EventId": mark.event_id,
        "Whole": mark.whole,
        "Keys": mark.keys,
        "CorrelationId": mark.correlation_id,
        **({} if mark.deed is None else {"Who": mark.deed.who, "At": mark.deed.at}),
    }


def _mark(hub: ResourceId, entity: TableEntity) -> Mark:
    return Mark(
        hub=hub,
        resource=ResourceId.parse(entity["Resource"]),
        event_id=entity["EventId"],
        whole=entity["Whole"],
        keys=entity.get("Keys", False),
        correlation_id=entity["CorrelationId"],
        deed=Deed(entity["Who"], plain_moment(entity["At"])) if "Who" in entity else None,
        version=etag_of(entity),
    )
