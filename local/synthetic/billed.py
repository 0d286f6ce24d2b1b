"""What finance looks at besides resources: subscriptions and groups with their tags, budgets, models bought elsewhere.

In the shape Azure answers a GET. A budget's `currentSpend` is left out, for nothing was spent in an estate in files.
"""

from collections.abc import Iterator

from local.azure.options import TENANT
from local.synthetic import tags
from local.synthetic.chance import Chance
from local.synthetic.documents import Document, resource
from local.synthetic.drift import Drift
from local.synthetic.names import Names
from local.synthetic.words import AMOUNTS, MODELS

BOUGHT = 0.2
"""Hubs for which somebody bought a model of another company."""
BUDGETED = 0.3
"""Hubs whose group has a budget."""
FORETOLD = 0.5
"""Budgets that also warn of what is foretold."""


def subscription(names: Names, drift: Drift, chance: Chance) -> Iterator[Document]:
    """A hub's subscription, and the group in it that holds what several hubs share."""
    guid = names.subscription.rpartition("/")[2]
    yield {
        "id": names.subscription,
        "type": "Microsoft.Resources/subscriptions",
        "subscriptionId": guid,
        "tenantId": TENANT,
        "displayName": names.subscription_name,
        "state": "Enabled",
        "tags": tags.drawn(names, drift, chance),
    }
    yield _group(names.platform, names, {"Owner": "platform@contoso.example"})


def around(names: Names, drift: Drift, chance: Chance) -> Iterator[Document]:
    """A hub's resource group, and what in it costs or counts money without being the hub's."""
    yield _group(names.group, names, tags.drawn(names, drift, chance))
    if chance.happens(BOUGHT):
        yield _bought(names, chance.one(MODELS))
    if chance.happens(BUDGETED):
        yield _budget(names, chance.one(AMOUNTS), foretold=chance.happens(FORETOLD))


def _group(group: str, names: Names, own: Document | None) -> Document:
    return {
        "id": group,
        "name": group.rpartition("/")[2],
        "type": "Microsoft.Resources/resourceGroups",
        "location": names.region,
        "tags": own,
        "properties": {"provisioningState": "Succeeded"},
    }


def _bought(names: Names, model: str) -> Document:
    """A purchase through the Marketplace. Azure makes it for a serverless deployment, and nobody tags it."""
    properties: Document = {
        "saasResourceName": model,
        "publisherId": model.partition("-")[0],
        "offerId": f"{model}-offer",
        "SKUId": "pay-as-you-go",
        "quantity": 1,
        "autoRenew": True,
        "paymentChannelType": "SubscriptionDelegated",
        "status": "Subscribed",
    }
    return resource(names.bought(model), properties, {"location": "global", "tags": None})


def _budget(names: Names, amount: int, *, foretold: bool) -> Document:
    """A monthly budget of a hub's group."""
    warn: Document = {"enabled": True, "operator": "GreaterThan", "contactEmails": [f"{names.owner}@contoso.example"]}
    notifications = {"Actual_80": {**warn, "threshold": 80, "thresholdType": "Actual"}}
    if foretold:
        notifications["Forecasted_100"] = {**warn, "threshold": 100, "thresholdType": "Forecasted"}
    properties: Document = {
        "category": "Cost",
        "amount": amount,
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2025-07-01T00:00:00Z", "endDate": "2035-06-30T00:00:00Z"},
        "notifications": notifications,
    }
    kind = "Microsoft.Consumption/budgets"
    name = f"budget-{names.stem}"
    return {
        "id": f"{names.group}/providers/{kind}/{name}",
        "name": name,
        "type": kind,
        "eTag": '"1dbf3c3db4a7e00"',
        "properties": properties,
    }
