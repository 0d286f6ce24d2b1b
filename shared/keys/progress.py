"""What a record says after a step that was made, and where a rotation stands for those who read of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.keys.account import Terms
from shared.keys.age import births, due, limit, renewed_after
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from shared.model.rotation import Phase, Record


def regenerated(record: Record, slot: Slot, now: datetime) -> Record:
    """After a slot got a new key: consumers may move to it; where it was the old one, the rotation nears its end."""
    new = replace(record, born={**record.born, slot: now}, since=now, trouble="")
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
