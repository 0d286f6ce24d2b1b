"""
The laws of `take-back`, over whatever the app and others may have written, and over what the app's own rules write.

What is decided is carried out by the fake of Azure.
"""

import asyncio
from datetime import datetime
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from local.take_back.decide import decide
from local.take_back.writes import QUERY, written
from shared.model.facts import Fact
from shared.model.plan import Result
from shared.model.resource_id import ResourceId
from shared.model.tables import ACTIONS
from tests.builders import policy
from tests.laws.estates import Generated, estates
from tests.local.take_back_history import History, Tags, after, by_key, decided
from tests.logs import asked
from tests.rig import Rig

NAMES = ("CostCenter", "costcenter", "cost-center", "Owner", "Team")
VALUES = ("A", "B", "")

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
