"""
`python -m local keys`: who holds which key of an account, and who holds none of its living ones.

It compares keys as the app does, through the same port, and prints none: only which slot each consumer keeps.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.tables import MOST_ROWS
from local.wording import because, called, named
from shared.adapters.policy_files import read
from shared.model.errors import SettingsInvalid
from shared.model.facts import WORKSPACES, Fact, Gap, Kind, Seen, kind_of
from shared.model.key_facts import Held, KeyFacts, Slot, account_of, slot_name
from shared.model.resource_id import ResourceId
from shared.policy.load import load
from shared.policy.policy import Policy
from shared.rules.catalogue import RULES

if TYPE_CHECKING:
    from local.live import Subscription

_CONSUMERS = WORKSPACES | {Kind.CONNECTION, Kind.SECRET}
_ACCOUNTS = frozenset({Kind.AI_ACCOUNT, Kind.SEARCH, Kind.STORAGE})


@dataclass(frozen=True)
class Request:
    """What was asked on the command line."""

    subscription: str
    hub: str
    """An ARM id, or a name that only one hub has; empty for all."""
    policy: Path
    form: str


@dataclass(frozen=True)
class AccountKeys:
    """An account, and who keeps which of its keys."""

    account: ResourceId
    holders: Mapping[Slot, tuple[ResourceId, ...]]
    """By each slot that the account has, also one that nobody is known to hold."""
    none_living: tuple[ResourceId, ...]
    """Whose key is none of its living ones."""
    untold: Mapping[ResourceId, Held]
    """Of whom nobody can tell, and why."""


@dataclass(frozen=True)
class Unseen:
    """Something that may hold keys and could not be read."""

    what: str
    reason: str
    permission: str


@dataclass(frozen=True)
class Picture:
    """Who holds which key, as far as anybody could tell."""

    accounts: tuple[AccountKeys, ...]
    unseen: tuple[Unseen, ...] = ()
    hub: str = ""
    """The one hub that was looked at; empty when all were."""

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        return {
            "accounts": len(self.accounts),
            "living": sum(len(held) for one in self.accounts for held in one.holders.values()),
            "none_living": sum(len(one.none_living) for one in self.accounts),
            "not_told": sum(len(one.untold) for one in self.accounts),
            "unseen": len(self.unseen),
        }


def run(request: Request, clock: Callable[[], datetime]) -> int:
    """Print who holds which key; 0 when all could be told, else 2. Raises HubwardenError for all that is wrong."""
    if not request.subscription:
        raise SettingsInvalid("keys needs --subscription ID; see python -m local keys --help")
    now = clock()
    policy = load(read(request.policy), RULES, now)
    found = asyncio.run(_live(request, policy, now))
    if request.form == "json":
        print(json.dumps(as_document(found), indent=2))
    else:
        show(found, Console(highlight=False))
    return 2 if found.counts["not_told"] or found.counts["unseen"] else 0


async def _live(request: Request, policy: Policy, now: datetime) -> Picture:
    from local.live import opened  # noqa: PLC0415 - the SDKs take longer to import than a wrong argument to tell

    async with opened(request.subscription, policy, now) as live:
        return await look(live, request.hub, now)


async def look(live: "Subscription", wanted: str, now: datetime) -> Picture:
    """View each hub and ask once for the keys of what no hub before it had. Raises HubwardenError."""
    facts: dict[ResourceId, Fact] = {}
    gaps: dict[tuple[ResourceId, Kind], Gap] = {}
    asked: set[ResourceId] = set()
    held: dict[ResourceId, Held] = {}
    hubs = choose(live.hubs, wanted)
    for hub in hubs:
        estate = (await live.view(hub, now, keys=True)).estate
        consumers = [fact for fact in estate if fact.id not in asked and account_of(fact) is not None]
        asked |= {fact.id for fact in consumers}
        held |= (await live.keys.held(consumers)).held if consumers else {}
        facts |= estate.facts
        gaps |= {(gap.parent, gap.kind): gap for gap in estate.gaps}
    return picture(facts.values(), gaps.values(), KeyFacts(held), hubs[0].name if wanted else "")


def choose(hubs: Sequence[ResourceId], wanted: str) -> list[ResourceId]:
    """Those with an id or a name. Raises EstateInvalid for one that is not there, or a name that several have."""
    return [called(hubs, wanted, "hub")] if wanted else list(hubs)


def picture(facts: Iterable[Fact], gaps: Iterable[Gap], keys: KeyFacts, hub: str = "") -> Picture:
    """
    Each account in the estate, or named by a consumer in it, in the order of their ids.

    A consumer of which `keys` says nothing keeps none: a workspace that comes to its storage with an identity.
    """
    ordered = sorted(facts, key=lambda fact: fact.id)
    found: dict[ResourceId, dict[ResourceId, Held]] = {
        fact.id: {} for fact in ordered if fact.present and fact.kind in _ACCOUNTS
    }
    for fact in ordered:
        if (held := keys.held.get(fact.id)) is not None:
            found.setdefault(held.account, {})[fact.id] = held
    accounts = tuple(_account(account, found[account]) for account in sorted(found))
    return Picture(accounts, tuple(_unseen(ordered, gaps)), hub)


def _account(account: ResourceId, held: Mapping[ResourceId, Held]) -> AccountKeys:
    told = {consumer: one for consumer, one in held.items() if not one.problem}
    slots = (Slot.FIRST, Slot.SECOND, *((Slot.QUERY,) if kind_of(account) is Kind.SEARCH else ()))
    return AccountKeys(
        account,
        {slot: tuple(consumer for consumer, one in told.items() if one.slot is slot) for slot in slots},
        tuple(consumer for consumer, one in told.items() if one.slot is None),
        {consumer: one for consumer, one in held.items() if one.problem},
    )


def _unseen(facts: Iterable[Fact], gaps: Iterable[Gap]) -> Iterator[Unseen]:
    for fact in facts:
        if fact.seen is Seen.UNREADABLE and fact.kind in _CONSUMERS | {Kind.KEY_VAULT}:
            yield Unseen(f"{fact.kind} {named(fact.id)}", fact.reason, fact.permission)
    for gap in sorted(gaps, key=lambda gap: gap.parent):
        if gap.kind in _CONSUMERS:
            yield Unseen(f"each {gap.kind} of {gap.parent.name}", gap.reason, gap.permission)


def as_document(found: Picture) -> dict[str, Any]:
    """The picture as JSON."""
    return {
        "hub": found.hub or None,
        "accounts": [_document(one) for one in found.accounts],
        "unseen": [
            {"what": one.what, "because": one.reason, "permission": one.permission or None} for one in found.unseen
        ],
        "counts": found.counts,
    }


def _document(one: AccountKeys) -> dict[str, Any]:
    return {
        "account": one.account.text,
        "kind": kind_of(one.account).value,
        "keys": [
            {"slot": slot.value, "name": slot_name(slot, one.account), "held_by": [holder.text for holder in holders]}
            for slot, holders in one.holders.items()
        ],
        "none_living": [holder.text for holder in one.none_living],
        "not_told": [
            {"resource": resource.text, "because": held.problem, "permission": held.permission or None}
            for resource, held in one.untold.items()
        ],
    }


def show(found: Picture, console: Console) -> None:
    """The picture for people: a table, what could not be read, and a line of counts."""
    if found.accounts:
        console.print(_table(found.accounts))
    if found.unseen:
        console.print("\nCould not be read:")
        for one in found.unseen:
            console.print(escape(f"  {one.what}: {because(one.reason, one.permission)}"), style="yellow")
    console.print(escape(_counted(found)), soft_wrap=True)


def _counted(found: Picture) -> str:
    counts = found.counts
    held = f"a living key {counts['living']}, none of the living {counts['none_living']}, not told {counts['not_told']}"
    hub = f"; only {found.hub} was looked at" if found.hub else ""
    return f"accounts {counts['accounts']}; holders of {held}; not read {counts['unseen']}{hub}"


def _table(accounts: Sequence[AccountKeys]) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for column in ("Account", "Key", "Held by"):
        table.add_column(column, overflow="fold")
    for one in accounts[:MOST_ROWS]:
        for number, (key, holders) in enumerate(_rows(one)):
            table.add_row("" if number else escape(one.account.name), key, holders)
    if len(accounts) > MOST_ROWS:
        table.caption = f"and {len(accounts) - MOST_ROWS} more; --format json shows all, --hub those of one hub"
        table.caption_justify = "left"
    return table


def _rows(one: AccountKeys) -> Iterator[tuple[str, str]]:
    for slot, holders in one.holders.items():
        yield slot_name(slot, one.account), escape(", ".join(map(named, holders))) or "[dim]nobody known[/]"
    if one.none_living:
        yield "[red]none of its living keys[/]", escape(", ".join(map(named, one.none_living)))
    for resource, held in one.untold.items():
        yield "[yellow]not told[/]", escape(f"{named(resource)}: {because(held.problem, held.permission)}")
