"""
The side-car: what Azure's own FOCUS export lacks, to be joined to it by whoever keeps the bill in a lake.

One row for each portion of a resource, while it has one attribution. It joins to the native FOCUS 1.2 export on
`lower(ResourceId)`, with `ChargePeriodStart` in [`x_ValidFrom`, `x_ValidTo`). The cost times `x_AllocationShare` is
then what `shared.costs.allocation` makes of it, but for the last cent, and each charge that somebody bears is met once.
What nobody bears has no row.

The export has an `x_CostCenter` of its own: a text that the billing admin of an enterprise agreement keeps for the
subscription. Ours is the tag's. So keep the side-car in a table of its own, or rename the column when you join.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shared.costs.attribution import Period, Portion
from shared.costs.bill import Bill
from shared.costs.claims import claims, label
from shared.costs.held import Span
from shared.costs.ledger import Ledger, opened
from shared.costs.month import Month
from shared.model.cost_tags import CostTags

if TYPE_CHECKING:  # an app that is only indexed must not load it
    import pyarrow as pa

NATIVE = ("ResourceId", "SubAccountId", "Tags", "x_CostCenter")
"""The columns that Azure's FOCUS 1.2 export has too."""
OURS = ("x_Owner", "x_Hub", "x_Project", "x_TagSource", "x_AllocationShare", "x_ValidFrom", "x_ValidTo")
"""Those that it has not."""
COLUMNS = (*NATIVE, *OURS)

_DIGITS = 10
"""Behind the point of a share: it counts parts of `WHOLE`."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a formula of a text in a spreadsheet, the last four as wide as an ideograph (OWASP, CSV Injection)."""

_BATCH = 10_000
"""Rows of CSV that are in memory as objects; a month has a hundred thousand."""

type _Row = tuple[Any, ...]


def sidecar(month: Month, bills: Sequence[Bill], periods: Iterable[Period], schema: CostTags) -> "pa.Table":
    """
    The side-car of a month: `COLUMNS`, with null for a text that is not there, as FOCUS has it.

    It has every resource that was there in the month, and every id on the bills that one of them bears. A change counts
    for the whole of its day, and the first attribution reaches back to the month's first day, as in the allocation.
    Raises what `allocate` raises for bills that are not to be used.
    """
    import pyarrow as pa  # noqa: PLC0415 - an app that is only indexed must not load it

    with opened(month, bills, periods, schema) as ledger:
        series = list(zip(*_rows(ledger), strict=True)) or [()] * len(COLUMNS)
    types = dict.fromkeys(COLUMNS, pa.string())
    types |= dict.fromkeys(("x_ValidFrom", "x_ValidTo"), pa.timestamp("us", "UTC"))
    types["x_AllocationShare"] = pa.decimal128(_DIGITS + 1, _DIGITS)
    return pa.table([pa.array(values, of) for values, of in zip(series, types.values(), strict=True)], COLUMNS)


def csv_bytes(table: "pa.Table") -> bytes:
    """
    The side-car as CSV: UTF-8, a header, quotes as in RFC 4180, lines that end with a line feed.

    A text that a spreadsheet would take for a formula gets an apostrophe in front. That can only be the value of a tag,
    a cost centre called `=1+1`, never what the join goes by: an id begins with `/`, a date and a share with a digit.
    The value as it is stands in `Tags`, which begins with a brace, and in the Parquet file.
    """
    content = io.BytesIO()
    text = io.TextIOWrapper(content, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    for batch in table.to_batches(max_chunksize=_BATCH):
        columns = [map(_cell, column.to_pylist()) for column in batch.columns]
        writer.writerows(zip(*columns, strict=True))
    return content.getvalue()


def parquet_bytes(table: "pa.Table") -> bytes:
    """The side-car as Parquet with zstd; equal tables make equal bytes, so that it can be published again and again."""
    import pyarrow as pa  # noqa: PLC0415 - an app that is only indexed must not load it
    import pyarrow.parquet as pq  # noqa: PLC0415 - see above

    sink = pa.BufferOutputStream()
    plain = table.replace_schema_metadata(None).combine_chunks()
    pq.write_table(plain, sink, compression="zstd", store_schema=False)
    return bytes(sink.getvalue())


def _rows(ledger: Ledger) -> Iterator[_Row]:
    """All rows, by resource, first day and portion."""
    tables = ledger.tables
    there = {
        month.spans[0].attribution.resource.text.lower(): key for key, month in tables.known.items() if month.in_force
    }
    borne = there | {text: key for text, key in tables.borne.items() if key}
    for text in sorted(borne):
        for span in tables.known[borne[text]].spans:
            for claim in claims(span.attribution, ledger.direct):
                share = Decimal(claim.share).scaleb(-_DIGITS)
                yield (text, _subscription(text), *_said(claim.portion, span, tables.schema), share, *_validity(span))


def _subscription(text: str) -> str:
    """`/subscriptions/<guid>`, which is how Azure names a sub-account."""
    return "/".join(text.split("/")[:3])


def _said(portion: Portion, span: Span, schema: CostTags) -> _Row:
    """From `Tags` to `x_TagSource`."""
    tags = json.dumps(dict(portion.tags), ensure_ascii=False, sort_keys=True)
    said = label(portion, span.attribution, schema)
    texts = (said.cost_center, said.owner, said.hub, said.project, said.origin)
    return (tags, *(text or None for text in texts))


def _validity(span: Span) -> tuple[datetime, datetime]:
    return _midnight(span.start), _midnight(span.end)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _cell(value: str | Decimal | datetime | None) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M:%SZ}"
        case Decimal():
            return f"{value:f}"
        case _:
            return f"'{value}" if value.startswith(_FORMULA) else value
