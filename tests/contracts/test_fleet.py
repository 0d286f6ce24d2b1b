"""What FleetHistory promises, held against the fake and against Azure Tables on Azurite."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.fleet_history import TableFleetHistory
from shared.adapters.state_table import StateTable
from shared.image_ports import FleetHistory
from shared.images.tally import BANDS, Tally
from shared.images.weeks import HubWeek
from shared.model.resource_id import ResourceId
from tests.contracts.test_table import requests_of
from tests.fakes import FakeFleet

pytestmark = pytest.mark.asyncio(loop_scope="session")

type Opened = Callable[[], FleetHistory]

NOW = datetime(2026, 3, 4, 9, 30, 15, 123456, tzinfo=UTC)
WEEK, LAST_WEEK = date(2026, 3, 2), date(2026, 2, 23)
JANES = Tally(5, 3, 1, 1, (4, 0, 0, 1, 0), (1, 2, 0, 1, 1), 121)
EVER = date(2020, 1, 6)

_counts = st.integers(0, 10**6)
_bands = st.tuples(*[_counts] * len(BANDS))
_tallies = st.builds(Tally, _counts, _counts, _counts, _counts, _bands, _bands, st.none() | _counts)


@pytest.fixture(params=["fake", "azurite"])
def process(request: pytest.FixtureRequest) -> Opened:
    """Another process each time, with a history that all share; nothing is in it."""
    if request.param == "fake":
        fake = FakeFleet()
        return lambda: fake
    table: StateTable = request.getfixturevalue("table")
    return lambda: TableFleetHistory(table)


@pytest.fixture
def counted(hub: ResourceId) -> HubWeek:
    """What a sweep counted on Wednesday."""
    return HubWeek(hub, NOW, {"jane@contoso.example": JANES, "": Tally()}, clusters=3, never_empty=1)


async def test_a_new_history_is_empty(process: Opened) -> None:
    """Nobody counted anything, and nothing is forgotten."""
    await process().forget(WEEK)

    assert await process().weeks(EVER) == []


async def test_what_was_counted_is_known_to_all(process: Opened, counted: HubWeek) -> None:
    """By hub and week, in order, with all its figures."""
    other = replace(counted, hub=ResourceId.parse(f"{counted.hub}2"))
    before = replace(counted, seen=NOW - timedelta(weeks=1))
    for one in (other, counted, before):
        await process().note(one)

    assert await process().weeks(EVER) == [before, counted, other]
    assert (before.week, counted.week) == (LAST_WEEK, WEEK)


async def test_the_last_count_of_a_week_stays(process: Opened, counted: HubWeek) -> None:
    """However the hub's id is spelled; no owner of an earlier count is left over."""
    shouted = ResourceId.parse(str(counted.hub).upper().replace("/SUBSCRIPTIONS", "/subscriptions"))
    last = HubWeek(shouted, NOW + timedelta(days=4, hours=14), {"kim@contoso.example": JANES})
    await process().note(counted)
    await process().note(last)

    assert await process().weeks(EVER) == [last]


async def test_a_count_in_part_stands_beside_a_whole_one(process: Opened, counted: HubWeek) -> None:
    """It does not take its place, whichever came first."""
    part = replace(counted, seen=NOW + timedelta(hours=6), owners={}, whole=False)
    for one in (counted, part, replace(counted, seen=NOW + timedelta(hours=12))):
        await process().note(one)

    assert await process().weeks(EVER) == [part, replace(counted, seen=NOW + timedelta(hours=12))]


async def test_only_the_weeks_since(process: Opened, counted: HubWeek) -> None:
    """That one itself among them; the others are there until they are forgotten."""
    before = replace(counted, seen=NOW - timedelta(weeks=1))
    await process().note(before)
    await process().note(counted)

    assert await process().weeks(WEEK) == [counted]
    assert await process().weeks(LAST_WEEK) == [before, counted]
    await process().forget(WEEK)
    assert await process().weeks(EVER) == [counted]


async def test_more_than_one_page(process: Opened, counted: HubWeek) -> None:
    """A thousand rows are one page of a table; more are read, and forgotten, all the same."""
    hubs = [ResourceId.parse(f"{counted.hub}{number:04}") for number in range(1_050)]
    for one in hubs:
        await process().note(HubWeek(one, NOW))

    assert [row.hub for row in await process().weeks(EVER)] == hubs
    await process().forget(WEEK + timedelta(weeks=1))
    assert await process().weeks(EVER) == []


async def test_moments_of_any_zone(process: Opened, counted: HubWeek) -> None:
    """They come back as the same moment, and plain; the week is that of UTC."""
    early = datetime(2026, 3, 2, 3, tzinfo=timezone(timedelta(hours=9)))
    await process().note(replace(counted, seen=early))
    (kept,) = await process().weeks(EVER)

    assert (kept.seen, type(kept.seen), kept.week) == (early, datetime, LAST_WEEK)


@given(owners=st.dictionaries(st.text(), _tallies, max_size=5), whole=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
async def test_any_owner_and_any_figures(
    process: Opened,
    counted: HubWeek,
    owners: dict[str, Tally],
    whole: bool,  # noqa: FBT001 - made up
) -> None:
    """Tags hold whatever somebody wrote into them."""
    await process().forget(WEEK + timedelta(weeks=1))
    one = replace(counted, owners=owners, whole=whole)
    await process().note(one)

    assert await process().weeks(EVER) == [one]


async def test_a_hub_with_thousands_of_owners(process: Opened, counted: HubWeek) -> None:
    """They fit into what one row holds."""
    owners = {f"somebody-{number}@department-{number % 97}.contoso.example": JANES for number in range(3_000)}
    await process().note(replace(counted, owners=owners))

    assert (await process().weeks(EVER))[0].owners == owners


async def test_a_sweep_costs_one_request(table: StateTable, counted: HubWeek, caplog: pytest.LogCaptureFixture) -> None:
    """And a report two, for what it reads and what it forgets."""
    history = TableFleetHistory(table)
    await history.note(counted)
    costs = [
        await requests_of(history.note(counted), caplog),
        await requests_of(history.weeks(EVER), caplog),
        await requests_of(history.forget(WEEK), caplog),
    ]

    assert costs == [1, 1, 1]
