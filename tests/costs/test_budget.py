"""What a budget's document says, what will be spent of it, and what counts in it."""

from datetime import date
from typing import Any

import pytest

from shared.costs.bill import nano
from shared.costs.budget import Budget, covers, expected
from shared.model.resource_id import ResourceId

SCOPE = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg AI"
HUB = ResourceId.parse(f"{SCOPE}/providers/Microsoft.MachineLearningServices/workspaces/Hub")
TAGS = {"Department": "sales", "env": "Prod"}
OURS = {"dimensions": {"name": "ResourceId", "operator": "In", "values": [str(HUB).upper()]}}
OTHERS = {"dimensions": {"name": "ResourceId", "operator": "In", "values": [f"{HUB}2"]}}
METER = {"dimensions": {"name": "MeterId", "operator": "In", "values": ["5d4f"]}}


def document(**properties: object) -> dict[str, Any]:
    """A budget as the API's examples show it, with some properties changed."""
    stated = {
        "category": "Cost",
        "amount": 100.65,
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-01-01T00:00:00Z", "endDate": "2027-12-31T00:00:00Z"},
        "currentSpend": {"amount": 80.89, "unit": "USD"},
        "forecastSpend": {"amount": 101.2, "unit": "USD"},
        **properties,
    }
    return {"id": f"{SCOPE[1:]}/providers/Microsoft.Consumption/budgets/b", "name": "b", "properties": stated}


def budget(**properties: object) -> Budget:
    """What is read of it."""
    return Budget.of(document(**properties))


def test_a_budget_is_read() -> None:
    """Amounts become billionths, moments days; the scope is what the id says before its type."""
    found = budget(filter=OURS)

    assert found == Budget(
        id=f"{SCOPE[1:]}/providers/Microsoft.Consumption/budgets/b",
        name="b",
        amount=nano("100.65"),
        unit="USD",
        time_grain="Monthly",
        start=date(2026, 1, 1),
        end=date(2027, 12, 31),
        spent=nano("80.89"),
        forecast=nano("101.2"),
        filter=OURS,
    )
    assert found.scope == ResourceId.parse(SCOPE)


def test_what_azure_leaves_out_is_none() -> None:
    """No end, no spending and no forecast are None, whether absent or null."""
    found = budget(timePeriod={"startDate": "2026-01-01", "endDate": None}, currentSpend=None, forecastSpend={})

    assert (found.end, found.spent, found.forecast, found.unit, found.problem) == (None, None, None, "", "")


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"amount": None}, "it has no amount"),
        ({"amount": "100"}, "its amount is no number"),
        ({"amount": True}, "its amount is no number"),
        ({"amount": float("nan")}, "NaN"),
        ({"currentSpend": [80]}, "its currentSpend is no object"),
        ({"timePeriod": None}, "its startDate is no date"),
        ({"timePeriod": {"startDate": "2026-01-01", "endDate": "never"}}, "its endDate is no date"),
        ({"filter": "all"}, "its filter is no object"),
    ],
)
def test_a_budget_that_cannot_be_read_is_kept(properties: dict[str, object], problem: str) -> None:
    """It says why, covers nothing, and nothing is expected of it."""
    found = budget(**properties)

    assert problem in found.problem
    assert (found.name, found.spent, found.forecast) == ("b", None, None)
    assert not covers(found, HUB, TAGS)
    assert expected(found, date(2026, 3, 10)) is None


@pytest.mark.parametrize("whole", [{}, {"id": None, "properties": []}, {"id": 7, "name": ["b"]}, None, [1], "b"])
def test_anything_can_be_a_budgets_document(whole: object) -> None:
    """Whatever stands in a list, it is a budget that says that it cannot be read."""
    found = Budget.of(whole)

    assert (found.id, found.name, found.scope) == ("", "", None)
    assert found.problem


@pytest.mark.parametrize(
    ("grain", "today", "total"),
    [
        ("Monthly", date(2026, 2, 7), "280"),
        ("monthly", date(2026, 2, 28), "70"),
        ("Quarterly", date(2026, 2, 9), "157.5"),
        ("Annually", date(2026, 12, 31), "70"),
    ],
)
def test_spending_is_extended_evenly(grain: str, today: date, total: str) -> None:
    """Without a forecast of Azure's, what was spent so far goes on to the end of the calendar's period."""
    found = budget(timeGrain=grain, currentSpend={"amount": 70, "unit": "USD"}, forecastSpend=None)

    assert expected(found, today) == nano(total)


def test_azures_forecast_goes_first() -> None:
    """A forecast that Azure states is what is expected, whatever was spent."""
    assert expected(budget(currentSpend=None), date(2026, 2, 7)) == nano("101.2")


def test_only_days_in_force_count() -> None:
    """A year's budget that begins in July and ends in November has spent for 31 of its 153 days on 31 July."""
    time = {"startDate": "2026-07-01", "endDate": "2026-11-30"}
    found = budget(timeGrain="Annually", timePeriod=time, currentSpend={"amount": 31}, forecastSpend=None)

    assert expected(found, date(2026, 7, 31)) == nano(153)
    assert expected(found, date(2026, 6, 30)) is None
    assert expected(found, date(2026, 12, 1)) is None


@pytest.mark.parametrize(
    "properties", [{"timeGrain": "BillingMonth"}, {"timeGrain": "Last7Days"}, {"currentSpend": {"amount": 0.0}}]
)
def test_nothing_is_expected_from_nothing(properties: dict[str, object]) -> None:
    """A period whose first day nobody knows and a budget of which nothing was spent give no figure."""
    assert expected(budget(forecastSpend=None, **properties), date(2026, 2, 7)) is None


@pytest.mark.parametrize(
    "asked",
    [
        None,
        {},
        OURS,
        {"Dimensions": {"name": "resourceid", "operator": "in", "values": [f"{HUB}/"]}, "tags": None},
        {"dimensions": {"name": "ResourceGroupName", "operator": "In", "values": ["other", "RG ai"]}},
        {"dimensions": {"name": "ResourceGroup", "operator": "In", "values": ["rg ai"]}},
        {"tags": {"name": "department", "operator": "In", "values": ["engineering", "sales"]}},
        {"and": [OURS, {"tags": {"name": "ENV", "operator": "In", "values": ["Prod"]}}]},
        {"or": [METER, OTHERS, OURS]},
        {"not": OTHERS},
        {"not": {"and": [METER, OTHERS]}},
    ],
)
def test_a_budget_covers_what_passes_its_filter(asked: object) -> None:
    """Everything without one; else by resource, by group and by tag, ids and names of tags in any case."""
    assert covers(budget(filter=asked), HUB, TAGS)


@pytest.mark.parametrize(
    "asked",
    [
        OTHERS,
        METER,
        {"not": METER},
        {"not": OURS},
        {"not": {"or": [METER, OURS]}},
        {"or": [METER, OTHERS]},
        {"and": [OURS, METER]},
        {"and": [OURS, {}]},
        {"and": OURS},
        {"xor": [OURS]},
        {"dimensions": {"name": "ResourceId", "operator": "NotIn", "values": [f"{HUB}2"]}},
        {"dimensions": {"name": "ResourceId", "operator": "In", "values": str(HUB)}},
        {"dimensions": {"name": "ResourceId", "operator": "In", "values": [None]}},
        {"tags": {"name": "department", "operator": "In", "values": ["Sales"]}},
        {"tags": {"name": "team", "operator": "In", "values": [""]}},
        {"tags": {"operator": "In", "values": ["sales"]}},
        {**OURS, "tags": {"name": "env", "operator": "In", "values": ["Dev"]}},
    ],
)
def test_a_budget_covers_nothing_else(asked: dict[str, object]) -> None:
    """Neither what its filter leaves out, nor what nobody can tell of: the opposite of unknown is unknown."""
    assert not covers(budget(filter=asked), HUB, TAGS)


@pytest.mark.parametrize("elsewhere", [f"{SCOPE}2", SCOPE.replace("0b1f", "1b1f")])
def test_a_budget_covers_nothing_outside_its_scope(elsewhere: str) -> None:
    """Another group's resource does not count, however alike the names."""
    assert not covers(budget(), ResourceId.parse(f"{elsewhere}/providers/Microsoft.Storage/storageAccounts/st"), {})


def test_a_subscriptions_budget_covers_its_groups() -> None:
    """A budget for a subscription counts every resource in it."""
    whole = {
        **document(),
        "id": f"/{SCOPE[1:].partition('/resourceGroups')[0]}/providers/microsoft.consumption/budgets/b",
    }

    assert covers(Budget.of(whole), HUB, {})
