"""
What `take-back` decides: laws over whatever the app and others may have written to one resource, and cases by name.

The rows are made as the app makes them; what is decided is carried out by the fake of Azure.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.take_back.decide import Fate, Resource, decide, supposed
from local.take_back.run import MODE, OTHERS
from local.take_back.writes import QUERY, written
from shared.engine.record import action_row
from shared.model.action import ChangeTags, DeleteTags, MergeTags
from shared.model.facts import Fact, Kind, Seen
from shared.model.plan import Outcome, Result, Step, StepStatus
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS, RUNS
from tests.builders import NOW, hub, policy, rid
from tests.fakes.effects import changed_tags
from tests.infra.rows import acted, ago, ran, steps
from tests.laws.estates import Generated, estates
from tests.logs import asked
from tests.rig import Rig

HUB = rid(hub())
NAMES = ("CostCenter", "costcenter", "cost-center", "Owner", "Team")
VALUES = ("A", "B", "")

type Tags = dict[str, str]


@dataclass
class History:
    """A resource, everything that was written to it, and the rows that tell of what we wrote."""

    tags: Tags = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def says(self, name: str) -> str | None:
        """What a tag says now."""
        return Fact.of({**hub(), "tags": self.tags}).tag(name)

    def ours(self, given: Mapping[str, str | None], result: Result = Result.DONE, *, made: bool = True) -> None:
        """A step of the app's: what differs is written, by the actions that its rules use, and a row tells of it."""
        wanted = {name: value for name, value in given.items() if value != self.says(name)}
        if not wanted:
            return
        merge = {name: value for name, value in wanted.items() if value is not None}
        before = {name: self.says(name) for name in wanted}
        remove = {name: old for name, old in before.items() if wanted[name] is None and old is not None}
        action = ChangeTags(merge, remove) if remove else MergeTags(merge)
        if made:
            self.tags = changed_tags(self.tags, action)
        step = Step("HW-TAG-001", HUB, action, before, wanted, None, StepStatus.READY)
        at = NOW + timedelta(minutes=len(self.rows))
        row = action_row(f"run-{len(self.rows)}", "plan", Outcome(step, result, at))
        self.rows.append({**row, "TimeGenerated": at})

    def theirs(self, name: str, value: str | None) -> None:
        """Somebody sets a tag, or removes it."""
        old = self.says(name)
        if value is not None:
            self.tags = changed_tags(self.tags, MergeTags({name: value}))
        elif old is not None:
            self.tags = changed_tags(self.tags, DeleteTags({name: old}))

    def decided(self, keep: Sequence[str] = ()) -> Resource:
        """What is to become of it."""
        return decided(self.rows, self.tags, keep)

    def take_back(self, keep: Sequence[str] = ()) -> Tags:
        """Its tags once that has been done."""
        return after(self.decided(keep), self.tags)


def decided(rows: Sequence[Mapping[str, Any]], tags: Tags, keep: Sequence[str] = ()) -> Resource:
    """What is to become of the hub, by some rows."""
    return decide(written(rows).writes, Fact.of({**hub(), "tags": tags}), keep)


def after(resource: Resource, tags: Tags) -> Tags:
    """The tags as Azure leaves them."""
    return tags if resource.action is None else changed_tags(tags, resource.action)


def by_key(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags as Azure compares them."""
    return {name.casefold(): value for name, value in tags.items()}


_values = st.sampled_from([None, *VALUES])
_own = st.dictionaries(st.sampled_from(NAMES), _values, min_size=1).filter(
    lambda given: len({name.casefold() for name in given}) == len(given)
)
_ours = st.tuples(st.just("ours"), _own)
_theirs = st.tuples(st.just("theirs"), st.tuples(st.sampled_from(NAMES), _values))
_first = st.dictionaries(st.sampled_from(("CostCenter", "cost-center", "Team", "untouched")), st.sampled_from(VALUES))


@given(tags=_first, steps=st.lists(_own, max_size=6))
def test_what_we_alone_wrote_is_as_it_was(tags: Tags, steps: list[dict[str, str | None]]) -> None:
    """However often, and over whatever was there."""
    history = History(dict(tags))
    for step in steps:
        history.ours(step)

    assert by_key(history.take_back()) == by_key(tags)


@given(tags=_first, deeds=st.lists(st.one_of(_ours, _theirs), max_size=10))
def test_what_others_left_last_stays(tags: Tags, deeds: list[tuple[Literal["ours", "theirs"], Any]]) -> None:
    """Each tag says what it said when somebody else last had a hand in it, as far as anybody could see; then for good.

    What somebody changes and changes back between two of our writes cannot be told from nothing.
    """
    history, left = History(dict(tags)), dict[str, str | None]()
    expected: dict[str, str | None] = {**by_key(tags)}

    def notice(name: str) -> None:
        """What a tag says is somebody else's, unless it is what we left."""
        if name not in left or history.says(name) != left[name]:
            expected[name] = history.says(name)

    for who, deed in deeds:
        if who == "theirs":
            history.theirs(*deed)
            continue
        changing = {name.casefold(): value for name, value in deed.items() if value != history.says(name)}
        for name in changing:
            notice(name)
        history.ours(deed)
        left |= changing
    for name in {*by_key(history.tags), *expected}:
        notice(name)
    result = history.take_back()

    assert by_key(result) == {name: value for name, value in expected.items() if value is not None}
    assert decided(history.rows, result).action is None


@given(tags=_first, deeds=st.lists(st.one_of(_ours, _theirs), max_size=8))
def test_no_tag_changes_that_we_never_wrote(tags: Tags, deeds: list[tuple[str, Any]]) -> None:
    """Nor one that was only perhaps written."""
    history = History(dict(tags))
    for number, (who, deed) in enumerate(deeds):
        if who == "theirs":
            history.theirs(*deed)
        else:
            history.ours(deed, Result.INTERRUPTED, made=number % 2 == 0)

    assert history.take_back() == history.tags


@given(tags=_first, steps=st.lists(_own, max_size=6), data=st.data())
def test_rows_in_any_order_and_twice(tags: Tags, steps: list[dict[str, str | None]], data: st.DataObject) -> None:
    """The ingestion neither keeps order nor removes duplicates."""
    history = History(dict(tags))
    for step in steps:
        history.ours(step)
    rows = data.draw(st.permutations([*history.rows, *history.rows]))

    assert decided(rows, history.tags) == history.decided()


@given(steps=st.lists(_own, min_size=1, max_size=6), keep=st.sampled_from(NAMES))
def test_a_tag_that_is_kept_does_not_change(steps: list[dict[str, str | None]], keep: str) -> None:
    """And the others go, whatever its case."""
    history = History()
    for step in steps:
        history.ours(step)
    left = by_key(history.take_back([keep.swapcase()]))

    assert left == {name: value for name, value in by_key(history.tags).items() if name == keep.casefold()}


@settings(max_examples=100, deadline=None)
@given(estates())
def test_an_estate_that_the_app_wrote_to(estate: Generated) -> None:
    """By its own rules and its own rows: each resource has the tags that it had."""

    async def run() -> None:
        rig = Rig.of(*estate.documents, policy=policy(auto_approve="CHG-1", cost_tags=estate.schema))
        before = tags_of(rig)
        for one in (*estate.hubs, *estate.hubs):
            await rig.sweep(one)
            rig.clock.advance(hours=6)
        found = written(rows_of(rig))
        for resource, writes in found.by_resource.items():
            document = rig.cloud.document(resource)
            document["tags"] = after(decide(writes, Fact.of(document)), document.get("tags") or {})

        assert not found.unread
        assert {one: tags for one, tags in tags_of(rig).items() if one in before} == before

    asyncio.run(run())


def tags_of(rig: Rig) -> dict[ResourceId, dict[str, str]]:
    """The tags of everything."""
    return {one: dict(Fact.of(document).tags_by_key) for one, document in rig.cloud.world.items()}


def rows_of(rig: Rig) -> list[dict[str, Any]]:
    """What the query for writes of tags answers of the rows that the app has sent."""
    rows = asked(QUERY, {ACTIONS: rig.actions()}, rig.clock.now())
    return [{**row, "TimeGenerated": datetime.fromisoformat(row["TimeGenerated"])} for row in rows]


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
