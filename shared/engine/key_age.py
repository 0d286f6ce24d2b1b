"""
How old keys are that were made before we knew their account, where its own document does not say when it was made.

The activity log reaches ninety days back, and tells that a key was regenerated, but not which. So it says something
where it is silent: then both keys are at least as old as it reaches. Where it is not, an age counts from first sight.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from shared.key_ports import KeyRotation
from shared.keys.account import ROTATED
from shared.keys.age import SILENT
from shared.model.errors import Conflict, HubwardenError, Throttled
from shared.model.facts import Fact, kind_of
from shared.model.rotation import Phase, Record

log = logging.getLogger(__name__)

REACHES: Final = timedelta(days=89)
"""A day less than Azure keeps, so that the oldest is whole."""


async def aged(rotation: KeyRotation, records: Iterable[Record], now: datetime) -> list[Record]:
    """
    Those whose keys turn out to be as old as the log reaches, as the ledger keeps them from now on.

    What cannot be read is asked again in the next pass. Raises Throttled.
    """
    found = await asyncio.gather(*(_aged(rotation, record, now) for record in records if _is_unknown(record)))
    return [record for record in found if record is not None]


def _is_unknown(record: Record) -> bool:
    return kind_of(record.account) in SILENT and record.phase is Phase.RESTING and not record.born


async def _aged(rotation: KeyRotation, record: Record, now: datetime) -> Record | None:
    since = now - REACHES
    try:
        if await rotation.uses.keys_made(Fact(record.account, kind_of(record.account)), since) is not None:
            return None
        return await rotation.ledger.save(replace(record, born=dict.fromkeys(ROTATED, since)))
    except Throttled:
        raise
    except Conflict:
        return None  # somebody else has just learnt more of it
    except HubwardenError as error:
        log.warning("rotation.age account=%s: %s", record.account.name, error)
        return None
