"""Budgets: an amount at a scope, and what the same usage that a query tells has spent of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.azure.arm.costs.billing import Billing
from local.azure.arm.costs.period import month_end
from local.azure.options import Options
from tests.local.azure.client import ACCOUNT, GROUP, SUBSCRIPTION, Arm
from tests.local.azure.conftest import ESTATE, StandIn

SCOPE = f"/subscriptions/{SUBSCRIPTION}"
BUDGETS = f"{SCOPE}/providers/Microsoft.Consumption/budgets"
BUDGET = f"{BUDGETS}/ai"
QUERY = f"{SCOPE}/providers/Microsoft.CostManagement/query"
NOTIFICATION = {"enabled": True, "operator": "GreaterThan", "threshold": 80, "contactEmails": ["jane@contoso.example"]}
PERIOD = {"startDate": "2020-01-01T00:00:00Z", "endDate": "2040-01-01T00:00:00Z"}
FORETOLD = {"Forecasted_100": {**NOTIFICATION, "threshold": 100, "thresholdType": "Forecasted"}}
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


async def test_what_will_be_spent_is_told_if_a_notification_waits_for_it(arm: Arm) -> None:
    """At the month's end exactly that is spent; without such a notification nothing is foretold."""
    clock = arm.azure.clock
    clock.freeze()
    now = clock.now()
    clock.advance((now.replace(year=now.year + 1, month=4, day=10) - now).total_seconds())
    await arm.ok("PUT", BUDGET, body(notifications={"Actual_80": {**NOTIFICATION, "thresholdType": "Actual"}}))
    await arm.ok("PUT", f"{BUDGETS}/foretold", body(notifications=FORETOLD, filter=ONE_ACCOUNT))
    plain, foretold = [one["properties"] for one in (await arm.ok("GET", BUDGETS))["value"]]
    assert "forecastSpend" not in plain
    assert foretold["notifications"] == FORETOLD
    assert foretold["forecastSpend"]["amount"] > foretold["currentSpend"]["amount"] > 0
    clock.advance(20 * 86_400)
    assert clock.now().date() == month_end(clock.now().date())
    ended = (await arm.ok("GET", f"{BUDGETS}/foretold"))["properties"]
    assert ended["currentSpend"] == ended["forecastSpend"] == foretold["forecastSpend"]


async def test_a_budget_counts_in_the_billing_currency(stand_in: StandIn) -> None:
    """Spent and foretold, in its unit."""
    spent = []
    for billing in (Billing(), Billing({SUBSCRIPTION: ("EUR", 0.5)})):
        async with stand_in(Options(billing=billing)) as arm:
            arm.azure.clock.freeze()
            told = (await arm.ok("PUT", BUDGET, body(notifications=FORETOLD)))["properties"]
        spent.append([told["currentSpend"], told["forecastSpend"]])
    dollars, euros = spent
    assert ({one["unit"] for one in dollars}, {one["unit"] for one in euros}) == ({"USD"}, {"EUR"})
    assert [one["amount"] for one in euros] == [pytest.approx(one["amount"] / 2, abs=0.01) for one in dollars]


async def test_a_budget_of_the_estate_is_as_good_as_one_made_here(stand_in: StandIn, tmp_path: Path) -> None:
    """It is read, listed, changed and deleted; what Azure had worked out is worked out anew."""
    kind = f"{GROUP}/providers/Microsoft.Consumption/budgets"
    saved = {**body(currentSpend={"amount": -1, "unit": "USD"}, forecastSpend={"amount": -1, "unit": "USD"})}
    usage = {"id": f"{kind}/hours", "name": "hours", "properties": {"category": "ReservationUtilization"}}
    bare = {"id": f"{kind}/bare", "name": "bare", **body()}
    (tmp_path / "estate.json").write_text(ESTATE.read_text())
    (tmp_path / "budgets.json").write_text(
        json.dumps({"value": [{"id": f"{kind}/ai"[1:], "name": "ai", "eTag": "1", **saved}, bare, usage]})
    )
    async with stand_in(Options(estate=tmp_path)) as arm:
        made, _, other = (await arm.ok("GET", kind))["value"]
        stale = await arm("PUT", f"{kind}/ai", body(amount=5))
        changed = await arm("PUT", f"{kind}/ai", {**body(amount=5), "eTag": "1"})
        without_tag = await arm("PUT", f"{kind}/bare", body(amount=5))
        gone = await arm("DELETE", f"{kind}/hours")
    assert (made["id"], made["properties"]["currentSpend"]["amount"] > 0) == (f"{kind}/ai"[1:], True)
    assert "forecastSpend" not in made["properties"]
    assert other["properties"] == usage["properties"]
    assert [one.status for one in (stale, changed, without_tag, gone)] == [400, 200, 200, 200]
    assert changed.body["properties"]["amount"] == 5


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
        {"notifications": {"one": {**NOTIFICATION, "thresholdType": "Guessed"}}},
        {"notifications": {str(number): NOTIFICATION for number in range(6)}},
        {"filter": {"nor": []}},
    ],
)
async def test_a_budget_that_makes_no_sense_is_refused(arm: Arm, given: dict[str, Any]) -> None:
    """400, and nothing is kept."""
    assert (await arm("PUT", BUDGET, body(**given))).status == 400
    assert arm.azure.state.get(BUDGET) is None
