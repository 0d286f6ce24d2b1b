"""
What the engine needs from the world, by role. Adapters give it for Azure; tests give it with fakes that behave.

Every method may raise the errors of `shared.model.errors`; none raises an SDK's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.cost_ports import CostSource, ReportStore, TagHistory
from shared.image_ports import Directory, FleetHistory, ReleaseCalendar
from shared.key_ports import KeyReader, KeyRotation
from shared.model.compute_memory import ComputeMemory
from shared.model.facts import Fact, Gap, Kind
from shared.model.finding import OpenFinding
from shared.model.message import Deed
from shared.model.plan import Step
from shared.model.resource_id import ResourceId


class Clock(Protocol):
    """The time. The only place the core gets it from."""

    def now(self) -> datetime:
        """The moment, timezone-aware, in UTC."""
        ...

    async def pause(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Inventory(Protocol):
    """What Azure holds, read only. What it will not show comes back as a fact or a gap, never as an error."""

    async def get(self, resource: ResourceId) -> Fact:
        """
        One resource, read directly: present, absent (404) or unreadable (403, 5xx, no answer in time).

        Raises Throttled when Azure still says 429 after the waits it asked for.
        """
        ...

    async def children(self, parent: ResourceId, kind: Kind) -> tuple[Fact, ...] | Gap:
        """
        All connections, computes, endpoints or diagnostic settings of a resource, or why they are not known.

        Of a key vault all secrets, without their values.
        """
        ...

    async def family(self, hub: ResourceId) -> tuple[Fact, ...] | Gap:
        """The hub's projects from Resource Graph, seconds to minutes behind the truth (`Source.INDEX`)."""
        ...

    async def resources(self, wanted: Sequence[ResourceId]) -> tuple[Fact, ...] | Gap:
        """Many resources at once from Resource Graph (`Source.INDEX`); those it does not know are left out."""
        ...

    async def hubs(self) -> Sequence[Fact]:
        """
        Every workspace in the governed subscriptions that no hub in them claims, and every Foundry account.

        That is each hub, each plain workspace, and each project whose hub is not among them; a Foundry account is a hub
        of another make. From Resource Graph. Raises Forbidden when it may not look.
        """
        ...


class Actuator(Protocol):
    """Writes to governed resources, one step at a time."""

    async def apply(self, step: Step) -> None:
        """
        Carry out a step; to do so twice leaves the world as once.

        Raises Forbidden (with the permission), Rejected, Conflict, Throttled or DependencyDown; Overtaken, with nothing
        sent, for an instance that is no longer what was judged.
        """
        ...


@dataclass(frozen=True)
class Mark:
    """One message that wants a hub looked at: what changed, and which event said so."""

    hub: ResourceId
    resource: ResourceId
    """What to judge; the hub itself for a sweep."""
    event_id: str
    whole: bool = False
    """Judge the hub with all its family, as a sweep does."""
    keys: bool = False
    """Look also at who holds which key."""
    correlation_id: str = ""
    """Azure's id for the operation that caused it, for the audit trail."""
    deed: Deed | None = None
    """Who did it and when; only where policy wants creators in tags."""
    version: str = ""
    """The store's own: it drops a mark only while nobody has renewed it."""


class HubLease(Protocol):
    """One worker at a time for a hub, and marks so that no message is lost while it works."""

    async def mark(self, mark: Mark) -> None:
        """Leave word that the hub must be looked at; the same event twice leaves one mark."""
        ...

    async def marks(self, hub: ResourceId) -> Sequence[Mark]:
        """The marks on a hub, in a stable order."""
        ...

    async def answered(self, marks: Sequence[Mark]) -> None:
        """Drop marks that a run has answered, but for those renewed meanwhile."""
        ...

    async def take(self, hub: ResourceId, holder: str, now: datetime, until: datetime) -> bool:
        """Take the lease unless another holder has one that ends after `now`; never waits."""
        ...

    async def release(self, hub: ResourceId, holder: str) -> None:
        """Let go of a lease this holder has; nothing happens when it has none."""
        ...


type Row = Mapping[str, Any]
"""One row of a Log Analytics table; its columns are in `shared.model.tables`."""


@dataclass(frozen=True)
class HubState:
    """What the finding store remembers of one hub."""

    open: Mapping[str, OpenFinding] = field(default_factory=dict)
    """Failing findings by fingerprint."""
    announced: Mapping[str, Row] = field(default_factory=dict)
    """Audit rows by step id of writes that were announced and never settled: the process died in between."""
    writes: tuple[datetime, ...] = ()
    """When this hub was last written to; for the write budget."""
    owner: str = ""
    """Whom the hub's owner tag named when it was last read."""
    known_since: Mapping[ResourceId, datetime] | None = field(default_factory=dict)
    """Since when each connection is known whose key is somebody else's; None where nothing is ever remembered."""
    computes: Mapping[ResourceId, ComputeMemory] = field(default_factory=dict)
    """What is remembered of each compute."""


@dataclass(frozen=True)
class HubUpdate:
    """What a run changes in that memory."""

    opened: Sequence[OpenFinding] = ()
    """Findings to keep, new ones and ones whose severity changed."""
    resolved: Sequence[str] = ()
    """Fingerprints to forget."""
    settled: Sequence[str] = ()
    """Step ids whose announcements have been answered."""
    writes: tuple[datetime, ...] = ()
    owner: str = ""
    known_since: Mapping[ResourceId, datetime] = field(default_factory=dict)
    """Connections to know from now on, and since when; the others are known as they were."""
    forgotten: Sequence[ResourceId] = ()
    """Connections to know no more."""
    computes: Mapping[ResourceId, ComputeMemory] = field(default_factory=dict)
    """Computes of which something else is to be remembered; those without anything are forgotten."""


class FindingStore(Protocol):
    """Memory between runs, by hub."""

    async def load(self, hub: ResourceId) -> HubState:
        """All that is known of a hub; an empty state for one never seen."""
        ...

    async def announce(
        self, hub: ResourceId, rows: Mapping[str, Row], computes: Mapping[ResourceId, ComputeMemory] | None = None
    ) -> None:
        """
        Keep the audit rows of writes about to be made, by step id, before the first of them is made.

        And what is to be remembered of computes that some of them delete: when this returns, both are kept for good.
        """
        ...

    async def save(self, hub: ResourceId, update: HubUpdate) -> None:
        """Remember what a run found and did."""
        ...

    async def note_run(self, at: datetime) -> None:
        """Keep when a run last ended, for health."""
        ...

    async def last_run(self) -> datetime | None:
        """When a run last ended; None before the first."""
        ...

    async def note_month(self, month: str) -> None:
        """Keep up to which month, such as `2026-10`, all are reported as closed."""
        ...

    async def last_month(self) -> str:
        """The month up to which all are reported as closed; empty before the first."""
        ...


class Lineage(Protocol):
    """Which hubs a resource belongs to; an index that every reconcile refreshes, never a source of truth."""

    async def hubs_of(self, resource: ResourceId, now: datetime) -> frozenset[ResourceId] | None:
        """The hubs; empty for a resource known not to be ours; None for one nobody has looked up."""
        ...

    async def belongs(self, hub: ResourceId, members: Sequence[ResourceId]) -> None:
        """Keep that these belong to the hub, besides what is known already."""
        ...

    async def not_ours(self, resource: ResourceId, until: datetime) -> None:
        """Keep that no hub owns a resource, until a moment when it is worth asking again."""
        ...


class FindingLog(Protocol):
    """Where rows go for people to query: Log Analytics."""

    async def write(self, table: str, rows: Sequence[Row]) -> None:
        """Append rows to a table. Raises DependencyDown, Throttled, Forbidden or Rejected."""
        ...

    async def waiting_since(self) -> datetime | None:
        """When the oldest of the rows was written that could not be sent yet; None where none waits."""
        ...


@dataclass(frozen=True)
class Alert:
    """One thing that ops should know now."""

    kind: str
    """Such as `Hubwarden.FindingOpened`; the CloudEvent's type."""
    subject: str
    data: Mapping[str, Any]
    key: str = ""
    """
    What makes it the same alert where it is sent again with other data; empty where only the same data do.

    Two of one kind and subject must never have the same.
    """


class AlertTopic(Protocol):
    """Where alerts go for machines to route: an Event Grid custom topic."""

    async def publish(self, alerts: Sequence[Alert]) -> None:
        """Send alerts; nothing for none. Raises DependencyDown, Throttled, Forbidden or Rejected."""
        ...


class Access(Protocol):
    """What our own identity may do."""

    async def lacking(self, permissions: Sequence[str]) -> Sequence[str]:
        """Which of these permissions it does not have in every governed subscription, by ARM name, in their order."""
        ...


@dataclass(frozen=True)
class World:
    """The ports, as one."""

    inventory: Inventory
    actuator: Actuator
    access: Access
    store: FindingStore
    lease: HubLease
    lineage: Lineage
    history: TagHistory
    log: FindingLog
    topic: AlertTopic
    costs: CostSource
    reports: ReportStore | None
    """None where no place for reports is set."""
    keys: KeyReader | None
    """None where nobody wants keys to be looked at."""
    clock: Clock
    rotation: KeyRotation | None = None
    """None where keys are not rotated."""
    releases: ReleaseCalendar | None = None
    """None where nothing is ever remembered."""
    directory: Directory | None = None
    """None where nobody may look up people."""
    fleet: FleetHistory | None = None
    """None where nothing is ever remembered."""
