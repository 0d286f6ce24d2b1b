"""
One account and who keeps its keys, as a small world that behaves: keys are numbers, time passes when told to.

The world knows what a planner must never do, and notes it as a crime at the moment it happens: it sees the numbers,
where the planner sees only slots.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from shared.keys.account import AccountView, Risk, Terms
from shared.keys.age import patience
from shared.model.facts import Fact, Kind, Seen
from shared.model.key_facts import Held, Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Phase, Proof, Record, Use
from tests.builders import connection, dependent, dependent_id, endpoint, rid, workspace_id
from tests.keys.keepers import Keeper

START: Final = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
FIRST, SECOND, QUERY = Slot.FIRST, Slot.SECOND, Slot.QUERY


@dataclass
class World:
    """An account with two keys, its consumers, strangers, the policy and the ledger."""

    service: str = "search"
    """`search`, `account`, `storage` or `endpoint`."""
    terms: Terms = field(default_factory=lambda: Terms(days=90, approved="CHG-1"))
    now: datetime = START
    keyless: bool = False
    gone: Seen = Seen.PRESENT
    logs: bool = True
    """Whether logs tell who uses a key."""
    opens: bool | None = True
    """What comes of a call with a key."""
    properties: dict[str, object] = field(default_factory=dict)
    keepers: dict[ResourceId, Keeper] = field(default_factory=dict)
    signed: set[ResourceId] = field(default_factory=set)
    ledger: Record | None = None
    crimes: list[str] = field(default_factory=list)
    regenerated: list[Slot] = field(default_factory=list)
    """By us, in order."""
    numbers: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        """The account is a hundred days old, and so are its keys; the ledger knows it as long."""
        self.created = self.now - 100 * DAY
        self.secrets = {slot: next(self.numbers) for slot in Slot}
        self.made = dict.fromkeys((FIRST, SECOND), self.created)
        self.uses: list[tuple[Slot, datetime, str]] = []
        self.left: dict[int, datetime] = {}
        """When we last moved a consumer off a key."""
        self.ours: set[ResourceId] = set()
        """Who has ever kept one of the two keys."""
        self.proved: set[int] = set()
        self.by_hand: set[int] = set()
        """Keys that a person made."""
        self.victims: dict[ResourceId, int] = {}
        """Under whom we killed a key, and which."""
        self.ledger = self.ledger or Record(self.account, seen=self.created)

    @property
    def account(self) -> ResourceId:
        """Its id."""
        return self.fact().id

    @property
    def record(self) -> Record:
        """What the ledger holds."""
        return self.ledger or Record(self.account, seen=self.now)

    @property
    def emergency(self) -> bool:
        """Whether somebody is in a hurry."""
        return self.record.demand is not None and self.record.demand.cause is Cause.EMERGENCY

    # What people do.

    def connect(self, name: str, slot: Slot | None = FIRST, *, of: str = "hub") -> Keeper:
        """Somebody makes a connection with a key, or gives it another; None: one that is not this account's."""
        return self._keep(rid(connection(name, of=of)), Kind.CONNECTION, slot)

    def store(self, name: str, slot: Slot | None = FIRST) -> Keeper:
        """Somebody puts a key into a vault."""
        return self._keep(rid(f"{dependent_id('vault', 'kv')}/secrets/{name}"), Kind.OTHER, slot)

    def open_workspace(self, name: str, slot: Slot = FIRST) -> Keeper:
        """Somebody creates a workspace on this storage account."""
        return self._keep(rid(workspace_id(name)), Kind.HUB, slot)

    def remove(self, consumer: ResourceId) -> None:
        """Somebody deletes a consumer."""
        self.keepers.pop(consumer, None)
        self.signed.discard(consumer)

    def regenerate_by_hand(self, slot: Slot) -> None:
        """Somebody puts a new key into a slot behind our back."""
        self._renew(slot)
        self.by_hand.add(self.secrets[slot])

    def resync_by_hand(self, workspace: ResourceId) -> None:
        """Somebody lets a workspace learn its key."""
        self.keepers[workspace].secret = self.secrets[FIRST]
        self.ours.add(workspace)

    def use(self, slot: Slot, who: str = "10.1.2.3") -> None:
        """A stranger makes a call with a key."""
        self.uses.append((slot, self.now, who))

    def demand(self, cause: Cause, reason: str = "Jane asked for it") -> None:
        """Somebody asks for a rotation."""
        self.ledger = replace(self.record, demand=Demand(cause, reason, "jane@contoso.example", self.now))

    def approve(self) -> None:
        """Somebody lets keys die although nobody can tell who else uses them."""
        self.ledger = replace(self.record, approved="jane@contoso.example: CHG-2")

    def accept(self, *risks: Risk) -> None:
        """Policy accepts risks, and no others."""
        self.terms = replace(self.terms, accepted=frozenset(risks))

    def pass_time(self, by: timedelta) -> None:
        """Time passes; what Azure carries out over a while is done."""
        self.now += by
        for one in [keeper.id for keeper in self.keepers.values() if keeper.resyncing]:
            self.resync_by_hand(one)
            self.keepers[one].resyncing = False

    # What the engine's ports do.

    def fact(self) -> Fact:
        """The account's document."""
        match self.service:
            case "endpoint":
                document = endpoint()
                document["properties"] |= {"authMode": "AADToken" if self.keyless else "Key"}
            case "storage":
                times = {name: self._told(slot) for name, slot in (("key1", FIRST), ("key2", SECOND))}
                document = dependent("storage", creationTime=self.created.isoformat(), keyCreationTime=times)
                document["properties"]["allowSharedKeyAccess"] = not self.keyless
            case "account":
                made = self.created.isoformat()
                document = dependent("account", "ai", dateCreated=made, disableLocalAuth=self.keyless)
            case _:
                document = dependent("search", "find", disableLocalAuth=self.keyless)
        document["properties"] |= self.properties
        whole = Fact.of(document)
        return whole if self.gone is Seen.PRESENT else Fact(whole.id, whole.kind, seen=self.gone, reason="no answer")

    def view(self) -> AccountView:
        """What Azure shows now."""
        listed = [keeper for keeper in self.keepers.values() if keeper.listed]
        hidden = len(listed) < len(self.keepers)
        return AccountView(
            self.fact(),
            consumers={keeper.id: keeper.document for keeper in listed},
            held={keeper.id: self._held(keeper) for keeper in listed},
            unseen=("the connections of hub-b could not be listed (grant …/connections/read)",) if hidden else (),
            signed=frozenset(self.signed),
        )

    def use_of(self, slot: Slot, since: datetime) -> Use:
        """What the logs tell: strangers, and consumers that keep the key or did before."""
        if not self.logs:
            return Use(known=False, why="its logs name no key")
        found = [(at, who) for used, at, who in self.uses if used is slot and at >= since]
        found += [(self.now, keeper.id.name) for keeper in self.keepers.values() if self._calls_with(slot, keeper)]
        found.sort()
        return Use(known=True, last=found[-1][0] if found else None, callers=tuple({who for _, who in found[-1:]}))

    def regenerate(self, slot: Slot) -> None:
        """We put a new key into a slot."""
        self.crimes += [f"{slot}: {crime}" for crime in self._crimes(slot)]
        dead = self.secrets[slot]
        self.victims |= {one.id: dead for one in self.keepers.values() if one.secret == dead and not one.by_identity}
        self._renew(slot)
        self.regenerated.append(slot)

    def prove(self, slot: Slot) -> Proof:
        """We make a call with a key."""
        if self.opens is not False:
            self.proved.add(self.secrets[slot])
        return Proof(self.opens, {True: "200", False: "401", None: "no such call"}[self.opens], self.now)

    def move(self, slot: Slot, consumers: tuple[ResourceId, ...]) -> dict[ResourceId, str]:
        """We let consumers keep the key in a slot; what could not be moved comes back with Azure's word."""
        moving = [self.keepers[one] for one in consumers]
        unproved = self.secrets[slot] not in self.proved | self.by_hand
        if self.record.phase is Phase.MOVING and unproved:
            self.crimes.append(f"moved to a {slot} key that no call has proved")
        for keeper in moving:
            if keeper.id not in self.ours or keeper.secret == self.secrets[QUERY]:
                self.crimes.append(f"moved {keeper.id.name}, which never kept one of the two keys")
            if keeper.writable and keeper.anchored:
                keeper.resyncing = True
            elif keeper.writable:
                self._leave(keeper)
                keeper.secret = self.secrets[slot]
        return {keeper.id: "403" for keeper in moving if not keeper.writable}

    # What it takes.

    def slot_of(self, consumer: Keeper | ResourceId) -> Slot | None:
        """The slot whose key a consumer keeps; None for a dead or foreign one."""
        keeper = consumer if isinstance(consumer, Keeper) else self.keepers[consumer]
        return next((slot for slot, secret in self.secrets.items() if secret == keeper.secret), None)

    def cut_off(self, keeper: Keeper) -> bool:
        """Whether a consumer keeps a key that we killed under it, and we do not know of it any more."""
        nearly_over = self.record.phase in {Phase.CLOSING, Phase.RESYNCING}
        return self.victims.get(keeper.id) == keeper.secret and not nearly_over

    def _keep(self, consumer: ResourceId, kind: Kind, slot: Slot | None) -> Keeper:
        secret = next(self.numbers) if slot is None else self.secrets[slot]
        before = self.keepers.get(consumer)
        self.keepers[consumer] = replace(before, secret=secret) if before else Keeper(consumer, kind, secret)
        if slot in (FIRST, SECOND):
            self.ours.add(consumer)
        return self.keepers[consumer]

    def _renew(self, slot: Slot) -> None:
        self.secrets[slot], self.made[slot] = next(self.numbers), self.now

    def _leave(self, keeper: Keeper) -> None:
        slot = self.slot_of(keeper)
        if slot is not None:
            self.left[keeper.secret] = self.now
            self.uses.append((slot, self.now, keeper.id.name))

    def _calls_with(self, slot: Slot, keeper: Keeper) -> bool:
        return self.slot_of(keeper) is slot and not keeper.by_identity

    def _told(self, slot: Slot) -> str | None:
        return None if self.made[slot] == self.created else self.made[slot].isoformat()

    def _held(self, keeper: Keeper) -> Held:
        if self.gone is not Seen.PRESENT:
            return Held(self.account, problem="the account was not read")
        return keeper.held(self.account, self.slot_of(keeper))

    def _crimes(self, slot: Slot) -> list[str]:
        secret, found = self.secrets[slot], []
        accepted = self.terms.accepted
        for keeper in self.keepers.values():
            excused = keeper.anchored and (keeper.by_identity or Risk.RESYNC_GAP in accepted)
            if keeper.secret == secret and not excused:
                found.append(f"{keeper.id.name} kept it")
        if self.keyless or self.gone is not Seen.PRESENT:
            found.append("the account takes no keys, or nobody can tell")
        return found if self.emergency else found + self._crimes_in_no_hurry(slot, accepted)

    def _crimes_in_no_hurry(self, slot: Slot, accepted: frozenset[Risk]) -> list[str]:
        found, secret, terms = [], self.secrets[slot], self.terms
        if secret in self.left and self.now - self.left[secret] < patience(self.fact(), terms):
            found.append(f"a consumer was moved off it {self.now - self.left[secret]} ago")
        quiet = max(terms.silence, terms.grace)
        hidden = bool(quiet) and any(self._calls_with(slot, keeper) for keeper in self.keepers.values())
        if self.logs and not hidden and any(self.now - at < quiet for used, at, _ in self.uses if used is slot):
            found.append("a log shows that it is in use")
        blind = hidden or not self.logs
        if blind and Risk.UNKNOWN_USERS not in accepted and not self.record.approved:
            found.append("nobody could tell who else uses it, and nobody accepted that")
        if self.signed and Risk.SIGNED_URLS not in accepted:
            found.append("signed URLs die with it")
        if terms.kept:
            found.append("it was to be left alone")
        return found
