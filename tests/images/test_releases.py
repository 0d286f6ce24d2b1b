"""The release calendar: since when an image could be had, by what anybody saw, and when they began to look."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.images.machine import Machine
from shared.images.releases import Releases
from shared.model.facts import Fact
from tests.builders import instance

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
HERE, ELSEWHERE = "eastus2", "westus"


def version(day: datetime) -> str:
    """The version of an image that was built on a day."""
    return f"{day:%y.%m.%d}"


def shows(current: str, latest: str, name: str = "ci") -> Fact:
    """An instance with an image, where another is the latest."""
    return Fact.of(instance(name, osImageMetadata={"currentImageVersion": current, "latestImageVersion": latest}))


def since(calendar: Releases, image: str, latest: str, lag: timedelta) -> datetime | None:
    """Since when an instance is behind that has an image."""
    return calendar.behind_since(Machine.of(shows(image, latest)), lag)


@settings(deadline=None)
@given(
    gaps=st.lists(st.integers(1, 140), min_size=6, max_size=6),
    lags=st.lists(st.integers(0, 60), min_size=6, max_size=6),
    looks=st.sets(st.integers(0, 600), min_size=2, max_size=30),
    lag=st.integers(0, 90),
    data=st.data(),
)
def test_on_release_day_nobody_is_behind(
    gaps: list[int], lags: list[int], looks: set[int], lag: int, data: st.DataObject
) -> None:
    """
    In a region that is watched, an image counts from the day on which it is first seen there, however old it is then.

    So who was up to date until then is behind by nothing, and who was behind is so since when they were before; also
    where an image that nobody saw when it came turns up late.
    """
    built = [START.replace(hour=0) + sum(gaps[:index]) * DAY for index in range(6)]
    out = [day + after * DAY for day, after in zip(built, lags, strict=True)]
    calendar, before = Releases(), dict[str, datetime | None]()
    for number, look in enumerate(sorted(looks)):
        now = START + look * DAY
        there = [version(day) for day, came in zip(built, out, strict=True) if came <= now]
        if not there:
            continue
        latest = max(there)
        mine = data.draw(st.sampled_from([each for each in there if not before or each >= min(before)]))
        seen = calendar.seeing([shows(mine if before else latest, latest)], now)
        for image, earlier in before.items():
            assert since(seen, image, latest, lag * DAY) in ({now, None} if earlier is None else {earlier}), number
        calendar = seen
        before = {image: since(seen, image, latest, lag * DAY) for _, image in seen.first_seen}


@pytest.mark.parametrize(
    ("first", "later", "lag", "expected"),
    [
        pytest.param("26.01.20", "26.02.16", 30, 90, id="found late: 45 days after it was built"),
        pytest.param("26.01.20", "26.02.16", 0, 90, id="without any lag"),
        pytest.param("26.02.16", "26.02.16", 30, 76, id="older than the calendar, out at the latest after its lag"),
        pytest.param("26.02.16", "26.02.16", 300, 80, id="older than the calendar, seen before its lag was over"),
        pytest.param("26.02.16", "26.01.20", 30, 49, id="older than what was the latest when the calendar began"),
    ],
)
def test_since_when_an_image_could_be_had(first: str, later: str, lag: int, expected: int) -> None:
    """One image is there when the region is first looked at, on day 80; the other turns up ten days later."""
    began, now = START + 80 * DAY, START + 90 * DAY
    calendar = Releases().seeing([shows(first, first)], began).seeing([shows(later, later)], now)
    midnight = START.replace(hour=0)
    there = calendar.available(HERE, later, lag * DAY)

    assert there is not None
    assert (there - midnight).days == expected


def test_each_region_has_a_beginning_of_its_own() -> None:
    """One that is first watched today shows images that may be months old, however long others were watched."""
    old = START - 60 * DAY
    calendar = Releases({(ELSEWHERE, version(old)): START - 50 * DAY, (ELSEWHERE, "25.06.01"): START - 400 * DAY})
    calendar = calendar.seeing([shows("25.06.01", version(old))], START)

    assert calendar.available(HERE, version(old), 30 * DAY) == old.replace(hour=0) + 30 * DAY
    assert calendar.available(ELSEWHERE, version(old), 30 * DAY) == START - 50 * DAY


def test_which_hub_was_looked_at_first_makes_no_difference() -> None:
    """When the app begins, minutes lie between the looks at the first hub and the last: what is old counts as old."""
    hubs = [shows("25.06.01", "25.12.15", "a"), shows("25.09.10", "25.12.15", "b"), shows("25.12.15", "25.12.15", "c")]
    told: list[Mapping[str, datetime | None]] = []
    for order in permutations(hubs):
        calendar = Releases()
        for minute, fact in enumerate(order):
            calendar = calendar.seeing([fact], START + timedelta(minutes=minute))
        told.append({image: since(calendar, image, "25.12.15", 10 * DAY) for image in ("25.06.01", "25.09.10")})

    expected = {"25.06.01": datetime(2025, 9, 20, tzinfo=UTC), "25.09.10": datetime(2025, 12, 25, tzinfo=UTC)}
    assert told == [expected] * 6
