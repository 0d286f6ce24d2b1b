"""
The finance act: the timer reads the bills, and what finance gets is read back from where finance would read it.

The figures come from the rows in Log Analytics, the files from the container. The demo only adds up what it was told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from local.cost_tables import money
from local.demo.timeline import Timeline
from local.demo.watch import DemoFailed, Row, Watch, until
from local.stage import Stage
from shared.adapters.report_blobs import ReportBlobs
from shared.costs.bill import nano
from shared.costs.cents import to_cents
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
    billed: int
    """Cents, as all amounts here."""
    allocated: int
    unallocated: int
    by_cost_center: Mapping[str, int]
    by_reason: Mapping[str, int]
    files: Sequence[str]

    @property
    def line(self) -> str:
        """The reconciliation."""
        how = "" if self.closed else ", still running"
        return (
            f"{self.month}{how}: billed {money(self.billed)} {self.currency} = allocated {money(self.allocated)} "
            f"+ unallocated {money(self.unallocated)}"
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
    sums = _sums(rows)
    amounts = dict(zip(sums, to_cents(list(sums.values())), strict=True))
    by_cost_center = {name: cost for (name, reason), cost in amounts.items() if not reason}
    by_reason = {reason: cost for (_, reason), cost in amounts.items() if reason}
    allocated, unallocated = sum(by_cost_center.values()), sum(by_reason.values())
    return Reported(
        month=str(month),
        closed=bool(rows[0]["Closed"]),
        currency=rows[0]["Currency"],
        billed=allocated + unallocated,
        allocated=allocated,
        unallocated=unallocated,
        by_cost_center=by_cost_center,
        by_reason=by_reason,
        files=await _files(stage, watch, month),
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


def _sums(rows: Sequence[Row]) -> dict[tuple[str, str], int]:
    """What the rows come to by cost centre and reason, in billionths, the dearest first."""
    sums: dict[tuple[str, str], int] = {}
    for row in rows:
        whose = row["CostCenter"], row["Reason"]
        sums[whose] = sums.get(whose, 0) + nano(row["Cost"])
    return dict(sorted(sums.items(), key=lambda item: -item[1]))
