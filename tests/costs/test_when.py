"""When: what a resource cost on a day belongs to whom its tags named at the end of that day."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from shared.costs.attribution import Period
from tests.costs.money import HUB, NOW, bill, by_cost_center, charge, lines, moment, period, portion, split

DAYS = bill(*(charge(cost=1.0, day=day) for day in range(1, 32)))
"""A unit a day."""
OLD, NEW = portion("CC-old"), portion("CC-new")


@pytest.mark.parametrize(
    ("changed", "old"),
    [(moment(16, 0), 15.0), (moment(16, 12), 15.0), (moment(16, 23), 15.0), (moment(15, 23), 14.0), (moment(1), 0.0)],
)
def test_a_change_counts_for_the_whole_of_its_day(changed: datetime, old: float) -> None:
    """A change within the month splits it at the day, whatever the hour."""
    found = by_cost_center(split(DAYS, period(HUB, OLD, until=changed), period(HUB, NEW, since=changed)))
    assert (found.get("CC-old", 0.0), found["CC-new"]) == (old, 31.0 - old)


def test_a_day_is_one_of_utc() -> None:
    """A change at one in the morning in Berlin is one of the day before, for a bill's days are UTC."""
    berlin = datetime(2026, 10, 16, 1, tzinfo=timezone(timedelta(hours=2)))
    assert by_cost_center(split(DAYS, period(HUB, OLD), period(HUB, NEW, since=berlin)))["CC-old"] == 14.0


def test_the_last_change_of_a_day_counts() -> None:
    """Of several changes on a day the last one has it, and a value that was there for an hour has nothing."""
    hours = [period(HUB, portion(f"CC-{hour}"), since=moment(10, hour)) for hour in (3, 9, 6)]
    assert by_cost_center(split(DAYS, period(HUB, OLD), *hours)) == {"CC-old": 9.0, "CC-9": 22.0}


def test_the_order_of_periods_does_not_matter() -> None:
    """A history that comes in the wrong order is put in the right one."""
    changes = [period(HUB, OLD), period(HUB, NEW, since=moment(16)), period(HUB, OLD, since=moment(21))]
    assert (
        by_cost_center(split(DAYS, *changes))
        == by_cost_center(split(DAYS, *changes[::-1]))
        == {
            "CC-old": 26.0,
            "CC-new": 5.0,
        }
    )


def test_of_two_at_the_same_moment_the_later_in_the_sequence_counts() -> None:
    """A source that corrects another comes after it."""
    assert by_cost_center(split(DAYS, period(HUB, OLD), period(HUB, NEW))) == {"CC-new": 31.0}


def test_what_was_charged_before_the_first_look_is_marked() -> None:
    """Days before anybody looked are under the first attribution known, and the lines say so."""
    allocation = split(DAYS, period(HUB, OLD, since=moment(11, 8)), period(HUB, NEW, since=moment(21)))
    assert lines(allocation, "cost_center", "early") == [
        ("CC-old", False, 10.0),
        ("CC-old", True, 10.0),
        ("CC-new", False, 11.0),
    ]


def test_a_month_before_the_first_look_is_early_as_a_whole() -> None:
    """A resource that was first seen when the month was over has the first attribution for all of it."""
    allocation = split(DAYS, period(HUB, OLD, since=moment(3, month=11)), period(HUB, NEW, since=moment(4, month=11)))
    assert lines(allocation, "cost_center", "early") == [("CC-old", True, 31.0)]


@pytest.mark.parametrize("until", [moment(20), moment(1, month=3)])
def test_what_is_gone_keeps_its_last_attribution(until: datetime) -> None:
    """What is charged after a resource went, this month or long ago, belongs to whom it belonged to last."""
    assert by_cost_center(split(DAYS, period(HUB, OLD, until=until))) == {"CC-old": 31.0}


def test_between_two_lives_the_first_one_lasts() -> None:
    """A resource that was deleted and made again belongs in between to whom it belonged to before."""
    lives = [period(HUB, OLD, until=moment(10)), period(HUB, NEW, since=moment(21))]
    assert by_cost_center(split(DAYS, *lives)) == {"CC-old": 20.0, "CC-new": 11.0}


def test_a_month_is_closed_once_its_figures_stand() -> None:
    """Until five days after its end a month's figures may change, and the allocation says so."""
    assert not split(DAYS, period(HUB), now=moment(5, month=11)).closed
    assert split(DAYS, period(HUB), now=NOW).closed


def undecided(since: datetime) -> Period:
    """A look at the hub that could not tell who pays."""
    look = period(HUB, portion(None), since=since)
    return replace(look, attribution=replace(look.attribution, decided=False))


@pytest.mark.parametrize("since", [moment(5), moment(10)])
def test_what_is_known_outlasts_a_look_that_could_not_decide(since: datetime) -> None:
    """What one hub's run has decided stays when another hub's run cannot read a source, be it at the same moment."""
    looks = [period(HUB, OLD, since=moment(5)), undecided(since), period(HUB, NEW, since=moment(21))]
    assert by_cost_center(split(DAYS, *looks)) == {"CC-old": 20.0, "CC-new": 11.0}


def test_what_was_never_decided_has_no_cost_centre_until_it_is() -> None:
    """Before anything is decided, an undecided look is all there is."""
    looks = [undecided(moment(5)), period(HUB, NEW, since=moment(21))]
    assert by_cost_center(split(DAYS, *looks)) == {"": 20.0, "CC-new": 11.0}


def test_a_tag_that_one_hub_could_not_decide_is_as_another_saw_it() -> None:
    """Where it is known who pays, another tag whose source could not be read keeps the value it had before."""
    seen = portion("CC-1", Environment="prod")
    seen = replace(seen, origins={**seen.origins, "Environment": "resource_group"})
    unread = portion("CC-1")
    unread = replace(unread, origins={**unread.origins, "Environment": "undecided"})
    allocation = split(DAYS, period(HUB, seen, since=moment(1)), period(HUB, unread, since=moment(10)))
    assert {(row["tag"], row["value"]) for row in allocation.by_tag.to_pylist() if row["tag"] == "Environment"} == {
        ("Environment", "prod")
    }
