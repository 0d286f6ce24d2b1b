"""
Observe: read what the rules need to judge, and no more.

An event is only a hint, so what it names is read directly. What to read beside it is asked of the rules (`needs`,
`lists`), which is why an event about a compute costs one read and a sweep costs two lists for each workspace.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.model.cost_tags import CostTags
from shared.model.estate import Estate, leans_on
from shared.model.facts import CHILDREN, PARTS, SHAREABLE, WORKSPACES, Fact, Gap, Kind, Seen, kind_of
from shared.model.message import Deed
from shared.model.resource_id import ResourceId
from shared.ports import Inventory, Lineage
from shared.rules.rule import Reads, Rule

FEW = 4
"""Up to so many resources are read directly for a rule that needs them; more at once from Resource Graph."""

type Lists = Iterable[tuple[ResourceId, Kind]]


@dataclass(frozen=True)
class Question:
    """What a run is about: a hub, the resources to judge, and who else uses them."""

    hub: ResourceId
    resources: frozenset[ResourceId]
    now: datetime
    whole: bool = False
    """Judge the hub and all its family."""
    keys: bool = False
    """Find out who holds which key."""
    known: frozenset[ResourceId] = frozenset()
    """
    Where findings stand open, or a connection or compute is remembered: a sweep looks there too, for an event that says
    it is gone may have been lost.
    """
    taken_down: frozenset[ResourceId] = frozenset()
    """Instances that were deleted in order to be made anew: whoever looks at their workspace looks for them too."""
    around: bool = False
    """Read the workspace of what is judged, because policy goes by its tags."""
    deeds: Mapping[ResourceId, Deed] = field(default_factory=dict)
    """Who did what the events are about, by resource; where policy wants creators in tags."""
    schema: CostTags = field(default_factory=CostTags)
    """What finance wants of tags, and so whose tags count."""
    visible: frozenset[str] = frozenset()
    """The subscriptions that we look after, casefolded; empty for all."""

    @property
    def outside(self) -> bool:
        """Whether the hub lies where we do not look: then its projects here are judged, and it is not."""
        return not self.sees(self.hub)

    def sees(self, resource: ResourceId) -> bool:
        """Whether a resource lies in a subscription that we look after."""
        return not self.visible or resource.subscription in self.visible


async def observe(inventory: Inventory, lineage: Lineage, rules: Sequence[Rule], question: Question) -> Estate:
    """
    The estate that answers a question: the resources it names, their family where it counts, and what rules need.

    Raises Throttled when Azure keeps refusing; all else that cannot be read is in the estate as such.
    """
    wanted = question.resources | ({question.hub} if question.whole else set()) | _homes(question)
    wanted -= {question.hub} if question.outside else set()
    facts = await asyncio.gather(*(inventory.get(resource) for resource in sorted(wanted)))
    estate = replace(Estate.of(facts), hub=question.hub)
    hub = estate.find(question.hub)
    if hub or question.whole:
        estate = await _family(inventory, rules, estate, hub, question)
    if question.whole or (hub and hub.present):
        estate = await _indexed(inventory, estate, await _looked_after(lineage, leaned_on(estate), question))
    if question.whole and question.keys:
        estate = await _secrets(inventory, rules, estate)
    estate = await _lists(inventory, rules, replace(estate, whole=question.whole))
    estate = await _sharing(lineage, estate, question.now)
    estate = await _direct(inventory, estate, _missed(estate, question))
    judged = frozenset(estate.facts)
    around = {f.id.parent for f in estate if question.around and f.kind in PARTS and f.id.parent}
    estate = await _direct(inventory, await _needs(inventory, rules, estate, question.schema), around)
    return replace(estate, focus=judged)


async def refresh(inventory: Inventory, estate: Estate, stale: Sequence[ResourceId]) -> Estate:
    """The estate with some facts read directly: Resource Graph may show drift, but nothing is written on its word."""
    return estate.with_facts(await asyncio.gather(*(inventory.get(resource) for resource in stale)))


def leaned_on(estate: Estate) -> list[ResourceId]:
    """What the estate's workspaces and connections lean on and nobody has read yet."""
    found = {resource for fact in estate if fact.present for resource in leans_on(fact)}
    return sorted(resource for resource in found if estate.find(resource) is None)


def _homes(question: Question) -> set[ResourceId]:
    """The workspaces of instances that were taken down and are asked about: a rule of theirs wants them back."""
    return {one.parent for one in question.taken_down & question.resources if one.parent is not None}


def _missed(estate: Estate, question: Question) -> set[ResourceId]:
    """The instances that were taken down in workspaces that are looked at; a list would not tell gone from late."""
    return {one for one in question.taken_down if (home := estate.find(one.parent)) is not None and home.present}


async def _family(
    inventory: Inventory, rules: Sequence[Rule], estate: Estate, hub: Fact | None, question: Question
) -> Estate:
    """A changed hub changes what its projects and dependents must carry, so they are judged with it."""
    if question.whole or (hub and hub.present):
        estate = await _projects(inventory, estate, question.hub, certain=not (hub and hub.present))
    if question.whole or (hub and hub.seen is Seen.ABSENT):
        estate = await _direct(inventory, estate, {_top(one) for one in question.known if _in_reach(one, question)})
    return await _children(inventory, rules, estate) if question.whole else estate


def _in_reach(resource: ResourceId, question: Question) -> bool:
    """Whether a resource is this hub's to look at: what a hub elsewhere has elsewhere is not."""
    return not question.outside or question.sees(resource)


async def _looked_after(lineage: Lineage, wanted: Sequence[ResourceId], question: Question) -> list[ResourceId]:
    """
    What is leant on; of the resource groups only those that this hub looks after.

    A group's tags depend on all hubs in it. So it is judged in a sweep, which has told the lineage index of them, and
    only by the first of them: a hundred hubs in one group would read each other ten thousand times.
    """
    wanted = [one for one in wanted if _in_reach(one, question)]
    groups = [one for one in wanted if kind_of(one) is Kind.RESOURCE_GROUP]
    if not question.whole:
        return [one for one in wanted if one not in groups]
    known = await asyncio.gather(*(lineage.hubs_of(group, question.now) for group in groups))
    others = {
        group for group, hubs in zip(groups, known, strict=True) if min({question.hub, *(hubs or ())}) != question.hub
    }
    return [one for one in wanted if one not in others]


async def _projects(inventory: Inventory, estate: Estate, hub: ResourceId, *, certain: bool) -> Estate:
    """The projects of a hub; `certain` reads them directly, for where the hub is gone the index may only be late."""
    projects = await inventory.family(hub)
    if isinstance(projects, Gap):
        return replace(estate, gaps=(*estate.gaps, projects))
    if certain:
        return await _direct(inventory, estate, (fact.id for fact in projects))
    return estate.with_facts(fact for fact in projects if estate.find(fact.id) is None)


async def _indexed(inventory: Inventory, estate: Estate, wanted: Sequence[ResourceId]) -> Estate:
    """Dependents as the index shows them; those it does not show are read directly, to tell absent from late."""
    if not wanted:
        return estate
    found = await inventory.resources(wanted)
    if not isinstance(found, Gap):
        estate = estate.with_facts(found)
    return await _direct(inventory, estate, wanted)


async def _direct(inventory: Inventory, estate: Estate, wanted: Iterable[ResourceId]) -> Estate:
    """What is wanted and nobody has read yet, read directly."""
    unread = sorted(resource for resource in set(wanted) if estate.find(resource) is None)
    return estate.with_facts(await asyncio.gather(*(inventory.get(resource) for resource in unread)))


def _top(resource: ResourceId) -> ResourceId:
    """The resource of its own that a child lives in."""
    while (parent := resource.parent) is not None:
        resource = parent
    return resource


async def _children(inventory: Inventory, rules: Sequence[Rule], estate: Estate) -> Estate:
    """What lives in each workspace, for the kinds that a rule judges."""
    kinds = sorted({kind for rule in rules for kind in rule.kinds} & CHILDREN)
    workspaces = [fact.id for fact in estate if fact.kind in WORKSPACES and fact.present]
    return await _read(inventory, estate, [(workspace, kind) for workspace in workspaces for kind in kinds])


async def _secrets(inventory: Inventory, rules: Sequence[Rule], estate: Estate) -> Estate:
    """What is in the vaults that were read, where a rule judges it: some secrets hold an account's key."""
    judged = any(Kind.SECRET in rule.kinds for rule in rules)
    vaults = [fact.id for fact in estate if judged and fact.kind is Kind.KEY_VAULT and fact.present]
    return await _read(inventory, estate, [(vault, Kind.SECRET) for vault in vaults])


async def _lists(inventory: Inventory, rules: Sequence[Rule], estate: Estate) -> Estate:
    """
    The lists that rules need to judge a fact, such as a hub's diagnostic settings; each once, whoever needs it.

    Rules about a family are judged in a sweep alone, and so nothing is read for them in any other run.
    """
    asked = [rule for rule in rules if estate.whole or rule.reads is not Reads.FAMILY]
    pairs = [(fact, rule) for fact in estate if fact.present for rule in asked if fact.kind in rule.kinds]
    lists = {each for fact, rule in pairs for each in rule.lists(fact, estate)}
    return await _read(inventory, estate, sorted(lists))


async def _read(inventory: Inventory, estate: Estate, lists: Lists) -> Estate:
    asked = list(lists)
    answers = await asyncio.gather(*(inventory.children(parent, kind) for parent, kind in asked))
    gaps = tuple(answer for answer in answers if isinstance(answer, Gap))
    whole = [(key, answer) for key, answer in zip(asked, answers, strict=True) if not isinstance(answer, Gap)]
    estate = estate.with_facts(fact for _, answer in whole for fact in answer)
    return replace(estate, gaps=(*estate.gaps, *gaps), listed=estate.listed | {key for key, _ in whole})


async def _sharing(lineage: Lineage, estate: Estate, now: datetime) -> Estate:
    """Who else leans on the dependents: a storage account of two hubs carries the tags of neither alone."""
    shared = [fact.id for fact in estate if fact.kind in SHAREABLE and fact.present]
    users = await asyncio.gather(*(lineage.hubs_of(resource, now) for resource in shared))
    return replace(estate, shared_by={r: hubs for r, hubs in zip(shared, users, strict=True) if hubs})


async def _needs(inventory: Inventory, rules: Sequence[Rule], estate: Estate, schema: CostTags) -> Estate:
    """
    What rules need beside the facts they judge: a connection's target, a project's hub, and then the hub's group.

    What was read may show what else is needed; what cannot be read is not asked for again, so this ends.
    """
    pairs = [(fact, rule) for fact in estate if fact.present for rule in rules if fact.kind in rule.kinds]
    while True:
        needed = {resource for fact, rule in pairs for resource in rule.needs(fact, estate, schema)}
        unread = sorted(resource for resource in needed if estate.find(resource) is None)
        if not unread:
            return estate
        estate = await (_indexed if len(unread) > FEW else _direct)(inventory, estate, unread)
