"""
Charts as inline SVG, drawn by pygal: bars that lie, for their names are long.

Colours and fonts are the page's, so that dark mode and print follow: what pygal adds of styles, scripts and data for
tooltips is taken out. Equal input gives equal text.
"""

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, tostring

from shared.pages.text import CONTROLS

if TYPE_CHECKING:  # an app that is only indexed must not load it
    from pygal.graph.graph import Graph

_WIDTH = 560
_ROW = 24
_AXIS = 44
_FONT = 12
_WHOLE = 10
"""Units of the currency from which on the steps of an axis are whole ones."""
MINUS = "\N{MINUS SIGN}"

_LONGEST = 26
"""Characters of a name beside its bar; the table has all of it."""

_DRAWN = frozenset({"g", "path", "rect", "text", "title"})
"""The elements that a page gets: no script, no style, no comment."""


@dataclass(frozen=True)
class Bar:
    """A piece of a bar."""

    cost: int
    """Cents; in a chart that counts, how many."""
    tone: str
    """The colour, as the style sheet calls it: `c1` to `c7`, `more` or `none`."""
    hint: str
    """What shows while somebody points at it."""


@dataclass(frozen=True)
class Chart:
    """A chart of lying bars, the first on top."""

    name: str
    """Fit for an element's id, unique on the page."""
    title: str
    """For those who do not see it."""
    labels: tuple[str, ...]
    bars: tuple[tuple[Bar, ...], ...]
    """For each label its pieces; every label has the same number of them."""
    counts: bool = False
    """Whether its bars count things, and so stand for whole numbers and no money."""

    @property
    def unit(self) -> int:
        """How much of a bar is one on its axis."""
        return 1 if self.counts else 100


def svg(chart: Chart) -> str:
    """A chart as SVG to stand inside HTML; empty where there is nothing to draw."""
    if not any(piece.cost for bar in chart.bars for piece in bar):
        return ""
    import pygal  # noqa: PLC0415 - only a report draws

    stacked = any(len(bar) > 1 for bar in chart.bars)
    draw = pygal.HorizontalStackedBar if stacked else pygal.HorizontalBar
    drawn = draw(**_config(chart, values=not stacked))
    drawn.uuid = chart.name
    drawn.x_labels = [_short(label) for label in reversed(chart.labels)]
    for pieces in zip(*reversed(chart.bars), strict=True):
        drawn.add("", [_value(piece, chart.unit) for piece in pieces])
    return tostring(_plain(drawn, chart.title), encoding="unicode").translate(CONTROLS)


def _config(chart: Chart, *, values: bool) -> dict[str, Any]:
    from pygal.style import Style  # noqa: PLC0415 - only a report draws

    style = Style(label_font_size=_FONT, major_label_font_size=_FONT, value_font_size=_FONT, font_family="sans-serif")
    low, high = _span(chart)
    room = (high - low) * 0.2 if values else 0.0  # beside the end of the longest bar, for its figure
    return {
        "style": style,
        "width": _WIDTH,
        "height": _AXIS + _ROW * len(chart.labels),
        "margin": 4,
        "margin_right": 24,
        "spacing": 6,
        "show_legend": False,
        "print_values": values,
        "print_values_position": "top" if values else "center",
        "value_formatter": _round_figure if chart.counts or max(high, -low) >= _WHOLE else figure,
        "formatter": _round_figure if chart.counts else figure,
        "order_min": 0 if chart.counts else None,
        "range": (low - room if low < 0 else 0, high + room if high > 0 else 0),
        "min_scale": 3,
        "max_scale": 6,
        "js": (),
    }


def _span(chart: Chart) -> tuple[float, float]:
    """The farthest ends of all bars, left and right of zero, as its axis tells them."""
    below = min(sum(piece.cost for piece in bar if piece.cost < 0) for bar in chart.bars)
    above = max(sum(piece.cost for piece in bar if piece.cost > 0) for bar in chart.bars)
    return below / chart.unit, above / chart.unit


def figure(amount: float) -> str:
    """An amount in units of its currency, to the cent."""
    return f"{amount:,.2f}".replace("-", MINUS)


def _round_figure(amount: float) -> str:
    return f"{amount:,.0f}".replace("-", MINUS)


def _value(piece: Bar, unit: int) -> dict[str, Any]:
    return {"value": piece.cost / unit, "style": f"fill:var(--{piece.tone})", "tooltip": piece.hint}


def _short(label: str) -> str:
    """A label that fits beside the bars: wide characters count for two."""
    shown, width = "", 0
    for char in label:
        width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if width > _LONGEST:
            return shown + "…"
        shown += char
    return shown


def _plain(drawn: "Graph", title: str) -> Element:
    """What was drawn, without scripts, styles, comments (one holds the day of making) and ids of pygal's own."""
    from pygal.etree import etree  # noqa: PLC0415 - only a report draws

    etree.to_etree()  # where the machine has lxml, pygal would write another text with it
    root: Element = drawn.render_tree()
    name = root.attrib["id"]
    _strip(root)
    for text in root.iter("text"):
        if text.get("class") == "value":  # figures stand outside of their bars
            text.set("text-anchor", "end" if (text.text or "").startswith(MINUS) else "start")
    root.attrib |= {"id": name, "class": "chart", "role": "img", "aria-labelledby": f"{name}-title"}
    root[:] = [child for child in root if child.tag == "g"]
    root.insert(0, Element("title", {"id": f"{name}-title"}))
    root[0].text = title
    return root


def _strip(node: Element) -> None:
    """Leave of an element what a page shows."""
    node.attrib.pop("id", None)
    for child in node:
        _strip(child)
    node[:] = [child for child in node if _is_drawn(child, node)]


def _is_drawn(node: Element, parent: Element) -> bool:
    """Whether an element shows something on a page that runs no script."""
    if node.tag not in _DRAWN or (node.tag == "g" and len(node) == 0):
        return False
    classes = node.get("class", "").split()
    if "bar" in classes:
        return all(float(rect.get("width", "0")) for rect in node.iter("rect"))
    if node.tag == "title":  # beside a bar its hint; beside an axis a number that means nothing
        return "bar" in parent.get("class", "").split()
    return not {"background", "tooltip-overlay"} & set(classes)
