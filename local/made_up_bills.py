"""Bills that the stand-in makes up for an estate: of the right size and no more, the same for the same seed."""

from datetime import date
from pathlib import Path

from local.azure import estate
from local.azure.arm.costs.usage import Charge, charges
from local.azure.options import TENANT
from local.azure.store import Store
from shared.costs.bill import Bill, nano, sums, table
from shared.costs.month import Month


def bills_for(source: Path, month: Month, through: date, seed: int = 0) -> list[Bill]:
    """One bill for each subscription of an estate in files. Raises EstateError for files that cannot be read."""
    store = Store()
    estate.load(source, store, TENANT)
    subscriptions = sorted(str(one["subscriptionId"]) for one in store.of_type("Microsoft.Resources/subscriptions"))
    return [_bill(store, subscription, month, through, seed) for subscription in subscriptions]


def _bill(store: Store, subscription: str, month: Month, through: date, seed: int) -> Bill:
    found = charges(store, seed, f"/subscriptions/{subscription}", month.first, through)
    rows = table(_row(charge) for charge in found)
    return Bill(subscription.casefold(), month, through, rows, sums(rows))


def _row(charge: Charge) -> tuple[str, date, str, str, int, int]:
    return (
        charge.resource_id.lower(),
        charge.day,
        charge.service,
        charge.currency,
        nano(charge.cost),
        nano(charge.usd),
    )
