"""What `take-back` decides, by cases; its laws are in test_take_back_laws.py. And what its queries tell."""

from typing import Any

import pytest

from local.take_back.decide import Fate, decide, supposed
from local.take_back.run import MODE, OTHERS
from local.take_back.writes import QUERY, written
from shared.model.facts import Fact, Kind, Seen
from shared.model.plan import Result
from shared.model.tables import ACTIONS, RUNS
from tests.infra.rows import acted, ago, ran, steps
from tests.local.take_back_history import HUB, History
from tests.logs import asked


def test_each_fate() -> None:
    """By name, on one resource."""
    history = History({"Team": "x", "cc": "CC-1", "Region": "west"})
    history.ours({"CostCenter": "CC-1", "cc": None})
    history.ours({"Owner": "jane", "Environment": "prod", "Creator": "bo", "Region": "east"})
    history.ours({"Perhaps": "us"}, Result.INTERRUPTED)
    history.theirs("OWNER", "ana")
    history.theirs("Creator", None)

    assert {tag.name: (tag.now, tag.back, tag.fate) for tag in history.decided(["environment"]).tags} == {
        "CostCenter": ("CC-1", None, Fate.REMOVE),
        "cc": (None, "CC-1", Fate.GIVE_BACK),
        "Creator": (None, None, Fate.AS_BEFORE),
        "Environment": ("prod", "prod", Fate.KEPT),
        "Owner": ("ana", "ana", Fate.CHANGED),
        "Perhaps": ("us", "us", Fate.UNSURE),
        "Region": ("east", "west", Fate.GIVE_BACK),
    }
    assert history.take_back(["environment"]) == {
        "Team": "x",
        "cc": "CC-1",
        "Region": "west",
        "Environment": "prod",
        "Owner": "ana",
        "Perhaps": "us",
    }


def test_what_others_wrote_in_between_comes_back() -> None:
    """We overwrote what somebody had put over ours: theirs is what it said before us."""
    history = History()
    history.ours({"CostCenter": "CC-1"})
    history.theirs("CostCenter", "CC-2")
    history.ours({"CostCenter": "CC-1"})

    assert history.take_back() == {"CostCenter": "CC-2"}


def test_a_write_nobody_is_sure_of_that_a_later_one_explains() -> None:
    """The process died before it could tell; the next run found the tag missing and wrote it."""
    history = History()
    history.ours({"CostCenter": "CC-1"}, Result.FAILED, made=False)
    history.ours({"CostCenter": "CC-1"})

    assert history.take_back() == {}


def test_a_write_nobody_is_sure_of_that_left_no_trace() -> None:
    """It is nobody's matter; and what somebody set instead was not changed since."""
    history = History()
    history.ours({"CostCenter": "CC-1"}, Result.FAILED, made=False)
    history.theirs("CostCenter", "CC-2")

    assert [tag.fate for tag in history.decided().tags] == [Fate.AS_BEFORE]
    assert not history.decided().unsettled


@pytest.mark.parametrize(
    ("fact", "unsettled"),
    [
        (Fact(HUB, Kind.HUB, seen=Seen.ABSENT, reason="404"), False),
        (Fact(HUB, Kind.HUB, seen=Seen.UNREADABLE, reason="403 from Azure", permission="X/read"), True),
    ],
)
def test_what_is_not_there_to_be_read(fact: Fact, *, unsettled: bool) -> None:
    """One that is gone is settled; one that could not be read is not. Neither is written to."""
    history = History()
    history.ours({"CostCenter": "CC-1"})
    resource = decide(written(history.rows).writes, fact)

    assert (resource.action, resource.unsettled, resource.gone) == (None, unsettled, not unsettled)


def test_where_nobody_can_look() -> None:
    """Each tag is taken to say what was last written for certain."""
    history = History({"Region": "west"})
    history.ours({"CostCenter": "CC-1", "Region": None})
    history.ours({"Perhaps": "us"}, Result.INTERRUPTED)

    assert supposed(HUB, written(history.rows).writes).after == {"CostCenter": None, "Region": "west"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"Before": '{"CostCen (shortened)'}, "Before is no JSON"),
        ({"After": "null"}, "After holds something else than tags"),
        ({"After": '{"CostCenter": 7}'}, "After holds something else than tags"),
        ({"After": '{"Team": "x"}'}, "Before and After name different tags"),
        ({"Resource": "hub"}, "Resource 'hub' is no ARM id"),
        ({"TimeGenerated": None}, "TimeGenerated None is no moment"),
    ],
)
def test_a_row_that_cannot_be_read(change: dict[str, Any], says: str) -> None:
    """It is told, and the others count."""
    history = History()
    history.ours({"Owner": "jane"})
    odd = {**history.rows[0], "StepId": "odd", **change}
    found = written([odd, *history.rows])

    assert [write.tag for write in found.writes] == ["Owner"]
    assert len(found.unread) == 1
    assert says in found.unread[0]


def test_what_the_queries_tell() -> None:
    """What was or may have been written to tags; how many other writes there were; in which mode it was."""
    answers = {
        result: asked(QUERY, {ACTIONS: acted(steps(1), result, reason=reason)})
        for result, reason in {
            Result.DONE: "",
            Result.INTERRUPTED: "the process ended before the answer came",
            Result.FAILED: "PATCH /x: Azure answered 500",
            Result.SKIPPED: "mode is audit: nothing is written",
            Result.HELD: "waits",
        }.items()
    }
    forbidden = acted(steps(1), Result.FAILED, reason="PATCH /x: Azure answered 403 AuthorizationFailed")
    other = {**acted(steps(1), Result.DONE)[0], "Action": "scale-cluster"}
    run = ran()

    assert [result for result, rows in answers.items() if rows] == [Result.DONE, Result.INTERRUPTED, Result.FAILED]
    assert asked(QUERY, {ACTIONS: [*forbidden, other]}) == []
    assert asked(OTHERS, {ACTIONS: [other, other, *acted(steps(1), Result.DONE)]}) == [
        {"Action": "scale-cluster", "Writes": 1}
    ]
    assert [row["Mode"] for row in asked(MODE, {RUNS: [run, {**ran(at=ago(hours=1)), "Mode": "enforce"}]})] == ["audit"]
    assert asked(MODE, {RUNS: [ran(at=ago(hours=14))]}) == []
