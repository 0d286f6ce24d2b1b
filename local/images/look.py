"""Where a fleet is read from: documents in files, or a subscription as whoever is signed in, and the app's memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from local.images.fleet import JUDGED, Fleet, Sight, fleet
from local.plan import load_estate
from shared.engine.observe import Question
from shared.image_ports import FleetHistory, ReleaseCalendar
from shared.images.weeks import first_week
from shared.model.errors import Forbidden, HubwardenError
from shared.policy.policy import Policy
from shared.ports import FindingStore, HubState

if TYPE_CHECKING:
    from local.live import Subscription

_NOTHING = HubState(known_since=None)


@dataclass(frozen=True)
class Remembered:
    """What the app keeps of computes between its runs; only read here."""

    store: FindingStore
    calendar: ReleaseCalendar
    fleet: FleetHistory


def from_files(source: Path, policy: Policy, now: datetime) -> Fleet:
    """The computes in documents. Raises EstateInvalid naming file, document and reason."""
    sight = Sight.of(load_estate(source), policy, now)
    return fleet([sight], policy, now, "an estate in files does not hold it")


def from_azure(subscription: str, table: str, policy: Policy, now: datetime) -> Fleet:
    """The computes of a subscription; `table` is the app's table service, empty for none. Raises HubwardenError."""
    return asyncio.run(_from_azure(subscription, table, policy, now))


async def _from_azure(subscription: str, table: str, policy: Policy, now: datetime) -> Fleet:
    from local.live import opened  # noqa: PLC0415 - the SDKs take longer to import than documents to read

    async with opened(subscription, policy, now) as live, _memory(table) as remembered:
        return await look(live, remembered, policy, now)


async def look(live: "Subscription", remembered: Remembered | None, policy: Policy, now: datetime) -> Fleet:
    """
    Look at the computes of each hub, one hub after the other. Raises HubwardenError where Azure tells nothing.

    That the app's memory cannot be read is no reason to stop: images age without it.
    """
    missing = await _missing(remembered)
    memory = None if missing else remembered
    looker = replace(live.looker, rules=JUDGED, releases=None if memory is None else memory.calendar)
    sights = []
    for hub in live.hubs:
        state = _NOTHING if memory is None else await memory.store.load(hub)
        view = await looker.look(Question(hub, frozenset({hub}), now, whole=True), state)
        sights.append(Sight(view.estate, view.judged, view.known))
    weeks = () if memory is None else tuple(await memory.fleet.weeks(first_week(now)))
    return replace(fleet(sights, policy, now, missing), weeks=weeks)


async def _missing(remembered: Remembered | None) -> str:
    """Why the app's memory tells nothing; empty where it does."""
    if remembered is None:
        return "nobody said where it is: give --table"
    try:
        await remembered.calendar.known()
    except Forbidden as error:
        return f"{error}; reading it takes the role Storage Table Data Reader"
    except HubwardenError as error:
        return str(error)
    return ""


@asynccontextmanager
async def _memory(table: str) -> AsyncIterator[Remembered | None]:
    """The app's own table, where somebody says where that is."""
    if not table:
        yield None
        return
    from local.live import SignedIn  # noqa: PLC0415 - see above
    from shared.adapters.clock import SystemClock  # noqa: PLC0415 - see above
    from shared.adapters.finding_store import TableFindingStore  # noqa: PLC0415 - see above
    from shared.adapters.fleet_history import TableFleetHistory  # noqa: PLC0415 - see above
    from shared.adapters.release_calendar import TableReleaseCalendar  # noqa: PLC0415 - see above
    from shared.adapters.state_table import StateTable  # noqa: PLC0415 - see above

    async with SignedIn() as credential:
        rows = StateTable(table, credential, reads_only=True)
        try:
            yield Remembered(
                TableFindingStore(rows), TableReleaseCalendar(rows, SystemClock()), TableFleetHistory(rows)
            )
        finally:
            await rows.close()
