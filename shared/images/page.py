"""
The fleet as a page for people, in one file that loads nothing and runs nothing, and its weeks as CSV.

It looks as the report for finance does. Equal figures give equal bytes: nothing in it says when it was made but its
day.
"""

from collections.abc import Sequence
from csv import writer
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Final

from shared.images.tally import BANDS, NOBODY, Group, Summary, Tally
from shared.images.weeks import HubWeek, Trend, Unseen, standing, trend, unseen
from shared.pages.charts import Bar, Chart, svg
from shared.pages.environment import environment
from shared.pages.text import CONTROLS, harmless

FOLDER: Final = Path(__file__).parent
"""Where the template lies."""
PAGE: Final = "images/fleet.html"
CSV: Final = "images/weeks.csv"
"""The names of the two files, wherever they lie."""
COLUMNS: Final = (
    "Week",
    "Hub",
    "Owner",
    "Instances",
    "Within",
    "Exempt",
    "TooOld",
    "NotDecided",
    *(f"Age {band}" for band in BANDS),
    *(f"Behind {band}" for band in BANDS),
    "MostDaysBehind",
)
"""The columns of the CSV; `Age` and `Behind` in days."""

_IN_TABLE: Final = 13
"""Weeks that a table has room for: a quarter."""
_TONES: Final = ("c4", "c3", "c1", "none", "c5")
"""Colours of `BANDS`, as the style sheet calls them."""
_LEGEND: Final = (("c4", "recent enough"), ("none", "too old"), ("more", "not decided"))


@dataclass(frozen=True)
class Report:
    """What the page tells."""

    day: date
    policy: str
    """The version of the policy."""
    summary: Summary
    trend: Trend | None = None
    """None where it is not known how the fleet has come along."""
    unseen: tuple[Unseen, ...] = ()


def report(rows: Sequence[HubWeek], policy: str, now: datetime) -> Report:
    """The fleet by what the sweeps have counted."""
    return Report(now.date(), policy, standing(rows, now), trend(rows, now), unseen(rows, now))


def files(rows: Sequence[HubWeek], policy: str, now: datetime) -> dict[str, bytes]:
    """The page and the CSV by their names."""
    return {PAGE: html(report(rows, policy, now)), CSV: csv(rows)}


def html(told: Report) -> bytes:
    """The page, in UTF-8. What stands in it of names and tags is text, whatever it says."""
    return environment(FOLDER).get_template("fleet.html.j2").render(figures(told)).encode()


def csv(rows: Sequence[HubWeek]) -> bytes:
    """
    What was counted of each owner in each hub in each week, as CSV; the oldest first.

    As with finance's files it starts with a byte order mark, and what a spreadsheet would run gets an apostrophe.
    """
    text = StringIO()
    lines = writer(text, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for row in sorted(rows, key=lambda row: (row.week, row.hub)):
        if row.whole:
            lines.writerows(_cells(row, owner) for owner in sorted(row.owners))
    return text.getvalue().encode("utf-8-sig")


def figures(told: Report) -> dict[str, Any]:
    """What the template `fleet.html.j2` needs, by name; any that extends it needs the same."""
    summary = told.summary
    return {
        "report": told,
        "summary": summary,
        "share": share,
        "bands": BANDS,
        "behind": _distribution("behind", "Instances by days behind", summary.total.behind),
        "age": _distribution("age", "Instances by age of image", summary.total.age),
        "hubs": _groups("hubs", "Instances by hub", summary.hubs),
        "owners": _groups("owners", "Instances by owner", summary.owners),
        "weeks": _weeks(told.trend) if told.trend is not None else "",
        "lines": () if told.trend is None else (told.trend.fleet, *told.trend.hubs),
        "recent": told.trend.weeks[-_IN_TABLE:] if told.trend is not None else (),
        "legend": _LEGEND,
    }


def share(tally: Tally | None) -> str:
    """Of the instances of which anybody can tell, how many are within what policy allows."""
    if tally is None:
        return ""
    return "none" if tally.share is None else f"{tally.share:.0%}"


def _cells(row: HubWeek, owner: str) -> tuple[object, ...]:
    tally = row.owners[owner]
    names = (harmless(name.translate(CONTROLS)) for name in (row.hub.text, owner or NOBODY))
    counts = (tally.instances, tally.within, tally.exempt, tally.failing, tally.undecided)
    return (row.week, *names, *counts, *tally.age, *tally.behind, "" if tally.furthest is None else tally.furthest)


def _distribution(name: str, title: str, counts: tuple[int, ...]) -> str:
    bars = tuple(
        (Bar(count, tone, f"{band} days: {count}"),) for band, tone, count in zip(BANDS, _TONES, counts, strict=True)
    )
    return svg(Chart(name, title, tuple(f"{band} days" for band in BANDS), bars, counts=True))


def _groups(name: str, title: str, groups: tuple[Group, ...]) -> str:
    """Stacked: recent enough, too old, and of which nobody can tell."""
    bars = tuple(_pieces(group.name, group.tally) for group in groups)
    return svg(Chart(name, title, tuple(group.name for group in groups), bars, counts=True)) if groups else ""


def _weeks(found: Trend) -> str:
    """The whole fleet, a bar a week, the latest on top; stacked as above."""
    told = [(f"{week}", tally or Tally()) for week, tally in zip(found.weeks, found.fleet.tallies, strict=True)][::-1]
    bars = tuple(_pieces(week, tally) for week, tally in told)
    return svg(Chart("weeks", "Instances by week", tuple(week for week, _ in told), bars, counts=True))


def _pieces(name: str, tally: Tally) -> tuple[Bar, ...]:
    counts = tally.within, tally.failing, tally.undecided
    return tuple(
        Bar(count, tone, f"{name}: {count} {what}") for count, (tone, what) in zip(counts, _LEGEND, strict=True)
    )
