"""
Breakdowns: money by one thing, as a table that is short enough to read and still adds up to its total.

All amounts that people read are whole cents; those of a `Group` are billionths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.costs.rounding import to_nested_cents

if TYPE_CHECKING:  # an app that is only indexed must not load it
    import pyarrow as pa

TOP = 20
"""The most rows that a table shows one by one."""


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    name: str
    cost: int
    """Cents."""
    split: int = 0
    """Cents of it that are a share of what several hubs lean on."""
    note: str = ""
    """What tells it from others, such as the hub of a project."""
    parts: tuple["Row", ...] = ()
    """What it is made of, the largest first."""


@dataclass(frozen=True)
class Resource(Row):
    """A resource's cost that is not allocated; its note says where it lies."""

    service: str = ""
    resource_id: str = ""
    why: str = ""


@dataclass(frozen=True)
class Breakdown[R: Row]:
    """A table: its rows, the rest of them and what has no value come to the total."""

    rows: tuple[R, ...]
    """The largest, in order of cost."""
    rest: Row | None
    """All further rows as one; None where there are none."""
    none: Row | None
    """What has no value; None where all has one."""
    total: Row


@dataclass(frozen=True)
class Group:
    """Lines with the same values in some columns, and what they come to, in billionths."""

    key: tuple[str, ...]
    cost: int
    usd: int


def groups(table: "pa.Table", *columns: str) -> list[Group]:
    """A table's lines by the values of these columns, in the order of the values."""
    import pyarrow as pa  # noqa: PLC0415 - it takes 57 MiB, which only a month's costs need

    for at in ("cost", "usd"):  # a large bill in rupiah has more billionths than 64 bits hold
        table = table.set_column(table.schema.get_field_index(at), at, table[at].cast(pa.decimal128(38)))
    sums = table.group_by(list(columns), use_threads=False).aggregate([("cost", "sum"), ("usd", "sum")])
    found = [
        Group(tuple(line[column] for column in columns), int(line["cost_sum"]), int(line["usd_sum"]))
        for line in sums.to_pylist()
    ]
    return sorted(found, key=lambda group: group.key)


def breakdown[R: Row](rows: Sequence[R], nothing: str) -> Breakdown[R]:
    """Rows as a table; `nothing` is what to call the one without a name, which stands last and is never cut."""
    named = sorted((row for row in rows if row.name), key=lambda row: (-abs(row.cost), row.name, row.note))
    nameless = [row for row in rows if not row.name]
    shown = sorted(named[:TOP], key=lambda row: (-row.cost, row.name, row.note))
    further = named[TOP:]
    return Breakdown(
        tuple(shown),
        _as_one(f"and {len(further)} more", further) if further else None,
        _as_one(nothing, nameless) if nameless else None,
        _as_one("Total", rows),
    )


def rows_by(found: Sequence[Group]) -> list[Row]:
    """Groups as rows, named by the first of their values; by the last, the parts that each is made of."""
    amounts = to_nested_cents([group.cost for group in found], [group.key[:-1] for group in found])
    parts: dict[str, list[Row]] = {}
    for group, cost in zip(found, amounts, strict=True):
        parts.setdefault(group.key[0], []).append(Row(group.key[-1], cost))
    by_size = {key: sorted(some, key=lambda row: (-row.cost, row.name)) for key, some in parts.items()}
    return [Row(key, sum(part.cost for part in some), parts=tuple(some)) for key, some in by_size.items()]


def _as_one(name: str, rows: Sequence[Row]) -> Row:
    return Row(name, sum(row.cost for row in rows), sum(row.split for row in rows))
