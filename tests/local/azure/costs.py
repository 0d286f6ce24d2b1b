"""What tests of costs ask: a query of last month at the small estate's subscription, and its rows."""

from typing import Any

from tests.local.azure.client import SUBSCRIPTION, Answer, Arm

SCOPE = f"/subscriptions/{SUBSCRIPTION}"
QUERY = "/providers/Microsoft.CostManagement/query"


def asked(*grouping: tuple[str, str], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A query of last month, grouped."""
    dataset = {
        "granularity": "None",
        "aggregation": {"totalCost": {"name": "Cost", "function": "Sum"}},
        "grouping": [{"type": kind, "name": name} for kind, name in grouping],
        **more.pop("dataset", {}),
    }
    return {"type": "ActualCost", "timeframe": "TheLastMonth", "dataset": dataset, **more}


async def query(arm: Arm, body: dict[str, Any], scope: str = SCOPE) -> Answer:
    """The answer to a query."""
    return await arm("POST", f"{scope}{QUERY}", body)


async def rows(arm: Arm, body: dict[str, Any], scope: str = SCOPE) -> list[list[Any]]:
    """The rows of a query that must have some."""
    answer = await query(arm, body, scope)
    assert answer.status == 200, answer
    return list(answer.body["properties"]["rows"])
