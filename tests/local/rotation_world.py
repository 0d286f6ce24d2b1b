"""An estate for `rotate`: a hub and its project keep keys of an AI account, a search service and a storage account."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.rotation.look import Look, Sources, look
from shared.keys.account import Risk
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Record
from shared.policy.policy import Policy
from shared.rules.rotation import RENEWALS
from tests.builders import NOW, SUBSCRIPTION, Document, connection, dependent, dependent_id, hub, policy, project, rid
from tests.fakes import FakeCloud, FakeKeys, FakeLedger, FakeUses

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


def accepting(*risks: Risk) -> Policy:
    """A policy that enforces every rule, and accepts some risks of a rotation."""
    return policy(parameters={rule.id: {"accepted": risks} for rule in RENEWALS.values()})


@dataclass
class Place:
    """The estate with its keys, its logs and the ledger."""

    cloud: FakeCloud = field(default_factory=lambda: FakeCloud(documents()))
    keys: FakeKeys = field(default_factory=FakeKeys)
    logs: FakeUses = field(default_factory=FakeUses)
    ledger: FakeLedger | None = field(default_factory=FakeLedger)
    policy: Policy = field(default_factory=lambda: accepting(Risk.UNKNOWN_USERS))
    """The logs of AI and search name no key, so that without this somebody must approve each rotation."""

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
        return Sources(self.cloud, self.cloud, self.keys, self.logs, self.ledger, (SUBSCRIPTION,))

    def remember(self, *records: Record) -> None:
        """What the ledger holds."""
        self.ledger = FakeLedger({record.account: record for record in records})

    async def look(self, wanted: str = AI.name, now: datetime = NOW) -> Look:
        """Look at one account."""
        return await look(self.sources, wanted, self.policy, now)
