"""The ladder of notices: what holds however old the image, however often anybody looks, and whatever the clock does."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.images.ladder import Place, Terms, coming, notice, place
from shared.images.machine import Machine
from shared.images.releases import Releases
from shared.model.compute_memory import Notice, Rung
from shared.model.facts import Fact
from tests.builders import instance

TERMS = Terms()
DAY = timedelta(days=1)
START = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
ORDER = list(Rung)

days = st.integers(0, 400).map(lambda count: count * DAY)
moments = st.integers(0, 400 * 24).map(lambda hours: START + timedelta(hours=hours))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Terms that policy takes: each rung later than the one before."""
    notify, warn, stop, escalate = sorted(draw(st.sets(st.integers(0, 200), min_size=4, max_size=4)))
    remind, lag = draw(st.integers(1, 60)), draw(st.integers(0, 60))
    return Terms(*(count * DAY for count in (notify, remind, warn, stop, escalate, lag)))


def walk(looks: Iterable[datetime], given_terms: Terms = TERMS, since: datetime = START) -> list[Notice]:
    """What is told at these looks, in their order, of an image that has been behind since a moment."""
    told: list[Notice] = []
    for now in looks:
        last = told[-1] if told else None
        if (new := notice("26.01.01", max(timedelta(), now - since), given_terms, last, now)) is not None:
            told.append(new)
    return told


def test_by_the_day() -> None:
    """Somebody who looks each day: told after 14 days, twice again, warned after 45, and so on."""
    told = walk(START + count * DAY for count in range(200))
    assert [(one.rung, (one.at - START).days, one.due and (one.due - START).days) for one in told] == [
        (Rung.NOTIFIED, 14, None),
        (Rung.REMINDED, 28, None),
        (Rung.REMINDED, 42, None),
        (Rung.WARNED, 45, 60),
        (Rung.STOPPED, 60, 60),
        (Rung.ESCALATED, 90, 60),
    ]


@pytest.mark.parametrize(
    ("behind", "expected"),
    [(13, None), (14, Rung.NOTIFIED), (44, Rung.NOTIFIED), (45, Rung.WARNED), (60, Rung.WARNED), (900, Rung.WARNED)],
)
def test_first_sight(behind: int, expected: Rung | None) -> None:
    """What was never told of begins at the highest rung but never above the warning, which gives its full time."""
    now = START + behind * DAY
    told = notice("26.01.01", behind * DAY, TERMS, None, now)
    assert (None if told is None else told.rung) is expected
    if told is not None and told.rung is Rung.WARNED:
        assert told.due == now + 15 * DAY


@settings(deadline=None)
@given(terms(), st.lists(moments, max_size=40).map(sorted))
def test_each_rung_once(given_terms: Terms, looks: list[datetime]) -> None:
    """Nothing is told twice but reminders, those apart and before the warning; and no rung comes after a higher one."""
    told = walk(looks, given_terms)
    rungs = [one.rung for one in told]
    once = [rung for rung in rungs if rung is not Rung.REMINDED]
    assert len(once) == len(set(once))
    assert rungs == sorted(rungs, key=ORDER.index)
    for before, after in pairwise(told):
        if after.rung is Rung.REMINDED:
            assert after.at - before.at >= given_terms.remind


@settings(deadline=None)
@given(terms(), st.lists(moments, max_size=40))
def test_no_stop_without_a_warning(given_terms: Terms, looks: list[datetime]) -> None:
    """However the clock jumps, it is only stopped after a warning whose date has passed, and that never moves."""
    told = walk(looks, given_terms)
    for index, one in enumerate(told):
        if one.rung in {Rung.STOPPED, Rung.ESCALATED}:
            (warning,) = [earlier for earlier in told[:index] if earlier.rung is Rung.WARNED]
            assert warning.due == one.due == warning.at + given_terms.mercy
            assert warning.at < warning.at + given_terms.mercy <= one.at


@settings(deadline=None)
@given(terms(), st.lists(moments, min_size=1, max_size=40).map(sorted), st.data())
def test_a_clock_that_jumps(given_terms: Terms, looks: list[datetime], data: st.DataObject) -> None:
    """Months at once yield one notice at most, and the same moment again none; a clock that goes back yields none."""
    told = walk(looks, given_terms)
    last = told[-1] if told else None
    later = looks[-1] + data.draw(days)
    new = notice("26.01.01", later - START, given_terms, last, later)
    stands = new or last
    if stands is not None:
        assert notice("26.01.01", later - START, given_terms, stands, later) is None
        earlier = stands.at - data.draw(st.integers(1, 10**7)) * timedelta(seconds=1)
        assert notice("26.01.01", data.draw(days), given_terms, stands, earlier) is None


@settings(deadline=None)
@given(terms(), moments, st.sampled_from(Rung), days)
def test_another_image_begins_anew(given_terms: Terms, now: datetime, rung: Rung, behind: timedelta) -> None:
    """What was told of an image that is gone does not count: it is as if nothing had been told."""
    last = Notice(rung, "25.01.01", now - DAY, now - DAY)
    assert notice("26.01.01", behind, given_terms, last, now) == notice("26.01.01", behind, given_terms, None, now)


@settings(deadline=None)
@given(terms(), moments, st.none() | st.sampled_from(Rung))
def test_a_fresh_image(given_terms: Terms, now: datetime, rung: Rung | None) -> None:
    """Of an image that is not far behind nothing is told, whatever was told of it when policy was stricter."""
    last = None if rung is None else Notice(rung, "26.01.01", now - 400 * DAY, now - 300 * DAY)
    if given_terms.notify:
        assert notice("26.01.01", given_terms.notify - timedelta(seconds=1), given_terms, last, now) is None


@settings(deadline=None)
@given(
    gaps=st.lists(st.integers(14, 138), min_size=5, max_size=5),
    lags=st.lists(st.integers(0, 40), min_size=5, max_size=5),
    looks=st.lists(moments, min_size=1, max_size=40).map(sorted),
)
def test_five_releases(gaps: list[int], lags: list[int], looks: list[datetime]) -> None:
    """
    Five releases at uneven gaps, each out a while after it was built, and an instance that stays on the first image.

    It is behind since the first look that showed a newer one; if that was the very first look, perhaps since the day
    on which that must have been out. On the day on which a watched region shows it first nobody is told anything.
    """
    built = [START.replace(hour=0) + sum(gaps[:index]) * DAY for index in range(5)]
    out = [day + lag * DAY for day, lag in zip(built, lags, strict=True)]
    first_look: dict[datetime, datetime] = {}
    calendar, told = Releases(), list[Notice]()
    for now in looks:
        latest = max((day for day, there in zip(built, out, strict=True) if there <= now), default=built[0])
        document = Fact.of(instance(osImageMetadata=image(version(built[0]), version(latest))))
        calendar = calendar.seeing([document], now)
        stands = place(Machine.of(document), calendar, TERMS, told[-1] if told else None, now)
        assert stands is not None
        if latest == built[0]:
            assert (stands.behind, stands.since, stands.notice) == (timedelta(), None, None)
            continue
        first_look.setdefault(latest, now if now > looks[0] else min(now, latest + TERMS.lag))
        assert stands.since == min(first_look.values())
        assert stands.behind == now - stands.since
        assert stands.notice is None or stands.since < now
        told += [stands.notice] if stands.notice else []
    assert [one.rung for one in told] == sorted((one.rung for one in told), key=ORDER.index)


def version(day: datetime) -> str:
    """The version of an image that was built on a day."""
    return f"{day:%y.%m.%d}"


def image(current: str, latest: str) -> dict[str, object]:
    """What an instance says of its image."""
    return {"currentImageVersion": current, "latestImageVersion": latest, "isLatestOsImageVersion": current == latest}


@pytest.mark.parametrize(
    ("current", "latest", "known", "expected"),
    [
        pytest.param("25.11.01", "25.11.01", (), 0, id="the latest"),
        pytest.param("25.11.01", "25.12.01", (), 1, id="built 31 days ago"),
        pytest.param("25.11.01", "25.12.15", (), 0, id="built 17 days ago, perhaps not out"),
        pytest.param("25.11.01", "25.12.15", ("25.12.15",), 5, id="built 17 days ago, seen 5 days ago"),
        pytest.param("25.11.01", "25.12.15", ("25.12.01",), 5, id="an earlier one was seen 5 days ago"),
        pytest.param("25.12.15", "25.11.01", (), 0, id="newer than the latest"),
        pytest.param("25.12.15", "25.11.01", ("25.12.20",), 5, id="newer than the latest, not than what was seen"),
        pytest.param("25.11.01", "3.0.02755", (), None, id="latest is no date"),
        pytest.param("3.0.02755", "25.11.01", (), None, id="its own is no date"),
        pytest.param("", "", (), None, id="none yet"),
    ],
)
def test_place(current: str, latest: str, known: tuple[str, ...], expected: int | None) -> None:
    """An image is behind since a newer one was first seen in its region, or must have come to it; else nobody knows."""
    document = instance(osImageMetadata={**image(current, latest), "isLatestOsImageVersion": None})
    seen = Releases({("eastus2", one): START - 5 * DAY for one in known} | {("westus", "25.12.31"): START - 40 * DAY})
    stands = place(Machine.of(Fact.of(document)), seen, TERMS, None, START)
    assert (None if stands is None else stands.behind.days) == expected


def test_what_was_told_of_another_image_is_not_where_this_one_stands() -> None:
    """An instance made anew begins without a rung, and one that has fallen behind again at the first."""
    told = Notice(Rung.STOPPED, "25.06.01", START - DAY, START - DAY)
    stood = [
        place(Machine.of(Fact.of(instance(osImageMetadata=image("25.11.01", latest)))), Releases(), TERMS, told, START)
        for latest in ("25.12.01", "25.11.15")
    ]
    assert [(one.rung, one.due) for one in stood if one is not None] == [(None, None), (Rung.NOTIFIED, None)]


def test_what_comes_next() -> None:
    """Each rung says which is next and when; the last has none, nor has the newest image."""
    stands = Place("26.01.01", 100 * DAY, 20 * DAY, START)
    due = START + 75 * DAY
    assert [coming(replace(stands, rung=rung, due=due), TERMS) for rung in (None, *Rung)] == [
        (Rung.NOTIFIED, START + 14 * DAY),
        (Rung.WARNED, START + 45 * DAY),
        (Rung.WARNED, START + 45 * DAY),
        (Rung.STOPPED, due),
        (Rung.ESCALATED, START + 90 * DAY),
        None,
    ]
    assert coming(Place("26.01.01", 100 * DAY, timedelta()), TERMS) is None
