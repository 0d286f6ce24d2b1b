"""A month's figures by hub and subscription: what the rules about a bill judge by, in whole billionths of a dollar."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from shared.costs.allocation import Allocation
from shared.costs.budget import Budget
from shared.costs.month import Month
from shared.costs.reason import BEYOND
from shared.model.facts import Gap


@dataclass(frozen=True)
class Spend:
    """What somebody spent. In dollars, because currencies do not add up."""

    usd: int = 0
    """All of it."""
    allocated_usd: int = 0
    """What of it has a cost centre."""
    beyond_usd: int = 0
    """What of it no tag could reach: no hub leans on it, or it has no resource."""

    @property
    def unallocated_usd(self) -> int:
        """What has no cost centre and could have one."""
        return self.usd - self.beyond_usd - self.allocated_usd

    @property
    def permille(self) -> int | None:
        """The allocated part of what can be, in thousandths, rounded down as the report does; None where that is 0."""
        reachable = self.usd - self.beyond_usd
        return 1000 * self.allocated_usd // reachable if reachable > 0 else None


@dataclass(frozen=True)
class MonthFigures:
    """What a month's bills came to."""

    month: Month
    today: date
    """The day it was read, which budgets count to."""
    subscriptions: Mapping[str, Spend] = field(default_factory=dict)
    """By GUID."""
    hubs: Mapping[str, Spend] = field(default_factory=dict)
    """By ARM id, lower case: what belongs to a hub, its part of what it shares among it."""
    budgets: Mapping[str, tuple[Budget, ...] | Gap] = field(default_factory=dict)
    """By ARM id of a subscription or resource group, lower case: the budgets made there, or why they are not known."""


def spends(allocation: Allocation, column: str) -> dict[str, Spend]:
    """What was spent by the values of a column of the lines, such as `hub`; empty values are left out."""
    found: dict[str, Spend] = {}
    lines = allocation.lines.group_by([column, "reason"]).aggregate([("usd", "sum")])
    for line in lines.to_pylist():
        if line[column]:
            found[line[column]] = _plus(found.get(line[column], Spend()), line["reason"], line["usd_sum"])
    return found


def _plus(spend: Spend, reason: str, usd: int) -> Spend:
    return Spend(
        spend.usd + usd,
        spend.allocated_usd + (0 if reason else usd),
        spend.beyond_usd + (usd if reason in BEYOND else 0),
    )


def figures(
    allocation: Allocation, today: date, budgets: Iterable[tuple[str, tuple[Budget, ...] | Gap]]
) -> MonthFigures:
    """The figures of an allocated month, with the budgets of each scope that holds a hub."""
    by_subscription, by_hub = spends(allocation, "subscription"), spends(allocation, "hub")
    return MonthFigures(allocation.month, today, by_subscription, by_hub, dict(budgets))
