"""What a record says after a look and after a step, and where a rotation stands for those who read of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.keys.account import AccountView, Terms
from shared.keys.age import births, due, limit, renewed_after
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Phase, Record


def looked(view: AccountView, record: Record, now: datetime) -> Record:
    """
    The record with what is seen now.

    A consumer whose key is unknown keeps its place, one that is gone or keeps a query key does not. A key that somebody
    has left since the last look was kept until this one. An approval counts for the rotation that is under way or asked
    for, never for a later one.
    """
    known = {one: slot for one, slot in record.holders.items() if _may_keep(view, one)}
    left = {slot for one, slot in record.holders.items() if one not in known and view.told.get(one) is not slot}
    movable = {slot for one, slot in view.told.items() if one not in view.anchored}
    return replace(
        record,
        holders={**known, **view.told},
        kept={**record.kept, **dict.fromkeys(left | movable, now)},
        approved=record.approved if record.open else "",
        trouble="",
    )


def _may_keep(view: AccountView, consumer: ResourceId) -> bool:
    """Whether a consumer that kept one of the two keys may be in need of it: it is dead or unknown, or out of sight."""
    held = view.keepers.get(consumer)
    return held.slot is None if held is not None else bool(view.unseen)


def ended(record: Record) -> Record:
    """The rotation is over, or nobody carries it on; what was learnt stays."""
    return replace(record, phase=Phase.RESTING, demand=None, begun=None, since=None, approved="", trouble="")


def regenerated(record: Record, slot: Slot, now: datetime) -> Record:
    """After a slot got a new key: consumers may move to it; where it was the old one, the rotation nears its end."""
    kept = {one: at for one, at in record.kept.items() if one is not slot}
    new = replace(record, born={**record.born, slot: now}, kept=kept, since=now, trouble="")
    if record.phase is Phase.RENEWING:
        return replace(new, phase=Phase.MOVING, proof=None)
    return replace(new, phase=Phase.RESYNCING)


@dataclass(frozen=True)
class Standing:
    """Where the keys of one account stand at the end of a pass."""

    record: Record
    births: Mapping[Slot, datetime]
    most: timedelta
    """How old a key may become."""
    due: datetime
    """When the next rotation should begin."""
    until: datetime | None = None
    """For a wait: until when."""
    settled: bool = True
    """Whether both keys were renewed since they were last shown to somebody unexpected."""
    would: str = ""
    """What would have been done, where nothing may be written."""


def standing(
    account: Fact, record: Record, terms: Terms, *, until: datetime | None = None, would: str = ""
) -> Standing:
    """Where an account stands, from its own document, the ledger and policy."""
    return Standing(
        record=record,
        births=births(account, record),
        most=limit(account, terms),
        due=due(account, record, terms),
        until=until,
        settled=settled(account, record),
        would=would,
    )


def settled(account: Fact, record: Record) -> bool:
    """Whether both keys were renewed since they were last shown to somebody unexpected, if ever they were."""
    return record.sighting is None or renewed_after(account, record, record.sighting.at)
