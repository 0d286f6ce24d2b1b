"""What Cost Management answers, and the question for October's bill that the tests ask it."""

from datetime import date
from typing import Any

from shared.adapters.cost_management import CostManagement
from shared.costs.bill import Bill
from shared.costs.month import Month

SUBSCRIPTION = "0B1F6471-0000-4000-8000-000000000001"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
HUB = f"{SCOPE}/resourceGroups/RG AI/providers/Microsoft.MachineLearningServices/workspaces/Hub"
OCTOBER = Month(2026, 10)
COLUMNS = ["Cost", "CostUSD", "UsageDate", "ResourceId", "ServiceName", "Currency"]
ROW = [1.5, 1.75, 20261007, HUB, "Virtual Machines", "EUR"]


def page(*rows: list[Any], columns: list[str] = COLUMNS, link: object = None) -> dict[str, Any]:
    """One page of a query's answer."""
    named = [{"name": name, "type": "whatever"} for name in columns]
    return {"id": "x", "name": "x", "properties": {"nextLink": link, "columns": named, "rows": list(rows)}}


def total(*sums: tuple[float, str], link: object = None) -> dict[str, Any]:
    """The answer to the question for the sum."""
    rows = [[amount, amount, currency] for amount, currency in sums]
    return page(*rows, columns=["Cost", "CostUSD", "Currency"], link=link)


async def october(costs: CostManagement) -> Bill:
    """October's bill up to the tenth."""
    return await costs.bill(SUBSCRIPTION, OCTOBER, date(2026, 10, 10))
