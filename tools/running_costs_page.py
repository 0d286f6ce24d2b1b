"""`docs/running-costs.md`: what Hubwarden itself costs, worked out anew with each page, and by which prices."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from local.prices import PRICES
from local.running_costs import Load, RunningCosts
from tools.hand_written import part
from tools.markdown import table

EVENTS_A_HUB: Final = 5
"""Changes a day of a hub and its family that the page counts with: an assumption, no measurement."""
_HUBS: Final = (10, 100, 1000)
_LOUD_A_HUB: Final = 10


def running_costs_page(kept: Mapping[str, str]) -> str:
    """`docs/running-costs.md`."""
    bills = [RunningCosts(_load(hubs), PRICES) for hubs in _HUBS]
    header = ("USD a month", *(f"{bill.load.hubs:,} hubs" for bill in bills))
    prices = table(("price", "meter", "USD", "for", "free a month", "read from"), _prices())
    moved = table(("with 1,000 hubs", "USD a month", "of it time", "rows and telemetry", "alerts"), _moved())
    parts = (
        f"# Running costs\n\n{part('start', kept)}",
        table(header, _lines(bills)),
        part("measured", kept),
        f"## What moves it\n\n{moved}",
        part("moves", kept),
        f"## Prices\n\n{part('prices', kept)}",
        prices,
        part("rest", kept),
    )
    return "\n\n".join(parts) + "\n"


def _load(hubs: int) -> Load:
    return Load(hubs, events=float(hubs * EVENTS_A_HUB))


def _lines(bills: list[RunningCosts]) -> Iterator[tuple[str, ...]]:
    for line in zip(*(list(bill.parts()) for bill in bills), strict=True):
        unit = PRICES[line[0].price].unit
        yield line[0].name, *(f"{one.usd:,.2f} ({one.units:,.{_places(one.units)}f} {unit})" for one in line)
    yield "**Sum**", *(f"**{bill.total:,.2f}**" for bill in bills)


def _places(units: float) -> int:
    return 0 if units >= 100 or units == int(units) else 1  # noqa: PLR2004 - a tenth of hundreds says nothing


def _moved() -> Iterator[tuple[str, ...]]:
    usual = _load(_HUBS[-1])
    cases = {
        "as above": usual,
        "a sweep every three hours": replace(usual, sweeps=8),
        "one sweep a day": replace(usual, sweeps=1),
        "ten times the events": replace(usual, events=usual.events * 10),
        "512 MB an instance": replace(usual, memory_mb=512),
        "4,096 MB an instance": replace(usual, memory_mb=4096),
        "rows kept 31 days": replace(usual, kept_days=31),
        "no telemetry": replace(usual, telemetry_kb=0.0),
        "20 KB of telemetry an execution": replace(usual, telemetry_kb=20.0),
        f"{_LOUD_A_HUB} loud findings a hub, all month": replace(usual, standing=usual.hubs * _LOUD_A_HUB),
    }
    for name, load in cases.items():
        bill = RunningCosts(load, PRICES)
        usd = {one.price: one.usd for one in bill.parts()}
        alerts = sum(value for price, value in usd.items() if price.startswith(("alert-", "series-")))
        shown = (bill.total, usd["execution-time"], usd["ingestion"] + usd["retention"], alerts)
        yield name, *(f"{value:,.2f}" for value in shown)


def _prices() -> Iterator[tuple[str, ...]]:
    for name, price in PRICES.items():
        usd = f"{price.usd:f}".rstrip("0").rstrip(".")
        free = f"{price.free:,.0f}" if price.free else ""
        meter = f"[{price.meter}]({price.page})"
        yield f"`{name}`", meter, usd, f"{price.per:,} {price.unit}", free, f"[here]({price.seen})"
