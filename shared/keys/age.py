"""How old keys are: from Azure where it says, else from the ledger; never from `systemData`, which a PATCH resets."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from shared.keys.account import ROTATED, Terms
from shared.model.facts import Fact, Kind
from shared.model.key_facts import Slot
from shared.model.rotation import Record

_NAMES: Final = {Slot.FIRST: "key1", Slot.SECOND: "key2"}
_CREATED: Final = {Kind.STORAGE: "creationTime", Kind.AI_ACCOUNT: "dateCreated"}
"""Where an account says when it was made; its first keys are no older."""
SILENT: Final = frozenset({Kind.SEARCH, Kind.ENDPOINT})
"""Kinds whose documents say neither when a key was made nor when the account was (CONTRACTS §5 and §6)."""

_SAS_PERIOD: Final = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})")
_EARLY: Final = timedelta(days=7)


def births(account: Fact, record: Record) -> Mapping[Slot, datetime]:
    """When each of the two keys was made; where nobody told, when its account was, or when we first saw that."""
    return {slot: _born(account, record, slot) for slot in ROTATED}


def renewed_after(account: Fact, record: Record, at: datetime) -> bool:
    """Whether both keys are known to have been made after a moment; not knowing is not that."""
    known = [max(_known(account, record, slot), default=None) for slot in ROTATED]
    return all(one is not None and one > at for one in known)


def _known(account: Fact, record: Record, slot: Slot) -> list[datetime]:
    return [one for one in (told(account, slot), record.born.get(slot)) if one is not None]


def _born(account: Fact, record: Record, slot: Slot) -> datetime:
    if known := _known(account, record, slot):
        return max(known)
    created = account.moment("properties", _CREATED.get(account.kind, ""))
    return min(created, record.seen) if created is not None else record.seen


def told(account: Fact, slot: Slot) -> datetime | None:
    """When Azure says that a key was made: only storage does, and not of keys older than 2021 (CONTRACTS §6)."""
    return account.moment("properties", "keyCreationTime", _NAMES[slot])


def limit(account: Fact, terms: Terms) -> timedelta:
    """How old a key may become: what policy says, or less where the storage account's own key policy does."""
    own = account.get("properties", "keyPolicy", "keyExpirationPeriodInDays")
    days = min(terms.days, own) if isinstance(own, int) and own > 0 else terms.days
    return timedelta(days=days)


def due(account: Fact, record: Record, terms: Terms) -> datetime:
    """
    When a rotation should begin, early enough that both keys end within their age: a tenth of it, at most a week.

    Each key that must first fall idle takes its grace: one, or both where consumers keep both.
    """
    most = limit(account, terms)
    idle = max(patience(account, terms), terms.silence) * max(1, len(set(record.holders.values())))
    lead = min(most / 10, _EARLY) + idle
    return min(births(account, record).values()) + max(most - lead, most / 2)


def patience(account: Fact, terms: Terms) -> timedelta:
    """How long the old key lives on: the grace, or as long as the account lets a shared access signature be valid."""
    found = _SAS_PERIOD.fullmatch(account.text("properties", "sasPolicy", "sasExpirationPeriod"))
    if found is None:
        return terms.grace
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return max(terms.grace, timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))
