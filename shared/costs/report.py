"""
The monthly report for people in finance: a page that stands by itself, and the lines behind it as CSV.

Both are the same bytes for the same figures: neither says when it was made, so publishing twice changes nothing.
"""

from csv import writer
from decimal import Decimal
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from shared.costs import words
from shared.costs.allocation import Allocation
from shared.costs.breakdown import Group, groups
from shared.costs.pictures import pictures
from shared.costs.rounding import to_nested_cents
from shared.costs.summary import Summary, allocation_path, in_currency
from shared.pages.charts import MINUS
from shared.pages.environment import environment
from shared.pages.text import CONTROLS, harmless

if TYPE_CHECKING:  # an app that is only indexed must not load it
    from jinja2 import Template

HEADER = (
    "Month",
    "Currency",
    "CostCenter",
    "Owner",
    "Hub",
    "Project",
    "Service",
    "Source",
    "Reason",
    "Why",
    "Cost",
    "CostInUsd",
    "Closed",
)
"""The columns of the CSV."""

_KEYS = ("reason", "cost_center", "owner", "hub", "project", "service", "origin", "why")


def html(summary: Summary) -> bytes:
    """
    The report as one HTML page in UTF-8 that loads nothing and runs nothing.

    What stands in it of tags and names is text, whatever it says.
    """
    charts = {section.currency: pictures(section, at) for at, section in enumerate(summary.sections, 1)}
    return _template().render(summary=summary, charts=charts).encode()


def csv(allocation: Allocation) -> bytes:
    """
    The month's lines as CSV, one for each way in which money belongs to somebody.

    Costs are to the cent, sum to the bill of their currency, and by cost centre and by reason to what the page says.
    It starts with a byte order mark, for without one Excel takes UTF-8 for the machine's old code page; readers that
    are programs say `utf-8-sig`. Text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    text = StringIO()
    lines = writer(text, lineterminator="\r\n")
    lines.writerow(HEADER)
    for currency in sorted(set(allocation.lines["currency"].to_pylist())):
        lines.writerows(_lines(allocation, currency))
    return text.getvalue().encode("utf-8-sig")


def _lines(allocation: Allocation, currency: str) -> list[list[str]]:
    found = groups(in_currency(allocation.lines, currency), *_KEYS)
    paths = [allocation_path(group) for group in found]
    costs = to_nested_cents([group.cost for group in found], paths)
    dollars = to_nested_cents([group.usd for group in found], paths)
    hubs, projects = (words.names(group.key[at] for group in found) for at in (3, 4))
    closed = "yes" if allocation.closed else "no"
    return [
        [str(allocation.month), currency, *_texts(group, hubs, projects), _number(cost), _number(usd), closed]
        for group, cost, usd in zip(found, costs, dollars, strict=True)
    ]


def _texts(group: Group, hubs: dict[str, str], projects: dict[str, str]) -> list[str]:
    reason, cost_center, owner, hub, project, service, origin, why = group.key
    named = (cost_center, owner, hubs.get(hub, ""), projects.get(project, ""), service)
    source = "" if reason else words.source(origin)
    return [harmless(text.translate(CONTROLS)) for text in (*named, source, words.reason(reason), why)]


def _number(amount: int) -> str:
    """Cents as a plain number, such as `-1234.50`."""
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02}"


@cache
def _template() -> "Template":
    templates = environment(Path(__file__).parent)
    templates.filters |= {"money": _money, "percent": _percent, "of": _share}
    templates.filters |= {"day": words.day_in_words, "month": words.month_in_words}
    return templates.get_template("report.html.j2")


def _money(amount: int) -> str:
    """Cents as people write them, with a comma for the thousands."""
    return f"{MINUS if amount < 0 else ''}{abs(amount) // 100:,}.{abs(amount) % 100:02}"


def _percent(part: Decimal | None) -> str:
    """To a tenth of a percent; what rounds to nothing has no minus sign, which would ask to be explained."""
    return "\N{EN DASH}" if part is None else f"{part * 100:z.1f}%".replace("-", MINUS)


def _share(part: int, whole: int) -> str:
    """A row's share of its table; none where the whole is zero."""
    return _percent(Decimal(part) / whole if whole else None)
