"""
How a fleet has come along: what a week's last sweep of each hub counted, and the trend of that.

The weeks begin on Mondays, UTC, as those of the queries do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from shared.images.tally import MOST, Counted, Summary, Tally, summarize
from shared.model.resource_id import ResourceId

WEEKS: Final = 26
"""Weeks that are kept and shown, the running one among them; half a year has some six images."""

_FRESH: Final = timedelta(days=2)
"""A hub that was counted within so long counts now; the sweep comes several times a day."""
_GIVEN_UP: Final = timedelta(days=14)
"""A hub that nobody has looked at for longer is taken for one that is no more."""


@dataclass(frozen=True)
class HubWeek:
    """What the last sweep of one hub in one week counted."""

    hub: ResourceId
    seen: datetime
    """When that was."""
    owners: Mapping[str, Tally] = field(default_factory=dict)
    """The instances by whom the nearest owner tag names; empty for nobody."""
    clusters: int = 0
    never_empty: int = 0
    """Clusters that never come to zero nodes, as far as anybody can tell."""
    whole: bool = True
    """Whether all of its computes could be read; figures of one that was seen in part count nowhere."""

    @property
    def week(self) -> date:
        """The Monday of its week."""
        return monday(self.seen)

    @property
    def total(self) -> Tally:
        """All its instances."""
        return sum(self.owners.values(), Tally())


@dataclass(frozen=True)
class Line:
    """A trend: for each week the figures, or None where nothing was counted."""

    name: str
    tallies: tuple[Tally | None, ...]

    @property
    def last(self) -> Tally:
        """The last figures there are; of nothing for none."""
        return next((tally for tally in reversed(self.tallies) if tally is not None), Tally())


@dataclass(frozen=True)
class Trend:
    """Week by week, the oldest first."""

    weeks: tuple[date, ...]
    fleet: Line
    hubs: tuple[Line, ...]
    """Of those that were counted last week or since, the ten with most instances that are too old."""


@dataclass(frozen=True)
class Unseen:
    """A hub whose computes nobody has been able to count lately."""

    hub: ResourceId
    since: datetime | None
    """When they were counted last; None for never."""


def monday(at: datetime) -> date:
    """The first day of the week of a moment."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def first_week(now: datetime) -> date:
    """The oldest week that is kept."""
    return monday(now) - timedelta(weeks=WEEKS - 1)


def standing(rows: Sequence[HubWeek], now: datetime) -> Summary:
    """The fleet as it stands: of each hub what was counted last, unless that is too long ago."""
    current = [row for row in _latest(rows).values() if now - row.seen < _FRESH]
    counted = (Counted(row.hub, owner, tally) for row in current for owner, tally in row.owners.items())
    return summarize(counted, sum(row.clusters for row in current), sum(row.never_empty for row in current))


def unseen(rows: Sequence[HubWeek], now: datetime) -> tuple[Unseen, ...]:
    """The hubs that were looked at lately, and that `standing` does not count all the same."""
    whole, looked = _latest(rows), {row.hub: row.seen for row in sorted(rows, key=lambda row: row.seen)}
    lately = {hub for hub, seen in looked.items() if now - seen < _GIVEN_UP}
    missing = sorted(hub for hub in lately if hub not in whole or now - whole[hub].seen >= _FRESH)
    return tuple(Unseen(hub, whole[hub].seen if hub in whole else None) for hub in missing)


def trend(rows: Sequence[HubWeek], now: datetime) -> Trend:
    """The last weeks, from the first in which anything was counted."""
    known = [row for row in rows if row.whole and row.week >= first_week(now)]
    begin = min((row.week for row in known), default=monday(now))
    weeks = tuple(begin + timedelta(weeks=number) for number in range((monday(now) - begin).days // 7 + 1))
    by_hub: dict[ResourceId, dict[date, Tally]] = {}
    by_week: dict[date, Tally] = {}
    for row in known:
        by_hub.setdefault(row.hub, {})[row.week] = row.total
        by_week[row.week] = by_week.get(row.week, Tally()) + row.total
    there = [hub for hub, found in by_hub.items() if max(found) >= monday(now) - timedelta(weeks=1)]
    hubs = sorted(there, key=lambda hub: _worst_first(by_hub[hub], hub))
    lines = (Line(hub.name, tuple(by_hub[hub].get(week) for week in weeks)) for hub in hubs[:MOST])
    return Trend(weeks, Line("All hubs", tuple(by_week.get(week) for week in weeks)), tuple(lines))


def _latest(rows: Sequence[HubWeek]) -> dict[ResourceId, HubWeek]:
    """Of each hub the last whole look."""
    return {row.hub: row for row in sorted(rows, key=lambda row: row.seen) if row.whole}


def _worst_first(found: Mapping[date, Tally], hub: ResourceId) -> tuple[int, int, str, ResourceId]:
    last = found[max(found)]
    return -last.failing, -(last.furthest or 0), hub.name, hub
