"""Two places that charge for the estate of `estate.py`: the fake, and Azure's stand-in behind the adapter."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from shared.adapters.cost_management import CostManagement
from shared.cost_ports import CostSource
from shared.costs.bill import Charge, nano
from shared.costs.budget import Budget
from shared.costs.month import Month
from shared.model.errors import Forbidden, Throttled
from shared.model.resource_id import ResourceId
from tests.contracts.estate import Names, documents
from tests.contracts.worlds import StandInWorld
from tests.fakes import FakeCosts

QUERY = "Microsoft.CostManagement/query"
BUDGETS = "Microsoft.Consumption/budgets"


class CostWorld(Protocol):
    """Who is charged for a month, and by how much is left to the world; a test can set budgets and troubles."""

    names: Names
    month: Month
    """One that is over. The hub's computes and its storage account cost something on each of its days."""

    @property
    def costs(self) -> CostSource:
        """Whom to ask."""

    def bare(self) -> str:
        """A subscription that was charged nothing."""

    def budget(self, scope: ResourceId, name: str, properties: dict[str, Any]) -> None:
        """Someone makes a budget; something is spent of it."""

    def deny(self) -> None:
        """Every question answers 403."""

    def throttle(self) -> None:
        """Every question answers 429 and asks for an hour's patience."""


@dataclass
class FakeCostWorld:
    """The fake."""

    names: Names
    month: Month
    costs: FakeCosts = field(default_factory=FakeCosts)

    def __post_init__(self) -> None:
        """Charge for each day."""
        days = [self.month.first + timedelta(days=number) for number in range(self.month.last.day)]
        used = [(self.names.storage.key, "Storage"), (self.names.hub.key, "Virtual Machines")]
        charges: list[Charge] = [
            (who, day, what, "USD", nano("2.4"), nano("2.4")) for day in days for who, what in used
        ]
        self.costs.charge(self.names.subscription, self.month, *charges)

    def bare(self) -> str:
        """See `CostWorld`."""
        return "00000000-0000-4000-8000-00000000ba7e"

    def budget(self, scope: ResourceId, name: str, properties: dict[str, Any]) -> None:
        """See `CostWorld`."""
        spent = {"currentSpend": {"amount": 4.8, "unit": "USD"}}
        made = Budget.of(
            {**_budget(scope, name, {**properties, **spent}), "id": f"{scope}/providers/{BUDGETS}/{name}"[1:]}
        )
        self.costs.known[scope] = [*self.costs.known.get(scope, ()), made]

    def deny(self) -> None:
        """See `CostWorld`."""
        self.costs.trouble = Forbidden(f"403: {QUERY}/read", f"{QUERY}/read")

    def throttle(self) -> None:
        """See `CostWorld`."""
        self.costs.trouble = Throttled("429", 3600)


@dataclass
class StandInCostWorld:
    """The adapter, speaking to the stand-in over TLS."""

    world: StandInWorld
    costs: CostManagement

    def __post_init__(self) -> None:
        """The month before the one it is there."""
        self.names = self.world.names
        self.month = Month.of(self.world.azure.clock.now()).previous

    def bare(self) -> str:
        """See `CostWorld`."""
        bare = Names(self.names.subscription[:-4] + "ba7e")
        self.world.put(next(one for one in documents(bare) if one["id"] == str(bare.other_hub)))
        return bare.subscription

    def budget(self, scope: ResourceId, name: str, properties: dict[str, Any]) -> None:
        """See `CostWorld`."""
        self.world.azure.state.put(_budget(scope, name, properties))

    def deny(self) -> None:
        """See `CostWorld`."""
        self.world.azure.directory.limit(self.world.azure.options.app_object_id, ())

    def throttle(self) -> None:
        """See `CostWorld`."""
        scope = f"/subscriptions/{self.names.subscription}/providers"
        asked = [("POST", f"{scope}/{QUERY}"), ("GET", f"{scope}/{BUDGETS}")]
        self.world.azure.cloud.faults.plan(
            {
                "next": [
                    {"method": how, "path": path, "status": 429, "times": 99, "retryAfter": 3600} for how, path in asked
                ]
            }
        )


def _budget(scope: ResourceId, name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{scope}/providers/{BUDGETS}/{name}",
        "name": name,
        "type": BUDGETS,
        "eTag": '"1"',
        "properties": properties,
    }
