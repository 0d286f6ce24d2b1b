"""
What is remembered of a hub between runs, in one table partition. The engine's `FindingStore`.

Row keys: `announced|<step id>`, `compute|<hash of its id>`, `finding|<fingerprint>`, `first|<hash of a connection's
id>`, `info`. They lie next to each other, so that `load` is one query; `save` is one transaction for up to a hundred
changes, and one write for each definition of an instance, of which a hundred would not fit.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from azure.data.tables import TableEntity

from shared.adapters.compute_rows import COMPUTE, compute_entity, compute_memory, compute_row
from shared.adapters.plain_json import shortened, text_of
from shared.adapters.state_table import Operation, StateTable, delete, digest, plain_moment, upsert
from shared.model.compute_memory import ComputeMemory
from shared.model.finding import OpenFinding, Severity
from shared.model.resource_id import ResourceId
from shared.ports import HubState, HubUpdate, Row

LONGEST_ROW: Final = 30_000
"""Characters of an announced row's JSON: a property holds 32 K, and a hundred rows fit a transaction's 4 MB."""
MOST_WRITES: Final = 500
"""Moments of writes that are kept, the latest."""

_ANNOUNCED, _FINDING, _FIRST, _INFO = "announced|", "finding|", "first|", "info"
_UNKNOWN = {"Writes": "[]", "Owner": ""}
_HEALTH = "health"
_LAST_RUN = "last-run"
_LAST_MONTH = "last-month"


class TableFindingStore:
    """Findings, announcements and the write budget of each hub."""

    def __init__(self, table: StateTable) -> None:
        """Keep them in a table."""
        self._table = table
        self._loaded: dict[ResourceId, dict[str, str]] = {}
        """What was last read of each hub's writes and owner, until it is saved: what has not changed is not written."""

    async def load(self, hub: ResourceId) -> HubState:
        """See `FindingStore.load`: one query."""
        entities = await self._table.between(digest(hub), _ANNOUNCED, f"{_INFO}~")
        info: Mapping[str, str] = next((e for e in entities if e["RowKey"] == _INFO), {})
        self._loaded[hub] = {key: info.get(key, default) for key, default in _UNKNOWN.items()}
        return HubState(
            open={f.fingerprint: f for e in entities if e["RowKey"].startswith(_FINDING) for f in [_finding(e)]},
            announced={
                e["RowKey"].removeprefix(_ANNOUNCED): json.loads(e["Row"])
                for e in entities
                if e["RowKey"].startswith(_ANNOUNCED)
            },
            writes=tuple(datetime.fromisoformat(at) for at in json.loads(self._loaded[hub]["Writes"])),
            owner=self._loaded[hub]["Owner"],
            known_since={
                ResourceId.parse(e["Resource"]): plain_moment(e["FirstSeen"])
                for e in entities
                if e["RowKey"].startswith(_FIRST)
            },
            computes=dict(compute_memory(e) for e in entities if e["RowKey"].startswith(COMPUTE)),
        )

    async def announce(
        self, hub: ResourceId, rows: Mapping[str, Row], computes: Mapping[ResourceId, ComputeMemory] | None = None
    ) -> None:
        """
        See `FindingStore.announce`: one transaction, none for no rows, after one write a definition.

        A very long row is shortened. Raises Rejected for a definition that is too long to be kept whole.
        """
        definitions, others = _compute_changes(digest(hub), computes or {})
        for one in definitions:
            await self._table.apply([one])
        announced = [upsert(_announcement(digest(hub), step, row)) for step, row in rows.items()]
        await self._table.apply([*others, *announced])

    async def save(self, hub: ResourceId, update: HubUpdate) -> None:
        """
        See `FindingStore.save`: one transaction a hundred changes, none for none. `writes` and `owner` replace.

        A definition of an instance has a write of its own, before all others. Raises Rejected for one that is too long
        to be kept whole, and then keeps nothing of the update. Nobody else writes of a hub between a load and the next
        save here, for that takes the hub's lease.
        """
        definitions, computes = _compute_changes(digest(hub), update.computes)
        changes, info = [*_changes(digest(hub), update), *computes], _info(update)
        for one in definitions:
            await self._table.apply([one])
        if info != self._loaded.pop(hub, None):
            changes.append(upsert({"PartitionKey": digest(hub), "RowKey": _INFO, "Hub": str(hub), **info}))
        await self._table.apply(changes)

    async def note_run(self, at: datetime) -> None:
        """See `FindingStore.note_run`: one write."""
        await self._table.put({"PartitionKey": _HEALTH, "RowKey": _LAST_RUN, "At": at})

    async def last_run(self) -> datetime | None:
        """See `FindingStore.last_run`: one read."""
        entity = await self._table.get(_HEALTH, _LAST_RUN)
        return None if entity is None else plain_moment(entity["At"])

    async def note_month(self, month: str) -> None:
        """See `FindingStore.note_month`: one write."""
        await self._table.put({"PartitionKey": _HEALTH, "RowKey": _LAST_MONTH, "Month": month})

    async def last_month(self) -> str:
        """See `FindingStore.last_month`: one read."""
        entity = await self._table.get(_HEALTH, _LAST_MONTH)
        return "" if entity is None else str(entity["Month"])


def _changes(partition: str, update: HubUpdate) -> list[Operation]:
    opened = {finding.fingerprint: finding for finding in update.opened}
    resolved = (f"{_FINDING}{fingerprint}" for fingerprint in update.resolved if fingerprint not in opened)
    settled = (f"{_ANNOUNCED}{step}" for step in update.settled)
    forgotten = (f"{_FIRST}{digest(resource)}" for resource in update.forgotten if resource not in update.known_since)
    gone = dict.fromkeys((*resolved, *settled, *forgotten))
    kept = (upsert(_entity(partition, finding)) for finding in opened.values())
    known = (upsert(_first(partition, resource, at)) for resource, at in update.known_since.items())
    return [*kept, *known, *(delete(partition, row) for row in gone)]


def _compute_changes(
    partition: str, computes: Mapping[ResourceId, ComputeMemory]
) -> tuple[list[Operation], list[Operation]]:
    """What is remembered of computes: those with a definition, and the others."""
    definitions, others = list[Operation](), list[Operation]()
    for compute, memory in computes.items():
        if not memory.changes(None):
            others.append(delete(partition, compute_row(compute)))
        else:
            (definitions if memory.taken_down else others).append(upsert(compute_entity(partition, compute, memory)))
    return definitions, others


def _info(update: HubUpdate) -> dict[str, str]:
    writes = [at.astimezone(UTC).isoformat() for at in update.writes[-MOST_WRITES:]]
    return {"Writes": json.dumps(writes), "Owner": update.owner}


def _entity(partition: str, finding: OpenFinding) -> dict[str, Any]:
    return {
        "PartitionKey": partition,
        "RowKey": f"{_FINDING}{finding.fingerprint}",
        "Rule": finding.rule,
        "Resource": str(finding.resource),
        "Severity": str(finding.severity),
        "FirstSeen": finding.first_seen,
        **{name: str(value) for name, value in _about(finding).items() if value},
    }


def _about(finding: OpenFinding) -> dict[str, ResourceId | str | None]:
    return {
        "Hub": finding.hub,
        "Project": finding.project,
        "Owner": finding.owner,
        "CostCenter": finding.cost_center,
    }


def _first(partition: str, resource: ResourceId, at: datetime) -> dict[str, Any]:
    row = f"{_FIRST}{digest(resource)}"
    return {"PartitionKey": partition, "RowKey": row, "Resource": str(resource), "FirstSeen": at}


def _finding(entity: TableEntity) -> OpenFinding:
    """As it was remembered; what an earlier version did not keep is not known."""
    return OpenFinding(
        fingerprint=entity["RowKey"].removeprefix(_FINDING),
        rule=entity["Rule"],
        resource=ResourceId.parse(entity["Resource"]),
        severity=Severity(entity["Severity"]),
        first_seen=plain_moment(entity["FirstSeen"]),
        hub=_id(entity.get("Hub")),
        project=_id(entity.get("Project")),
        owner=entity.get("Owner", ""),
        cost_center=entity.get("CostCenter", ""),
    )


def _id(text: str | None) -> ResourceId | None:
    return ResourceId.parse(text) if text else None


def _announcement(partition: str, step: str, row: Row) -> dict[str, Any]:
    return {"PartitionKey": partition, "RowKey": f"{_ANNOUNCED}{step}", "Row": _fitting(row)}


def _fitting(row: Row) -> str:
    """The row as JSON within `LONGEST_ROW`: its longest texts are cut, evenly, and say by how much."""
    text, most = text_of(row), LONGEST_ROW
    while len(text) > LONGEST_ROW:
        most //= 2
        text = text_of({key: shortened(v, most) if isinstance(v, str) else v for key, v in row.items()})
    return text
