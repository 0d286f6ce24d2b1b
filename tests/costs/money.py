"""A month's money, short enough to read in a test: charges, whom they belong to, and what came of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from shared.costs.allocation import Allocation, allocate
from shared.costs.attribution import Attribution, Period, Portion
from shared.costs.bill import NANO, Bill, Charge, table
from shared.costs.month import Month
from shared.model.cost_tags import CostTag, CostTags, Origin, Shared, SplitKey
from shared.model.facts import Kind
from tests.builders import GROUP, SUBSCRIPTION, rid, workspace_id

OCTOBER = Month(2026, 10)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""Late enough for October to be closed."""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA = CostTags((CostTag("CostCenter"), CostTag("Environment"), CostTag("Owner")))
BY_DIRECT_COST = CostTags(SCHEMA.tags, shared=Shared(SplitKey.DIRECT_COST))
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stai"
HUB, OTHER_HUB = workspace_id("hub"), workspace_id("other")


def moment(day: int, hour: int = 0, month: int = 10) -> datetime:
    """A moment of 2026, in October unless said."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def charge(
    on: str = HUB,
    cost: float = 1.0,
    *,
    day: int = 15,
    service: str = "AI",
    currency: str = "USD",
    usd: float | None = None,
) -> Charge:
    """A charge in October; in dollars the same, unless said."""
    dollars = cost if usd is None else usd
    return on.lower(), date(2026, 10, day), service, currency, round(cost * NANO), round(dollars * NANO)


def bill(*charges: Charge, subscription: str = SUBSCRIPTION, month: Month = OCTOBER) -> Bill:
    """A bill that holds what Azure states."""
    rows = table(charges)
    held = Bill(subscription, month, month.last, rows, {})
    return Bill(subscription, month, month.last, rows, held.sums())


def portion(cost_center: str | None = "CC-1", *, hub: str = HUB, weight: int = 1, **tags: str) -> Portion:
    """A portion under a cost centre, or under none."""
    if cost_center is None:
        return Portion(hub.lower(), weight, tags, {"CostCenter": Origin.NONE.value}, {"CostCenter": "nobody said"})
    return Portion(hub.lower(), weight, {"CostCenter": cost_center, **tags}, {"CostCenter": Origin.RESOURCE.value})


def attribution(of: str = HUB, *portions: Portion, bears: Sequence[str] = (), project: str = "") -> Attribution:
    """Whom a resource belongs to: the hub's own cost centre unless said."""
    borne = tuple(sorted(one.lower() for one in bears))
    return Attribution(rid(of), Kind.HUB, project.lower(), portions or (portion(),), borne)


def period(
    of: str = HUB,
    *portions: Portion,
    since: datetime = LONG_AGO,
    until: datetime | None = None,
    bears: Sequence[str] = (),
    project: str = "",
) -> Period:
    """While that was so: since long ago unless said."""
    return Period(attribution(of, *portions, bears=bears, project=project), since, until)


def split(bills: Bill | Sequence[Bill], *periods: Period, schema: CostTags = SCHEMA, now: datetime = NOW) -> Allocation:
    """October, split."""
    return allocate(OCTOBER, [bills] if isinstance(bills, Bill) else bills, periods, schema, now)


def lines(allocation: Allocation, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of all lines, with the cost in units at the end."""
    return [(*(line[name] for name in columns), line["cost"] / NANO) for line in allocation.lines.to_pylist()]


def by_cost_center(allocation: Allocation) -> Mapping[str, float]:
    """What each cost centre pays, in units of whatever currency; under "" what none does."""
    found: dict[str, float] = {}
    for center, cost in lines(allocation, "cost_center"):
        found[center] = found.get(center, 0.0) + cost
    return found
