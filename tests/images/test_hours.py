"""Working hours by the clocks of a place, also on the days when those are changed."""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.images.hours import DAYS, Hours, is_zone, zones

ZURICH = Hours(7, 19, "Europe/Zurich")
RIYADH = Hours(8, 17, "Asia/Riyadh", ("sun", "mon", "tue", "wed", "thu"))
NIGHT = Hours(22, 6, "UTC")


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        (ZURICH, "2026-03-02T05:59:59", False),
        (ZURICH, "2026-03-02T06:00:00", True),
        (ZURICH, "2026-03-02T17:59:59", True),
        (ZURICH, "2026-03-02T18:00:00", False),
        (ZURICH, "2026-06-01T05:00:00", True),
        (ZURICH, "2026-06-01T17:00:00", False),
        (ZURICH, "2026-02-28T10:00:00", False),
        (ZURICH, "2026-03-01T10:00:00", False),
        (Hours(0, 24, "UTC"), "2026-03-06T23:59:59", True),
        (Hours(0, 24, "UTC"), "2026-03-07T00:00:00", False),
        (Hours(7, 19, "Pacific/Kiritimati"), "2026-03-01T20:00:00", True),
        (Hours(7, 19, "America/Los_Angeles"), "2026-03-07T00:00:00", True),
        (RIYADH, "2026-03-01T07:00:00", True),
        (RIYADH, "2026-03-05T07:00:00", True),
        (RIYADH, "2026-03-06T07:00:00", False),
        (RIYADH, "2026-03-07T07:00:00", False),
        (NIGHT, "2026-03-02T21:59:59", False),
        (NIGHT, "2026-03-02T22:00:00", True),
        (NIGHT, "2026-03-03T05:59:59", True),
        (NIGHT, "2026-03-03T06:00:00", False),
        (NIGHT, "2026-03-02T05:00:00", False),
        (NIGHT, "2026-03-06T23:00:00", True),
        (NIGHT, "2026-03-07T05:59:59", True),
        (NIGHT, "2026-03-07T22:00:00", False),
    ],
)
def test_cover(hours: Hours, moment: str, *, expected: bool) -> None:
    """
    On the days of the week from the first hour to the last, in winter and in summer, and as the day is counted there.

    A night shift belongs to the day on which it begins: that of Friday ends on Saturday, and none ends on Monday.
    """
    assert hours.cover(at(moment)) is expected
    assert bool(hours.wait(at(moment))) is expected


def test_without_a_zone_nobody_can_tell() -> None:
    """So whoever would be disturbed is not."""
    for moment in ("2026-03-01T03:00:00", "2026-03-02T10:00:00"):
        assert "policy names no zone" in Hours(7, 19, "").wait(at(moment))


def test_over() -> None:
    """The end of the day is told in UTC; 24 is midnight."""
    assert ZURICH.over(at("2026-03-02T10:00:00")) == at("2026-03-02T18:00:00")
    assert ZURICH.over(at("2026-06-01T10:00:00")) == at("2026-06-01T17:00:00")
    assert Hours(7, 24, "UTC").over(at("2026-03-02T10:00:00")) == at("2026-03-03T00:00:00")
    assert NIGHT.over(at("2026-03-02T23:00:00")) == at("2026-03-03T06:00:00")
    assert NIGHT.over(at("2026-03-03T01:00:00")) == at("2026-03-03T06:00:00")


@settings(deadline=None)
@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda span: span[0] != span[1]),
    st.sampled_from(["UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.sets(st.sampled_from(DAYS), min_size=1),
)
def test_they_end_when_they_say(now: datetime, span: tuple[int, int], zone: str, days: set[str]) -> None:
    """Inside of them the end is ahead, within a day; at the end they are over."""
    hours = Hours(*span, zone, tuple(days))
    if hours.cover(now):
        assert now < hours.over(now) <= now + timedelta(hours=25)
        assert not hours.cover(hours.over(now)) or span == (0, 24)


@pytest.fixture(name="_slim")
def _without_system_zones() -> Iterator[None]:
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.usefixtures("_slim")
def test_on_a_machine_without_zones() -> None:
    """A slim image has no zones of its own; the package has them."""
    assert is_zone("Europe/Zurich")
    assert ZURICH.cover(at("2026-03-02T06:00:00"))


@pytest.mark.parametrize(
    "name",
    ["", "Europe", "europe/zurich", "Mars/Base", "../etc/passwd", "/etc/localtime", "a\0b", "localtime", "x" * 999],
)
def test_no_zone(name: str) -> None:
    """Only the name of a zone is one, exactly as it is written; no path leads out of the folder."""
    assert not is_zone(name)
    assert name not in zones()
