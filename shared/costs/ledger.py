"""The ledger: a month's charges in a database, each under the attribution it falls under, and what comes of a split."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.costs import ledger_sql as sql
from shared.costs.attribution import Period
from shared.costs.bearers import bearers
from shared.costs.bill import Bill, columns
from shared.costs.claims import Label
from shared.costs.database import connect, register, table
from shared.costs.held import Span, held
from shared.costs.ledger_tables import Tables, span_of
from shared.costs.month import Month
from shared.model.cost_tags import CostTags, SplitKey

if TYPE_CHECKING:  # an app that is only indexed must not load them
    import duckdb
    import pyarrow as pa


@dataclass(frozen=True)
class Parts:
    """Every charge, split: the lines still with numbers for texts, and the same money by tag."""

    rows: "pa.Table"
    labels: Sequence[Label]
    """What the numbers in its column `label` stand for."""
    by_tag: "pa.Table"


@dataclass(frozen=True)
class Ledger:
    """One month; it can be split while its database is open."""

    subscriptions: Sequence[str]
    """Those that the bills are for, in order."""
    tables: Tables
    direct: Mapping[str, int] | None
    """What each hub costs by itself, in billionths of a dollar; None unless finance splits by that."""
    _db: "duckdb.DuckDBPyConnection"

    def split(self) -> Parts:
        """Each charge split among the portions of its attribution."""
        split = self.tables.split(self.direct)
        register(self._db, split.tables())
        self._db.execute(sql.SPLIT)
        return Parts(table(self._db, sql.LINES), split.labels, table(self._db, sql.BY_TAG))

    def lines(self, parts: Parts) -> "pa.Table":
        """The parts with their texts; best asked once the database is closed, for they need as much memory as it."""
        import pyarrow as pa  # noqa: PLC0415 - an app that is only indexed must not load it

        texts = [("bill", "subscription", self.subscriptions), ("resource", "resource_id", self.tables.resources)]
        texts += [("label", name, at) for name, at in zip(Label._fields, zip(*parts.labels, strict=True), strict=True)]
        rows = parts.rows
        for number, name, at in texts:
            rows = rows.append_column(name, pa.array(at, pa.string()).take(rows[number]))
        return rows


@contextmanager
def opened(month: Month, bills: Sequence[Bill], periods: Iterable[Period], schema: CostTags) -> Iterator[Ledger]:
    """
    The ledger of a month.

    Raises BillIncomplete for a bill that does not hold what Azure states, and ValueError for bills that are not one for
    each subscription, all of this month.
    """
    ordered = sorted(bills, key=lambda bill: bill.subscription)
    _refuse(month, ordered)
    with connect() as db:
        register(db, {"charges": _charges(ordered)})
        billed = [text for (text,) in db.sql(sql.DISTINCT_IDS).fetchall()]
        known = held(periods, month)
        tables = Tables(month, schema, known, bearers({text.lower() for text in billed}, known))
        register(db, {"ids": tables.ids(billed), "spans": tables.days()})
        db.execute(sql.MATCH)
        by_cost = schema.shared.split is SplitKey.DIRECT_COST
        direct = _direct(db, tables.spans) if by_cost else None
        yield Ledger([bill.subscription for bill in ordered], tables, direct, db)


def _refuse(month: Month, bills: Sequence[Bill]) -> None:
    """What was billed twice, or in another month, would be split as exactly as anything else."""
    for bill in bills:
        bill.check()
    named = [(bill.subscription, str(bill.month)) for bill in bills]
    if len({subscription for subscription, _ in named}) < len(named) or any(bill.month != month for bill in bills):
        raise ValueError(f"expected one bill for each subscription, all of {month}; got {named}")


def _charges(bills: Sequence[Bill]) -> "pa.Table":
    """All rows, with the number of their bill; none is copied."""
    import pyarrow as pa  # noqa: PLC0415 - an app that is only indexed must not load it

    schema = columns()
    rows = pa.concat_tables([schema.empty_table(), *(bill.rows.select(schema.names).cast(schema) for bill in bills)])
    numbers = [pa.repeat(pa.scalar(number, pa.int32()), bill.rows.num_rows) for number, bill in enumerate(bills)]
    return rows.append_column("bill", pa.chunked_array(numbers, pa.int32()))


def _direct(db: "duckdb.DuckDBPyConnection", spans: Sequence[Span]) -> Mapping[str, int]:
    """What each hub's own resources cost: those that it shares with no other."""
    found: dict[str, int] = {}
    for number, usd in db.sql(sql.USD_BY_SPAN).fetchall():
        span = span_of(number, spans)
        if span is not None and len(span.attribution.portions) == 1:
            hub = span.attribution.portions[0].hub
            found[hub] = found.get(hub, 0) + usd
    return found
