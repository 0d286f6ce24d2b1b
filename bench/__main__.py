"""`python -m bench`: every measurement, or one, as a table; exit code 1 when one could not be made."""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import (
    calls,
    cpu,
    fleet,
    images,
    index,
    latency,
    machine,
    months,
    plan,
    report,
    rotation,
    stand_in,
    sweep,
    tags,
)
from bench.result import BenchError, Result
from local.azurite import AzuriteError
from local.processes import ProcessError

MEASUREMENTS: dict[str, Callable[[Path], Awaitable[list[Result]]]] = {
    "index": index.measure,
    "plan": plan.measure,
    "tags": tags.measure,
    "costs": months.measure,
    "cpu": cpu.measure,
    "calls": calls.measure,
    "latency": latency.measure,
    "sweep": sweep.measure,
    "whole-sweep": fleet.measure,
    "rotation": rotation.measure,
    "images": images.measure,
    "stand-in": stand_in.measure,
}

EXPECTED = (BenchError, ProcessError, AzuriteError, OSError)


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"Measure only this: {', '.join(MEASUREMENTS)}.")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Write the numbers to this file too.")] = None,
) -> None:
    """Measure, and print a table with medians. Missing an aim is no error; failing to measure is."""
    wanted = only or list(MEASUREMENTS)
    if unknown := set(wanted) - set(MEASUREMENTS):
        raise typer.BadParameter(f"no measurement is called {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    console, computer = report.console(), machine.line()
    results, failed = asyncio.run(_measure(wanted, console))
    report.show(results, computer, console)
    if output is not None:
        output.write_text(json.dumps(report.as_document(results, failed, computer), indent=2) + "\n", encoding="utf-8")
    for name, reason in failed.items():
        console.print(f"[red]bench: {name} could not be measured:[/] {reason}")
    raise typer.Exit(1 if failed else 0)


async def _measure(wanted: list[str], console: Console) -> tuple[list[Result], dict[str, str]]:
    results: list[Result] = []
    failed: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="hubwarden-bench-") as workshop:
        for name in wanted:
            with console.status(f"measuring {name} …"):
                try:
                    results += await MEASUREMENTS[name](Path(workshop))
                except EXPECTED as error:
                    failed[name] = str(error)
    return results, failed


if __name__ == "__main__":
    typer.run(main)
