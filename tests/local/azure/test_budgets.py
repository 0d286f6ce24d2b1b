"""Budgets: an amount at a scope, and what the same usage that a query tells has spent of it."""

from typing import Any

import pytest

from tests.local.azure.client import ACCOUNT, SUBSCRIPTION, Arm

SCOPE = f"/subscriptions/{SUBSCRIPTION}"
BUDGETS = f"{SCOPE}/providers/Microsoft.Consumption/budgets"
BUDGET = f"{BUDGETS}/ai"
QUERY = f"{SCOPE}/providers/Microsoft.CostManagement/query"
NOTIFICATION = {"enabled": True, "operator": "GreaterThan", "threshold": 80, "contactEmails": ["jane@contoso.example"]}
PERIOD = {"startDate": "2020-01-01T00:00:00Z", "endDate": "2040-01-01T00:00:00Z"}
ONE_ACCOUNT = {"dimensions": {"name": "ResourceId", "operator": "In", "values": [ACCOUNT]}}


def body(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A monthly budget with a notification."""
    usual = {"category": "Cost", "amount": 1000, "timeGrain": "Monthly", "timePeriod": PERIOD}
    return {"properties": {**usual, "notifications": {"Actual_80": NOTIFICATION}, **more}}


async def test_a_budget_tells_what_is_spent(arm: Arm) -> None:
    """The month to date of its scope, as a query tells it, narrowed by its filter."""
    asked = {"type": "ActualCost", "timeframe": "MonthToDate", "dataset": {"granularity": "None"}}
    whole = await arm.ok("PUT", BUDGET, body())
    part = await arm.ok("PUT", f"{BUDGETS}/part", body(filter={"and": [ONE_ACCOUNT]}))
    (all_of_it,) = (await arm.ok("POST", QUERY, asked))["properties"]["rows"]
    (of_account,) = (await arm.ok("POST", QUERY, {**asked, "dataset": {"filter": ONE_ACCOUNT}}))["properties"]["rows"]
    assert whole["properties"]["currentSpend"] == {"amount": round(all_of_it[0], 2), "unit": "USD"}
    assert part["properties"]["currentSpend"] == {"amount": round(of_account[0], 2), "unit": "USD"}
    assert whole["properties"]["notifications"] == {"Actual_80": NOTIFICATION}
    assert (await arm.ok("GET", BUDGETS))["value"] == [whole, part]


async def test_a_year_spends_more_than_a_month(arm: Arm) -> None:
    """The grain says since when; nothing before its start counts, so a budget of the future has spent nothing."""
    clock = arm.azure.clock
    clock.freeze()
    now = clock.now()
    clock.advance((now.replace(year=now.year + 1, month=3, day=15) - now).total_seconds())
    future = {"startDate": f"{now.year + 2}-01-01T00:00:00Z"}
    grains: list[dict[str, Any]] = [{}, {"timeGrain": "Quarterly"}, {"timeGrain": "Annually"}, {"timePeriod": future}]
    spent = [
        (await arm.ok("PUT", f"{BUDGETS}/{number}", body(**given)))["properties"]["currentSpend"]["amount"]
        for number, given in enumerate(grains)
    ]
    assert spent[0] < spent[1] == spent[2]
    assert spent[3] == 0


async def test_a_budget_is_changed_only_by_who_saw_it_last(arm: Arm) -> None:
    """400 without its eTag; its start never changes; a delete takes it away."""
    made = await arm("PUT", BUDGET, body())
    tag = {"eTag": made.body["eTag"]}
    moved = await arm("PUT", BUDGET, {**body(timePeriod={"startDate": "2021-01-01"}), **tag})
    stale = await arm("PUT", BUDGET, body(amount=5))
    changed = await arm("PUT", BUDGET, {**body(amount=5), **tag})
    assert [one.status for one in (made, moved, stale, changed)] == [201, 400, 400, 200]
    assert (await arm.ok("GET", BUDGET))["properties"]["amount"] == 5
    assert (await arm("DELETE", BUDGET)).status == 200
    assert ((await arm("GET", BUDGET)).status, (await arm("DELETE", BUDGET)).status) == (404, 404)


@pytest.mark.parametrize(
    "given",
    [
        {"amount": 0},
        {"amount": "100"},
        {"category": "Usage"},
        {"timeGrain": "Weekly"},
        {"timePeriod": {}},
        {"timePeriod": {"startDate": "2020-01-02"}},
        {"notifications": {"one": {**NOTIFICATION, "operator": "LessThan"}}},
        {"notifications": {"one": {**NOTIFICATION, "threshold": 1001}}},
        {"notifications": {str(number): NOTIFICATION for number in range(6)}},
        {"filter": {"nor": []}},
    ],
)
async def test_a_budget_that_makes_no_sense_is_refused(arm: Arm, given: dict[str, Any]) -> None:
    """400, and nothing is kept."""
    assert (await arm("PUT", BUDGET, body(**given))).status == 400
    assert arm.azure.state.get(BUDGET) is None
