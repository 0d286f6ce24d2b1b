"""How the demo ends: counts read back from Log Analytics and the app, as tables and as `summary.json`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.columns import Columns
from rich.console import Console
from rich.table import Table

from local.cost_tables import money
from local.demo.finance import Reported
from local.demo.images import Shown
from local.demo.watch import Watch
from local.stage import Stage
from shared.model.finding import Severity
from shared.model.tables import TABLES


@dataclass(frozen=True)
class Summary:
    """What the demo has shown."""

    findings: Mapping[str, int]
    """Findings that stand open, by severity."""
    steps: Mapping[str, int]
    """Distinct steps by what became of them: done, needs-approval, held, refused."""
    rows: Mapping[str, int]
    """Rows in each Log Analytics table."""
    events: Mapping[str, int]
    """Events received, coalesced, echoed and refused."""
    second_sweep_writes: int
    calls: int
    """Calls that clients made while keys were rotated; none was refused."""
    images: Shown
    """What became of instances over simulated months."""
    distress: Sequence[str] = ()
    """What the app said of itself: the malformed event, and whatever nobody had planned."""
    months: Sequence[Reported] = ()
    """What finance was told."""

    def as_json(self) -> dict[str, Any]:
        """As `summary.json` holds it."""
        return asdict(self)


async def gather(
    watch: Watch, stage: Stage, *, second_sweep_writes: int, months: Sequence[Reported], calls: int, images: Shown
) -> Summary:
    """Read it all back, from where ops would read it."""
    latest = await watch.rows(
        "HubwardenFindings_CL | extend At = iff(Change == 'resolved', TimeGenerated + 1ms, TimeGenerated)"
        " | summarize arg_max(At, Verdict, Severity) by Fingerprint"
        " | where Verdict == 'fail' | summarize Count = count() by Severity"
    )
    steps = await watch.rows(
        "HubwardenActions_CL | summarize arg_max(TimeGenerated, Result, Status) by StepId"
        " | extend Outcome = iff(Result == 'held', Status, Result) | summarize Count = count() by Outcome"
    )
    said = await watch.rows("HubwardenFindings_CL | where Rule startswith 'HW-APP' | sort by Rule asc, Message asc")
    by_severity = {row["Severity"]: row["Count"] for row in latest}
    counts = await watch.counts()
    deliveries = (await stage.standin("GET", "events"))["deliveries"]
    return Summary(
        findings={severity.value: by_severity.get(severity.value, 0) for severity in Severity},
        steps={row["Outcome"]: row["Count"] for row in sorted(steps, key=lambda row: str(row["Outcome"]))},
        rows={name: (await watch.rows(f"{name} | count"))[0]["Count"] for name in TABLES},
        events={
            "delivered": len(deliveries),
            **{name: counts[name] for name in ("received", "queued", "coalesced", "echoed", "refused", "runs")},
        },
        second_sweep_writes=second_sweep_writes,
        calls=calls,
        images=images,
        distress=[f"{row['Rule']} {row['Message']}" for row in said],
        months=months,
    )


def show(summary: Summary, console: Console) -> None:
    """Print the tables side by side."""
    console.print()
    console.print(
        Columns(
            [
                _table("Open findings", summary.findings),
                _table("Steps", summary.steps),
                _table("Rows in Log Analytics", summary.rows),
                _table("Events", summary.events),
            ],
            padding=(0, 4),
        )
    )
    for month in summary.months:
        console.print(f"\n{month.line}", soft_wrap=True)
        amounts = {**month.by_cost_center, **{f"({reason})": cost for reason, cost in month.by_reason.items()}}
        console.print(_table(f"Who pays in {month.month}", {name: money(cost) for name, cost in amounts.items()}))
    console.print("\nWhat the app said of itself:", *summary.distress, sep="\n  ", soft_wrap=True)
    console.print(f"\nWrites of the second sweep: {summary.second_sweep_writes}")
    console.print(f"Images over {summary.images.days} simulated days: {_told(summary.images)}", soft_wrap=True)
    console.print(f"Calls while both keys of srch-prod were replaced: {summary.calls}, refused: 0")


def _told(images: Shown) -> str:
    """How often owners were told what, and what was done."""
    counts = Counter(notice["told"] for notice in images.notices)
    steps = Counter(f"{step['step']} {step['came']}" for step in images.steps)
    return ", ".join(f"{what} {count}" for what, count in (*counts.items(), *steps.items()))


def _table(title: str, counts: Mapping[str, object]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in counts.items():
        table.add_row(name, str(count))
    return table
