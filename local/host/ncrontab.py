"""NCRONTAB, the timer trigger's schedule language: six fields, seconds first (five mean second 0).

It is stricter than the cron that croniter reads, and unlike Unix cron day of month AND day of week must both fit. So
the form is checked here, and croniter only computes the next time.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from croniter import croniter
from croniter.croniter import CroniterError

_FIELDS: Final = ("second", "minute", "hour", "day of month", "month", "day of week")
_LIMITS: Final = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NAMES: Final = ((), (), (), (), _MONTHS, _DAYS)
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A valid NCRONTAB expression, in UTC."""

    expression: str

    def after(self, moment: datetime) -> datetime:
        """The first time the schedule fires strictly after `moment`."""
        following: datetime = croniter(self.expression, moment, second_at_beginning=True, day_or=False).get_next(
            datetime
        )
        return following


def parse(expression: str) -> Schedule:
    """The schedule an expression stands for.

    Raises ValueError naming the expression, the field and what it may hold; also for a date that never comes.
    """
    fields = expression.split()
    if len(fields) == len(_FIELDS) - 1:
        fields.insert(0, "0")
    if len(fields) != len(_FIELDS):
        raise ValueError(f"'{expression}': number of fields is {len(fields)}; NCRONTAB has six: {', '.join(_FIELDS)}")
    for position, field in enumerate(fields):
        if not all(_fits(part, position) for part in field.split(",")):
            low, high = _LIMITS[position]
            raise ValueError(
                f"'{expression}': '{field}' is no {_FIELDS[position]}; use {low} to {high}, *, lists, ranges or steps"
            )
    schedule = Schedule(" ".join(fields))
    try:
        schedule.after(_NEVER)
    except CroniterError:
        raise ValueError(f"'{expression}' names a date that never comes") from None
    return schedule


def _fits(part: str, position: int) -> bool:
    found = _PART.fullmatch(part)
    if found is None or found["step"] == "0":
        return False
    if found["first"] is None:
        return True
    first = _number(found["first"], position)
    last = _number(found["last"], position) if found["last"] else first
    return first is not None and last is not None and first <= last


def _number(text: str, position: int) -> int | None:
    """The value of a number or name in a field; None when it may not stand there."""
    low, high = _LIMITS[position]
    if text.upper() in _NAMES[position]:
        return low + _NAMES[position].index(text.upper())
    return int(text) if text.isdecimal() and low <= int(text) <= high else None
