"""Resource Graph: pages, scopes, and ids that would like to be queries."""

from contextlib import closing

import duckdb_kql
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.adapters.arm import Arm
from shared.adapters.graph import IDS_A_QUERY, Graph, literal
from shared.model.errors import DependencyDown
from shared.model.resource_id import ResourceId
from tests.adapters.script import Script

GROUP = "/subscriptions/s/resourceGroups/rg/providers"
HUB = f"{GROUP}/Microsoft.MachineLearningServices/workspaces/hub"


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), min_size=20, max_size=20))
@example(["' or true //", "\\' | project name //", "\\", '"', "'' | take 1", "{0}", "%27"])
def test_any_text_is_only_text(texts: list[str]) -> None:
    """Whatever a text holds, as a literal it is that text to Kusto, and nothing else."""
    columns = ", ".join(f"c{number} = {literal(text)}" for number, text in enumerate(texts))
    with closing(duckdb_kql.connect()) as database:
        rows = duckdb_kql.kql(database, f"print {columns}").fetchall()

    assert rows == [tuple(texts)]


def test_lines_do_not_end_a_literal() -> None:
    """A line break is escaped, for a KQL string ends at the end of its line."""
    assert literal("a\r\nb") == r"'a\r\nb'"


async def test_pages_are_asked_for_with_the_token(arm: Arm, script: Script) -> None:
    """The same question goes out again with the token of the last answer, until there is none."""
    script.answer(200, {"data": [{"id": f"{HUB}1", "kind": "hub"}], "$skipToken": "next"})
    script.answer(200, {"data": [{"id": f"{HUB}2", "kind": "Hub"}], "resultTruncated": "false"})
    hubs = await Graph(arm, ["s"]).hubs()

    assert [str(fact.id) for fact in hubs] == [f"{HUB}1", f"{HUB}2"]
    first, second = (asked.body for asked in script.asked)
    assert first["subscriptions"] == ["s"]
    assert first["options"] == {"resultFormat": "objectArray", "$top": 1000}
    assert second == {**first, "options": {**first["options"], "$skipToken": "next"}}


async def test_no_subscription_asks_for_all(arm: Arm, script: Script) -> None:
    """Without subscriptions in the settings the question names none: Azure then takes all it may see."""
    script.answer(200, {"data": []})
    await Graph(arm, []).hubs()

    assert "subscriptions" not in script.asked[0].body


async def test_an_answer_cut_short_is_no_answer(arm: Arm, script: Script) -> None:
    """A truncated answer without a token is an error: half a list would pass for the whole."""
    script.answer(200, {"data": [], "resultTruncated": "true"})
    with pytest.raises(DependencyDown, match="cut"):
        await Graph(arm, ["s"]).hubs()


async def test_pages_in_a_circle_end(arm: Arm, script: Script) -> None:
    """A token that was given before ends the query with an error, not with an endless run."""
    script.answer(200, {"data": [], "$skipToken": "same"})
    with pytest.raises(DependencyDown, match="circle"):
        await Graph(arm, ["s"]).hubs()


async def test_many_ids_are_asked_for_in_parts(arm: Arm, script: Script) -> None:
    """Ids go out in queries of bounded size, each id once."""
    wanted = [ResourceId.parse(f"{GROUP}/Microsoft.Storage/storageAccounts/st{n:04}") for n in range(IDS_A_QUERY + 1)]
    script.answer(200, {"data": []})
    await Graph(arm, ["s"]).resources(wanted)

    asked = [[str(r) for r in wanted if literal(str(r)) in request.body["query"]] for request in script.asked]
    assert [len(ids) for ids in asked] == [IDS_A_QUERY, 1]
    assert asked[0] + asked[1] == [str(r) for r in wanted]


async def test_a_row_that_is_no_resource_is_left_out(arm: Arm, script: Script) -> None:
    """A row without an ARM id is nothing that could be governed."""
    script.answer(200, {"data": [{"id": None}, {}, {"id": HUB, "kind": "hub"}]})

    assert [str(fact.id) for fact in await Graph(arm, ["s"]).hubs()] == [HUB]
