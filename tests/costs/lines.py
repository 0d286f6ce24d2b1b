"""An allocation from its lines, short to write in a test; and a month of Contoso's, with something of everything."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from shared.costs.allocation import LINE_COLUMNS, Allocation
from shared.costs.bill import nano
from shared.costs.month import Month
from shared.model.cost_tags import CostTag, CostTags
from tests.builders import SUBSCRIPTION

MONTH = Month(2026, 10)
SCHEMA = CostTags(
    (CostTag("CostCenter", ask="finance@contoso.example"), CostTag("Environment"), CostTag("Owner")), owner="Owner"
)
_PROVIDERS = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg-ai/providers"
ACCOUNTS = f"{_PROVIDERS}/microsoft.storage/storageaccounts"
_RATES = {"USD": 1, "EUR": 1.1, "JPY": 0.0067}


def workspace(name: str, group: str = "rg-ai") -> str:
    """The id of a hub or project as lines carry it."""
    return f"{_PROVIDERS}/microsoft.machinelearningservices/workspaces/{name}".replace("rg-ai", group)


@dataclass(frozen=True)
class Line:
    """One line of an allocation; by default it is allocated."""

    cost: str
    cost_center: str = "CC-1001"
    hub: str = workspace("hub-credit")
    currency: str = "EUR"
    project: str = ""
    owner: str = "jane@contoso.example"
    origin: str = "hub"
    reason: str = ""
    why: str = ""
    service: str = "Azure Machine Learning"
    resource_id: str = workspace("hub-credit")
    early: bool = False
    environment: str = "prod"

    @property
    def values(self) -> dict[str, object]:
        """By column."""
        usd = nano(float(self.cost) * _RATES[self.currency])
        own = {name: getattr(self, name) for name in LINE_COLUMNS if hasattr(self, name)}
        return own | {
            "subscription": SUBSCRIPTION,
            "bearer": self.resource_id,
            "cost": nano(self.cost),
            "usd": usd,
        }

    @property
    def tags(self) -> Iterator[dict[str, object]]:
        """The same money by each tag."""
        for tag, value in (
            ("CostCenter", self.cost_center),
            ("Environment", self.environment),
            ("Owner", self.owner),
        ):
            yield {"tag": tag, "value": value, **{at: self.values[at] for at in ("currency", "cost", "usd")}}


def lost(cost: str, reason: str, service: str, resource_id: str, *, why: str = "", hub: str = "") -> Line:
    """A line without a cost centre."""
    none = Line(cost, "", hub, owner="", origin="", environment="")
    return replace(none, reason=reason, why=why, service=service, resource_id=resource_id)


def allocation(lines: Iterable[Line], *, closed: bool = True) -> Allocation:
    """The allocation that these lines make."""
    known = list(lines)
    sums: dict[bool | None, dict[str, int]] = {None: {}, True: {}, False: {}}
    for line in known:
        for which in (None, not line.reason):
            of = sums[which]
            of[line.currency] = of.get(line.currency, 0) + nano(line.cost)
    rows = pa.Table.from_pylist([line.values for line in known], schema=_schema())
    tags = pa.Table.from_pylist([tag for line in known for tag in line.tags], schema=_tag_schema())
    return Allocation(MONTH, closed, rows, tags, sums[None], sums[True], sums[False])


def _schema() -> pa.Schema:
    types = {"early": pa.bool_(), "cost": pa.int64(), "usd": pa.int64()}
    return pa.schema([(name, types.get(name, pa.string())) for name in LINE_COLUMNS])


def _tag_schema() -> pa.Schema:
    numbers = [("cost", pa.int64()), ("usd", pa.int64())]
    return pa.schema([*((name, pa.string()) for name in ("currency", "tag", "value")), *numbers])


def contoso() -> list[Line]:
    """Two hubs with a project each, a shared account, every reason, a refund, dollars, and amounts below a cent."""
    fraud, credit = workspace("hub-fraud"), workspace("hub-credit")
    chat = workspace("chat-prod")
    shared = f"{ACCOUNTS}/stshared"
    why = "its hubs differ: CC-1001, CC-2002; finance must say who pays"
    return [
        Line("12345.674", project=chat, resource_id=chat, service="Foundry Models"),
        Line("812.005", origin="resource"),
        Line("-20.5", origin="resource", service="Azure App Service"),
        Line("4000.333", "CC-2002", fraud, owner="joe@contoso.example", resource_id=fraud, early=True),
        Line("100.005", "CC-1001", credit, origin="split", service="Storage", resource_id=shared),
        Line(
            "100.005",
            "CC-2002",
            fraud,
            owner="joe@contoso.example",
            origin="split",
            service="Storage",
            resource_id=shared,
        ),
        Line("55.55", "CC-9000", "", origin="pool", owner="", environment="", service="Log Analytics"),
        Line("31.1", "CC-0007", origin="mapping", environment="test"),
        lost("640.004", "no_cost_center", "Storage", f"{ACCOUNTS}/stfraud", why=why, hub=fraud),
        lost("250.004", "not_governed", "Virtual Machines", f"{ACCOUNTS}/vmlegacy"),
        lost("99.9", "no_resource", "Support", ""),
        Line("15.25", currency="USD", origin="resource_group", service="Bandwidth"),
    ]
