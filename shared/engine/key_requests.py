"""What people and events ask of the ledger: a rotation, an approval, or that a key was shown to somebody unexpected."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from shared.key_ports import KeyLedger
from shared.model.errors import Conflict
from shared.model.message import Rotate, Wish
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Phase, Record, Sighting

SAME_SIGHT: Final = timedelta(minutes=1)
"""Within it the same person's reading of keys is one."""
_TRIES: Final = 5
_URGENCY: Final = (Cause.AGE, Cause.EXPIRY, Cause.REQUEST, Cause.EMERGENCY)


async def introduce(ledger: KeyLedger, accounts: Iterable[ResourceId], now: datetime) -> dict[ResourceId, Record]:
    """Begin the clock of accounts that nobody has seen yet; gives their records, also those somebody else began."""
    records: dict[ResourceId, Record] = {}
    for account in sorted(accounts):
        try:
            records[account] = await ledger.save(Record(account, now))
        except Conflict:
            if (known := await ledger.get(account)) is not None:
                records[account] = known
    return records


async def demand(ledger: KeyLedger, account: ResourceId, wanted: Demand) -> Record:
    """
    Keep that somebody wants an account's keys rotated; an emergency overtakes what is under way, no other does.

    It begins anew, for the key that was made on the way may be the one that somebody has seen.
    """
    return await _change(ledger, account, lambda record: _demanded(record, wanted), wanted.at)


async def grant(ledger: KeyLedger, wanted: Rotate, now: datetime) -> Record:
    """Keep what somebody asks for."""
    return await _change(ledger, wanted.account, lambda record: granted(record, wanted, now), now)


def granted(record: Record, wanted: Rotate, now: datetime) -> Record:
    """
    The record with what somebody asks for in it.

    An approval lets the old key of the rotation under way die, though nobody can tell who else uses it.
    """
    if wanted.wish is Wish.APPROVE:
        return replace(record, approved=f"{wanted.reason} ({wanted.by})")
    cause = Cause.EMERGENCY if wanted.wish is Wish.NOW else Cause.REQUEST
    return _demanded(record, Demand(cause, wanted.reason, wanted.by, now, wanted.correlation_id))


def _demanded(record: Record, wanted: Demand) -> Record:
    if record.demand is not None and _URGENCY.index(wanted.cause) <= _URGENCY.index(record.demand.cause):
        return record
    phase = Phase.RESTING if wanted.cause is Cause.EMERGENCY else record.phase
    return replace(record, demand=wanted, phase=phase)


async def sighted(ledger: KeyLedger, account: ResourceId, sighting: Sighting) -> Record:
    """
    Keep that an account's keys were shown to somebody unexpected; of several the latest, in whatever order told.

    Who reads keys all day is written down once a minute, and again once a key is new.
    """

    def change(record: Record) -> Record:
        known = record.sighting
        if known is None:
            return replace(record, sighting=sighting)
        renewed = any(at > known.at for at in record.born.values())
        again = known.who == sighting.who and sighting.at - known.at < SAME_SIGHT and not renewed
        return record if known.at >= sighting.at or again else replace(record, sighting=sighting)

    return await _change(ledger, account, change, sighting.at)


async def _change(ledger: KeyLedger, account: ResourceId, change: Callable[[Record], Record], now: datetime) -> Record:
    """Change a record under the hands of a turn that may be saving it too. Raises Conflict after a few tries."""
    for left in reversed(range(_TRIES)):
        record = await ledger.get(account) or Record(account, now)
        changed = change(record)
        if changed == record and record.version:
            return record
        try:
            return await ledger.save(changed)
        except Conflict:
            if not left:
                raise
    raise AssertionError("the last try returns or raises")
