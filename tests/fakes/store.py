"""The app's own memory without a table: FindingStore, HubLease and Lineage."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.adapters.compute_rows import definition
from shared.adapters.plain_json import plain
from shared.model.compute_memory import ComputeMemory
from shared.model.finding import OpenFinding
from shared.model.resource_id import ResourceId
from shared.ports import HubState, HubUpdate, Mark, Row


@dataclass
class _Hub:
    open: dict[str, OpenFinding] = field(default_factory=dict)
    announced: dict[str, Row] = field(default_factory=dict)
    writes: tuple[datetime, ...] = ()
    owner: str = ""
    known_since: dict[ResourceId, datetime] = field(default_factory=dict)
    computes: dict[ResourceId, ComputeMemory] = field(default_factory=dict)
    marks: dict[tuple[str, ResourceId], Mark] = field(default_factory=dict)
    lease: tuple[str, datetime] | None = None

    def remember(self, computes: Mapping[ResourceId, ComputeMemory]) -> None:
        """Keep what is known of computes, or nothing of it where a definition is too long; forget those without any."""
        changed = {**self.computes, **{compute: _kept(compute, memory) for compute, memory in computes.items()}}
        self.computes = {compute: memory for compute, memory in changed.items() if memory.changes(None)}


class FakeStore:
    """One memory for all three ports, as the table is for the adapters."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._hubs: dict[ResourceId, _Hub] = {}
        self._versions = 0
        self._last_run: datetime | None = None
        self._last_month = ""
        self._lineage: dict[ResourceId, set[ResourceId]] = {}
        self._not_ours: dict[ResourceId, datetime] = {}

    async def load(self, hub: ResourceId) -> HubState:
        """See `FindingStore.load`."""
        known = self._hub(hub)
        return HubState(
            dict(known.open),
            dict(known.announced),
            known.writes,
            known.owner,
            dict(known.known_since),
            dict(known.computes),
        )

    async def announce(
        self, hub: ResourceId, rows: Mapping[str, Row], computes: Mapping[ResourceId, ComputeMemory] | None = None
    ) -> None:
        """See `FindingStore.announce`."""
        self._hub(hub).remember(computes or {})
        self._hub(hub).announced.update({step: plain(row) for step, row in rows.items()})

    async def save(self, hub: ResourceId, update: HubUpdate) -> None:
        """See `FindingStore.save`."""
        known = self._hub(hub)
        known.remember(update.computes)
        known.open.update({finding.fingerprint: finding for finding in update.opened})
        for fingerprint in update.resolved:
            known.open.pop(fingerprint, None)
        for step in update.settled:
            known.announced.pop(step, None)
        for resource in update.forgotten:
            known.known_since.pop(resource, None)
        known.known_since.update(update.known_since)
        known.writes, known.owner = update.writes, update.owner

    async def note_run(self, at: datetime) -> None:
        """See `FindingStore.note_run`."""
        self._last_run = at

    async def last_run(self) -> datetime | None:
        """See `FindingStore.last_run`."""
        return self._last_run

    async def note_month(self, month: str) -> None:
        """See `FindingStore.note_month`."""
        self._last_month = month

    async def last_month(self) -> str:
        """See `FindingStore.last_month`."""
        return self._last_month

    async def mark(self, mark: Mark) -> None:
        """See `HubLease.mark`."""
        self._versions += 1
        self._hub(mark.hub).marks[mark.event_id, mark.resource] = replace(mark, version=str(self._versions))

    async def marks(self, hub: ResourceId) -> Sequence[Mark]:
        """See `HubLease.marks`."""
        return tuple(self._hub(hub).marks.values())

    async def answered(self, marks: Sequence[Mark]) -> None:
        """See `HubLease.answered`."""
        for mark in marks:
            kept = self._hub(mark.hub).marks
            if mark == kept.get((mark.event_id, mark.resource)):
                del kept[mark.event_id, mark.resource]

    async def take(self, hub: ResourceId, holder: str, now: datetime, until: datetime) -> bool:
        """See `HubLease.take`."""
        known = self._hub(hub)
        if known.lease is not None and known.lease[0] != holder and known.lease[1] > now:
            return False
        known.lease = (holder, until)
        return True

    async def release(self, hub: ResourceId, holder: str) -> None:
        """See `HubLease.release`."""
        known = self._hub(hub)
        if known.lease is not None and known.lease[0] == holder:
            known.lease = None

    async def hubs_of(self, resource: ResourceId, now: datetime) -> frozenset[ResourceId] | None:
        """See `Lineage.hubs_of`."""
        if hubs := self._lineage.get(resource):
            return frozenset(hubs)
        until = self._not_ours.get(resource)
        return frozenset() if until is not None and until > now else None

    async def belongs(self, hub: ResourceId, members: Sequence[ResourceId]) -> None:
        """See `Lineage.belongs`."""
        for member in members:
            self._lineage.setdefault(member, set()).add(hub)

    async def not_ours(self, resource: ResourceId, until: datetime) -> None:
        """See `Lineage.not_ours`."""
        self._not_ours[resource] = until

    def _hub(self, hub: ResourceId) -> _Hub:
        return self._hubs.setdefault(hub, _Hub())


def _kept(compute: ResourceId, memory: ComputeMemory) -> ComputeMemory:
    """As a table keeps it: a definition through JSON, whole or not at all."""
    taken = memory.taken_down
    if taken is None:
        return memory
    return replace(memory, taken_down=replace(taken, document=json.loads(definition(compute, taken.document))))
