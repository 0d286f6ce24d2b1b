"""The rotation engine with a world in memory around it: accounts, who keeps their keys, time that passes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, override

from shared.engine.key_desk import KeyDesk
from shared.engine.key_journal import memory_of
from shared.engine.key_pass import Rotator
from shared.engine.key_requests import introduce as meet
from shared.key_ports import KeyRotation
from shared.keys.progress import Standing
from shared.model.facts import Kind, kind_of
from shared.model.finding import OpenFinding
from shared.model.key_facts import Slot
from shared.model.message import Deed, Event, Rotate, Wish
from shared.model.resource_id import ResourceId
from shared.model.rotation import Phase, Record
from shared.model.tables import FINDINGS, KEYS
from shared.policy.policy import Policy
from shared.ports import World
from shared.rules.catalogue import RULES
from tests.builders import NOW, SUBSCRIPTION, Document, connection, dependent, endpoint, policy, rid, workspace_id
from tests.fakes import FakeClock, FakeCloud, FakeKeys, FakeLedger, FakeUses
from tests.rig import Rig

APP: Final = ResourceId.parse(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ops/providers/Microsoft.Web/sites/func")
OURSELVES: Final = "00000000-aaaa-bbbb-cccc-000000000001"
"""Object id of our own identity."""
FIRST_KEY: Final = 770_000_000_000
"""Keys are numbers from here on, which nothing else in a test is."""
EVERY: Final = timedelta(hours=6)
"""From one pass to the next."""

_CATEGORIES: Final = {
    Kind.AI_ACCOUNT: ("AzureOpenAI", "ApiKey"),
    Kind.SEARCH: ("CognitiveSearch", "ApiKey"),
    Kind.STORAGE: ("AzureBlob", "AccountKey"),
    Kind.ENDPOINT: ("ApiKey", "ApiKey"),
}
_NAMES: Final = {Slot.FIRST: "key1", Slot.SECOND: "key2"}


def consenting(*accepted: str, **settings: Any) -> Policy:  # noqa: ANN401 - as `policy`
    """A policy under which rotations begin by themselves, and old keys die although no log could tell who uses them."""
    terms = {"accepted": accepted or ("unknown_users",)}
    rules = ("HW-KEY-010", "HW-KEY-011", "HW-KEY-012", "HW-KEY-013")
    return policy(**{"auto_approve": "CHG-7", "parameters": dict.fromkeys(rules, terms), **settings})


def account(kind: str = "account", name: str = "ai", *, age: float = 85, **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """An account that was made so many days before the tests begin; search does not say when."""
    made = (NOW - timedelta(days=age)).isoformat()
    told: dict[str, dict[str, Any]] = {
        "account": {"dateCreated": made},
        "storage": {"creationTime": made, "keyCreationTime": {"key1": made, "key2": made}},
        "search": {},
    }
    return dependent(kind, name, **{**told[kind], **properties})


def keyed_endpoint(name: str = "score") -> Document:
    """An online endpoint that takes keys."""
    document = endpoint(name)
    return {**document, "properties": {**document["properties"], "authMode": "Key"}}


@dataclass
class LivingKeys(FakeKeys):
    """Keys in a cloud whose storage accounts tell when each was made."""

    cloud: FakeCloud = field(default_factory=FakeCloud)
    clock: FakeClock = field(default_factory=FakeClock)
    _numbers: "count[int]" = field(default_factory=lambda: count(FIRST_KEY))

    @override
    def renew(self, account: ResourceId, slot: Slot) -> None:
        super().renew(account, slot)
        if kind_of(account) is Kind.STORAGE and account in self.cloud.world:
            times = self.cloud.document(account)["properties"].setdefault("keyCreationTime", {})
            times[_NAMES[slot]] = self.clock.now().isoformat()

    @property
    def numbers(self) -> list[str]:
        """Every key there ever was, as text."""
        return [str(number) for number in range(FIRST_KEY, next(self._numbers))]

    def shown(self, consumer: ResourceId) -> str:
        """The key that a consumer keeps, as text."""
        return str(self._copy(consumer))

    def consumers(self) -> list[ResourceId]:
        """Whoever keeps a key."""
        return sorted(self._kept)

    def slot(self, consumer: ResourceId) -> Slot | None:
        """Where the key is that a consumer keeps; None for a dead one."""
        living = self._living[self._homes[consumer]]
        return next((slot for slot, key in living.items() if key == self._kept[consumer]), None)


@dataclass
class RotationRig(Rig):
    """A rig whose accounts have keys, with a pass every few hours."""

    policy: Policy = field(default_factory=consenting)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    uses: FakeUses = field(default_factory=FakeUses)
    _passes: int = 0

    def __post_init__(self) -> None:
        """Keys live in the cloud and go by the clock."""
        self.living = LivingKeys(cloud=self.cloud, clock=self.clock)
        self.keys = self.living

    @property
    @override
    def world(self) -> World:
        rotation = KeyRotation(self.cloud, self.living, self.uses, self.ledger)
        return World(**{**vars(super().world), "rotation": rotation})

    def rotator(self, world: World | None = None, governed: frozenset[str] = frozenset()) -> Rotator:
        """A fresh worker, in this world or in one that is out of order."""
        world = world or self.world
        if world.keys is None or world.rotation is None:
            raise AssertionError("a rotation needs keys")
        return Rotator(
            world,
            world.keys,
            world.rotation,
            RULES,
            self.policy,
            APP,
            "0.1.0",
            enforce=self.enforce,
            governed=governed,
        )

    def desk(self, world: World | None = None) -> KeyDesk:
        """A fresh worker for messages."""
        return KeyDesk(self.rotator(world), OURSELVES)

    def connect(
        self,
        document: Document,
        slot: Slot | None = Slot.FIRST,
        name: str = "",
        of: str | Document = "hub",
        *,
        old: bool = False,
        **properties: Any,  # noqa: ANN401 - JSON
    ) -> ResourceId:
        """
        Someone gives a workspace, or Foundry, a connection with the key in a slot of an account.

        By the activity log that account was made only now, unless it is `old`.
        """
        home = rid(document)
        if not old:
            self.uses.make(home, self.clock.now())
        category, auth = _CATEGORIES[kind_of(home)]
        kept = {"authType": auth, "category": category, "metadata": {"ResourceId": str(home)}, **properties}
        made = connection(name or f"to-{home.name}", of=of if isinstance(of, str) else of["name"], **kept)
        if not isinstance(of, str):
            made |= {"id": f"{of['id']}/connections/{made['name']}", "type": f"{of['type']}/connections"}
            del made["properties"]["createdByWorkspaceArmId"]
        consumer = self.cloud.put(made)
        self.living.keep(consumer, home, slot)
        self.cloud.document(consumer)["properties"]["credentials"] = {"key": self.living.shown(consumer)}
        return consumer

    def anchor(self, document: Document, workspace: str = "hub") -> ResourceId:
        """A workspace that keeps the first key of its storage account."""
        consumer = rid(workspace_id(workspace))
        self.living.keep(consumer, rid(document), Slot.FIRST)
        return consumer

    async def met(self, *documents: Document) -> None:
        """The accounts have been known for longer than any grace, so that nothing is in the way of a rotation."""
        await meet(self.ledger, map(rid, documents), self.clock.now() - timedelta(days=2))

    async def turn(
        self, only: tuple[ResourceId, ...] = (), world: World | None = None
    ) -> Mapping[ResourceId, Standing]:
        """The timer has come round: one pass."""
        self._passes += 1
        return await self.rotator(world).run(f"pass-{self._passes}", only)

    async def live(self, *, until: Phase | None = None, most: timedelta = timedelta(days=9)) -> None:
        """Time passes, with a pass every few hours, for so long; or until the first account comes to a phase."""
        end = self.clock.now() + most
        while self.clock.now() < end:
            await self.turn()
            if until is not None and until in {record.phase for record in self.ledger.kept.values()}:
                return
            self.clock.advance(seconds=EVERY.total_seconds())

    async def ask(
        self,
        document: Document,
        wish: Wish = Wish.NOW,
        reason: str = "it leaked",
        world: World | None = None,
        correlation_id: str = "",
    ) -> None:
        """Somebody's word about an account's keys."""
        self._passes += 1
        wanted = Rotate(rid(document), wish, reason, "jane@contoso.example", correlation_id)
        await self.desk(world).answer(wanted, f"ask-{self._passes}")

    async def shown(
        self,
        resource: ResourceId,
        operation: str,
        *,
        principal: str = "",
        application: str = "",
        who: str = "",
        at: datetime | None = None,
        correlation_id: str = "",
    ) -> None:
        """An event tells that somebody listed keys."""
        deed = Deed(who, at or self.clock.now()) if who else None
        kind = "Microsoft.Resources.ResourceActionSuccess"
        event = Event("event-1", kind, resource, operation, principal, application, correlation_id, deed)
        await self.desk().notice(event)

    def record(self, document: Document) -> Record:
        """What the ledger has of an account."""
        return self.ledger.kept[rid(document)]

    def born(self, document: Document) -> list[datetime]:
        """When we made each of its keys."""
        return sorted(self.record(document).born.values())

    async def found(self, document: Document) -> Mapping[str, OpenFinding]:
        """What stands open about the rotation of an account, by rule."""
        state = await self.store.load(memory_of(rid(document)))
        return {finding.rule: finding for finding in state.open.values()}

    def steps(self, *columns: str, **wanted: object) -> list[tuple[Any, ...]]:
        """Columns of the rows about steps; by default what was done with which key, and how that came out."""
        rows = [row for row in self.rows(KEYS, **wanted) if row["Step"] != "stands"]
        return [tuple(row[name] for name in columns or ("Step", "Key", "Result")) for row in rows]

    def stands(self, document: Document) -> Mapping[str, Any]:
        """The last row that tells where an account stood."""
        return self.rows(KEYS, Account=rid(document).key, Step="stands")[-1]

    def said(self, rule: str, document: Document) -> str:
        """What a rule last said of an account."""
        return str(self.rows(FINDINGS, Rule=rule, Resource=rid(document).key)[-1]["Message"])

    def alerted(self) -> list[tuple[str, str]]:
        """Alerts by kind, with the rule of those about findings."""
        return [(alert.kind.removeprefix("Hubwarden."), alert.data.get("Rule", "")) for alert in self.topic.alerts]
