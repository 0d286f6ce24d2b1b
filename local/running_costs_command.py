"""`python -m local running-costs`: what Hubwarden itself costs a month, as a table or as JSON."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from local.prices import read_prices
from local.running_costs import Load, RunningCosts
from local.told import told


def running_costs(
    *,
    hubs: Annotated[int, typer.Option(min=0, help="How many hubs.")] = 100,
    projects: Annotated[int, typer.Option(min=0, help="How many projects each hub has.")] = 10,
    events_per_day: Annotated[float, typer.Option(min=0, help="Events a day of all hubs that pass the filter.")] = 0,
    standing: Annotated[int, typer.Option(min=0, help="Critical and high findings that stand open all month.")] = 0,
    telemetry_kb: Annotated[
        float | None, typer.Option(min=0, help="KB of telemetry an execution, by your workspace; else as reckoned.")
    ] = None,
    memory: Annotated[int, typer.Option(help="Memory of an instance in MB: 512, 2048 or 4096.")] = 2048,
    sweeps: Annotated[int, typer.Option(min=0, help="Sweeps a day.")] = 4,
    prices: Annotated[Path | None, typer.Option(help="JSON file with prices of your own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write it as JSON, with all that was assumed.")] = False,
) -> None:
    """Work out what Hubwarden itself costs a month, from what was measured and Azure's list prices."""
    load = Load(hubs, projects, events_per_day, standing, telemetry_kb, sweeps=sweeps, memory_mb=memory)
    raise typer.Exit(told(lambda: _show(RunningCosts(load, read_prices(prices)), as_json=as_json)))


def as_document(costs: RunningCosts) -> dict[str, object]:
    """All of it as plain JSON: what was assumed, measured and priced, and what comes of it."""
    return {
        "load": asdict(costs.load),
        "measured": asdict(costs.measured),
        "prices": {name: asdict(price) for name, price in costs.prices.items()},
        "parts": [asdict(part) for part in costs.parts()],
        "usdAMonth": costs.total,
    }


def _show(costs: RunningCosts, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(as_document(costs), indent=2))
        return 0
    load = costs.load
    table = Table(title=f"{load.hubs:,} hubs with {load.projects} projects each, USD a month", title_justify="left")
    table.add_column("What")
    for name in ("Quantity", "USD", "Free"):
        table.add_column(name, justify="right")
    table.add_column("Price")
    for part in costs.parts():
        price = costs.prices[part.price]
        free = f"{price.free:,.0f}" if price.free else ""
        each = f"{price.usd:f}".rstrip("0").rstrip(".")
        quantity = f"{part.units:,.1f} {price.unit}"
        table.add_row(part.name, quantity, f"{part.usd:,.2f}", free, f"{part.price}: {each} for {price.per:,}")
    table.add_section()
    table.add_row("Sum", "", f"{costs.total:,.2f}", "", "")
    console = Console(highlight=False)
    console.print(table)
    telemetry = costs.measured.execution_bytes / 1000 if load.telemetry_kb is None else load.telemetry_kb
    console.print(
        f"{load.sweeps} sweeps a day, {load.events:g} events a day, {load.memory_mb} MB an instance, "
        f"{telemetry:.1f} KB of telemetry an execution; "
        "docs/running-costs.md says what is measured and what is not in it."
    )
    return 0
