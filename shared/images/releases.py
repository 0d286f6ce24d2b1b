"""
The release calendar of OS images, kept from what computes show, for Azure publishes no feed of it.

An image carries the day it was built, and comes to a region weeks after: `24.06.10` was the latest from 2024-07-03 on
(release notes, 2024). So a compute is not behind from the day in a version's name, but from the day on which it could
first have had a newer one.

What is newer than all that a region showed at first came after that look: it counts since it was seen, however old it
was by then. Only for what is no newer there must be a bound, for it may have come long before anybody looked.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final

from shared.images.machine import Machine
from shared.model.facts import Fact, Kind

type Release = tuple[str, str]
"""A region, and the version of an image that came to it."""

_VERSION: Final = re.compile(r"(?:20)?(\d{2})\.(\d{1,2})\.(\d{1,2})(?:\.\d+)?")
_CENTURY: Final = 2000


@lru_cache(maxsize=1024)
def built(version: str) -> datetime | None:
    """
    The day in an image's version; None for a version that names none.

    `YY.MM.DD` is what Azure shows (CONTRACTS §4); a century or a further number are taken too.
    """
    found = _VERSION.fullmatch(version)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    try:
        return datetime(_CENTURY + year, month, day, tzinfo=UTC)
    except ValueError:
        return None


@dataclass(frozen=True)
class Releases:
    """Which image came to which region, and when a compute first showed it there."""

    first_seen: Mapping[Release, datetime] = field(default_factory=dict)

    def seeing(self, facts: Iterable[Fact], now: datetime) -> "Releases":
        """With what these facts show; what is known already keeps its moment."""
        return Releases({**dict.fromkeys(shown(facts), now), **self.first_seen})

    def available(self, region: str, version: str, lag: timedelta) -> datetime | None:
        """
        Since when an image could be had in a region, as far as anybody can tell; None where nobody can.

        That is when it was first seen there. Of one that may be older than the calendar's look at the region it is at
        the latest `lag` after it was built.
        """
        day, seen = built(version), self.first_seen.get((region, version))
        if seen is not None and day is not None and day > self._at_first.get(region, day):
            return seen
        known = [moment for moment in (seen, None if day is None else day + lag) if moment is not None]
        return min(known, default=None)

    def behind_since(self, machine: Machine, lag: timedelta) -> datetime | None:
        """
        Since when a machine could have had a newer image than its own; None where nobody knows.

        Of several newer ones the first counts: an owner who ignored three is not better off for the fourth.
        """
        asked = (machine.region, machine.image, machine.latest_image, lag)
        if asked not in self._behind:
            self._behind[asked] = self._behind_since(*asked)
        return self._behind[asked]

    def newest(self, region: str) -> datetime | None:
        """When the newest image was built that was ever seen in a region; None where none was."""
        return max(self._seen_in.get(region, {}).values(), default=None)

    def _behind_since(self, region: str, image: str, latest: str, lag: timedelta) -> datetime | None:
        current = built(image)
        if current is None:
            return None
        known = self._seen_in.get(region, {}).keys() | {latest}
        newer = [one for one in known if (day := built(one)) is not None and day > current]
        moments = [self.available(region, one, lag) for one in newer]
        return min((moment for moment in moments if moment is not None), default=None)

    @cached_property
    def _behind(self) -> dict[tuple[str, str, str, timedelta], datetime | None]:
        """What was asked before: of ten thousand instances, many run the same image."""
        return {}

    @cached_property
    def _seen_in(self) -> Mapping[str, Mapping[str, datetime]]:
        """Of each region the versions that were seen there, and when each was built; without those that name no day."""
        seen: dict[str, dict[str, datetime]] = {}
        for region, version in self.first_seen:
            if (day := built(version)) is not None:
                seen.setdefault(region, {})[version] = day
        return seen

    @cached_property
    def _at_first(self) -> Mapping[str, datetime]:
        """Of each region when the newest image was built that its first look showed."""
        began: dict[str, datetime] = {}
        for (region, _), seen in self.first_seen.items():
            began[region] = min(seen, began.get(region, seen))
        first = (
            (region, built(version)) for (region, version), seen in self.first_seen.items() if seen == began[region]
        )
        newest: dict[str, datetime] = {}
        for region, day in first:
            if day is not None:
                newest[region] = max(day, newest.get(region, day))
        return newest


def shown(facts: Iterable[Fact]) -> set[Release]:
    """The images that instances run, or could."""
    machines = (Machine.of(fact) for fact in facts if fact.kind is Kind.COMPUTE and fact.present)
    return {
        (machine.region, version)
        for machine in machines
        if machine.is_instance
        for version in (machine.image, machine.latest_image)
        if built(version) is not None
    }
