"""The CSV an export writes: a row for each meter of each resource and day, under the names that exports use."""

import csv
import io
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence

from local.azure.arm.costs.usage import Charge
from local.azure.arm_ids import group_of, name_of, subscription_of

COLUMNS: Mapping[str, Callable[[Charge], str]] = {
    "Date": lambda charge: f"{charge.day:%m/%d/%Y}",
    "SubscriptionId": lambda charge: subscription_of(charge.resource["id"]),
    "ResourceGroup": lambda charge: group_of(charge.resource["id"]),
    "ResourceId": lambda charge: charge.resource_id,
    "ResourceName": lambda charge: name_of(charge.resource_id),
    "ResourceLocation": lambda charge: str(charge.resource.get("location") or ""),
    "ConsumedService": lambda charge: charge.resource_type.partition("/")[0],
    "MeterCategory": lambda charge: charge.service,
    "MeterId": lambda charge: str(uuid.uuid5(uuid.NAMESPACE_OID, charge.meter)),
    "MeterName": lambda charge: charge.meter,
    "Quantity": lambda _: "1",
    "UnitOfMeasure": lambda _: "1 Day",
    "CostInBillingCurrency": lambda charge: f"{charge.cost:.6f}",
    "BillingCurrencyCode": lambda charge: charge.currency,
    "Tags": lambda charge: ",".join(
        f'"{name}": "{value}"' for name, value in (charge.resource.get("tags") or {}).items()
    ),
}


def written(charges: Iterable[Charge], columns: Sequence[str]) -> bytes:
    """The file, with these columns or all."""
    chosen = [name for name in COLUMNS if name in columns] if columns else list(COLUMNS)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(chosen)
    writer.writerows([COLUMNS[name](charge) for name in chosen] for charge in charges)
    return text.getvalue().encode()
