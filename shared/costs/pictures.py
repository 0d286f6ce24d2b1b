"""What a section's charts show: the same rows as the tables beside them."""

from collections import Counter
from dataclasses import dataclass

from shared.costs.breakdown import Breakdown, Row
from shared.costs.summary import Section
from shared.pages.charts import Bar, Chart, figure, svg

_TONES = ("c1", "c2", "c3", "c4", "c5", "c6", "c7")
"""Colours that eyes and printers tell apart; further cost centres share one."""


@dataclass(frozen=True)
class Picture:
    """A chart that is drawn."""

    svg: str
    """Empty where there is nothing to draw."""
    legend: tuple[tuple[str, str], ...] = ()
    """Colours, as the style sheet calls them, and what each stands for."""


@dataclass(frozen=True)
class Pictures:
    """A section's charts."""

    cost_centers: Picture
    hubs: Picture
    reasons: Picture


def pictures(section: Section, at: int) -> Pictures:
    """The charts of a page's section; the number of the section tells their ids apart."""
    reasons = [(Row(one.reason, one.cost), "none") for one in section.reasons]
    return Pictures(
        _bars(section, f"{at}-cost-centres", "Cost by cost centre", _toned(section.cost_centers)),
        _hubs(section, f"{at}-hubs"),
        _bars(section, f"{at}-unallocated", "Unallocated cost by reason", reasons),
    )


def _toned(table: Breakdown[Row]) -> list[tuple[Row, str]]:
    """A table's rows with their colours, its last lines included."""
    last = [(row, tone) for row, tone in ((table.rest, "more"), (table.none, "none")) if row is not None]
    return [*((row, "c1") for row in table.rows), *last]


def _bars(section: Section, name: str, what: str, rows: list[tuple[Row, str]]) -> Picture:
    bars = tuple((_bar(section, row.cost, tone, row.name),) for row, tone in rows)
    labels = tuple(row.name for row, _ in rows)
    return Picture(svg(Chart(name, f"{what}, in {section.currency}", labels, bars)))


def _hubs(section: Section, name: str) -> Picture:
    """The hubs' bars, in the colours of the cost centres that pay most for them."""
    rows = section.hubs.rows
    paid: Counter[str] = Counter()
    for row in rows:
        paid.update({part.name: abs(part.cost) for part in row.parts if part.name})
    largest = sorted(paid, key=lambda center: (-paid[center], center))
    tones = dict(zip(largest, _TONES, strict=False))
    legend = [(tone, center) for center, tone in tones.items()]
    legend += [("more", "Other cost centres")] if len(largest) > len(tones) else []
    legend += [("none", "No cost centre")] if any(not part.name for row in rows for part in row.parts) else []
    bars = tuple(tuple(_piece(section, row, tone, center, tones) for tone, center in legend) for row in rows)
    title = f"Cost by hub and cost centre, in {section.currency}"
    return Picture(svg(Chart(name, title, tuple(row.name for row in rows), bars)), tuple(legend))


def _piece(section: Section, hub: Row, tone: str, center: str, tones: dict[str, str]) -> Bar:
    """What one colour of the legend has of a hub."""
    cost = sum(part.cost for part in hub.parts if _tone(part.name, tones) == tone)
    return _bar(section, cost, tone, f"{hub.name}, {center}")


def _tone(center: str, tones: dict[str, str]) -> str:
    return tones.get(center, "more") if center else "none"


def _bar(section: Section, cost: int, tone: str, what: str) -> Bar:
    return Bar(cost, tone, f"{what}: {figure(cost / 100)} {section.currency}")
