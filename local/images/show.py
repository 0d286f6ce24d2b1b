"""A fleet for people in a terminal: the figures, whose it is, and a table with the worst first."""

from collections.abc import Sequence
from itertools import chain

from rich.box import SIMPLE_HEAD
from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from local.images.fleet import Compute, Fleet
from local.images.summary import summarize
from local.images.words import (
    bills,
    days,
    following,
    headline,
    kind,
    last_told,
    size,
    state,
    unremembered,
    untold,
    user,
    where,
    workspace,
)
from local.tables import COLOURS, MOST_ROWS
from shared.images.tally import BANDS, MOST, NO_HUB, NOBODY, Group, Summary
from shared.model.finding import Verdict
from shared.rules.images import IMAGE_AGE

WIDE = 140
"""From here on each thing has a column of its own; in less room several share one."""
_PADDING = (0, 1, 0, 0)


def show(fleet: Fleet, console: Console) -> None:
    """The figures first, then what could not be judged, then each compute."""
    summary = summarize(fleet)
    console.print(f"[bold]{escape(headline(summary))}[/]")
    if summary.total.instances:
        console.print()
        console.print(_spread(summary))
        for row in _side_by_side(summary, console.width):
            console.print()
            console.print(row)
    for title, lines in (
        ("Clusters that never come to zero", _clusters(fleet)),
        ("Could not be judged", untold(fleet)),
    ):
        if lines:
            console.print(f"\n{title}:")
            for what, why in lines[:MOST]:
                console.print(escape(f"  {what}: {why}"), style="yellow")
            if len(lines) > MOST:
                console.print(f"  and {len(lines) - MOST} more; --json shows all")
    if fleet.computes:
        console.print()
        console.print((_wide if console.width >= WIDE else _narrow)(fleet.computes))
    notes = [escape(unremembered(fleet))] if fleet.computes else ["There is no compute."]
    if fleet.instances:
        notes.append("One compute with its way out: --compute NAME; a page with charts: --html FILE")
    console.print("", *filter(None, notes), sep="\n", style="dim")


def _side_by_side(summary: Summary, width: int) -> list[RenderableType]:
    tables = [_groups("Hub", summary.hubs), _groups("Owner", summary.owners)]
    return [Columns(tables, padding=(0, 4))] if width >= WIDE else [*tables]


def _clusters(fleet: Fleet) -> list[tuple[str, str]]:
    return [(where(one), one.never_empty) for one in fleet.never_empty]


def _spread(summary: Summary) -> Table:
    table = _table("Days", *BANDS)
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row("behind", *map(str, summary.total.behind))
    table.add_row("age of image", *map(str, summary.total.age))
    return table


def _groups(what: str, groups: Sequence[Group]) -> Table:
    table = _table(what, "Instances", "Too old", "Behind")
    for column in table.columns[1:]:
        column.justify = "right"
    for group in groups:
        tally = group.tally
        cells = str(tally.instances), str(tally.failing), "" if tally.furthest is None else str(tally.furthest)
        table.add_row(escape(group.name), *cells)
    return table


def _wide(computes: Sequence[Compute]) -> Table:
    table = _table("Compute", "Hub, workspace", "Owner, user", "Type", "Size", "State", "Image")
    for column in ("Age", "Behind"):
        table.add_column(column, justify="right", no_wrap=True)
    for column in ("Next", "Exposed", "Bills"):
        table.add_column(column, overflow="fold")
    for one in _some(table, computes):
        table.add_row(
            _name(one),
            _lines(_hub(one), workspace(one)),
            _lines(one.owner or NOBODY, user(one)),
            kind(one),
            escape(size(one)),
            escape(state(one)),
            escape(one.machine.image),
            days(one.age),
            days(one.behind),
            _lines(following(one), last_told(one)),
            escape(one.exposure),
            bills(one),
        )
    return table


def _narrow(computes: Sequence[Compute]) -> Table:
    """The same, with all that is not compared below the name."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=_PADDING)
    table.add_column("Behind", justify="right", no_wrap=True)
    table.add_column("Compute", overflow="fold")
    for one in _some(table, computes):
        what = ", ".join(filter(None, [f"{kind(one)} {size(one)}".strip(), state(one), _reached(one)]))
        image = f"image {one.machine.image}, {days(one.age)} days old" if one.age is not None else ""
        whose = ", ".join(filter(None, [one.owner or NOBODY, user(one)]))
        lines = (
            f"{_hub(one)} / {workspace(one)}",
            f"{whose}; bills: {bills(one)}",
            "; ".join(filter(None, [image, following(one)])),
            last_told(one),
        )
        table.add_row(days(one.behind), f"{_name(one)}  {_lines(what, *lines)}")
    return table


def _reached(one: Compute) -> str:
    return "" if one.exposure in {"none", "not told"} else f"exposed: {one.exposure}"


def _hub(one: Compute) -> str:
    return one.hub.name if one.hub else NO_HUB


def _name(one: Compute) -> str:
    """In the colour of what is the matter."""
    finding = one.findings.get(IMAGE_AGE.id)
    colour = "yellow" if one.never_empty or one.verdict is Verdict.UNKNOWN else "green" if one.within else "default"
    if one.within is False and finding is not None:
        colour = COLOURS[finding.severity]
    return f"[{colour}]{escape(one.id.name)}[/]"


def _lines(first: str, *more: str) -> str:
    """One thing above others, which say more of it."""
    return "\n".join(chain([escape(first)], (f"[dim]{escape(line)}[/]" for line in more if line)))


def _some(table: Table, computes: Sequence[Compute]) -> Sequence[Compute]:
    """As many as anybody reads in a terminal; the table says how many more there are."""
    if len(computes) > MOST_ROWS:
        table.caption = f"and {len(computes) - MOST_ROWS} more; --json shows all"
        table.caption_justify = "left"
    return computes[:MOST_ROWS]


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=_PADDING)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
