"""The days a query or an export asks for: a timeframe by its name, or a period of its own."""

from datetime import date, timedelta

from local.azure.arm.documents import text
from local.azure.arm.errors import bad_request
from local.azure.store import Document


def days_of(asked: Document, today: date) -> tuple[date, date]:
    """The first and the last day that `timeframe` and `timePeriod` name; raises ArmError 400."""
    match text(asked, "timeframe"):
        case "MonthToDate" | "BillingMonthToDate":
            return today.replace(day=1), today
        case "TheLastMonth" | "TheLastBillingMonth":
            last = today.replace(day=1) - timedelta(days=1)
            return last.replace(day=1), last
        case "WeekToDate":
            return today - timedelta(days=today.weekday()), today
        case "Custom":
            return _custom(asked, today)
    raise bad_request("BadRequest", "'timeframe' must be Custom, MonthToDate, TheLastMonth or WeekToDate.")


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _custom(asked: Document, today: date) -> tuple[date, date]:
    try:
        first, last = (date.fromisoformat(asked["timePeriod"][end][:10]) for end in ("from", "to"))
    except (KeyError, TypeError, ValueError):
        raise bad_request("BadRequest", "A custom timeframe needs 'timePeriod' with 'from' and 'to'.") from None
    if last < first:
        raise bad_request("BadRequest", "'timePeriod' ends before it begins.")
    return first, min(last, today)
