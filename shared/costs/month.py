"""A calendar month in UTC, which is what Azure bills by."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import override

_TEXT = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True)
class Month:
    """One month; two compare as time does."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read `2026-10`. Raises ValueError for anything else."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"expected a month such as 2026-10, found {text[:20]!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month of a day or moment."""
        return cls(day.year, day.month)

    @override
    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        """The first day after it."""
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def previous(self) -> "Month":
        """The month before it."""
        return Month.of(self.first - timedelta(days=1))

    def closed(self, now: datetime, after_days: int) -> bool:
        """Whether its figures no longer change: so many days after its end Azure has rated all usage."""
        return now.date() >= self.end + timedelta(days=after_days)

    def through(self, now: datetime) -> date:
        """The last of its days that has begun; to ask Azure for a later day answers for another year (guardrails)."""
        return min(self.last, now.date())
