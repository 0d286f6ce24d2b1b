"""Cost queries that go wrong half-way: a page that fails, and pages that lose rows without saying so."""

from typing import Any

import pytest

from local.azure.options import Options
from tests.local.azure.client import HUB, PROJECT, Answer, Arm
from tests.local.azure.conftest import StandIn
from tests.local.azure.costs import asked, query, rows

COSTS = "*/Microsoft.CostManagement/query"
NEXT_PAGES = {"method": "POST", "path": COSTS, "query": "*skiptoken*"}
BY_RESOURCE = asked(("Dimension", "ResourceId"))


async def plan(arm: Arm, *faults: dict[str, Any]) -> None:
    """Puts faults in force for as long as they are told to last."""
    await arm.ok("POST", f"{arm.azure.url}/_standin/faults", {"next": list(faults)})


async def pages(arm: Arm) -> list[Answer]:
    """All pages of a query, up to the first that fails."""
    answers = [await query(arm, BY_RESOURCE)]
    while answers[-1].status == 200 and (link := answers[-1].body["properties"]["nextLink"]):
        answers.append(await arm("POST", link, BY_RESOURCE))
    return answers


async def test_a_page_after_the_first_fails(stand_in: StandIn) -> None:
    """Once, with a 5xx, at the link of the first page; the same link answers when it is posted again."""
    async with stand_in(Options(cost_page_size=2)) as arm:
        whole = await pages(arm)
        await plan(arm, {**NEXT_PAGES, "status": 503})
        broken, again = await pages(arm), await pages(arm)
    assert [one.status for one in broken] == [200, 503]
    assert [one.body["properties"]["rows"] for one in again] == [one.body["properties"]["rows"] for one in whole]


async def test_a_page_loses_rows_and_says_nothing(stand_in: StandIn) -> None:
    """Its last rows are gone, its columns, its link and the pages after it are as they would be; the sum tells."""
    async with stand_in(Options(cost_page_size=2)) as arm:
        whole = [one.body["properties"] for one in await pages(arm)]
        await plan(arm, {"kind": "lostRows", "path": COSTS, "share": 0.5})
        found = [one.body["properties"] for one in await pages(arm)]
        ((stated, _),) = await rows(arm, asked())
        told = await arm.ok("GET", f"{arm.azure.url}/_standin/faults")
    assert found[0] == {**whole[0], "rows": whole[0]["rows"][:1]}
    assert found[1:] == whole[1:]
    assert sum(row[0] for page in found for row in page["rows"]) == pytest.approx(stated - whole[0]["rows"][1][0])
    assert told["struck"] == {"lostRows": 1}


@pytest.mark.parametrize(("share", "left"), [(0.01, -1), (1, 0), (0, None)])
async def test_a_share_of_the_rows_is_lost(arm: Arm, share: float, left: int | None) -> None:
    """Rounded up, so that any share loses one; a share of nothing loses none."""
    whole = await rows(arm, BY_RESOURCE)
    await plan(arm, {"kind": "lostRows", "share": share})
    assert await rows(arm, BY_RESOURCE) == whole[:left]


async def test_what_has_no_rows_passes_as_it_is(arm: Arm) -> None:
    """Documents, refusals and empty answers lose nothing."""

    async def answers() -> list[Answer]:
        return [await arm("GET", HUB), await query(arm, {}), await query(arm, asked(), PROJECT)]

    expected = await answers()
    await arm.ok("POST", f"{arm.azure.url}/_standin/faults", {"always": [{"kind": "lostRows", "share": 1}]})
    found = await answers()
    assert [one.status for one in found] == [200, 400, 204]
    assert [(one.status, one.body) for one in found] == [(one.status, one.body) for one in expected]
