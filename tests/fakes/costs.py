"""What Azure charges and what people budgeted, and where reports lie: CostSource and ReportStore."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from shared.costs.bill import Bill, Charge, table
from shared.costs.budget import Budget
from shared.costs.month import Month
from shared.model.errors import Forbidden, HubwardenError, Throttled
from shared.model.facts import Gap, Kind
from shared.model.resource_id import ResourceId


@dataclass
class FakeCosts:
    """Cost Management: bills by subscription and month, budgets by scope; where there is none nothing was charged."""

    bills: dict[tuple[str, Month], Bill] = field(default_factory=dict)
    """Whole months, by the subscription's GUID in lower case."""
    known: dict[ResourceId, Sequence[Budget]] = field(default_factory=dict)
    trouble: HubwardenError | None = None
    """What Azure answers to every question while set."""
    budget_trouble: HubwardenError | None = None
    """What it answers to questions about budgets."""

    def charge(self, subscription: str, month: Month, *charges: Charge) -> None:
        """All that a subscription is charged for a month; Azure states what it comes to."""
        bill = Bill(subscription.casefold(), month, month.last, table(charges), {})
        self.bills[bill.subscription, month] = replace(bill, stated=bill.sums())

    def lose(self, subscription: str, month: Month, row: int) -> None:
        """A row is no longer sent, and the sum stays as Azure states it."""
        bill = self.bills[subscription.casefold(), month]
        rows = bill.rows.to_pylist()
        del rows[row]
        self.bills[bill.subscription, month] = replace(bill, rows=table(tuple(left.values()) for left in rows))

    async def bill(self, subscription: str, month: Month, through: date) -> Bill:
        """See `CostSource.bill`."""
        if Month.of(through) != month:
            raise ValueError(f"{through} is no day of {month}")
        if self.trouble is not None:
            raise self.trouble
        nothing = Bill(subscription.casefold(), month, month.last, table(()), {})
        bill = _narrowed(self.bills.get((nothing.subscription, month), nothing), through)
        bill.check()
        return bill

    async def budgets(self, scope: ResourceId) -> tuple[Budget, ...] | Gap:
        """See `CostSource.budgets`."""
        trouble = self.budget_trouble or self.trouble
        if isinstance(trouble, Throttled):
            raise trouble
        if trouble is not None:
            permission = trouble.permission if isinstance(trouble, Forbidden) else ""
            return Gap(scope, Kind.BUDGET, str(trouble), permission)
        return tuple(self.known.get(scope, ()))


@dataclass
class FakeReports:
    """A container of blobs; it counts how often one is written."""

    files: dict[str, bytes] = field(default_factory=dict)
    writes: int = 0
    trouble: HubwardenError | None = None
    """Raised by every write while set."""

    async def publish(self, files: Mapping[str, bytes]) -> None:
        """See `ReportStore.publish`."""
        for name, content in files.items():
            if self.trouble is not None:
                raise self.trouble
            if self.files.get(name) != content:
                self.files[name] = content
                self.writes += 1

    async def read(self, name: str) -> bytes | None:
        """See `ReportStore.read`."""
        return self.files.get(name)


def _narrowed(bill: Bill, through: date) -> Bill:
    """A month's bill up to a day; what the sum states beyond the rows, it still does."""
    kept = [row for row in bill.rows.to_pylist() if row["day"] <= through]
    narrow = replace(bill, through=through, rows=table(tuple(row.values()) for row in kept))
    all_, left = bill.sums(), narrow.sums()
    stated = {currency: sum_ - all_.get(currency, 0) + left.get(currency, 0) for currency, sum_ in bill.stated.items()}
    return replace(narrow, stated={currency: sum_ for currency, sum_ in stated.items() if sum_ or currency in left})
