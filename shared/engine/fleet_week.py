"""What a sweep counts of a hub's computes, for the fleet's page and its trend. Pure."""

from shared.engine.image_rows import Fleet
from shared.images.machine import Machine
from shared.images.tally import Standing, count
from shared.images.weeks import HubWeek
from shared.model.estate import Estate
from shared.model.facts import WORKSPACES, Fact, Kind, Seen
from shared.model.finding import Finding, Verdict
from shared.model.resource_id import ResourceId
from shared.rules.images import IMAGE_AGE, REACHES_ZERO


def hub_week(hub: ResourceId, fleet: Fleet) -> HubWeek:
    """The computes of a hub and its family, counted by whom they belong to."""
    estate = fleet.memory.estate
    computes = [fact for fact in estate.judged() if fact.kind is Kind.COMPUTE and fact.present]
    said = {(one.resource, one.rule): one for one in fleet.judged.findings if one.kind is Kind.COMPUTE}
    owners = {one.resource: one.owner for one in said.values()}
    standings = [
        _standing(hub, fact, owners.get(fact.id, ""), said.get((fact.id, IMAGE_AGE.id)), fleet)
        for fact in computes
        if Machine.of(fact).is_instance
    ]
    clusters = [fact for fact in computes if Machine.of(fact).is_cluster]
    return HubWeek(
        hub=hub,
        seen=fleet.memory.now,
        owners={one.owner: one.tally for one in count(standings)},
        clusters=len(clusters),
        never_empty=sum(_never_empty(fact, said.get((fact.id, REACHES_ZERO.id))) for fact in clusters),
        whole=_is_whole(estate),
    )


def _standing(hub: ResourceId, fact: Fact, owner: str, finding: Finding | None, fleet: Fleet) -> Standing:
    place = fleet.place(fact)
    verdict = None if finding is None else finding.verdict
    return Standing(hub, owner, verdict, None if place is None else place.age, None if place is None else place.behind)


def _never_empty(cluster: Fact, finding: Finding | None) -> bool:
    return Machine.of(cluster).least_nodes > 0 or (finding is not None and finding.verdict is Verdict.FAIL)


def _is_whole(estate: Estate) -> bool:
    """Whether nothing was in the way of seeing each compute."""
    hidden = (fact.seen is Seen.UNREADABLE and fact.kind in WORKSPACES | {Kind.COMPUTE} for fact in estate)
    return not any(hidden) and not any(gap.kind in {Kind.COMPUTE, Kind.PROJECT} for gap in estate.gaps)
