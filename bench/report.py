"""The table people read, and the same as JSON for whoever compares two runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.result import Result

WIDTH = 140
WHOLE = 100
"""From here on three digits are whole numbers."""
COLOURS = {"ok": "green", "over": "yellow", "": ""}


def console() -> Console:
    """Where the table goes: as wide as the terminal, and wide enough for its rows where there is none."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=WIDTH)


def show(results: Sequence[Result], machine: str, to: Console) -> None:
    """Print the table under the machine's line."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("Measurement", overflow="fold")
    for heading in ("Median", "Min - max", "Aim"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    table.add_column("Peer (stated)", overflow="fold", style="dim")
    for result in results:
        table.add_row(*_cells(result))
    to.print(machine, style="dim")
    to.print(table)
    to.print("Peer figures are stated, not measured in this run; docs/benchmarks.md says where from.", style="dim")


def as_document(results: Sequence[Result], failed: Mapping[str, str], machine: str) -> dict[str, Any]:
    """The run as plain JSON."""
    return {"machine": machine, "results": [result.as_json() for result in results], "failed": dict(failed)}


def _cells(result: Result) -> tuple[str, ...]:
    aim = "" if result.aim is None else f"≤ {_number(result.aim)}"
    colour = COLOURS[result.verdict]
    verdict = f"[{colour}]{result.verdict}[/]" if colour else ""
    spread = f"{_number(min(result.samples))} - {_number(max(result.samples))}"
    return result.name, f"{_number(result.value)} {result.unit}".strip(), spread, aim, verdict, result.peer


def _number(value: float) -> str:
    """Three digits that matter, and no zeros that do not."""
    return f"{value:.0f}" if abs(value) >= WHOLE else f"{value:.3g}"
