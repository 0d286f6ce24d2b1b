"""Working hours: when somebody may be at work on an instance, by the clocks of where they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week, as policy names them."""
WEEKDAYS: Final = DAYS[:5]
_OF_A_MACHINE: Final = frozenset({"localtime", "posixrules"})
"""Names under which some machines keep whatever zone they are set to."""


@dataclass(frozen=True)
class Hours:
    """
    Some days of the week, from one full hour to another; holidays are working days like any other.

    Hours that end before they begin are a night shift: it belongs to the day on which it begins.
    """

    start: int
    """0 to 23."""
    end: int
    """1 to 24, and not the start."""
    zone: str
    """An IANA name that `is_zone`; empty where policy names none."""
    days: tuple[str, ...] = WEEKDAYS
    """Of `DAYS`."""

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """The hours in the parameters of a rule."""
        return cls(parameters["works_from"], parameters["works_to"], parameters["zone"], parameters["works_on"])

    def cover(self, now: datetime) -> bool:
        """Whether a moment lies in them, as the clocks there show it; the last hour is over when it strikes."""
        there = now.astimezone(ZoneInfo(self.zone))
        if self.start < self.end:
            return self._works(there) and self.start <= there.hour < self.end
        began_yesterday = there.hour < self.end and self._works(there - timedelta(days=1))
        return began_yesterday or (there.hour >= self.start and self._works(there))

    def over(self, now: datetime) -> datetime:
        """When the working day is over in which a moment lies, in UTC."""
        there = now.astimezone(ZoneInfo(self.zone))
        midnight = there.replace(hour=0, minute=0, second=0, microsecond=0)
        days, hour = divmod(self.end, 24)
        ends_tomorrow = self.start > self.end and there.hour >= self.start
        return (midnight + timedelta(days=days + ends_tomorrow)).replace(hour=hour).astimezone(UTC)

    def wait(self, now: datetime) -> str:
        """Why whoever works by these hours should not be disturbed now; empty outside of them."""
        if not self.zone:
            return "policy names no zone, so nobody can tell whether these are working hours"
        if self.cover(now):
            return f"these are working hours in {self.zone}, until {self.over(now):%Y-%m-%d %H:%M} UTC"
        return ""

    def _works(self, day: datetime) -> bool:
        return DAYS[day.weekday()] in self.days


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name) and name not in _OF_A_MACHINE


def zones() -> frozenset[str]:
    """All there are; reads a folder, so ask only to find what somebody meant."""
    return frozenset(available_timezones()) - _OF_A_MACHINE
