"""Cents that people add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.costs.bill import CENT, cents
from shared.costs.cents import to_cents

amounts = st.lists(st.integers(-(10**18), 10**18) | st.integers(-3, 3).map(lambda n: n * CENT // 2), max_size=30)


@pytest.mark.parametrize(
    ("thousandths", "rounded"),
    [
        ([], []),
        ([10], [1]),
        ([333, 333, 334], [33, 33, 34]),
        ([5, 5], [1, 0]),
        ([4, 4, 4], [1, 0, 0]),
        ([-333, -333, -334], [-33, -33, -34]),
        ([1000, 5, 4], [100, 1, 0]),
    ],
)
def test_cents_sum_to_the_rounded_total(thousandths: list[int], rounded: list[int]) -> None:
    """The largest rests are rounded up until the total is met, of equal rests the first."""
    assert to_cents([amount * CENT // 10 for amount in thousandths]) == rounded


@given(amounts)
def test_cents_always_sum(drawn: list[int]) -> None:
    """Whatever the amounts, their cents sum to the rounded total, and none is a cent or more from its amount."""
    rounded = to_cents(drawn)
    assert sum(rounded) == cents(sum(drawn))
    assert all(abs(cent * CENT - amount) < CENT for cent, amount in zip(rounded, drawn, strict=True))
