"""The tag rules under what finance may say: wrong values, other names, places, sharing, limits."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from shared.model.action import ChangeTags, DeleteTags, MergeTags
from shared.model.cost_tags import CostTag, CostTags, Origin, Place, Shared, SplitKey, WrongValues
from shared.model.facts import Fact
from shared.model.finding import Verdict
from shared.rules.rule import Judgement
from shared.rules.tags import COST_TAGS, DEPENDENT_TAGS, ENDPOINT_TAGS, GROUP_TAGS
from tests.builders import Document, dependent, dependent_id, endpoint, group, hub, project, workspace_id
from tests.rules.asking import ask, unreadable

ORDER = (Origin.RESOURCE, Origin.PROJECT, Origin.HUB, Origin.RESOURCE_GROUP)
TAG = CostTag("CostCenter", spellings=("cost-center",), pattern="CC-[0-9]{4}", sources=ORDER)
REPLACED = replace(TAG, wrong_values=WrongValues.REPLACE)
STORAGE = dependent_id()
ONE, TWO = {"CostCenter": "CC-0001"}, {"CostCenter": "CC-0002"}


def finance(tag: CostTag = TAG, **more: Any) -> CostTags:  # noqa: ANN401 - the fields of CostTags
    """A schema of one tag."""
    return CostTags((tag,), **more)


def said_of(rule: Any, document: Document, *around: Document | Fact, schema: CostTags | None = None) -> Judgement:  # noqa: ANN401 - a rule
    """What a rule says."""
    said = ask(rule, document, *around, group({}), cost_tags=schema or finance())
    assert said is not None
    return said


@pytest.mark.parametrize(
    ("tags", "set_", "removed"),
    [
        pytest.param({"cost-center": "CC-0009"}, {"CostCenter": "CC-0009"}, {"cost-center": "CC-0009"}, id="moved"),
        pytest.param({"COST-CENTER": "cc-0009"}, {"CostCenter": "CC-0009"}, {"COST-CENTER": "cc-0009"}, id="mended"),
        pytest.param({**ONE, "cost-center": "CC-0001"}, {}, {"cost-center": "CC-0001"}, id="said twice"),
    ],
)
def test_another_name(tags: dict[str, str], set_: Mapping[str, str], removed: Mapping[str, str]) -> None:
    """A value under another name moves to the proper one, set before it is removed, and can move back."""
    fix = said_of(COST_TAGS, hub(tags=tags)).fix
    assert fix is not None
    assert fix.action == ChangeTags(set_, removed)
    assert fix.undo == ChangeTags(removed, set_)


def test_two_names_that_contradict() -> None:
    """Where two names of a tag say different things, its owner must choose: nothing is written."""
    said = said_of(COST_TAGS, hub(tags={**ONE, "cost-center": "CC-0002"}))
    assert (said.verdict, said.fix) == (Verdict.FAIL, None)
    assert "says 'CC-0001', and 'CC-0002' under the name 'cost-center'" in said.message


@pytest.mark.parametrize(
    ("schema", "wanted"), [(finance(), None), (finance(REPLACED), MergeTags(ONE))], ids=["keep", "replace"]
)
def test_a_wrong_value(schema: CostTags, wanted: MergeTags | None) -> None:
    """A value finance does not accept is a finding, overwritten only where finance says so; the undo brings it back."""
    said = said_of(COST_TAGS, project(tags={"CostCenter": "nobody's"}), hub(tags=ONE), schema=schema)
    assert (said.verdict, said.fix.action if said.fix else None) == (Verdict.FAIL, wanted)
    assert "says \"nobody's\" and should be 'CC-0001'" in said.message
    if said.fix is not None:
        assert said.fix.undo == ChangeTags({"CostCenter": "nobody's"}, {})


@pytest.mark.parametrize(
    ("tag", "expected", "fixed"),
    [
        pytest.param(TAG, Verdict.PASS, False, id="may differ"),
        pytest.param(replace(TAG, project_may_differ=False), Verdict.FAIL, False, id="may not, is told"),
        pytest.param(replace(REPLACED, project_may_differ=False), Verdict.FAIL, True, id="may not, follows"),
    ],
)
def test_a_project_that_differs(tag: CostTag, expected: Verdict, fixed: bool) -> None:  # noqa: FBT001 - a case
    """A project may carry a value of its own where finance lets it; else it is told to follow, or made to."""
    said = said_of(COST_TAGS, project(tags=TWO), hub(tags=ONE), schema=finance(tag))
    assert (said.verdict, said.fix is not None) == (expected, fixed)


@pytest.mark.parametrize(
    ("rule", "place", "document"),
    [
        (COST_TAGS, Place.HUB, hub(tags={})),
        (COST_TAGS, Place.PROJECT, project(tags={})),
        (ENDPOINT_TAGS, Place.ENDPOINT, endpoint(of="hub", tags={})),
        (DEPENDENT_TAGS, Place.DEPENDENT, dependent(tags={})),
        (GROUP_TAGS, Place.RESOURCE_GROUP, group({})),
    ],
    ids=lambda value: value.value if isinstance(value, Place) else "",
)
def test_places(rule: Any, place: Place, document: Document) -> None:  # noqa: ANN401 - a rule
    """A tag is required where finance says, and nowhere else."""
    around = hub("other" if place is Place.HUB else "hub", tags=ONE, storageAccount=STORAGE)
    required, elsewhere = (
        ask(rule, document, around, cost_tags=finance(replace(TAG, required=frozenset(places))))
        for places in ({place}, set(Place) - {place})
    )
    assert required is not None
    assert elsewhere is not None
    assert (required.verdict, elsewhere.verdict) == (Verdict.FAIL, Verdict.PASS)


_BOTH = (hub("a", tags=ONE, storageAccount=STORAGE), hub("b", tags=TWO, storageAccount=STORAGE))


@pytest.mark.parametrize(
    ("shared", "tags", "expected", "fill"),
    [
        pytest.param(Shared(), {}, Verdict.FAIL, None, id="not said, none"),
        pytest.param(Shared(), ONE, Verdict.PASS, None, id="not said, one of theirs"),
        pytest.param(Shared(), {"CostCenter": "CC-0003"}, Verdict.FAIL, None, id="not said, another"),
        pytest.param(Shared(SplitKey.EQUAL), {}, Verdict.PASS, None, id="split, none"),
        pytest.param(Shared(SplitKey.EQUAL), ONE, Verdict.PASS, None, id="split, one of theirs"),
        pytest.param(Shared(SplitKey.EQUAL), {"CostCenter": "CC-0003"}, Verdict.FAIL, None, id="split, another"),
        pytest.param(
            Shared(pool={"CostCenter": "CC-9000"}), {}, Verdict.FAIL, {"CostCenter": "CC-9000"}, id="pool, none"
        ),
        pytest.param(Shared(pool={"CostCenter": "CC-9000"}), ONE, Verdict.FAIL, None, id="pool, one of theirs"),
        pytest.param(Shared(pool={"CostCenter": "CC-9000"}), {"CostCenter": "CC-9000"}, Verdict.PASS, None, id="pool"),
    ],
)
def test_shared(shared: Shared, tags: dict[str, str], expected: Verdict, fill: dict[str, str] | None) -> None:
    """What hubs share and differ about is tagged with a pool's value only; a split needs no tag."""
    said = said_of(DEPENDENT_TAGS, dependent(tags=tags), *_BOTH, schema=finance(shared=shared))
    assert (said.verdict, dict(said.fix.after) if said.fix else None) == (expected, fill)


def test_a_hub_without_a_value_does_not_agree() -> None:
    """Of two hubs one has no cost centre: the other does not pay for both."""
    one, silent = hub("a", tags=ONE, storageAccount=STORAGE), hub("b", tags={}, storageAccount=STORAGE)
    said = said_of(DEPENDENT_TAGS, dependent(tags={}), one, silent)
    assert (said.verdict, said.fix) == (Verdict.FAIL, None)
    assert "its hubs differ: CC-0001, no value" in said.message


@pytest.mark.parametrize("tags", [{}, ONE, {"CostCenter": "wrong"}])
def test_a_group_whose_hub_cannot_be_read(tags: dict[str, str]) -> None:
    """Nobody can say what a group should carry while one of the hubs in it is not known."""
    closed = unreadable(workspace_id("hub"))
    users = {Fact.of(group()).id: frozenset({closed.id})}
    said = ask(GROUP_TAGS, group(tags), closed, shared_by=users, cost_tags=finance())
    assert said is not None
    assert (said.verdict, said.fix) == (Verdict.UNKNOWN, None)


@pytest.mark.parametrize(
    ("document", "tag", "refused"),
    [
        pytest.param(project(tags={f"t{n}": "x" for n in range(49)}), TAG, "", id="the fiftieth"),
        pytest.param(project(tags={f"t{n}": "x" for n in range(50)}), TAG, "would carry 51 tags", id="one too many"),
        pytest.param(
            project(tags={**{f"t{n}": "x" for n in range(49)}, "cost-center": "CC-0001"}),
            TAG,
            "51 tags, 50 at the end",
            id="one too many on the way",
        ),
        pytest.param(
            dependent(tags={}), replace(TAG, name="x" * 129), "129 characters and Azure takes 128", id="a name too long"
        ),
        pytest.param(
            project(tags={}), replace(TAG, pattern="", sources=(*ORDER, Origin.DEFAULT), default="€" * 257),
            "has 257 characters", id="a value too long",
        ),
    ],
)  # fmt: skip
def test_limits(document: Document, tag: CostTag, refused: str) -> None:
    """What Azure would refuse is foreseen, and the finding says so; nothing is dropped to make room."""
    owner = hub(tags={} if tag.default else {tag.name: "CC-0001"}, storageAccount=STORAGE)
    rule = DEPENDENT_TAGS if "storageAccounts" in document["id"] else COST_TAGS
    fix = said_of(rule, document, owner, schema=finance(tag)).fix
    assert fix is not None
    assert (refused in fix.refusal, bool(fix.refusal)) == (True, bool(refused))


def test_undo_of_an_added_tag() -> None:
    """What was added goes again, if it still says what we wrote."""
    fix = said_of(COST_TAGS, project(tags={}), hub(tags=ONE)).fix
    assert fix is not None
    assert fix.undo == DeleteTags(ONE)
