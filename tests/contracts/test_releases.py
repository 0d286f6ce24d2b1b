"""What ReleaseCalendar promises, held against the fake and against Azure Tables on Azurite."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.adapters.release_calendar import TableReleaseCalendar
from shared.adapters.state_table import StateTable
from shared.image_ports import ReleaseCalendar
from shared.images.releases import Release, Releases
from tests.contracts.test_table import requests_of
from tests.fakes import FakeClock, FakeReleases

pytestmark = pytest.mark.asyncio(loop_scope="session")

type Opened = Callable[[], ReleaseCalendar]

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
OLD, NEW, THERE = ("westeurope", "26.01.10"), ("westeurope", "26.02.10"), ("eastus2", "26.02.10")


@pytest.fixture(params=["fake", "azurite"])
def process(request: pytest.FixtureRequest) -> Opened:
    """Another process each time, with a calendar that all share; nothing is in it."""
    if request.param == "fake":
        kept: dict[Release, datetime] = {}
        return lambda: FakeReleases(kept)
    table: StateTable = request.getfixturevalue("table")
    return lambda: TableReleaseCalendar(table, FakeClock(NOW))


async def test_a_new_calendar_is_empty(process: Opened) -> None:
    """Nobody saw anything."""
    assert await process().known() == Releases()


async def test_what_was_noted_is_known_to_all(process: Opened) -> None:
    """By region and version; to the one who noted it, and to whoever opens it after."""
    calendar = process()
    await calendar.note([OLD, THERE], NOW)
    await calendar.note([NEW, THERE], LATER)

    expected = Releases({OLD: NOW, THERE: NOW, NEW: LATER})
    assert await calendar.known() == expected
    assert await process().known() == expected


async def test_nothing_noted_is_nothing_known(process: Opened) -> None:
    """A hub without instances shows no image."""
    calendar = process()
    await calendar.note([], NOW)

    assert await calendar.known() == Releases()


async def test_what_was_given_does_not_change(process: Opened) -> None:
    """A judgement goes by the calendar as it was when it began."""
    calendar = process()
    before = await calendar.known()
    await calendar.note([OLD], NOW)

    assert before == Releases()


async def test_the_earlier_moment_stays(process: Opened) -> None:
    """Whoever noted it, and in which order."""
    calendar = process()
    for at in (LATER, NOW, LATER):
        await calendar.note([OLD], at)

    assert await calendar.known() == Releases({OLD: NOW})
    assert await process().known() == Releases({OLD: NOW})


async def test_another_process_was_there_first(process: Opened) -> None:
    """Its moment counts, also to whoever had read the calendar before."""
    mine, theirs = process(), process()
    assert await mine.known() == Releases()
    await theirs.note([OLD], NOW)
    await mine.note([OLD], LATER)

    assert await mine.known() == Releases({OLD: NOW})


async def test_another_process_was_there_later(process: Opened) -> None:
    """A clock that runs ahead takes nothing away from what was seen before."""
    mine, theirs = process(), process()
    assert await mine.known() == Releases()
    await theirs.note([OLD], LATER)
    await mine.note([OLD], NOW)

    assert await process().known() == Releases({OLD: NOW})


async def test_of_many_at_once_the_earliest_counts(process: Opened) -> None:
    """Ten processes that see the same image in any order leave the first moment, whole."""
    moments = [NOW + timedelta(minutes=number) for number in (5, 8, 2, 9, 0, 3, 7, 1, 6, 4)]
    await asyncio.gather(*(process().note([OLD, NEW], at) for at in moments))

    assert await process().known() == Releases({OLD: NOW, NEW: NOW})


async def test_moments_of_any_zone(process: Opened) -> None:
    """They come back as the same moment, and plain."""
    await process().note([OLD], NOW.astimezone(timezone(timedelta(hours=5, minutes=30))))

    kept = (await process().known()).first_seen[OLD]
    assert (kept, type(kept)) == (NOW, datetime)


async def test_a_region_that_keys_would_refuse(process: Opened) -> None:
    """A document may say anything; two that look alike are two."""
    odd = [("west/europe #1?\t", "26.01.10"), ("a\nb", "26.01.10"), ("a", "26.01.10"), ("süd", "26.01.10")]
    await process().note(odd, NOW)

    assert await process().known() == Releases(dict.fromkeys(odd, NOW))


async def test_a_calendar_costs_one_query_and_what_is_new(table: StateTable, caplog: pytest.LogCaptureFixture) -> None:
    """It is read once a day by each process; a sweep that sees no new image asks nothing."""
    await TableReleaseCalendar(table, FakeClock(NOW)).note([OLD], NOW)
    clock = FakeClock(NOW)
    calendar = TableReleaseCalendar(table, clock)

    costs = {
        "known, by two at once": await requests_of(asyncio.gather(calendar.known(), calendar.known()), caplog),
        "known again": await requests_of(calendar.known(), caplog),
        "nothing new": await requests_of(calendar.note([OLD], LATER), caplog),
        "one new": await requests_of(calendar.note([OLD, NEW], LATER), caplog),
        "and again": await requests_of(calendar.note([OLD, NEW], LATER), caplog),
    }
    clock.advance(hours=23, minutes=59)
    costs["on the same day"] = await requests_of(calendar.known(), caplog)
    clock.advance(minutes=1)
    costs["a day after"] = await requests_of(calendar.known(), caplog)
    assert costs == {
        "known, by two at once": 1,
        "known again": 0,
        "nothing new": 0,
        "one new": 1,
        "and again": 0,
        "on the same day": 0,
        "a day after": 1,
    }


async def test_what_another_process_saw_is_known_a_day_later(table: StateTable) -> None:
    """An image that this one never meets counts for it too: so two processes say the same of an instance."""
    clock = FakeClock(NOW)
    mine, theirs = TableReleaseCalendar(table, clock), TableReleaseCalendar(table, clock)
    await mine.note([THERE], NOW)
    await theirs.note([OLD], NOW)
    await mine.note([NEW], LATER)
    before = await mine.known()
    clock.advance(days=1)

    assert before == Releases({THERE: NOW, NEW: LATER})
    assert await mine.known() == Releases({THERE: NOW, OLD: NOW, NEW: LATER})


@pytest.mark.parametrize("hours", [-1, -48])
async def test_a_clock_that_was_wrong_keeps_nobody_from_reading(table: StateTable, hours: int) -> None:
    """One that ran ahead when it was read, and was put right."""
    clock = FakeClock(NOW)
    calendar = TableReleaseCalendar(table, clock)
    await calendar.known()
    await TableReleaseCalendar(table, clock).note([OLD], NOW)
    clock.advance(hours=hours)

    assert await calendar.known() == Releases({OLD: NOW})


async def test_a_calendar_that_could_not_be_read_is_read_again(table: StateTable) -> None:
    """A table that did not answer is not an empty one."""
    await TableReleaseCalendar(table, FakeClock(NOW)).note([OLD], NOW)
    calendar = TableReleaseCalendar(table, FakeClock(NOW))
    stuck = asyncio.create_task(calendar.known())
    await asyncio.sleep(0)
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck

    assert await calendar.known() == Releases({OLD: NOW})
