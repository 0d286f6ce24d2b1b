"""Cents that add up, alone and on every level of a tree."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from shared.costs.bill import CENT, NANO, cents
from shared.costs.cents import to_cents
from shared.costs.rounding import to_nested_cents

_amounts = st.integers(-(10**22), 10**22) | st.integers(-3 * CENT, 3 * CENT)
_paths = st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"))


def test_a_third_each() -> None:
    """Of three equal parts of a cent the first gets it."""
    third = NANO // 300
    assert to_cents([third, third, third + 1]) == [0, 0, 1]
    assert to_cents([third] * 3) == [1, 0, 0]
    assert to_cents([]) == []


def test_refunds() -> None:
    """Refunds round as charges do, and what is whole cents stays as it is."""
    assert to_cents([-CENT // 2, -CENT // 2, CENT]) == [0, -1, 1]
    assert to_cents([-NANO, NANO]) == [-100, 100]


@given(st.lists(_amounts))
def test_sums(amounts: list[int]) -> None:
    """Rounded amounts sum to the rounded total, each less than a cent off."""
    rounded = to_cents(amounts)
    assert sum(rounded) == cents(sum(amounts))
    assert all(abs(found * CENT - amount) < CENT for found, amount in zip(rounded, amounts, strict=True))


@given(st.lists(st.tuples(_amounts, _paths)))
def test_every_level(leaves: list[tuple[int, tuple[str, str]]]) -> None:
    """A branch comes to the same whether its own parts are asked for or not."""
    amounts, paths = [amount for amount, _ in leaves], [path for _, path in leaves]
    for depth in (1, 2):
        coarse = _by_branch(
            [path[:depth] for path in paths], to_nested_cents(amounts, [path[:depth] for path in paths])
        )
        fine = _by_branch([path[:depth] for path in paths], to_nested_cents(amounts, paths))
        assert coarse == fine
        assert sum(fine.values()) == cents(sum(amounts))


def _by_branch(paths: list[tuple[str, ...]], amounts: list[int]) -> dict[tuple[str, ...], int]:
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    for path, amount in zip(paths, amounts, strict=True):
        sums[path] += amount
    return sums
