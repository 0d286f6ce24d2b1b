"""Microsoft.Consumption/budgets: an amount for a month, quarter or year, and what of it is spent, by the same usage.

Nothing is sent: notifications are kept and shown. The start date of a budget never changes.
"""

from collections.abc import Mapping
from datetime import date

from local.azure.arm.call import Call, Reply
from local.azure.arm.costs import kept
from local.azure.arm.costs.query import charged, wanted
from local.azure.arm.documents import text, with_properties
from local.azure.arm.errors import bad_request
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.Consumption/budgets"
MONTHS: Mapping[str, int] = {
    "Monthly": 1,
    "Quarterly": 3,
    "Annually": 12,
    "BillingMonth": 1,
    "BillingQuarter": 3,
    "BillingAnnual": 12,
}
OPERATORS = ("EqualTo", "GreaterThan", "GreaterThanOrEqualTo")
MOST_NOTIFICATIONS = 5
MOST_THRESHOLD = 1000
"""Percent of the amount."""


def list_budgets(cloud: Cloud, call: Call) -> Reply:
    """The budgets made at this very scope."""
    kept.require_scope(cloud, call)
    return Reply(200, {"value": [_told(cloud, one) for one in cloud.store.children(call.scope, TYPE)]})


def get(cloud: Cloud, call: Call) -> Reply:
    """One budget, with its spending as of now."""
    kept.require_scope(cloud, call)
    return Reply(200, _told(cloud, kept.find(cloud, call.target)))


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates a budget, or changes one whose eTag is sent."""
    kept.require_scope(cloud, call)
    given = call.part(call.document(), "properties")
    _check(given)
    before = cloud.store.get(call.target)
    if before is not None and _start(before["properties"]) != _start(given):
        raise bad_request("400", "Start date of budgets cannot be updated. Please delete and create a new budget.")
    properties = {name: value for name, value in given.items() if name not in ("currentSpend", "forecastSpend")}
    _spent(cloud, call.scope, properties)  # refuses a filter that cannot be read before anything is kept
    document = kept.written(cloud, call, properties)
    return Reply(200 if before else 201, _told(cloud, document), created=before is None)


def _check(given: Document) -> None:
    amount = given.get("amount")
    if not isinstance(amount, int | float) or isinstance(amount, bool) or amount <= 0:
        raise bad_request("400", "A budget's 'amount' must be a number above 0.")
    if given.get("category") != "Cost":
        raise bad_request("400", "A budget's 'category' must be Cost.")
    if given.get("timeGrain") not in MONTHS:
        raise bad_request("400", f"A budget's 'timeGrain' must be one of {', '.join(MONTHS)}.")
    if _start(given).day != 1:
        raise bad_request("400", "A budget's 'timePeriod.startDate' must be the first day of a month.")
    notifications = given.get("notifications") or {}
    if len(notifications) > MOST_NOTIFICATIONS:
        raise bad_request("400", f"A budget has at most {MOST_NOTIFICATIONS} notifications.")
    for name, one in notifications.items():
        threshold = one.get("threshold")
        in_range = isinstance(threshold, int | float) and 0 <= threshold <= MOST_THRESHOLD
        if one.get("operator") not in OPERATORS or not in_range or "enabled" not in one:
            raise bad_request(
                "400",
                f"The notification '{name}' needs 'enabled', an 'operator' of {', '.join(OPERATORS)}, and a "
                f"'threshold' from 0 to {MOST_THRESHOLD}.",
            )


def _start(properties: Document) -> date:
    try:
        return date.fromisoformat(text(properties, "timePeriod", "startDate")[:10])
    except ValueError:
        raise bad_request("400", "A budget needs 'timePeriod' with a 'startDate'.") from None


def _told(cloud: Cloud, document: Document) -> Document:
    scope = document["id"].rpartition("/providers/")[0]
    spent, (unit, _) = _spent(cloud, scope, document["properties"]), cloud.options.billing.currency_of(scope)
    return kept.told(with_properties(document, currentSpend={"amount": spent, "unit": unit}))


def _spent(cloud: Cloud, scope: str, properties: Document) -> float:
    """What the scope has cost since the budget's current month, quarter or year began."""
    today, asked = cloud.clock.now().date(), properties.get("filter") or {}
    months = MONTHS[properties["timeGrain"]]
    began = today.replace(month=(today.month - 1) // months * months + 1, day=1)
    first = max(_start(properties), began)
    return round(sum(charge.cost for charge in charged(cloud, scope, first, today) if wanted(asked, charge)), 2)
