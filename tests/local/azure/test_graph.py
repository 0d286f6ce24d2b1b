"""Resource Graph: which resources are in it, the Kusto it answers, paging, lag and quota."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.azure.options import Options
from tests.local.azure.client import GROUP, HUB, PROJECT, SUBSCRIPTION, Answer, Arm
from tests.local.azure.conftest import StandIn

PATH = "/providers/Microsoft.ResourceGraph/resources"
TAGS = "/providers/Microsoft.Resources/tags/default"
MERGE = {"operation": "Merge", "properties": {"tags": {"CostCenter": "42"}}}
WORKSPACE = "microsoft.machinelearningservices/workspaces"


async def ask(arm: Arm, query: str, options: Mapping[str, object] | None = None, *subscriptions: str) -> Answer:
    body: dict[str, Any] = {"query": query, "options": options or {}, "subscriptions": list(subscriptions)}
    return await arm("POST", PATH, body, version="2022-10-01")


async def rows(arm: Arm, query: str) -> list[Any]:
    answer = await ask(arm, query)
    assert answer.status == 200, answer
    return [list(row.values()) for row in answer.body["data"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            f"resources | where type == '{WORKSPACE}' | project name | order by name desc",
            [["project-one"], ["hub-one"]],
        ),
        (f"Resources | where type =~ '{WORKSPACE.upper()}' and kind == 'Hub' | project name", [["hub-one"]]),
        (
            "resources | where kind in~ ('hub', 'project') | summarize n = count() by kind | order by kind asc",
            [
                ["Hub", 1],
                ["Project", 1],
            ],
        ),
        (
            "resources | where tags.Owner == 'jane' | project name, tags['Owner'] | order by name asc",
            [
                ["hub-one", "jane"],
                ["project-one", "jane"],
            ],
        ),
        ("resources | where isnull(tags) | distinct kind | order by kind asc", [[""], ["AIServices"], ["StorageV2"]]),
        (
            """resources | extend hub = tolower(tostring(properties.hubResourceId)) | where isnotempty(hub)
            | join kind=inner (resources | project hub = tolower(id), hubName = name) on hub
            | project name, hubName""",
            [["project-one", "hub-one"]],
        ),
        (
            """resources | mv-expand member = properties.associatedWorkspaces
            | where isnotnull(member) | project name, tostring(member)""",
            [["hub-one", PROJECT]],
        ),
        ("resources | where name has 'search' | project location, resourceGroup", [["eastus2", "rg-ai"]]),
        ("resources | where properties.enableDataIsolation == true | count", [[2]]),
        (
            "resourcecontainers | project type | order by type asc",
            [
                ["microsoft.resources/subscriptions"],
                ["microsoft.resources/subscriptions/resourcegroups"],
            ],
        ),
    ],
)
async def test_the_kusto_our_sweeps_use(arm: Arm, query: str, expected: list[list[Any]]) -> None:
    """Filters, dynamic columns, joins, expansion, aggregation; `kind` as a bare column name."""
    assert await rows(arm, query) == expected


async def test_proxy_resources_are_not_in_it(arm: Arm) -> None:
    """Computes, connections and locks are missing; endpoints are there; types come in lower case."""
    types = {row[0] for row in await rows(arm, "resources | distinct type")}
    assert f"{WORKSPACE}/onlineendpoints" in types
    assert not types & {f"{WORKSPACE}/computes", f"{WORKSPACE}/connections", "microsoft.authorization/locks"}


async def test_documents_come_back_whole(arm: Arm) -> None:
    """Ids keep their casing; dynamic columns are JSON, not text."""
    answer = await ask(arm, "resources | where name == 'hub-one'")
    document = answer.body["data"][0]
    assert (document["id"], document["properties"]) == (HUB, (await arm.ok("GET", HUB))["properties"])
    assert document["sku"] == {"name": "Basic", "tier": "Basic"}


async def test_paging_by_skip_token(arm: Arm) -> None:
    """`$top` rows a page, a token while there is more, totals on each; no `id` column, no token."""
    query = "resources | project id | order by id asc"
    first = (await ask(arm, query, {"$top": 4})).body
    second = (await ask(arm, query, {"$top": 4, "$skipToken": first["$skipToken"]})).body
    blind = (await ask(arm, "resources | project name", {"$top": 4})).body
    everything = [row["id"] for page in (first, second) for row in page["data"]]
    assert (first["count"], first["totalRecords"], first["resultTruncated"]) == (4, len(everything), "false")
    assert everything == sorted(set(everything))
    assert "$skipToken" not in second
    assert ("$skipToken" in blind, blind["resultTruncated"]) == (False, "true")


async def test_the_table_format(arm: Arm) -> None:
    """`resultFormat: table` answers columns and rows."""
    answer = await ask(arm, "resources | where name == 'hub-one' | project name, tags", {"resultFormat": "table"})
    columns = [{"name": "name", "type": "string"}, {"name": "tags", "type": "object"}]
    assert answer.body["data"] == {"columns": columns, "rows": [["hub-one", {"Owner": "jane"}]]}


async def test_subscriptions_limit_what_is_seen(arm: Arm) -> None:
    """A subscription asked for in any casing is seen; another one has nothing."""
    own = await ask(arm, "resources | count", None, SUBSCRIPTION.upper())
    other = await ask(arm, "resources | count", None, "00000000-0000-0000-0000-000000000000")
    assert (own.body["data"][0]["Count"] > 0, other.body["data"][0]["Count"]) == (True, 0)


async def test_the_index_follows_writes_and_deletes(arm: Arm) -> None:
    """Without lag the next query sees a merged tag and a resource that is gone."""
    await arm("PATCH", f"{HUB}{TAGS}", MERGE)
    await arm("DELETE", f"{GROUP}/providers/Microsoft.Search/searchServices/search-one")
    assert await rows(arm, "resources | where tags.CostCenter == '42' | project name") == [["hub-one"]]
    assert await rows(arm, "resources | where name == 'search-one'") == []


async def test_the_index_lags_behind(stand_in: StandIn) -> None:
    """A write shows only when it is older than the lag, a GET at once."""
    async with stand_in(Options(graph_lag_seconds=60)) as arm:
        arm.azure.clock.advance(60)
        await arm("PATCH", f"{HUB}{TAGS}", MERGE)
        query = "resources | where tags.CostCenter == '42' | project name"
        early = await rows(arm, query)
        arm.azure.clock.advance(60)
        late = await rows(arm, query)
    assert (early, late) == ([], [["hub-one"]])


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("resources | wherever x", "could not parse KQL"),
        ("nothing | take 1", "nothing"),
        ("resources | project nowhere", "nowhere"),
        ("", "'query' is required"),
    ],
)
async def test_a_query_that_cannot_run_is_refused_clearly(arm: Arm, query: str, reason: str) -> None:
    """400 with one line that says what is wrong."""
    answer = await ask(arm, query)
    message = answer.body["error"]["message"]
    assert answer.status == 400
    assert reason in message
    assert "\n" not in message


async def test_bad_options_are_refused(arm: Arm) -> None:
    """`$top` beyond 1000 and a made-up token are 400."""
    bad: list[dict[str, object]] = [{"$top": 1001}, {"$top": "x"}, {"$skipToken": "x"}]
    assert [(await ask(arm, "resources | count", options)).status for options in bad] == [400, 400, 400]


async def test_fifteen_queries_in_five_seconds(arm: Arm) -> None:
    """The sixteenth is a 429 whose header says when the quota is back; then it works again."""
    answers = [await ask(arm, "resources | count") for _ in range(16)]
    while answers[-1].status == 200:
        answers.append(await ask(arm, "resources | count"))
    assert (answers[0].headers["x-ms-user-quota-remaining"], answers[-1].status) == ("14", 429)
    assert "Retry-After" not in answers[-1].headers
    arm.azure.clock.advance(int(answers[-1].headers["x-ms-user-quota-resets-after"][-2:]))
    assert (await ask(arm, "resources | count")).status == 200
