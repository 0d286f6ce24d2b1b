"""
Allocation: a month's bills split by whom the costs belong to, so that the parts add up to the bill exactly.

Every charge is laid to the resource that bears it, under the attribution that was in force at the end of its day, and
split among that attribution's portions. What has no cost centre is unallocated, with the reason; nothing is left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shared.costs.attribution import Period
from shared.costs.bill import Bill, sums
from shared.costs.ledger import opened
from shared.costs.month import Month
from shared.model.cost_tags import CostTags
from shared.model.errors import AllocationDiffers

if TYPE_CHECKING:  # an app that is only indexed must not load it
    import pyarrow as pa

LINE_COLUMNS = (
    "subscription",  # its GUID
    "currency",
    "hub",  # ARM id, lower case; empty where no single hub has it
    "project",  # ARM id, lower case; empty for none
    "cost_center",  # empty where there is none
    "owner",  # empty where there is none
    "origin",  # where the cost centre comes from or why it has none, an `Origin`; empty where nobody bears it
    "reason",  # why it is not allocated, a `Reason`; empty where it is
    "why",  # for one without a cost centre: why, in the words of its attribution
    "service",  # Azure's name of the service
    "resource_id",  # the id on the bill, lower case; empty for a charge without a resource
    "bearer",  # the id of the resource that bears it, lower case; empty for none
    "early",  # whether it dates from before the first look, under the first known attribution
    "cost",  # billionths of the currency's unit, 64 bits: a line ends at nine billion of a unit
    "usd",  # billionths of a dollar
)


@dataclass(frozen=True)
class Allocation:
    """A month, split."""

    month: Month
    closed: bool
    """Whether the figures no longer change."""
    lines: "pa.Table"
    """One row for each way in which a resource's cost belongs to somebody: `LINE_COLUMNS`, in a stable order."""
    by_tag: "pa.Table"
    """
    The same money by each of finance's tags: `currency`, `tag`, `value` (empty for none), `cost`, `usd`.

    Its amounts are decimals without a point, for 64 bits are too few for the month of a bank in rupiah.
    """
    billed: Mapping[str, int]
    """What Azure billed, by currency, in billionths."""
    allocated: Mapping[str, int]
    """What has a cost centre, likewise."""
    unallocated: Mapping[str, int]
    """What has none."""

    def check(self, tags: Iterable[str]) -> None:
        """
        Hold the lines, their halves and the money by each of these tags to the bill.

        Raises AllocationDiffers when one of them is a billionth off, for then nothing of it is sure.
        """
        for what, found in self._sums(tags):
            for currency in sorted({*self.billed, *found}):
                bill, split = self.billed.get(currency, 0), found.get(currency, 0)
                if bill != split:
                    raise AllocationDiffers(
                        f"{self.month}: {what} come to {split} billionths of {currency}, and the bills to {bill}; "
                        "nothing was published, and trying again will not help: report it with the month's bills"
                    )

    def _sums(self, tags: Iterable[str]) -> Iterator[tuple[str, Mapping[str, int]]]:
        """Everything that must come to the bill, by currency."""
        import pyarrow.compute as pc  # noqa: PLC0415 - an app that is only indexed must not load it

        yield "the lines", sums(self.lines)
        halves = (self.allocated, self.unallocated)
        both = {currency: sum(half.get(currency, 0) for half in halves) for half in halves for currency in half}
        yield "what is allocated and what is not", both
        for tag in tags:
            yield f"the values of {tag}", sums(self.by_tag.filter(pc.equal(self.by_tag["tag"], tag)))


def allocate(
    month: Month, bills: Sequence[Bill], periods: Iterable[Period], schema: CostTags, now: datetime
) -> Allocation:
    """
    Split a month's bills by whom the costs belong to.

    Who bears a charge says `shared.costs.bearers`, under which attribution `shared.costs.held`. Where finance splits by
    direct cost, the weights are what each hub's own resources cost in the month over all bills in US dollars, for hubs
    may be billed in different currencies; what nets to less than nothing counts nothing.

    Raises BillIncomplete for a bill that does not hold what Azure states, ValueError for bills that are not one for
    each subscription, all of this month, and AllocationDiffers when the parts are not the whole.
    """
    import pyarrow.compute as pc  # noqa: PLC0415 - an app that is only indexed must not load it

    with opened(month, bills, periods, schema) as ledger:
        parts = ledger.split()
    lines = ledger.lines(parts).select(LINE_COLUMNS)
    billed, has = _billed(bills), pc.equal(lines["reason"], "")
    halves = [dict.fromkeys(billed, 0) | sums(lines.filter(which)) for which in (has, pc.invert(has))]
    closed = month.closed(now, schema.close_after_days)
    allocation = Allocation(month, closed, lines, parts.by_tag, billed, *halves)
    allocation.check(tag.name for tag in schema.tags)
    return allocation


def _billed(bills: Sequence[Bill]) -> dict[str, int]:
    """What the rows of all bills come to, added up apart from the split."""
    billed: dict[str, int] = {}
    for bill in bills:
        for currency, cost in bill.sums().items():
            billed[currency] = billed.get(currency, 0) + cost
    return dict(sorted(billed.items()))
