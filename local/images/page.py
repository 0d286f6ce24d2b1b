"""The fleet as a page for people: the app's own (`shared.images.page`), with each compute besides."""

from pathlib import Path

from local.images import words
from local.images.fleet import Compute, Fleet
from local.images.summary import summarize
from shared.images.page import FOLDER, Report, figures
from shared.images.tally import NO_HUB, NOBODY
from shared.images.way_out import way_out
from shared.images.weeks import trend
from shared.pages.environment import environment
from shared.rules.images import IMAGE_AGE


def html(fleet: Fleet) -> bytes:
    """The page, in UTF-8. What stands in it of names and tags is text, whatever it says."""
    known = trend(fleet.weeks, fleet.at) if fleet.weeks else None
    told = Report(fleet.at.date(), fleet.policy, summarize(fleet), known)
    page = (
        environment(Path(__file__).parent, FOLDER)
        .get_template("page.html.j2")
        .render(
            figures(told),
            fleet=fleet,
            words=words,
            severity=_severity,
            way=_way(fleet),
            nobody=NOBODY,
            no_hub=NO_HUB,
        )
    )
    return page.encode()


def _severity(one: Compute) -> str:
    """How bad it is that its image is too old; empty where it is not."""
    return one.findings[IMAGE_AGE.id].severity.value if one.within is False else ""


def _way(fleet: Fleet) -> tuple[str, ...]:
    """The steps that all instances have in common."""
    ways = (way_out(one.fact) for one in fleet.instances if not one.machine.is_creating)
    steps = [found.steps for found in ways if found is not None]
    return tuple(step for step in steps[0] if all(step in others for others in steps)) if steps else ()
