"""Rules about cost tags: of hubs and projects, and of what a hub leans on."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.model.action import ChangeTags, DeleteTags, MergeTags
from shared.model.cost_tags import CostTags
from shared.model.facts import Fact
from shared.model.finding import Verdict
from shared.rules.rule import Judgement
from shared.rules.tags import COST_TAGS, DEPENDENT_TAGS
from tests.builders import TAGS, Document, connection, dependent, dependent_id, hub, project, rid, workspace_id
from tests.rules.asking import absent, ask, unreadable

STORAGE = dependent_id()


def said_of(document: Document, *around: Document | Fact) -> Judgement:
    """What the rule about hubs and projects says."""
    said = ask(COST_TAGS, document, *around)
    assert said is not None
    return said


def filled(said: Judgement | None) -> Mapping[str, str]:
    """The tags that would be added."""
    assert said is not None
    if said.fix is None:
        return {}
    assert isinstance(said.fix.action, MergeTags | ChangeTags)
    return said.fix.action.tags


@pytest.mark.parametrize(
    ("tags", "expected", "fill"),
    [
        pytest.param(TAGS, Verdict.PASS, {}, id="all"),
        pytest.param({k.upper(): v for k, v in TAGS.items()}, Verdict.PASS, {}, id="names in capitals"),
        pytest.param(None, Verdict.FAIL, {}, id="null"),
        pytest.param({}, Verdict.FAIL, {}, id="none"),
        pytest.param({**TAGS, "CostCenter": "CC-12"}, Verdict.FAIL, {}, id="a value finance does not know"),
        pytest.param({**TAGS, "Environment": "Prod"}, Verdict.FAIL, {}, id="a value in another case"),
        pytest.param({**TAGS, "Owner": " "}, Verdict.FAIL, {}, id="blank"),
        pytest.param({**TAGS, "Owner": None}, Verdict.FAIL, {}, id="null value"),
        pytest.param(
            {"cost-center": "CC-1234", "Environment": "prod", "Owner": "jane"},
            Verdict.FAIL,
            {"CostCenter": "CC-1234"},
            id="another spelling",
        ),
        pytest.param(
            {"CC": "CC-12", "Environment": "prod", "Owner": "jane"}, Verdict.FAIL, {}, id="a spelling, wrong value"
        ),
    ],
)  # fmt: skip
def test_hub(tags: Any, expected: Verdict, fill: Mapping[str, str]) -> None:  # noqa: ANN401 - JSON
    """A hub has all cost tags with values finance knows; only a value under another spelling is carried over."""
    said = said_of(hub(tags=tags))
    assert (said.verdict, filled(said)) == (expected, fill)


def test_absent_tags() -> None:
    """A hub without the field has no tags."""
    document = hub()
    del document["tags"]
    assert said_of(document).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("tags", "around", "fill"),
    [
        pytest.param({}, hub(), TAGS, id="all of them"),
        pytest.param({"Team": "vision"}, hub(), TAGS, id="another tag is there"),
        pytest.param({"costcenter": "CC-9999"}, hub(), {"Environment": "prod", "Owner": TAGS["Owner"]}, id="own value"),
        pytest.param({**TAGS, "CostCenter": "wrong"}, hub(), {}, id="a wrong value is its owner's"),
        pytest.param({**TAGS, "CostCenter": ""}, hub(), {}, id="an empty value is its owner's"),
        pytest.param({"cc": "CC-0007"}, hub(), {**TAGS, "CostCenter": "CC-0007"}, id="own spelling before the hub's"),
        pytest.param({}, hub(tags={"CC": "CC-0001"}), {"CostCenter": "CC-0001"}, id="the hub's spelling"),
        pytest.param({}, hub(tags={"CostCenter": "wrong"}), {}, id="not the hub's wrong value"),
        pytest.param({}, unreadable(workspace_id("hub")), {}, id="hub not readable"),
        pytest.param({}, absent(workspace_id("hub")), {}, id="hub gone"),
        pytest.param({}, hub("other"), {}, id="hub not read"),
    ],
)
def test_project(tags: dict[str, str], around: Document | Fact, fill: Mapping[str, str]) -> None:
    """A project takes from its hub what it lacks; what somebody set is never overwritten."""
    said = said_of(project(tags=tags), around)
    assert (said.verdict, filled(said)) == (Verdict.FAIL, fill)


def test_project_fix() -> None:
    """The fix merges the missing tags and its undo deletes exactly those."""
    fix = said_of(project(tags={"Owner": "joe", "Environment": "dev"}), hub()).fix
    assert fix is not None
    added = {"CostCenter": "CC-1234"}
    assert (fix.action, fix.before, fix.after, fix.undo, fix.refusal) == (
        MergeTags(added),
        {"CostCenter": None},
        added,
        DeleteTags(added),
        "",
    )


@pytest.mark.parametrize(("others", "refused"), [(47, False), (48, True)])
def test_too_many_tags(others: int, refused: bool) -> None:  # noqa: FBT001 - the expected answer
    """Azure takes 50 tags a resource; a merge that would pass that is refused before it is tried."""
    fix = said_of(project(tags={f"t{n}": "x" for n in range(others)}), hub()).fix
    assert fix is not None
    assert (fix.refusal != "") is refused


@pytest.mark.parametrize("rule", [COST_TAGS, DEPENDENT_TAGS], ids=lambda rule: rule.id)
def test_no_cost_tags(rule: Any) -> None:  # noqa: ANN401 - one of the two rules
    """Where finance wants no tags there is nothing to say."""
    around = hub(storageAccount=STORAGE)
    document = dependent() if rule is DEPENDENT_TAGS else project(tags={})
    assert ask(rule, document, around, cost_tags=CostTags()) is None


@pytest.mark.parametrize(
    ("tags", "expected", "fill"),
    [
        pytest.param(TAGS, Verdict.PASS, {}, id="the hub's"),
        pytest.param(
            {"COSTCENTER": "CC-1234", "environment": "prod", "owner": TAGS["Owner"]}, Verdict.PASS, {}, id="case"
        ),
        pytest.param(None, Verdict.FAIL, TAGS, id="null"),
        pytest.param({}, Verdict.FAIL, TAGS, id="none"),
        pytest.param({**TAGS, "CostCenter": "CC-9999"}, Verdict.FAIL, {}, id="another value stays"),
        pytest.param(
            {"Team": "x", "Owner": "joe"}, Verdict.FAIL, {"CostCenter": "CC-1234", "Environment": "prod"}, id="part"
        ),
    ],
)
@pytest.mark.parametrize("kind", ["storage", "vault", "search", "account"])
def test_dependent(kind: str, tags: Any, expected: Verdict, fill: Mapping[str, str]) -> None:  # noqa: ANN401 - JSON
    """What a hub leans on, by its properties or through a connection, carries the hub's cost tags."""
    link = {"storage": "storageAccount", "vault": "keyVault"}.get(kind)
    own: dict[str, Any] = {link: dependent_id(kind).upper()} if link else {}
    via = connection(metadata={"ResourceId": dependent_id(kind)})
    said = ask(DEPENDENT_TAGS, dependent(kind, tags=tags), hub(**own), *([] if link else [via]))
    assert said is not None
    assert (said.verdict, filled(said)) == (expected, fill)


def test_dependent_of_project() -> None:
    """What a project leans on is its hub's: the project's own tags do not decide."""
    mine = project(tags={"CostCenter": "CC-0002"}, storageAccount=STORAGE)
    assert filled(ask(DEPENDENT_TAGS, dependent(tags={}), hub(), mine)) == TAGS


def test_nobodys() -> None:
    """What no hub leans on is not ours to tag."""
    assert ask(DEPENDENT_TAGS, dependent(tags={}), hub()) is None


@pytest.mark.parametrize("around", [unreadable(workspace_id("b")), None], ids=["unreadable", "not read"])
def test_unread_user(around: Fact | None) -> None:
    """While one of its hubs is not read, nobody knows what a shared resource should carry."""
    facts: list[Document | Fact] = [hub("a", storageAccount=STORAGE), *([around] if around else [])]
    users = {rid(STORAGE): frozenset({rid(workspace_id("b"))})}
    said = ask(DEPENDENT_TAGS, dependent(tags={}), *facts, shared_by=users)
    assert said is not None
    assert (said.verdict, said.fix) == (Verdict.UNKNOWN, None)


@pytest.mark.parametrize(
    ("others", "expected"), [((), Verdict.FAIL), (("b",), None)], ids=["one is left", "none is left"]
)
def test_gone_user(others: tuple[str, ...], expected: Verdict | None) -> None:
    """A hub that is gone no longer says what a resource should carry; without any, nobody does."""
    living = [] if others else [hub("a", storageAccount=STORAGE)]
    users = {rid(STORAGE): frozenset({rid(workspace_id("gone"))})}
    said = ask(DEPENDENT_TAGS, dependent(tags={}), *living, absent(workspace_id("gone")), shared_by=users)
    assert (said.verdict if said else None) is expected


def test_shared() -> None:
    """Shared by hubs with different cost centres it gets no cost centre, and the finding says who must decide."""
    one = hub("a", storageAccount=STORAGE)
    two = hub("b", tags={**TAGS, "CostCenter": "CC-0002"}, storageAccount=STORAGE)
    said = ask(DEPENDENT_TAGS, dependent(tags={}), one, two)
    assert said is not None
    assert filled(said) == {"Environment": "prod", "Owner": TAGS["Owner"]}
    assert "CostCenter is missing (its hubs differ: CC-0002, CC-1234; finance must say who pays)" in said.message


@pytest.mark.parametrize("value", ["CC-1234", "CC-0002"])
def test_shared_and_chosen(value: str) -> None:
    """A shared resource that carries the value of one of its hubs complies: somebody has decided."""
    one = hub("a", storageAccount=STORAGE)
    two = hub("b", tags={**TAGS, "CostCenter": "CC-0002"}, storageAccount=STORAGE)
    said = ask(DEPENDENT_TAGS, dependent(tags={**TAGS, "CostCenter": value}), one, two)
    assert said is not None
    assert said.verdict is Verdict.PASS
