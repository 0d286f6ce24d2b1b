"""Rules about projects and the hub they hang on."""

from collections.abc import Iterable

from shared.model.cost_tags import CostTags
from shared.model.estate import Estate
from shared.model.facts import Fact, Kind, Seen
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.rules.rule import Context, Judgement, Rule, failed, passed, unknown


def hub_of(project: Fact, _: Estate, __: CostTags) -> Iterable[ResourceId]:
    """The hub a project names, for a rule that must look at it."""
    hub = ResourceId.find(project.get("properties", "hubResourceId"))
    return () if hub is None else (hub,)


def _hub(project: Fact, context: Context) -> Judgement:
    named = project.get("properties", "hubResourceId")
    wanted = "a hub that exists, in the project's region"
    hub = context.estate.find(ResourceId.find(named))
    if not named:
        return failed("The project names no hub.", expected=wanted, actual=None)
    if hub is None:
        return unknown("Nobody looked at the project's hub; it is not among the resources read.", wanted)
    if hub.seen is Seen.UNREADABLE:
        return unknown(f"The project's hub could not be read: {hub.reason}", wanted)
    if hub.seen is Seen.ABSENT:
        return failed("The project's hub no longer exists.", expected=wanted, actual=named)
    if hub.kind is not Kind.HUB:
        return failed(f"What the project names as its hub is a {hub.kind}.", expected=wanted, actual=named)
    if hub.location != project.location:
        message = f"The project is in {project.location or 'no region'}, its hub in {hub.location or 'no region'}."
        return failed(message, expected=hub.location, actual=project.location)
    return passed("The project's hub exists, in the same region.", named)


HUB_EXISTS = Rule(
    id="HW-PRJ-001",
    title="Project has a living hub in its own region",
    why="A project without its hub has no network, no connections and no owner; in another region it pays for traffic.",
    kinds=frozenset({Kind.PROJECT}),
    severity=Severity.HIGH,
    safety=Safety.REPORT,
    controls=("N-10", "N-11"),
    check=_hub,
    needs=hub_of,
)
