"""The files of a month: the side-car to Azure's own export, for machines, and the allocation report, for people."""

from collections.abc import Sequence
from typing import Final

from shared.costs.allocation import Allocation
from shared.costs.attribution import Period
from shared.costs.bill import Bill
from shared.costs.report import csv, html
from shared.costs.sidecar import csv_bytes, parquet_bytes, sidecar
from shared.costs.summary import summarise
from shared.model.cost_tags import CostTags

SIDECAR: Final = "focus-sidecar"
REPORT: Final = "allocation"


def month_files(
    allocation: Allocation, bills: Sequence[Bill], periods: Sequence[Period], schema: CostTags
) -> dict[str, bytes]:
    """All files of a month by name; the same figures give the same bytes."""
    month, rows = str(allocation.month), sidecar(allocation.month, bills, periods, schema)
    summary = summarise(allocation, schema)
    return {
        f"{SIDECAR}/{month}.csv": csv_bytes(rows),
        f"{SIDECAR}/{month}.parquet": parquet_bytes(rows),
        f"{REPORT}/{month}.html": html(summary),
        f"{REPORT}/{month}.csv": csv(allocation),
    }
