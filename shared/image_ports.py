"""What the engine needs to know of computes besides their documents: the release calendar, and who is still there."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Protocol

from shared.images.releases import Release, Releases
from shared.images.weeks import HubWeek


class ReleaseCalendar(Protocol):
    """Which image came to which region when, as computes first showed it; kept for all hubs together."""

    async def known(self) -> Releases:
        """All that was ever seen."""
        ...

    async def note(self, seen: Collection[Release], at: datetime) -> None:
        """Keep that these were there at a moment; of one that is known, the earlier moment stays."""
        ...


class FleetHistory(Protocol):
    """What the sweeps have counted of each hub's computes, week by week."""

    async def note(self, counted: HubWeek) -> None:
        """
        Keep what a sweep has counted, in place of what an earlier one counted of that hub in that week.

        What was seen in part stands beside what was seen whole, and not in its place.
        """
        ...

    async def weeks(self, since: date) -> Sequence[HubWeek]:
        """All that was counted in a week and those after it, by week and hub."""
        ...

    async def forget(self, before: date) -> None:
        """Keep nothing of the weeks before one."""
        ...


class Directory(Protocol):
    """The organisation's people, by object id."""

    async def missing(self, people: Collection[str]) -> frozenset[str]:
        """
        Which of these object ids nobody has any more: deleted, or never there.

        Raises Forbidden (with the permission), Throttled or DependencyDown.
        """
        ...
