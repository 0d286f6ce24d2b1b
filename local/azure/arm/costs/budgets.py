"""Microsoft.Consumption/budgets: an amount for a month, quarter or year, and what of it is spent, by the same usage.

Both are in the billing currency. Nothing is sent: notifications are kept and shown. The start date of a budget never
changes. A budget that an estate brought along is told as one that was made here.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from local.azure.arm.call import Call, Reply
from local.azure.arm.costs import kept
from local.azure.arm.costs.period import moved
from local.azure.arm.costs.query import charged, wanted
from local.azure.arm.documents import text
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
THRESHOLDS = ("Actual", "Forecasted")
WORKED_OUT = ("currentSpend", "forecastSpend")
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
    properties = _given(given)
    _spending(cloud, call.scope, properties)  # refuses a filter that cannot be read before anything is kept
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
        if one.get("thresholdType", THRESHOLDS[0]) not in THRESHOLDS:
            raise bad_request("400", f"The 'thresholdType' of '{name}' must be one of {', '.join(THRESHOLDS)}.")


def _start(properties: Document) -> date:
    try:
        return date.fromisoformat(text(properties, "timePeriod", "startDate")[:10])
    except ValueError:
        raise bad_request("400", "A budget needs 'timePeriod' with a 'startDate'.") from None


def _given(properties: Document) -> Document:
    """What somebody said of a budget, without what is worked out."""
    return {name: value for name, value in properties.items() if name not in WORKED_OUT}


def _told(cloud: Cloud, document: Document) -> Document:
    properties = _given(document.get("properties") or {})
    if properties.get("timeGrain") not in MONTHS:
        return kept.told(document)  # an estate may hold budgets of other categories: they count no money
    spending = _spending(cloud, document["id"].rpartition("/providers/")[0], properties)
    return kept.told({**document, "properties": {**properties, **spending}})


def _spending(cloud: Cloud, scope: str, properties: Document) -> Document:
    """What the scope has cost since the budget's current month, quarter or year began; what it will, if foretold."""
    today, months = cloud.clock.now().date(), MONTHS[properties["timeGrain"]]
    began = today.replace(month=(today.month - 1) // months * months + 1, day=1)
    first, end = max(_start(properties), began), moved(began, months)
    unit, _ = cloud.options.billing.currency_of(scope)
    spent = _cost(cloud, scope, properties, first, today)
    told: Document = {"currentSpend": {"amount": round(spent, 2), "unit": unit}}
    if _is_foretold(properties):
        rest = _cost(cloud, scope, properties, max(first, today + timedelta(days=1)), end - timedelta(days=1))
        told["forecastSpend"] = {"amount": round(spent + rest, 2), "unit": unit}
    return told


def _is_foretold(properties: Document) -> bool:
    """Azure foretells only what a notification waits for."""
    notifications = (properties.get("notifications") or {}).values()
    return any(one.get("thresholdType") == "Forecasted" for one in notifications)


def _cost(cloud: Cloud, scope: str, properties: Document, first: date, last: date) -> float:
    asked = properties.get("filter") or {}
    return sum(charge.cost for charge in charged(cloud, scope, first, last) if wanted(asked, charge))
