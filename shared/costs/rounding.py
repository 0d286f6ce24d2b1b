"""
Rounding that holds on every level: cents of the parts come to those of the whole, and their parts to them in turn.

So the page and the lines behind it agree to the cent, though one knows cost centres and the other what they consist of.
"""

from collections.abc import Hashable, Sequence

from shared.costs.bill import CENT, cents
from shared.costs.shares import largest_remainder

type Path = tuple[Hashable, ...]
"""The branch of a tree that an amount hangs on: the first one from the trunk, the one on that, and so on."""


def to_nested_cents(amounts: Sequence[int], paths: Sequence[Path]) -> list[int]:
    """
    Amounts in billionths as whole cents that add up on every level of the tree in which they hang.

    What a branch comes to depends on the branches beside it, never on how finely it is divided. Of equal claims to a
    cent the first branch has it, so hand the amounts over in an order of their own.
    """
    return _nested(amounts, paths, cents(sum(amounts)))


def _nested(amounts: Sequence[int], paths: Sequence[Path], total: int) -> list[int]:
    """Share a total out to the branches, and what each of them got to what hangs on it."""
    if not any(paths):
        return largest_remainder(amounts, CENT, total)
    branches: dict[Path, list[int]] = {}
    for at, path in enumerate(paths):
        branches.setdefault(path[:1], []).append(at)
    sums = [sum(amounts[at] for at in branch) for branch in branches.values()]
    found = [0] * len(amounts)
    for branch, part in zip(branches.values(), largest_remainder(sums, CENT, total), strict=True):
        inner = _nested([amounts[at] for at in branch], [paths[at][1:] for at in branch], part)
        for at, amount in zip(branch, inner, strict=True):
            found[at] = amount
    return found
