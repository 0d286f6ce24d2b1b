"""The days a cost query is answered for: Azure corrects what was asked without a word, and so does the stand-in."""

from datetime import date, timedelta
from typing import Any

import pytest

from local.azure.arm.costs.period import guarded_days, moved
from tests.local.azure.client import Arm
from tests.local.azure.costs import asked, query, rows

TODAY = date(2026, 3, 15)


def custom(first: date | str, last: date | str) -> dict[str, Any]:
    """The part of a body that asks for a period of one's own."""
    return {"timeframe": "Custom", "timePeriod": {"from": f"{first}T00:00:00Z", "to": f"{last}T23:59:59Z"}}


@pytest.mark.parametrize(
    ("granularity", "first", "last", "answered"),
    [
        ("Daily", "2026-01-01", "2026-03-10", ("2026-02-11", "2026-03-10")),
        ("daily", "2026-01-01", "2026-03-10", ("2026-02-11", "2026-03-10")),
        ("Daily", "2026-01-01", "2026-01-31", ("2026-01-01", "2026-01-31")),
        ("Daily", "2026-02-01", "2026-02-28", ("2026-02-01", "2026-02-28")),
        ("Daily", "2025-12-31", "2026-01-31", ("2026-01-01", "2026-01-31")),
        ("Daily", "2026-01-01", "2026-02-28", ("2026-01-29", "2026-02-28")),
        ("None", "2025-01-01", "2026-03-10", ("2025-03-11", "2026-03-10")),
        ("", "2025-01-01", "2026-03-10", ("2025-03-11", "2026-03-10")),
        ("Monthly", "2025-01-01", "2025-12-31", ("2025-01-01", "2025-12-31")),
        ("Monthly", "2024-12-31", "2025-12-31", ("2025-01-01", "2025-12-31")),
        ("None", "2021-01-30", "2024-02-29", ("2023-03-01", "2024-02-29")),
        ("None", "2026-03-10", "2026-03-01", ("2026-03-01", "2026-03-10")),
        ("None", "2026-03-10", "2026-04-30", ("2026-03-10", "2026-03-15")),
        ("None", "2026-03-15", "2026-03-16", ("2026-03-15", "2026-03-15")),
        ("None", "2026-03-16", "2026-03-31", ("2025-03-16", "2025-03-31")),
        ("Daily", "2026-04-30", "2026-04-01", ("2025-04-01", "2025-04-30")),
        ("None", "2026-12-01", "2027-05-31", ("2025-12-01", "2026-03-15")),
    ],
)
def test_days_are_corrected_without_a_word(granularity: str, first: str, last: str, answered: tuple[str, str]) -> None:
    """Swapped, moved a year back when wholly in the future, ended today, and cut to a month or twelve."""
    found = guarded_days(custom(first, last), granularity, TODAY)
    assert found == tuple(map(date.fromisoformat, answered))


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2028, 2, 29), -12, date(2027, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 10, 1), 3, date(2027, 1, 1)),
    ],
)
def test_a_month_that_is_too_short_gives_its_last_day(day: date, months: int, then: date) -> None:
    """Forwards and backwards, over the ends of years."""
    assert moved(day, months) == then


async def test_a_query_of_too_many_days_tells_the_last_month_of_them(arm: Arm) -> None:
    """By day a month is told, in all a year, and nothing in the answer says that more was asked for."""
    today = arm.azure.clock.now().date()
    period = custom(today - timedelta(days=500), today)
    daily = await rows(arm, asked(dataset={"granularity": "Daily"}, **period))
    assert {row[1] for row in daily} == {
        int(f"{today - timedelta(days=back):%Y%m%d}") for back in range((today - moved(today, -1)).days)
    }
    a_year = custom(moved(today, -12) + timedelta(days=1), today)
    assert await rows(arm, asked(**period)) == await rows(arm, asked(**a_year))


async def test_the_future_costs_what_the_year_before_did(arm: Arm) -> None:
    """A period ahead is answered with the same of a year before; two years ahead there is nothing."""
    today = arm.azure.clock.now().date()
    ahead = today + timedelta(days=1), today + timedelta(days=20)
    before = [moved(day, -12) for day in ahead]
    assert await rows(arm, asked(**custom(*ahead))) == await rows(arm, asked(**custom(*before)))
    far = [moved(day, 13) for day in ahead]
    assert (await query(arm, asked(**custom(*far)))).status == 204


async def test_ends_in_the_wrong_order_are_swapped(arm: Arm) -> None:
    """The answer is that of the period the right way round."""
    first, last = date(2026, 1, 5), date(2026, 1, 9)
    assert await rows(arm, asked(**custom(last, first))) == await rows(arm, asked(**custom(first, last)))
