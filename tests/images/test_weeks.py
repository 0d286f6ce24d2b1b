"""The fleet as sweeps have counted it: how it stands, whom nobody could count, and how it has come along."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.images.tally import BANDS, MOST, Tally, band, count, summarize
from shared.images.weeks import WEEKS, HubWeek, first_week, monday, standing, trend, unseen
from tests.builders import rid, workspace_id
from tests.images import counts
from tests.images.counts import LAB, MAIN, NOW, counted, tally

THIS = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("at", "first"),
    [
        (datetime(2026, 3, 2, tzinfo=UTC), THIS),
        (datetime(2026, 3, 8, 23, 59, tzinfo=UTC), THIS),
        (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), date(2026, 2, 23)),
        (datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=9))), date(2026, 2, 23)),
    ],
)
def test_a_week_begins_on_monday(at: datetime, first: date) -> None:
    """In UTC, whatever zone a moment is told in."""
    assert monday(at) == first


def test_a_tally() -> None:
    """Whoever is exempt counts as within, and of whom nobody can tell counts for neither."""
    found = tally("++-x?", 45)

    assert (found.instances, found.within, found.exempt, found.failing, found.undecided) == (5, 3, 1, 1, 1)
    assert (found.share, Tally().share, tally("?").share) == (3 / 4, None, None)
    assert dict(zip(BANDS, found.age, strict=True)) == {**dict.fromkeys(BANDS, 0), "31-60": 5}
    assert (found.furthest, Tally().furthest) == (45, None)


@given(st.lists(st.tuples(st.sampled_from("+-x?"), st.integers(0, 400), st.sampled_from([MAIN, LAB]), st.text())))
def test_nobody_is_lost_in_the_counts(fleet: list[tuple[str, int, object, str]]) -> None:
    """By hub and owner, in all, and in each band: every instance once."""
    standings = [counts.standing(verdict, days, hub, owner) for verdict, days, hub, owner in fleet]  # type: ignore[arg-type]  # the two hubs above
    found = summarize(count(standings), 0, 0)
    total = found.total

    assert (total.instances, total.within + total.failing + total.undecided) == (len(fleet), len(fleet))
    assert (sum(total.age), sum(total.behind)) == (len(fleet), len(fleet))
    assert sum(group.tally.instances for group in found.hubs) == len(fleet)
    assert [total.age[at] for at in range(len(BANDS))] == [
        sum(band(timedelta(days=days)) == at for _, days, _, _ in fleet) for at in range(len(BANDS))
    ]


def test_how_it_stands() -> None:
    """Of each hub what was counted last, within two days; not what was counted of it before, or in part."""
    rows = [
        counted("+++", hours_ago=30),
        counted("++-", hours_ago=6),
        counted("-", hours_ago=1, whole=False),
        counted("--", LAB, hours_ago=47),
        counted("----", rid(workspace_id("gone")), hours_ago=49),
    ]
    found = standing(rows, NOW)

    assert (found.total.instances, found.total.failing) == (5, 3)
    assert [group.name for group in found.hubs] == ["lab", "hub"]
    assert [group.tally.instances for group in found.owners] == [5]


def test_what_nobody_could_count() -> None:
    """Hubs that were looked at lately, in part, or not for two days; what is long gone is not missed."""
    rows = [
        counted("+"),
        counted("+", LAB, hours_ago=24 * 3),
        counted("", LAB, hours_ago=2, whole=False),
        counted("", rid(workspace_id("blind")), whole=False),
        counted("+", rid(workspace_id("old")), weeks_ago=3),
    ]
    found = [(one.hub.name, one.since) for one in unseen(rows, NOW)]

    assert found == [("blind", None), ("lab", NOW - timedelta(days=3))]


def test_the_trend() -> None:
    """Week by week from the first that has anything, with a gap where nothing was counted; in all and by hub."""
    rows = [
        counted("+-", weeks_ago=3),
        counted("++", LAB, weeks_ago=3),
        counted("--", LAB, weeks_ago=1),
        counted("++", whole=True),
        counted("----", weeks_ago=5, whole=False),
        counted("+", weeks_ago=WEEKS),
    ]
    found = trend(rows, NOW)

    assert found.weeks == tuple(THIS - timedelta(weeks=ago) for ago in (3, 2, 1, 0))
    assert [one.share if one else None for one in found.fleet.tallies] == [3 / 4, None, 0.0, 1.0]
    assert {line.name: [one.share if one else None for one in line.tallies] for line in found.hubs} == {
        "lab": [1.0, None, 0.0, None],
        "hub": [1 / 2, None, None, 1.0],
    }
    assert [line.name for line in found.hubs] == ["lab", "hub"]
    assert (found.hubs[0].last.failing, found.fleet.last.instances) == (2, 2)


def test_the_trend_names_the_worst_that_are_there() -> None:
    """Ten of them; a hub that nobody has counted since the week before last is only in the sum."""
    many = [counted("-" * number, rid(workspace_id(f"hub-{number:02}"))) for number in range(1, MOST + 3)]
    found = trend([*many, counted("-" * 99, LAB, weeks_ago=2)], NOW)

    assert [line.name for line in found.hubs] == [f"hub-{number:02}" for number in range(MOST + 2, 2, -1)]
    assert [one and one.failing for one in found.fleet.tallies] == [99, None, sum(range(1, MOST + 3))]


def test_nothing_was_ever_counted() -> None:
    """The first day."""
    found = trend([], NOW)

    assert (found.weeks, found.fleet.tallies, found.hubs) == ((THIS,), (None,), ())
    assert (standing([], NOW).total, unseen([], NOW)) == (Tally(), ())


def test_as_many_weeks_as_are_kept() -> None:
    """The running one among them."""
    rows: list[HubWeek] = [counted("+", weeks_ago=ago) for ago in range(WEEKS + 5)]

    assert len(trend(rows, NOW).weeks) == WEEKS
    assert trend(rows, NOW).weeks[0] == first_week(NOW) == THIS - timedelta(weeks=WEEKS - 1)
