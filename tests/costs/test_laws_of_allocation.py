"""Laws of an allocation, each one test over generated months."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.costs.allocation import Allocation, allocate
from shared.costs.bill import Bill, Charge, table
from shared.costs.shares import WHOLE, shares
from tests.costs.money import HUB, NOW, OCTOBER, SCHEMA, STORAGE, bill, charge, period, portion, split
from tests.costs.months import Generated, months

law = settings(max_examples=40, deadline=None)


def allocated(month: Generated) -> Allocation:
    """The month, split."""
    return allocate(OCTOBER, month.bills, month.periods, month.schema, NOW)


def shuffled[T](things: Iterable[T], chance: Random) -> tuple[T, ...]:
    """The same in another order."""
    return tuple(chance.sample(drawn := list(things), len(drawn)))


def charges(bill: Bill) -> list[Charge]:
    """The rows of a bill."""
    return [(*row.values(),) for row in bill.rows.to_pylist()]


def in_another_order(month: Generated, chance: Random) -> Generated:
    """The same month, its bills, rows, periods and portions in another order."""
    bills = (replace(one, rows=table(shuffled(charges(one), chance))) for one in month.bills)
    periods = (
        replace(one, attribution=replace(one.attribution, portions=shuffled(one.attribution.portions, chance)))
        for one in month.periods
    )
    return Generated(shuffled(bills, chance), shuffled(periods, chance), month.schema)


def turned_around(bill: Bill) -> Bill:
    """The bill that takes back what this one charges."""
    rows = table((a, b, c, d, -cost, -usd) for a, b, c, d, cost, usd in charges(bill))
    return replace(bill, rows=rows, stated={currency: -sum_ for currency, sum_ in bill.stated.items()})


def money(allocation: Allocation, column: str) -> Counter[tuple[str, ...]]:
    """What each resource is charged for each service in each currency, over all lines."""
    found: Counter[tuple[str, ...]] = Counter()
    for line in allocation.lines.to_pylist():
        found[line["subscription"], line["resource_id"], line["service"], line["currency"]] += line[column]
    return found


def billed(month: Generated, column: int) -> Counter[tuple[str, ...]]:
    """The same on the bills."""
    found: Counter[tuple[str, ...]] = Counter()
    for one in month.bills:
        for name, _, service, currency, *amounts in charges(one):
            found[one.subscription, name.lower(), service, currency] += amounts[column]
    return found


@law
@given(months())
def test_no_charge_is_lost_or_counted_twice(month: Generated) -> None:
    """What the lines of a resource come to is what its charges come to, in its currency and in dollars."""
    found = allocated(month)
    assert money(found, "cost") == billed(month, 0)
    assert money(found, "usd") == billed(month, 1)


@law
@given(months())
def test_a_line_is_allocated_or_has_a_reason(month: Generated) -> None:
    """A line has a cost centre or a reason why not, and never both."""
    assert all((line["cost_center"] == "") == (line["reason"] != "") for line in allocated(month).lines.to_pylist())


@law
@given(months(), st.randoms(use_true_random=False))
def test_order_does_not_matter(month: Generated, chance: Random) -> None:
    """Bills, rows, periods and portions in any order make the same lines."""
    found, again = allocated(month), allocated(in_another_order(month, chance))
    assert (again.lines.to_pylist(), again.by_tag.to_pylist()) == (found.lines.to_pylist(), found.by_tag.to_pylist())


@law
@given(months())
def test_a_month_turned_around_is_split_the_other_way_round(month: Generated) -> None:
    """Refunds for all that was charged take back from each line what it was given."""
    weighed = replace(month, schema=SCHEMA)  # by direct cost the weights would turn around too
    around = replace(weighed, bills=tuple(turned_around(one) for one in month.bills))
    there, back = allocated(weighed).lines.to_pylist(), allocated(around).lines.to_pylist()
    assert [{**line, "cost": -line["cost"], "usd": -line["usd"]} for line in back] == there


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=40))
def test_shares_are_the_whole(weights: list[int]) -> None:
    """Shares sum to the whole, and each is less than a part from what its weight is worth."""
    found, total = shares(weights), sum(weights)
    assert sum(found) == WHOLE
    assert not total or all(
        abs(share * total - weight * WHOLE) < total for share, weight in zip(found, weights, strict=True)
    )


@law
@given(st.integers(-(10**17), 10**17), st.lists(st.integers(1, 10**6), min_size=2, max_size=9))
def test_parts_are_less_than_a_billionth_off(cost: int, weights: list[int]) -> None:
    """A part of a charge is less than a billionth from what its share is worth, and the parts are the charge."""
    hubs = [f"{HUB}{number}" for number in range(len(weights))]
    portions = [portion(f"CC-{at}", hub=hub, weight=weights[at]) for at, hub in enumerate(hubs)]
    name, day, service, currency, *_ = charge(STORAGE)
    found = split(bill((name, day, service, currency, cost, 0)), period(STORAGE, *portions)).lines.to_pylist()
    assert sum(line["cost"] for line in found) == cost
    assert all(
        abs(line["cost"] * WHOLE - cost * share) < WHOLE for line, share in zip(found, shares(weights), strict=True)
    )
