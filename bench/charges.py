"""
The month that an allocation is measured on: ten subscriptions, and charges that go round their resources day by day.

A hub's family is ten resources: the hub, two projects, storage and vault with attributions of their own, a registry
that ten hubs share, a compute, an endpoint's deployment and a private endpoint that others bear, and a virtual machine
that nobody governs. In one family of ten the cost centre changes in the middle of the month.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from shared.costs.attribution import Attribution, Period, Portion
from shared.costs.bill import Bill, columns
from shared.costs.month import Month
from shared.model.cost_tags import CostTag, CostTags, Origin
from shared.model.facts import Kind
from shared.model.resource_id import ResourceId

MONTH = Month(2026, 10)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SCHEMA = CostTags((CostTag("CostCenter"), CostTag("Environment"), CostTag("Owner")))
FAMILY = 10
"""Resources."""
_SUBSCRIPTIONS, _SHARING, _CHANGING = 10, 10, 10
_SINCE, _CHANGED = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 10, 16, 12, tzinfo=UTC)

_CHARGES = """
SELECT resource_id, DATE '2026-10-01' + ((number * 7 + number // $resources) % 31)::INTEGER AS day, service,
       'USD' AS currency, (number * 2654435761) % 20000000000 - 100000000 AS cost, cost AS usd
FROM range($charges) AS numbers(number)
JOIN names ON names.at = number % $resources
WHERE subscription = $subscription
"""
"""A resource's charges are of days apart, and one charge in two hundred is a refund."""


@dataclass(frozen=True)
class Family:
    """A hub and what belongs to it, by number."""

    number: int

    @property
    def subscription(self) -> str:
        """The GUID of the one it lies in."""
        return f"00000000-0000-4000-8000-{self.number % _SUBSCRIPTIONS:012}"

    @property
    def hub(self) -> str:
        """The id of its hub."""
        return self._workspace("hub")

    @property
    def resources(self) -> tuple[tuple[str, str], ...]:
        """The ids of its ten resources, each with the service that bills it; the first five have tags of their own."""
        first, second = self._workspace("project-a"), self._workspace("project-b")
        return (
            (self.hub, "Azure Machine Learning"),
            (first, "Azure Machine Learning"),
            (second, "Azure Machine Learning"),
            (self._id("microsoft.storage/storageaccounts/stbench"), "Storage"),
            (self._id("microsoft.keyvault/vaults/kv-bench"), "Key Vault"),
            (self._id("microsoft.containerregistry/registries/crbench"), "Container Registry"),
            (f"{first}/computes/ci-jane", "Virtual Machines"),
            (f"{second}/onlineendpoints/score/deployments/blue", "Virtual Machines"),
            (self._id("microsoft.network/privateendpoints/pe-storage"), "Virtual Network"),
            (self._id("microsoft.compute/virtualmachines/vm"), "Virtual Machines"),
        )

    def periods(self) -> Iterator[Period]:
        """Whom those belong to that have an attribution, and since when."""
        before, after = _cost_center(self.number), _cost_center(self.number + 1)
        *own, registry = (name for name, _ in self.resources[:6])
        endpoint = self.resources[8][0]
        for name in own:
            bears = (endpoint,) if "storageaccounts" in name else ()
            yield _period(name, (_portion(self.hub, before),), _SINCE, bears)
            if self.number % _CHANGING == 0:
                yield _period(name, (_portion(self.hub, after),), _CHANGED, bears)
        first = self.number - self.number % _SHARING
        sharing = (Family(number) for number in range(first, first + _SHARING))
        split = tuple(_portion(one.hub, _cost_center(one.number), 1 + one.number % 3) for one in sharing)
        yield _period(registry, split, _SINCE)

    def _workspace(self, name: str) -> str:
        return self._id(f"microsoft.machinelearningservices/workspaces/{name}")

    def _id(self, named: str) -> str:
        group = f"/subscriptions/{self.subscription}/resourcegroups/rg-family-{self.number:05}"
        return f"{group}/providers/{named}-{self.number:05}"


def periods(families: int) -> list[Period]:
    """The attributions of so many families."""
    return [period for number in range(families) for period in Family(number).periods()]


def bills(families: int, charges: int) -> list[Bill]:
    """So many charges of so many families, by subscription; the same each time."""
    named = [
        (number * FAMILY + at, family.subscription, *resource)
        for number, family in ((number, Family(number)) for number in range(families))
        for at, resource in enumerate(family.resources)
    ]
    names = pa.table(list(zip(*named, strict=True)), names=["at", "subscription", "resource_id", "service"])
    with duckdb.connect(":memory:", config={"threads": 2}) as db:
        db.register("names", names)
        asked = {"resources": len(named), "charges": charges}
        return [
            _bill(subscription, db.sql(_CHARGES, params={**asked, "subscription": subscription}))
            for subscription in sorted({subscription for _, subscription, *_ in named})
        ]


def _bill(subscription: str, found: duckdb.DuckDBPyRelation) -> Bill:
    rows = pa.table(found.to_arrow_table()).cast(columns())
    held = Bill(subscription, MONTH, MONTH.last, rows, {})
    return replace(held, stated=held.sums())


def _cost_center(number: int) -> str:
    return f"CC-{number % 1000:04}"


def _portion(hub: str, cost_center: str, weight: int = 1) -> Portion:
    tags = {"CostCenter": cost_center, "Environment": "prod", "Owner": "jane@contoso.example"}
    return Portion(hub, weight, tags, dict.fromkeys(tags, Origin.RESOURCE.value))


def _period(of: str, portions: tuple[Portion, ...], since: datetime, bears: tuple[str, ...] = ()) -> Period:
    return Period(Attribution(ResourceId.parse(of), Kind.HUB, "", portions, bears), since)
