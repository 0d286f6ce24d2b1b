"""The engine with a world in memory around it: what someone does in Azure, what arrives, what is left after."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from shared.engine.reconcile import Handled, Reconciler
from shared.engine.scope import families, introduce
from shared.image_ports import Directory
from shared.key_ports import KeyRotation
from shared.model.errors import HubwardenError
from shared.model.finding import OpenFinding
from shared.model.message import Event, Sweep
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS, FINDINGS, RUNS
from shared.policy.policy import Policy
from shared.ports import World
from shared.rules.catalogue import RULES
from tests.builders import Document, policy, rid
from tests.fakes import (
    FakeClock,
    FakeCloud,
    FakeCosts,
    FakeFleet,
    FakeHistory,
    FakeKeys,
    FakeLog,
    FakeReleases,
    FakeReports,
    FakeStore,
    FakeTopic,
)

type Named = Document | ResourceId


@dataclass
class FakeAccess:
    """Our own permissions: all but those a test takes away."""

    lacks: Sequence[str] = ()

    async def lacking(self, permissions: Sequence[str]) -> Sequence[str]:
        """See `Access.lacking`."""
        return [permission for permission in permissions if permission in self.lacks]


@dataclass
class Rig:
    """A cloud, a memory, a log, a topic and a clock, with a policy and a mode; one worker by default."""

    cloud: FakeCloud
    policy: Policy = field(default_factory=policy)
    enforce: bool = True
    store: FakeStore = field(default_factory=FakeStore)
    log: FakeLog = field(default_factory=FakeLog)
    topic: FakeTopic = field(default_factory=FakeTopic)
    costs: FakeCosts = field(default_factory=FakeCosts)
    reports: FakeReports = field(default_factory=FakeReports)
    clock: FakeClock = field(default_factory=FakeClock)
    access: FakeAccess = field(default_factory=FakeAccess)
    history: FakeHistory = field(default_factory=FakeHistory)
    releases: FakeReleases = field(default_factory=FakeReleases)
    fleet: FakeFleet = field(default_factory=FakeFleet)
    directory: Directory | None = None
    keys: FakeKeys | None = None
    rotation: KeyRotation | None = None
    governed: Sequence[str] = ()
    """The subscriptions that are looked after; none stands for all."""
    _events: int = 0

    @classmethod
    def of(cls, *documents: Document, **settings: Any) -> Self:  # noqa: ANN401 - the fields above
        """A rig over a world of documents."""
        return cls(FakeCloud(documents), **settings)

    @property
    def world(self) -> World:
        """The ports."""
        return World(
            inventory=self.cloud,
            actuator=self.cloud,
            access=self.access,
            store=self.store,
            lease=self.store,
            lineage=self.store,
            history=self.history,
            log=self.log,
            topic=self.topic,
            costs=self.costs,
            reports=self.reports,
            keys=self.keys,
            rotation=self.rotation,
            clock=self.clock,
            releases=self.releases,
            fleet=self.fleet,
            directory=self.directory,
        )

    @property
    def reconciler(self) -> Reconciler:
        """A fresh worker: nothing is remembered in the process."""
        enforce, governed = self.enforce, self.governed
        return Reconciler(self.world, RULES, self.policy, enforce=enforce, version="0.1.0", governed=governed)

    async def event(
        self,
        about: Named,
        *,
        event_id: str = "",
        holder: str = "worker-1",
        what: str = "Write",
        kind: str = "",
        correlation_id: str = "",
    ) -> Handled:
        """Something happened to a resource, and a worker answers the event, one of ARM's unless its `kind` is given."""
        self._events += 1
        kind = kind or f"Microsoft.Resources.Resource{what}Success"
        message = Event(event_id or f"event-{self._events}", kind, _id(about), correlation_id=correlation_id)
        return await self.reconciler.handle(message, holder)

    async def introduce(self) -> None:
        """The timer tells the lineage index of all hubs, before any of them is looked at."""
        await introduce(await self.cloud.hubs(), self.cloud, self.store, self.clock.now())

    async def sweep(self, *hubs: Named, keys: bool = False) -> None:
        """A timer has come round: it tells of all hubs it may see, and a worker answers for each of these."""
        with suppress(HubwardenError):
            await self.introduce()
        for hub in hubs:
            await self.reconciler.handle(Sweep(_id(hub), keys=keys), "worker-1")

    async def timer(self) -> list[str]:
        """A timer has come round and a worker answers each message of it; gives the names of whom they were about."""
        await self.introduce()
        wanted = await families(await self.cloud.hubs(), self.store, self.clock.now())
        await self.sweep(*wanted)
        return [one.name for one in wanted]

    def document(self, about: Named) -> dict[str, Any]:
        """A resource as it is now."""
        return self.cloud.document(_id(about))

    async def open(self, hub: Named) -> Mapping[str, OpenFinding]:
        """What stands open on a hub, as `rule name` of the resource."""
        known = (await self.store.load(_id(hub))).open.values()
        return {f"{found.rule} {found.resource.name}": found for found in known}

    def rows(self, table: str, **wanted: object) -> list[Mapping[str, Any]]:
        """The rows of a table with these values."""
        return [row for row in self.log.rows(table) if wanted.items() <= row.items()]

    def findings(self, **wanted: object) -> list[Mapping[str, Any]]:
        """See `rows`."""
        return self.rows(FINDINGS, **wanted)

    def actions(self, **wanted: object) -> list[Mapping[str, Any]]:
        """See `rows`."""
        return self.rows(ACTIONS, **wanted)

    @property
    def runs(self) -> list[Mapping[str, Any]]:
        """The header of each run."""
        return self.rows(RUNS)


def _id(about: Named) -> ResourceId:
    return about if isinstance(about, ResourceId) else rid(about)
