"""How a charge is split: among the portions by their weights, to the billionth."""

import pytest

from shared.costs.shares import largest_remainder, shares
from tests.builders import workspace_id
from tests.costs.money import (
    BY_DIRECT_COST,
    HUB,
    OTHER_HUB,
    STORAGE,
    bill,
    by_cost_center,
    charge,
    lines,
    period,
    portion,
    split,
)

THIRD_HUB = workspace_id("third")
HUBS = {"A": HUB, "B": OTHER_HUB, "C": THIRD_HUB}
THIRDS = [portion(name, hub=hub) for name, hub in HUBS.items()]
OWN = [period(hub, portion(name, hub=hub)) for name, hub in HUBS.items()]
SHARED = period(STORAGE, *THIRDS)


def nanos(cost: int) -> tuple[str, ...]:
    """A third of so many billionths each, by cost centre."""
    name, day, service, currency, *_ = charge(STORAGE)
    allocation = split(bill((name, day, service, currency, cost, 0)), SHARED)
    return tuple(f"{line['cost_center']} {line['cost']}" for line in allocation.lines.to_pylist())


def test_a_charge_is_split_by_weight() -> None:
    """A portion's part is its weight against all weights."""
    three_to_one = [portion("A", hub=HUB, weight=3), portion("B", hub=OTHER_HUB, weight=1)]
    assert by_cost_center(split(bill(charge(STORAGE, 10.0)), period(STORAGE, *three_to_one))) == {"A": 7.5, "B": 2.5}


def test_what_does_not_divide_goes_to_the_largest_rest() -> None:
    """A billionth that is left goes to the portion with the largest rest: the shares of thirds are not quite equal."""
    assert shares([1, 1, 1]) == [3333333334, 3333333333, 3333333333]
    assert nanos(100) == ("A 34", "B 33", "C 33")
    assert nanos(101) == ("A 34", "B 34", "C 33")


def test_a_refund_takes_back_what_the_charge_gave() -> None:
    """A refund is split as the charge was, to the billionth, with the sign turned."""
    assert nanos(-101) == ("A -34", "B -34", "C -33")


def test_a_portion_without_weight_has_no_line() -> None:
    """A hub with no part in what is shared has no line of nothing."""
    weighed = [portion("A", hub=HUB, weight=1), portion("B", hub=OTHER_HUB, weight=0)]
    assert lines(split(bill(charge(STORAGE)), period(STORAGE, *weighed)), "cost_center") == [("A", 1.0)]


def test_without_any_weight_all_are_equal() -> None:
    """Where nothing weighs, nobody is let off."""
    weighed = [portion("A", hub=HUB, weight=0), portion("B", hub=OTHER_HUB, weight=0)]
    assert by_cost_center(split(bill(charge(STORAGE)), period(STORAGE, *weighed))) == {"A": 0.5, "B": 0.5}


def test_direct_cost_is_what_each_hub_costs_by_itself() -> None:
    """By direct cost, who costs three times as much by itself has three times as much of what is shared."""
    charges = [
        charge(HUB, 30.0),
        charge(OTHER_HUB, 8.0),
        charge(f"{OTHER_HUB}/computes/gpu", 2.0),
        charge(STORAGE, 4.0),
    ]
    found = by_cost_center(split(bill(*charges), *OWN, SHARED, schema=BY_DIRECT_COST))
    assert found == {"A": 33.0, "B": 11.0}


def test_direct_cost_is_compared_in_dollars_over_all_bills() -> None:
    """Hubs that are billed in different currencies compare by dollars, whichever bill they are on."""
    krona = bill(charge(OTHER_HUB, 100.0, currency="SEK", usd=10.0), subscription="another")
    bills = [bill(charge(HUB, 30.0), charge(STORAGE, 4.0)), krona]
    found = lines(split(bills, *OWN, SHARED, schema=BY_DIRECT_COST), "currency", "cost_center", "resource_id")
    assert [line for line in found if line[2] == STORAGE.lower()] == [
        ("USD", "A", STORAGE.lower(), 3.0),
        ("USD", "B", STORAGE.lower(), 1.0),
    ]


@pytest.mark.parametrize("refund", [-1.0, -1000.0])
def test_a_hub_that_got_more_back_than_it_cost_counts_nothing(refund: float) -> None:
    """A sum below nothing weighs nothing; it does not make others pay more than the whole."""
    found = by_cost_center(
        split(
            bill(charge(HUB, 5.0), charge(OTHER_HUB, refund), charge(STORAGE, 4.0)), *OWN, SHARED, schema=BY_DIRECT_COST
        )
    )
    assert found == {"A": 9.0, "B": refund}


def test_without_direct_cost_all_are_equal() -> None:
    """Where no hub cost anything by itself, what is shared is split equally."""
    found = by_cost_center(split(bill(charge(STORAGE, 30.0)), *OWN, SHARED, schema=BY_DIRECT_COST))
    assert found == pytest.approx({"A": 10.0, "B": 10.0, "C": 10.0})


def test_what_is_shared_is_no_direct_cost() -> None:
    """A second shared resource has no say in how the first is split."""
    second = period(workspace_id("registry"), portion("A", hub=HUB, weight=9), portion("B", hub=OTHER_HUB))
    charges = [charge(HUB, 1.0), charge(OTHER_HUB, 1.0), charge(workspace_id("registry"), 100.0), charge(STORAGE, 4.0)]
    assert by_cost_center(split(bill(*charges), *OWN, SHARED, second, schema=BY_DIRECT_COST)) == {"A": 53.0, "B": 53.0}


def test_dollars_are_split_like_the_currency() -> None:
    """The dollars of a charge sum to its dollars too."""
    allocation = split(bill(charge(STORAGE, 1.0, currency="EUR", usd=1.1)), SHARED)
    assert sum(line["usd"] for line in allocation.lines.to_pylist()) == 1_100_000_000


def test_what_cannot_be_rounded_to_a_total_is_refused() -> None:
    """Amounts are not bent to a total that they do not come to."""
    with pytest.raises(ValueError, match="cannot be rounded"):
        largest_remainder([10, 10], 10, 3)
