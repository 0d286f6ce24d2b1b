"""A month's figures for a terminal: who pays, what nobody pays, and the line that shows that it adds up."""

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from shared.costs.breakdown import Breakdown, Row
from shared.costs.month import Month
from shared.costs.summary import Section


def tables(section: Section) -> Iterator[Table]:
    """The bill by cost centre, and what is unallocated by reason."""
    yield _table(f"By cost centre, {section.currency}", section.cost_centers)
    if section.reasons:
        table = _columns(f"Unallocated, {section.currency}", "Reason", "What to do")
        for reason in section.reasons:
            table.add_row(escape(reason.reason), escape(reason.advice), money(reason.cost))
        yield table


def reconciliation(section: Section, month: Month) -> str:
    """The bill and its two parts, to the cent, and the share of what can be allocated that is."""
    covered = "" if section.coverage is None else f"; {section.coverage:.1%} of what hubs spent is covered"
    return (
        f"{month} {section.currency}: billed {money(section.billed)} = allocated {money(section.allocated)} "
        f"+ unallocated {money(section.unallocated)}{covered}"
    )


def _table(title: str, found: Breakdown[Row]) -> Table:
    table = _columns(title, "Cost centre")
    for row in (*found.rows, *(one for one in (found.rest, found.none) if one is not None)):
        table.add_row(escape(row.name), money(row.cost))
    return table


def _columns(title: str, *names: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    table.add_column("Cost", justify="right", no_wrap=True)
    return table


def money(cents: int) -> str:
    """An amount with its thousands apart."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02}"
