"""The days a query or an export asks for: a timeframe by its name, or a period of its own.

A query's days are corrected without a word, as Microsoft's published guardrails of cost queries say.
"""

from datetime import date, timedelta

from local.azure.arm.documents import same, text
from local.azure.arm.errors import bad_request
from local.azure.store import Document

MONTHS_A_YEAR = 12
MOST_MONTHS = 37
"""A query that asks for more is refused, whatever its granularity."""
EARLIEST = date(2014, 5, 1)
"""Before this day the service has no costs."""


def days_of(asked: Document, today: date) -> tuple[date, date]:
    """The first and the last day that `timeframe` and `timePeriod` name; raises ArmError 400."""
    first, last = _named(asked, today)
    if last < first:
        raise bad_request("BadRequest", "'timePeriod' ends before it begins.")
    return first, min(last, today)


def guarded_days(asked: Document, granularity: str, today: date) -> tuple[date, date]:
    """The days a query is answered for; raises ArmError 400.

    Ends in the wrong order are swapped. A period that lies wholly in the future becomes the same of a year before; one
    that ends there ends today. By day a query covers a month, else twelve; an earlier beginning is left out.
    """
    first, last = sorted(_named(asked, today))
    if first < EARLIEST:
        raise bad_request("BadRequest", f"'timePeriod' must not begin before {EARLIEST}.")
    if first <= moved(last, -MOST_MONTHS):
        raise bad_request("BadRequest", f"'timePeriod' must not be longer than {MOST_MONTHS} months.")
    if first > today:
        first, last = moved(first, -MONTHS_A_YEAR), moved(last, -MONTHS_A_YEAR)
    last = min(last, today)
    months = 1 if same(granularity, "Daily") else MONTHS_A_YEAR
    return max(first, moved(last, -months) + timedelta(days=1)), last


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def moved(day: date, months: int) -> date:
    """The same day so many months later, below zero earlier; the last one of a month that is too short for it."""
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    start = date(year, month + 1, 1)
    return start.replace(day=min(day.day, month_end(start).day))


def _named(asked: Document, today: date) -> tuple[date, date]:
    match text(asked, "timeframe"):
        case "MonthToDate" | "BillingMonthToDate":
            return today.replace(day=1), today
        case "TheLastMonth" | "TheLastBillingMonth":
            last = today.replace(day=1) - timedelta(days=1)
            return last.replace(day=1), last
        case "WeekToDate":
            return today - timedelta(days=today.weekday()), today
        case "Custom":
            return _custom(asked)
    raise bad_request("BadRequest", "'timeframe' must be Custom, MonthToDate, TheLastMonth or WeekToDate.")


def _custom(asked: Document) -> tuple[date, date]:
    try:
        first, last = (date.fromisoformat(asked["timePeriod"][end][:10]) for end in ("from", "to"))
    except (KeyError, TypeError, ValueError):
        raise bad_request("BadRequest", "A custom timeframe needs 'timePeriod' with 'from' and 'to'.") from None
    return first, last
