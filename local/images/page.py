"""
The fleet as a page for people, in one file that loads nothing and runs nothing.

It looks as the report for finance does, and shares its style sheet and charts.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.images import words
from local.images.fleet import Compute, Fleet
from local.images.summary import BANDS, NO_HUB, NOBODY, Group, summarize
from shared.costs import report
from shared.costs.charts import Bar, Chart, svg
from shared.costs.words import CONTROLS
from shared.images.way_out import way_out
from shared.rules.images import IMAGE_AGE

_TONES = ("c4", "c1", "none", "c5")
"""Colours of `BANDS`, as the style sheet calls them."""
_LEGEND = (("c4", "recent enough"), ("none", "too old"), ("more", "not decided"))


def html(fleet: Fleet) -> bytes:
    """The page, in UTF-8. What stands in it of names and tags is text, whatever it says."""
    summary = summarize(fleet)
    page = (
        _environment()
        .get_template("page.html.j2")
        .render(
            fleet=fleet,
            summary=summary,
            bands=BANDS,
            words=words,
            severity=_severity,
            behind=_distribution("behind", "Instances by days behind", summary.behind),
            age=_distribution("age", "Instances by age of image", summary.age),
            hubs=_groups("hubs", "Instances by hub", summary.hubs),
            owners=_groups("owners", "Instances by owner", summary.owners),
            legend=_LEGEND,
            way=_way(fleet),
            nobody=NOBODY,
            no_hub=NO_HUB,
        )
    )
    return page.encode()


def _environment() -> Environment:
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader([Path(__file__).parent, Path(report.__file__).parent]),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )


def _printable(value: object) -> object:
    """What a template prints; text stays as safe as it was."""
    return value.translate(CONTROLS) if isinstance(value, str) else value


def _severity(one: Compute) -> str:
    """How bad it is that its image is too old; empty where it is not."""
    return one.findings[IMAGE_AGE.id].severity.value if one.within is False else ""


def _distribution(name: str, title: str, counts: tuple[int, ...]) -> str:
    bars = tuple(
        (Bar(count, tone, f"{band} days: {count}"),) for band, tone, count in zip(BANDS, _TONES, counts, strict=True)
    )
    return svg(Chart(name, title, tuple(f"{band} days" for band in BANDS), bars, counts=True))


def _groups(name: str, title: str, groups: tuple[Group, ...]) -> str:
    """Stacked: recent enough, too old, and of which nobody can tell."""
    bars = tuple(_pieces(group) for group in groups)
    return svg(Chart(name, title, tuple(group.name for group in groups), bars, counts=True)) if groups else ""


def _pieces(group: Group) -> tuple[Bar, ...]:
    counts = group.within, group.failing, group.instances - group.within - group.failing
    return tuple(
        Bar(count, tone, f"{group.name}: {count} {what}") for count, (tone, what) in zip(counts, _LEGEND, strict=True)
    )


def _way(fleet: Fleet) -> tuple[str, ...]:
    """The steps that all instances have in common."""
    ways = (way_out(one.fact) for one in fleet.instances if not one.machine.is_creating)
    steps = [found.steps for found in ways if found is not None]
    return tuple(step for step in steps[0] if all(step in others for others in steps)) if steps else ()
