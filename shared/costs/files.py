"""The files of a month: the side-car to Azure's own export, for machines, and the allocation report, for people."""

from collections.abc import Sequence
from typing import Final

from shared.costs.allocation import Allocation
from shared.costs.attribution import Period
from shared.costs.bill import Bill
from shared.costs.month import Month
from shared.costs.report import csv, html
from shared.costs.sidecar import csv_bytes, parquet_bytes, sidecar
from shared.costs.summary import summarize
from shared.model.cost_tags import CostTags

SIDECAR: Final = "focus-sidecar"
REPORT: Final = "allocation"


def names(month: Month) -> list[str]:
    """The names of a month's files, one month a file, wherever they lie."""
    return [f"{SIDECAR}/{month}.csv", f"{SIDECAR}/{month}.parquet", f"{REPORT}/{month}.html", f"{REPORT}/{month}.csv"]


def month_files(
    allocation: Allocation, bills: Sequence[Bill], periods: Sequence[Period], schema: CostTags
) -> dict[str, bytes]:
    """All files of a month by name; the same figures give the same bytes."""
    rows = sidecar(allocation.month, bills, periods, schema)
    summary = summarize(allocation, schema, max((bill.through for bill in bills), default=None))
    contents = (csv_bytes(rows), parquet_bytes(rows), html(summary), csv(allocation))
    return dict(zip(names(allocation.month), contents, strict=True))
