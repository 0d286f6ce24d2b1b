"""
A bill: what Azure charges one subscription for a month, row by row, and the sum that Azure itself states.

Amounts are whole billionths of the currency's unit, so that sums and splits are exact; Azure sends binary fractions
with up to 17 digits, of which nine behind the point are far below anything it invoices.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from shared.costs.month import Month
from shared.model.errors import BillIncomplete

if TYPE_CHECKING:  # an app that is only indexed must not load it
    import pyarrow as pa

NANO = 10**9
"""Parts of a currency unit that amounts are counted in."""

CENT = NANO // 100


def nano(amount: float | Decimal | str) -> int:
    """An amount in billionths, from a number as JSON or CSV has it. Raises ArithmeticError for text that is none."""
    return int((Decimal(str(amount)) * NANO).to_integral_value())


def cents(amount: int) -> int:
    """An amount in whole cents, half a cent to the even one, as invoices round."""
    return int((Decimal(amount) / CENT).to_integral_value())


def decimal(amount: int) -> Decimal:
    """An amount in units of its currency, to the cent."""
    return Decimal(cents(amount)).scaleb(-2)


@dataclass(frozen=True)
class Bill:
    """One subscription's month."""

    subscription: str
    """Its GUID, casefolded."""
    month: Month
    through: date
    """The last day that it holds."""
    rows: "pa.Table"
    """What was charged: the columns of `columns`."""
    stated: Mapping[str, int]
    """What Azure says it comes to, by currency, in billionths; asked for apart from the rows."""

    def check(self) -> None:
        """
        Hold the rows to the sum.

        Raises BillIncomplete when they differ by a cent or more: a page was lost, or Azure is rating usage just now.
        """
        found = self.sums()
        for currency in sorted({*found, *self.stated}):
            rows, sum_ = found.get(currency, 0), self.stated.get(currency, 0)
            if abs(rows - sum_) >= CENT:
                raise BillIncomplete(
                    f"subscription {self.subscription}, {self.month}: the rows come to {decimal(rows)} {currency}, and "
                    f"Azure states {decimal(sum_)}; nothing was reported, try again in an hour"
                )

    def sums(self) -> dict[str, int]:
        """What the rows come to, by currency."""
        return sums(self.rows)


def sums(rows: "pa.Table") -> dict[str, int]:
    """The cost of rows by their currency, exact where 64 bits are too few: they end at nine billion of a unit."""
    import pyarrow as pa  # noqa: PLC0415 - see `columns`

    wide = rows.select(["currency"]).append_column("cost", rows["cost"].cast(pa.decimal128(38)))
    totals = wide.group_by("currency").aggregate([("cost", "sum")]).sort_by("currency")
    return {row["currency"]: int(row["cost_sum"]) for row in totals.to_pylist()}


def columns() -> "pa.Schema":
    """The columns of a bill's rows: resource id (lower case, or empty), day, service, currency, cost, cost in USD."""
    import pyarrow as pa  # noqa: PLC0415 - it takes 57 MiB, which only a month's costs need

    return pa.schema(
        [
            ("resource_id", pa.string()),
            ("day", pa.date32()),
            ("service", pa.string()),
            ("currency", pa.string()),
            ("cost", pa.int64()),
            ("usd", pa.int64()),
        ]
    )


type Charge = tuple[str, date, str, str, int, int]
"""One row of a bill, in the order of `columns`."""


def table(charges: Iterable[Charge]) -> "pa.Table":
    """Rows as a table; for a page of them, or for a test."""
    import pyarrow as pa  # noqa: PLC0415 - see `columns`

    schema = columns()
    series = list(zip(*charges, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(values, field.type) for values, field in zip(series, schema, strict=True)], schema=schema)
