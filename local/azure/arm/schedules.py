"""When a compute instance's start and stop schedules fire, and how long an idle one may run.

A schedule is a cron expression or a recurrence by day, week or month; the latter is read as the cron it means. An
`interval` above 1 and the frequencies `Minute` and `Hour` are not followed. Windows names of zones are read as UTC.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

from local.azure.arm.documents import same, text
from local.azure.store import Document

DURATION = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?")


def duration(iso: str) -> timedelta | None:
    """The length of an ISO 8601 duration of days, hours, minutes and seconds; None for any other text."""
    found = DURATION.fullmatch(iso)
    parts = {name: int(value) for name, value in (found.groupdict() if found else {}).items() if value}
    return timedelta(**parts) if parts else None


def last_firing(schedules: list[Document], after: datetime, until: datetime) -> tuple[datetime, str] | None:
    """The latest time an enabled schedule fired in (after, until], with its action, `Start` or `Stop`."""
    fired = [
        (moment, text(one, "action"))
        for one in schedules
        if same(text(one, "status") or "Enabled", "Enabled") and (moment := _before(one, until)) is not None
    ]
    return max((one for one in fired if one[0] > after), default=None)


def _before(schedule: Document, moment: datetime) -> datetime | None:
    recurring = same(text(schedule, "triggerType"), "Recurrence")
    trigger = schedule.get("recurrence" if recurring else "cron") or {}
    expression = _cron(trigger) if recurring else text(trigger, "expression")
    if not croniter.is_valid(expression):
        return None
    local = (moment + timedelta(microseconds=1)).astimezone(_zone(text(trigger, "timeZone")))
    fired: datetime = croniter(expression, local).get_prev(datetime)
    return fired.astimezone(UTC)


def _cron(recurrence: dict[str, Any]) -> str:
    """The cron a recurrence means; empty when it cannot be said as one."""
    schedule = recurrence.get("schedule") or {}
    minutes = ",".join(map(str, schedule.get("minutes") or [0]))
    hours = ",".join(map(str, schedule.get("hours") or [0]))
    match text(recurrence, "frequency").casefold():
        case "day":
            days = "* * *"
        case "week":
            days = "* * " + (",".join(day[:3].upper() for day in schedule.get("weekDays") or []) or "MON")
        case "month":
            days = (",".join(map(str, schedule.get("monthDays") or [])) or "1") + " * *"
        case _:
            return ""
    return f"{minutes} {hours} {days}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
