"""What things cost: Cost Management's query and exports, and budgets. Source: CONTRACTS 6 and the published API."""

from local.azure.arm.call import Route
from local.azure.arm.costs import budgets, exports, kept, query
from local.azure.arm.routing import route

COSTS = "{scope}/providers/Microsoft.CostManagement"
EXPORT = f"{COSTS}/exports/{{exportName}}"
BUDGETS = "{scope}/providers/Microsoft.Consumption/budgets"

ROUTES: tuple[Route, ...] = (
    route(
        "POST", f"{COSTS}/query", query.run, 200, 204, action="Microsoft.CostManagement/query/read", raises_event=False
    ),
    route("GET", f"{COSTS}/exports", exports.list_exports),
    route("GET", EXPORT, exports.get),
    route("PUT", EXPORT, exports.put, 200, 201),
    route("DELETE", EXPORT, kept.delete),
    route("POST", f"{EXPORT}/run", exports.run),
    route("GET", f"{EXPORT}/runHistory", exports.list_runs, action="Microsoft.CostManagement/exports/read"),
    route("GET", BUDGETS, budgets.list_budgets),
    route("GET", f"{BUDGETS}/{{budgetName}}", budgets.get),
    route("PUT", f"{BUDGETS}/{{budgetName}}", budgets.put, 200, 201),
    route("DELETE", f"{BUDGETS}/{{budgetName}}", kept.delete),
)
