"""Cost Management's query: the same days cost the same again, by resource, tag and meter, within its own throttle."""

from datetime import timedelta
from typing import Any

import pytest

from local.azure.options import Options
from tests.local.azure.client import ACCOUNT, CLUSTER, GROUP, HUB, INSTANCE, STORAGE, Arm
from tests.local.azure.conftest import StandIn
from tests.local.azure.costs import QUERY, SCOPE, asked, query, rows

TAGS = "/providers/Microsoft.Resources/tags/default"
QPU = "x-ms-ratelimit-microsoft.costmanagement-qpu"
CLIENT_TYPE = "x-ms-ratelimit-microsoft.costmanagement-clienttype"


async def test_the_same_days_cost_the_same_again(arm: Arm) -> None:
    """Columns are the sum, the groupings and the currency; ids are lower case; another month differs."""
    first, second = [await query(arm, asked(("Dimension", "ResourceId"))) for _ in range(2)]
    told = first.body["properties"]
    assert [one["name"] for one in told["columns"]] == ["Cost", "ResourceId", "Currency"]
    assert told["rows"] == second.body["properties"]["rows"]
    assert {ACCOUNT.casefold(), STORAGE.casefold()} <= {row[1] for row in told["rows"]}
    arm.azure.clock.advance(timedelta(days=40).total_seconds())
    assert await rows(arm, asked(("Dimension", "ResourceId"))) != told["rows"]


async def test_computes_and_firewall_are_meters_of_their_hub(arm: Arm) -> None:
    """Running instances, clusters that never scale to nothing, and a firewall once an FQDN rule needs one."""
    hub, running = arm.azure.state.get(HUB), {"properties": {"properties": {"state": "Running"}}}
    assert hub is not None
    instance = {**(arm.azure.state.get(INSTANCE) or {}), "id": INSTANCE}
    arm.azure.state.put({**instance, "properties": {"computeType": "ComputeInstance", **running["properties"]}})
    scale = {"scaleSettings": {"minNodeCount": 2}, "vmSize": "STANDARD_DS3_V2"}
    arm.azure.state.put(
        {"id": CLUSTER, "name": "cluster", "properties": {"computeType": "AmlCompute", "properties": scale}}
    )
    network = {"isolationMode": "AllowOnlyApprovedOutbound", "outboundRules": {"web": {"type": "FQDN"}}}
    arm.azure.state.put({**hub, "properties": {**hub["properties"], "managedNetwork": network}})
    found = await rows(arm, asked(("Dimension", "Meter"), ("Dimension", "ResourceId")), HUB)
    assert {row[2] for row in found} == {HUB.casefold()}
    assert {row[1].partition(" ")[2] for row in found} == {"Compute Instance", "Cluster Nodes", "Firewall Standard"}


async def test_costs_are_told_by_tag(arm: Arm) -> None:
    """What is untagged stands under an empty value; a filter chooses by tag."""
    await arm.ok("PATCH", f"{ACCOUNT}{TAGS}", {"operation": "Merge", "properties": {"tags": {"Team": "ai"}}})
    by_tag = await rows(arm, asked(("TagKey", "team")))
    assert {row[2] for row in by_tag} == {"ai", ""}
    only = {"filter": {"tags": {"name": "team", "operator": "In", "values": ["AI"]}}}
    assert {row[1] for row in await rows(arm, asked(("Dimension", "ResourceId"), dataset=only))} == {ACCOUNT.casefold()}


async def test_a_day_and_a_month_have_a_column_of_their_own(arm: Arm) -> None:
    """Days are numbers, months times; a period ends today at the latest; filters join."""
    today = arm.azure.clock.now().date()
    period = {"from": f"{today - timedelta(days=2)}T00:00:00Z", "to": f"{today + timedelta(days=9)}T00:00:00Z"}
    storage = {
        "dimensions": {"name": "ResourceType", "operator": "In", "values": ["microsoft.storage/storageaccounts"]}
    }
    here = {"dimensions": {"name": "ResourceGroup", "operator": "In", "values": ["RG-AI"]}}
    daily = {"granularity": "Daily", "filter": {"and": [storage, {"or": [here]}]}}
    found = await rows(arm, asked(dataset=daily, timeframe="Custom", timePeriod=period), GROUP)
    assert [row[1] for row in found] == [int(f"{today - timedelta(days=back)}".replace("-", "")) for back in (2, 1, 0)]
    monthly = await rows(arm, asked(dataset={"granularity": "Monthly"}))
    assert [row[1][-12:] for row in monthly] == ["-01T00:00:00"]


async def test_long_answers_go_on_where_the_link_is_posted(stand_in: StandIn) -> None:
    """The same body to `nextLink`, until there is none; its pages are not those of ARM's lists."""
    async with stand_in(Options(cost_page_size=2, page_size=1)) as arm:
        body, found = asked(("Dimension", "ResourceId")), []
        link: str | None = f"{arm.azure.url}{SCOPE}{QUERY}?api-version=2023-11-01"
        while link:
            page = (await arm("POST", link, body)).body["properties"]
            assert len(page["rows"]) <= 2
            found += [row[1] for row in page["rows"]]
            link = page["nextLink"]
    assert len(found) == len(set(found)) > 2


async def test_a_page_holds_five_thousand_rows(arm: Arm) -> None:
    """As many as Azure sends at once; what is more comes on the next page."""
    for number in range(200):
        arm.azure.state.put({"id": f"{STORAGE}{number}", "name": f"stone{number}", "tags": {}, "properties": {}})
    body = asked(("Dimension", "ResourceId"), dataset={"granularity": "Daily"})
    first = (await query(arm, body)).body["properties"]
    second = (await arm("POST", first["nextLink"], body)).body["properties"]
    assert (len(first["rows"]), second["nextLink"]) == (5000, None)
    assert len(second["rows"]) > 0


async def test_a_scope_without_costs_answers_nothing(arm: Arm) -> None:
    """204, empty."""
    await arm.ok("PUT", f"{SCOPE}/resourceGroups/rg-empty", {"location": "eastus2"})
    answer = await query(arm, asked(), f"{SCOPE}/resourceGroups/rg-empty")
    assert (answer.status, answer.body) == (204, None)


async def test_queries_are_held_to_their_units(arm: Arm) -> None:
    """Twelve in ten seconds; then 429 with the service's own headers and no other, until the window has passed."""
    told = [await query(arm, asked()) for _ in range(13)]
    assert [one.status for one in told] == [200] * 12 + [429]
    assert (told[0].headers[f"{QPU}-consumed"], told[0].headers[f"{QPU}-remaining"]) == ("1", "11")
    refused = told[-1].headers
    assert refused[f"{CLIENT_TYPE}-retry-after"] == refused[f"{QPU}-retry-after"]
    assert "Retry-After" not in refused
    arm.azure.clock.advance(int(refused[f"{QPU}-retry-after"]))
    assert (await query(arm, asked())).status == 200


async def test_each_client_type_has_units_of_its_own(arm: Arm) -> None:
    """What one spends leaves those of another, and of another caller, as they are; letter case is no difference."""

    async def status(who: Arm, client_type: str) -> int:
        return (await who("POST", f"{SCOPE}{QUERY}", asked(), headers={"ClientType": client_type})).status

    arm.azure.clock.freeze()
    assert {await status(arm, "Hubwarden") for _ in range(12)} == {200}
    assert [await status(arm, client) for client in ("HUBWARDEN", "another")] == [429, 200]
    assert await status(Arm(arm.azure, arm.session, "li@contoso.example"), "Hubwarden") == 200


async def test_a_query_tells_at_most_two_sums(arm: Arm) -> None:
    """Two stand side by side under the names of their columns; three are refused."""
    sums = {name: {"name": name, "function": "Sum"} for name in ("Cost", "PreTaxCostUSD", "CostUSD")}
    two = {name: sums[name] for name in ("Cost", "PreTaxCostUSD")}
    answer = await query(arm, asked(("Dimension", "ResourceId"), dataset={"aggregation": two}))
    told = answer.body["properties"]
    assert [one["name"] for one in told["columns"]] == ["Cost", "PreTaxCostUSD", "ResourceId", "Currency"]
    assert {row[0] == row[1] for row in told["rows"]} == {True}
    assert (await query(arm, asked(dataset={"aggregation": sums}))).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {**asked(), "type": "Other"},
        {**asked(), "timeframe": "Other"},
        asked(timeframe="Custom"),
        asked(timeframe="Custom", timePeriod={"from": "2021-01-29", "to": "2024-02-29"}),
        asked(timeframe="Custom", timePeriod={"from": "2014-04-30", "to": "2014-05-31"}),
        asked(("Dimension", "Colour")),
        asked(("Dimension", "Meter"), ("Dimension", "ResourceId"), ("TagKey", "a")),
        asked(dataset={"granularity": "Hourly"}),
        asked(dataset={"aggregation": {"x": {"name": "Cost", "function": "Average"}}}),
        asked(dataset={"filter": {"nor": []}}),
    ],
)
async def test_what_cannot_be_answered_is_refused(arm: Arm, body: dict[str, Any]) -> None:
    """400 with the reason."""
    assert (await query(arm, body)).status == 400


async def test_a_link_that_was_changed_is_refused(arm: Arm) -> None:
    """The token in it is opaque."""
    assert (await arm("POST", f"{SCOPE}{QUERY}", asked(), query={"$skiptoken": "x"})).status == 400
