"""NCRONTAB as the timer trigger reads it: what is valid, what is refused and why, and when it fires next."""

from datetime import UTC, datetime

import pytest

from local.host.ncrontab import parse


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("*/5 * * * * *", "2026-11-21T00:00:00", "2026-11-21T00:00:05"),
        ("0 0 3 * * *", "2026-11-21T03:00:00", "2026-11-22T03:00:00"),
        ("0 0 3 * * *", "2026-11-21T02:59:59", "2026-11-21T03:00:00"),
        ("0 3 * * *", "2026-11-21T02:59:59", "2026-11-21T03:00:00"),
        ("0 */15 * * * *", "2026-11-21T00:07:00", "2026-11-21T00:15:00"),
        ("0 5/10 * * * *", "2026-11-21T00:06:00", "2026-11-21T00:15:00"),
        ("0 0 9-17/4 * * *", "2026-11-21T10:00:00", "2026-11-21T13:00:00"),
        ("0 30 9 * * MON-FRI", "2026-11-21T00:00:00", "2026-11-23T09:30:00"),
        ("0 0 0 * * sun", "2026-11-21T00:00:00", "2026-11-22T00:00:00"),
        ("0 0 0 1 Jan,JUL *", "2026-11-21T00:00:00", "2027-01-01T00:00:00"),
        ("0 0 0 13 * 5", "2026-11-21T00:00:00", "2027-08-13T00:00:00"),
        ("0 0 0 29 2 *", "2026-11-21T00:00:00", "2028-02-29T00:00:00"),
    ],
)
def test_next_time(expression: str, after: str, expected: str) -> None:
    """The next time is the first that fits all six fields: day of month and day of week must both fit."""
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert parse(expression).after(moment) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("", "number of fields is 0;"),
        ("0 3 * *", "number of fields is 4;"),
        ("0 0 3 * * * *", "number of fields is 7;"),
        ("@daily", "number of fields is 1;"),
        ("60 * * * * *", "'60' is no second"),
        ("0 60 * * * *", "'60' is no minute"),
        ("0 0 24 * * *", "'24' is no hour"),
        ("0 0 0 0 * *", "'0' is no day of month"),
        ("0 0 0 32 * *", "'32' is no day of month"),
        ("0 0 0 * 13 *", "'13' is no month"),
        ("0 0 0 * * 7", "'7' is no day of week"),
        ("0 0 0 * * FRIDAY", "'FRIDAY' is no day of week"),
        ("0 0 MON * * *", "'MON' is no hour"),
        ("0 0 0 L * *", "'L' is no day of month"),
        ("0 0 0 15W * *", "'15W' is no day of month"),
        ("0 0 0 * * 5#2", "'5#2' is no day of week"),
        ("0 0 0 ? * *", "'?' is no day of month"),
        ("0 */0 * * * *", "'*/0' is no minute"),
        ("0 30-10 * * * *", "'30-10' is no minute"),
        ("0 1, * * * *", "'1,' is no minute"),
        ("0 -1 * * * *", "'-1' is no minute"),
        ("0 0 0 31 2 *", "names a date that never comes"),
    ],
)
def test_refused(expression: str, complaint: str) -> None:
    """What is no NCRONTAB is refused, naming the expression and the field."""
    with pytest.raises(ValueError, match=r".+") as refused:
        parse(expression)
    assert complaint in str(refused.value)
    assert expression in str(refused.value)
