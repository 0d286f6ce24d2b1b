"""
Shares: a whole cut into integer parts, so that the parts are the whole again whatever the weights.

The same shares split the charges and stand in the side-car, so that whoever joins the two comes to our figures.
"""

from collections.abc import Sequence

WHOLE = 10**10
"""The parts of a whole: ten digits behind the point, as the side-car publishes them."""


def shares(weights: Sequence[int]) -> list[int]:
    """
    The parts of `WHOLE` that go by those weights; they sum to it exactly.

    A weight below nothing counts nothing, and where none counts all are equal. What is left by rounding down goes to
    the largest remainders, of equal ones to the first: put the portions in an order of their own before asking.
    """
    if len(weights) == 1:
        return [WHOLE]
    counted = [max(weight, 0) for weight in weights]
    if not any(counted):
        counted = [1] * len(weights)
    return largest_remainder([weight * WHOLE for weight in counted], sum(counted), WHOLE)


def largest_remainder(amounts: Sequence[int], unit: int, total: int) -> list[int]:
    """
    The amounts in whole units that sum to `total`, each rounded down or up.

    The largest remainders are rounded up, of equal ones the first. `total` must be what the amounts come to together,
    rounded either way; ValueError else, for then no such numbers exist.
    """
    parts = [divmod(amount, unit) for amount in amounts]
    left = total - sum(floor for floor, _ in parts)
    if not 0 <= left <= sum(remainder > 0 for _, remainder in parts):
        raise ValueError(f"amounts of {sum(amounts)} cannot be rounded to {total} units of {unit}")
    raised = set(sorted(range(len(parts)), key=lambda at: -parts[at][1])[:left])
    return [floor + (at in raised) for at, (floor, _) in enumerate(parts)]
