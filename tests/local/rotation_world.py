"""An estate for `rotate`: a hub and its project keep keys of an AI account, a search service and a storage account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.rotation_look import Look, Sources, look
from shared.model.errors import HubwardenError
from shared.model.facts import WORKSPACES, Fact, Kind
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Record, Use
from shared.policy.policy import Policy
from tests.builders import NOW, SUBSCRIPTION, Document, connection, dependent, dependent_id, hub, policy, project, rid
from tests.fakes import FakeCloud, FakeKeys

AI, SEARCH, STORAGE = (
    rid(dependent_id(kind, f"{name}-prod")) for kind, name in (("account", "ai"), ("search", "srch"), ("storage", "st"))
)
CHAT, DRAFT, OLD, INDEX = (
    rid(connection(name, of=of))
    for name, of in (("chat", "hub"), ("chat", "project"), ("old", "project"), ("index", "hub"))
)
HUB = rid(hub())
MADE = NOW - timedelta(days=60)
"""When the account was made; Azure tells that of AI accounts and storage."""


def keyed(resource: ResourceId, to: ResourceId, **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """A connection by key."""
    of = resource.parent.name if resource.parent else ""
    given = {"authType": "ApiKey", "metadata": {"ResourceId": str(to)}, **properties}
    return connection(resource.name, of=of, **given)


def documents() -> list[Document]:
    """All of it."""
    return [
        hub(storageAccount=str(STORAGE)),
        project(storageAccount=str(STORAGE)),
        dependent("account", AI.name, dateCreated=MADE.isoformat()),
        dependent("search", SEARCH.name),
        dependent("storage", STORAGE.name, creationTime=MADE.isoformat()),
        keyed(CHAT, AI),
        keyed(DRAFT, AI),
        keyed(OLD, AI),
        keyed(INDEX, SEARCH),
    ]


@dataclass(frozen=True)
class Index:
    """KeyInventory over the documents of a cloud."""

    cloud: FakeCloud

    async def accounts(self) -> Sequence[Fact]:
        """See `KeyInventory.accounts`."""
        return [fact for fact in self._facts() if fact.kind in {Kind.AI_ACCOUNT, Kind.SEARCH, Kind.STORAGE}]

    async def keepers(self) -> Sequence[Fact]:
        """See `KeyInventory.keepers`."""
        return [fact for fact in self._facts() if fact.kind in WORKSPACES]

    def _facts(self) -> list[Fact]:
        return sorted(map(Fact.of, self.cloud.world.values()), key=lambda fact: fact.id)


@dataclass
class Logs:
    """KeyUses: what the logs of all accounts tell of each key, and whom they were asked about."""

    tell: dict[Slot, Use] = field(default_factory=dict)
    trouble: HubwardenError | None = None
    asked: list[Slot] = field(default_factory=list)

    async def since(self, account: Fact, slot: Slot, moment: datetime) -> Use:  # noqa: ARG002 - the port's
        """See `KeyUses.since`."""
        self.asked.append(slot)
        if self.trouble is not None:
            raise self.trouble
        return self.tell.get(slot, Use(known=True))

    async def regenerated(self, account: Fact, since: datetime) -> datetime | None:  # noqa: ARG002 - the port's
        """See `KeyUses.regenerated`."""
        return None


@dataclass
class Shelf:
    """KeyLedger: records that are only read; whoever saves one has written where nothing may be."""

    records: Mapping[ResourceId, Record] = field(default_factory=dict)
    trouble: HubwardenError | None = None

    async def all(self) -> Mapping[ResourceId, Record]:
        """See `KeyLedger.all`."""
        if self.trouble is not None:
            raise self.trouble
        return dict(self.records)

    async def get(self, account: ResourceId) -> Record | None:
        """See `KeyLedger.get`."""
        return self.records.get(account)

    async def save(self, record: Record) -> Record:
        """See `KeyLedger.save`."""
        raise AssertionError(f"a look has written the record of {record.account}")


@dataclass
class Place:
    """The estate with its keys, its logs and the ledger."""

    cloud: FakeCloud = field(default_factory=lambda: FakeCloud(documents()))
    keys: FakeKeys = field(default_factory=FakeKeys)
    logs: Logs = field(default_factory=Logs)
    ledger: Shelf | None = field(default_factory=Shelf)
    policy: Policy = field(default_factory=policy)

    def __post_init__(self) -> None:
        """Two hold the first key of the AI account, one a dead one; the storage account's first is the workspaces'."""
        for account in (AI, SEARCH, STORAGE):
            self.keys.open(account)
        self.keys.keep(CHAT, AI, Slot.FIRST)
        self.keys.keep(DRAFT, AI, Slot.FIRST)
        self.keys.keep(OLD, AI, None)
        self.keys.keep(INDEX, SEARCH, Slot.SECOND)
        for workspace in (HUB, rid(project())):
            self.keys.keep(workspace, STORAGE, Slot.FIRST)

    @property
    def sources(self) -> Sources:
        """Whom a look asks."""
        return Sources(self.cloud, Index(self.cloud), self.keys, self.logs, self.ledger, (SUBSCRIPTION,))

    def remember(self, *records: Record) -> None:
        """What the ledger holds."""
        self.ledger = Shelf({record.account: record for record in records})

    async def look(self, wanted: str = AI.name, now: datetime = NOW) -> Look:
        """Look at one account."""
        return await look(self.sources, wanted, self.policy, now)
