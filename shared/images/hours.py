"""Working hours: when somebody may be at work on an instance, by the clocks of where they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_SATURDAY: Final = 5
_OF_A_MACHINE: Final = frozenset({"localtime", "posixrules"})
"""Names under which some machines keep whatever zone they are set to."""


@dataclass(frozen=True)
class Hours:
    """Monday to Friday from one full hour to another; holidays are working days like any other."""

    start: int
    """0 to 23."""
    end: int
    """1 to 24, after the start."""
    zone: str
    """An IANA name that `is_zone`."""

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """The hours in the parameters of a rule."""
        return cls(parameters["works_from"], parameters["works_to"], parameters["zone"])

    def cover(self, now: datetime) -> bool:
        """Whether a moment lies in them, as the clocks there show it; the last hour is over when it strikes."""
        there = now.astimezone(ZoneInfo(self.zone))
        return there.weekday() < _SATURDAY and self.start <= there.hour < self.end

    def over(self, now: datetime) -> datetime:
        """When the working day is over in which a moment lies, in UTC."""
        midnight = now.astimezone(ZoneInfo(self.zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        day, hour = divmod(self.end, 24)
        return (midnight + timedelta(days=day)).replace(hour=hour).astimezone(UTC)


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
