"""
The finance act: the timer reads the bills, and what finance gets is read back from where finance would read it.

The figures come from the rows in Log Analytics, the files from the container. The demo only adds up what it was told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from local.demo.timeline import Timeline
from local.demo.watch import DemoFailed, Row, Watch, until
from local.stage import Stage
from shared.adapters.report_blobs import ReportBlobs
from shared.costs.files import names
from shared.costs.month import Month

PATIENCE = 60.0
"""Seconds; two months of bills are read, page by page, and split."""


@dataclass(frozen=True)
class Reported:
    """A month as finance finds it."""

    month: str
    closed: bool
    currency: str
    billed: float
    allocated: float
    unallocated: float
    by_cost_center: Mapping[str, float]
    by_reason: Mapping[str, float]
    files: Sequence[str]

    @property
    def line(self) -> str:
        """The reconciliation."""
        how = "" if self.closed else ", still running"
        return (
            f"{self.month}{how}: billed {self.billed:,.2f} {self.currency} = allocated {self.allocated:,.2f} "
            f"+ unallocated {self.unallocated:,.2f}"
        )


async def finance(stage: Stage, watch: Watch, timeline: Timeline, now: datetime) -> list[Reported]:
    """Let the bills be read, and look. Raises DemoFailed when the parts are not the whole or a file is missing."""
    running = Month.of(now.date())
    months = [running.previous, running]
    since = timeline.change("The timer", f"reads the bills of {months[0]} and {months[1]}", now)
    await stage.invoke("report_costs")

    async def told() -> bool:
        rows = await watch.rows("HubwardenRuns_CL | where Trigger == 'month' | count")
        return int(rows[0]["Count"]) >= len(months)

    await until("the bills to be reported", told, PATIENCE)
    reported = [await _reported(stage, watch, month) for month in months]
    for one in reported:
        timeline.told(since, now, one.line)
    timeline.findings(await watch.rows(_FINDINGS))
    return reported


_FINDINGS = (
    "HubwardenFindings_CL | where Rule startswith 'HW-CST' or Rule startswith 'HW-BUD' | where Change == 'opened'"
    " | sort by Rule asc, Resource asc"
)


async def _reported(stage: Stage, watch: Watch, month: Month) -> Reported:
    rows = await watch.rows(f"HubwardenCosts_CL | where Month == '{month}' | sort by CostCenter asc, Reason asc")
    if not rows:
        raise DemoFailed(f"nothing was told of the costs of {month}")
    files = await _files(stage, watch, month)
    return Reported(
        month=str(month),
        closed=bool(rows[0]["Closed"]),
        currency=rows[0]["Currency"],
        billed=round(sum(row["Cost"] for row in rows), 2),
        allocated=round(sum(row["Cost"] for row in rows if not row["Reason"]), 2),
        unallocated=round(sum(row["Cost"] for row in rows if row["Reason"]), 2),
        by_cost_center=_sums(rows, "CostCenter"),
        by_reason=_sums(rows, "Reason"),
        files=files,
    )


async def _files(stage: Stage, watch: Watch, month: Month) -> list[str]:
    """Read a month's files from the container and put them into the demo's folder, where a browser can open them."""
    store = ReportBlobs(watch.person, stage.azurite.blob_service_uri, "hubwarden-reports")
    try:
        for name in names(month):
            content = await store.read(name)
            if not content:
                raise DemoFailed(f"the container holds no {name}")
            _keep(stage.options.directory / "reports" / name, content)
    finally:
        await store.close()
    return names(month)


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _sums(rows: Sequence[Row], column: str) -> dict[str, float]:
    sums: dict[str, float] = {}
    for row in rows:
        if row[column]:
            sums[row[column]] = sums.get(row[column], 0.0) + row["Cost"]
    return {name: round(cost, 2) for name, cost in sums.items()}
