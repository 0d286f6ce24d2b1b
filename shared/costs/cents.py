"""Cents for tables that people read and add up: each figure is rounded so that all of them still sum to the total."""

from collections.abc import Sequence

from shared.costs.bill import CENT, cents
from shared.costs.shares import largest_remainder


def to_cents(amounts: Sequence[int]) -> list[int]:
    """
    Amounts in billionths as whole cents that sum to the rounded total, each less than a cent from its own amount.

    Those with the largest rest are rounded up, of equal ones the first; an amount of whole cents stays as it is.
    """
    whole = [int(amount) for amount in amounts]  # a decimal's remainder has the sign of the amount, which would be lost
    return largest_remainder(whole, CENT, cents(sum(whole)))
