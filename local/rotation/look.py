"""
Where one account's keys stand, and what the app would do next: derived as the app does it, in memory, writing nothing.

All consumers are looked at, as in a pass. The ledger is only read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from local.wording import because, called, near
from shared.engine.key_discovery import Discovery, discover
from shared.engine.key_requests import granted
from shared.engine.key_room import Room
from shared.engine.key_terms import effect, terms, workspace_of
from shared.key_ports import KeyInventory, KeyLedger, KeyReader, KeyUses
from shared.keys.account import AccountView, Terms
from shared.keys.derive import derive
from shared.keys.step import Ask, Decision
from shared.model.errors import EstateInvalid, Forbidden, HubwardenError, SettingsInvalid
from shared.model.facts import Fact, Seen, kind_of
from shared.model.message import Rotate, Wish
from shared.model.resource_id import ResourceId
from shared.model.rotation import Record, Use
from shared.policy.policy import Effect, Policy
from shared.ports import Inventory
from shared.rules.rotation import KEYED


@dataclass(frozen=True)
class Sources:
    """Whom a look asks: the app's own ports, those that write left out."""

    inventory: Inventory
    index: KeyInventory
    reader: KeyReader
    uses: KeyUses
    ledger: KeyLedger | None
    """None where nobody said where it is."""
    subscriptions: tuple[str, ...]
    """Where consumers are looked for, lower case."""


@dataclass(frozen=True)
class Memory:
    """What the ledger told."""

    records: Mapping[ResourceId, Record] = field(default_factory=dict)
    missing: str = ""
    """Why it told nothing; empty when it was read."""


@dataclass(frozen=True)
class Look:
    """What was seen of one account at one moment."""

    at: datetime
    subscriptions: tuple[str, ...]
    policy: str
    """The version of the policy that it was held against."""
    effect: Effect
    terms: Terms
    memory: Memory
    record: Record
    """The account's, as the ledger has it; a new one where that does not know it."""
    view: AccountView
    next: Decision
    """What the app would do next by itself."""
    wishes: Mapping[Wish, Decision]
    """What it would do first if somebody asked now."""

    @property
    def account(self) -> Fact:
        """Its document."""
        return self.view.account

    @property
    def remembered(self) -> bool:
        """Whether the ledger knows the account."""
        return self.account.id in self.memory.records


async def look(sources: Sources, wanted: str, policy: Policy, now: datetime) -> Look:
    """
    Look at everybody who may keep a key of one account.

    `wanted` is an ARM id, or a name that only one account has. Raises EstateInvalid or SettingsInvalid for one that
    cannot be rotated from here, and what the ports raise: without the index nobody knows where to look.
    """
    found = await discover(sources.inventory, sources.index)
    account = await _read(sources, choose({*found.accounts, *found.consumers}, wanted), found)
    memory = await _remembered(sources.ledger)
    record = memory.records.get(account.id) or Record(account.id, now)
    workspace = workspace_of(account.id, found.keepers)
    room = Room(policy.limits.rotations_at_once, memory.records.values())
    agreed = terms(policy, account, workspace, now, room=room.has(account.id))
    view = await _view(sources, account, found)
    view, following = await _decide(sources, view, record, agreed, now)
    wishes = {}
    for wish in Wish:
        view, wishes[wish] = await _decide(sources, view, _wished(record, wish, now), agreed, now)
    return Look(
        at=now,
        subscriptions=sources.subscriptions,
        policy=policy.version,
        effect=effect(policy, account, workspace),
        terms=agreed,
        memory=memory,
        record=record,
        view=view,
        next=following,
        wishes=wishes,
    )


def choose(accounts: Iterable[ResourceId], wanted: str) -> ResourceId:
    """The account with an id or a name. Raises EstateInvalid for one that has no keys, and for no or no single name."""
    if (named := ResourceId.find(wanted)) is not None:
        if kind_of(named) not in KEYED:
            raise EstateInvalid(
                f"{named} is a {kind_of(named)}, which has no keys that rotate: name an AI services account, search "
                "service, storage account or endpoint"
            )
        return named
    return called(accounts, wanted, "account", " with keys")


async def _read(sources: Sources, account: ResourceId, found: Discovery) -> Fact:
    if account.subscription not in sources.subscriptions:
        raise SettingsInvalid(
            f"{account.name} lies in subscription {account.subscription}: give --subscription {account.subscription} "
            "as well, for its consumers are looked for there"
        )
    fact = await sources.inventory.get(account)
    if fact.seen is Seen.ABSENT:
        others = (one for one in found.accounts if one != account)
        raise EstateInvalid(f"there is no {kind_of(account)} {account}{near(others, account.name)}")
    if not fact.present:
        raise EstateInvalid(f"{account.name} could not be read: {because(fact.reason, fact.permission)}")
    return fact


async def _remembered(ledger: KeyLedger | None) -> Memory:
    """What the ledger tells. In a hurry it is no reason to stop that it does not: the app reads its own."""
    if ledger is None:
        return Memory(missing="nobody said where it is: give --table")
    try:
        return Memory(await ledger.all())
    except Forbidden as error:
        return Memory(missing=f"{error}; reading it takes the role Storage Table Data Reader")
    except HubwardenError as error:
        return Memory(missing=str(error))


async def _view(sources: Sources, account: Fact, found: Discovery) -> AccountView:
    consumers = found.consumers.get(account.id, ())
    return AccountView(
        account=account,
        consumers={fact.id: fact for fact in consumers},
        held=(await sources.reader.held(consumers)).held,
        unseen=found.unseen,
        signed=found.signed.get(account.id, frozenset()),
    )


async def _decide(
    sources: Sources, view: AccountView, record: Record, agreed: Terms, now: datetime
) -> tuple[AccountView, Decision]:
    """The next step, with what the logs told on the way to it; each key is asked for once."""
    while isinstance((decision := derive(view, record, agreed, now)).step, Ask):
        use = await _used(sources.uses, view.account, decision.step)
        view, record = replace(view, uses={**view.uses, decision.step.slot: use}), decision.record
    return view, decision


async def _used(uses: KeyUses, account: Fact, ask: Ask) -> Use:
    try:
        return await uses.since(account, ask.slot, ask.since)
    except HubwardenError as error:
        return Use(known=False, why=str(error))


def _wished(record: Record, wish: Wish, now: datetime) -> Record:
    """The record as it would be once the app has taken somebody's word."""
    return granted(record, Rotate(record.account, wish, "you ask for it", "you"), now)
