"""
The estate: facts by id, the lists that were read whole, and the gaps that were not read at all.

An estate is as large as the question. For one event it holds a connection and its workspace; for a sweep a hub with
all its family; offline, everything a folder of documents holds. A rule never needs to know which: what was not looked
at is not in `facts`, and `Estate.find` tells "not looked at" from "not there".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from shared.model.facts import CHILDREN, EXTENSIONS, FOUNDRY_PROJECT_TYPE, WORKSPACES, Fact, Gap, Kind, Seen
from shared.model.resource_id import ResourceId


@dataclass(frozen=True)
class Estate:
    """Frozen facts about governed resources and what is known of their completeness."""

    facts: Mapping[ResourceId, Fact] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    listed: frozenset[tuple[ResourceId, Kind]] = frozenset()
    """The (parent, kind) lists that were read to their end: what they do not hold does not exist."""
    focus: frozenset[ResourceId] | None = None
    """What this run judges; the rest is context for it. None judges everything."""
    hub: ResourceId | None = None
    """The hub the question is about: whose family a resource is when its workspace was not read."""
    shared_by: Mapping[ResourceId, frozenset[ResourceId]] = field(default_factory=dict)
    """Hubs outside this estate that are known to lean on a dependent in it."""
    whole: bool = True
    """Whether each hub in it was to be read with all its family, as a sweep does; an event asks for less."""

    @classmethod
    def of(cls, facts: Iterable[Fact], gaps: Iterable[Gap] = ()) -> "Estate":
        """An estate of facts; of two about the same resource the later one counts."""
        return cls({fact.id: fact for fact in facts}, tuple(gaps))

    def __iter__(self) -> Iterator[Fact]:
        return iter(self.facts.values())

    def find(self, resource: ResourceId | None) -> Fact | None:
        """The fact about a resource; None when nobody looked, which is neither presence nor absence."""
        return None if resource is None else self.facts.get(resource)

    def judged(self) -> Iterator[Fact]:
        """The facts this run is to judge."""
        if self.focus is None:
            return iter(self.facts.values())
        return (fact for key in self.focus if (fact := self.facts.get(key)) is not None)

    def with_facts(self, facts: Iterable[Fact]) -> "Estate":
        """This estate with some facts read anew."""
        return replace(self, facts={**self.facts, **{fact.id: fact for fact in facts}})

    def workspace_of(self, fact: Fact) -> Fact | None:
        """What a part lives in: a workspace, Foundry or, for a secret, its vault; or the workspace itself."""
        return fact if fact.kind in WORKSPACES else self.find(fact.id.parent)

    def hub_id(self, fact: Fact) -> ResourceId | None:
        """The hub a resource belongs to as its own document or its workspace tells; None when nobody can say."""
        if fact.kind is Kind.SECRET:
            return None  # its vault may be that of several hubs
        workspace = self.workspace_of(fact)
        if workspace is None or not workspace.present:
            return self.hub if fact.kind in CHILDREN or workspace is not None else None
        if workspace.kind is Kind.PROJECT:
            return workspace.view(_hub_named)
        return workspace.id.parent if workspace.id.type == FOUNDRY_PROJECT_TYPE else workspace.id

    def children(self, parent: ResourceId, kind: Kind) -> tuple[Fact, ...] | Gap | None:
        """What a parent's list of a kind holds; a Gap when it could not be read, None when nobody looked."""
        for gap in self.gaps:
            if gap.kind is kind and gap.parent == parent:
                return gap
        if (parent, kind) not in self.listed:
            return None
        return tuple(f for f in self._by_parent.get((parent, kind), ()) if f.seen is not Seen.ABSENT)

    def users_of(self, dependent: ResourceId) -> tuple[ResourceId, ...]:
        """The hubs that lean on a resource, as far as this estate and the lineage index know, in a stable order."""
        return tuple(sorted({*self._users.get(dependent, ()), *self.shared_by.get(dependent, ())}))

    def family(self, hub: ResourceId) -> tuple[Fact, ...]:
        """A hub and its projects, as far as anybody looked, with what could not be read; a plain workspace alone."""
        return tuple(self._families.get(hub, ()))

    def leaning_on(self, dependent: ResourceId) -> tuple[Fact, ...]:
        """The workspaces and connections of this estate that name a resource; see `leans_on`."""
        return tuple(self._leaning.get(dependent, ()))

    @cached_property
    def _families(self) -> Mapping[ResourceId, list[Fact]]:
        index: dict[ResourceId, list[Fact]] = {}
        for fact in self:
            hub = self.hub_id(fact) if fact.kind in WORKSPACES and fact.seen is not Seen.ABSENT else None
            if hub is not None:
                index.setdefault(hub, []).append(fact)
        return index

    @cached_property
    def _leaning(self) -> Mapping[ResourceId, list[Fact]]:
        index: dict[ResourceId, list[Fact]] = {}
        for fact in self:
            for dependent in leans_on(fact):
                index.setdefault(dependent, []).append(fact)
        return index

    @cached_property
    def _by_parent(self) -> Mapping[tuple[ResourceId, Kind], list[Fact]]:
        index: dict[tuple[ResourceId, Kind], list[Fact]] = {}
        for fact in self:
            parent = fact.id.base if fact.kind in EXTENSIONS else fact.id.parent
            if parent is not None:
                index.setdefault((parent, fact.kind), []).append(fact)
        return index

    @cached_property
    def _users(self) -> Mapping[ResourceId, set[ResourceId]]:
        index: dict[ResourceId, set[ResourceId]] = {}
        for fact in self:
            hub = self.hub_id(fact)
            if hub is None or not fact.present:
                continue
            for dependent in leans_on(fact):
                index.setdefault(dependent, set()).add(hub)
        return index


def _hub_named(project: Fact) -> ResourceId | None:
    return ResourceId.find(project.get("properties", "hubResourceId"))


_OWN = ("storageAccount", "keyVault", "containerRegistry", "applicationInsights")


def leans_on(fact: Fact) -> tuple[ResourceId, ...]:
    """
    The resources that a workspace or a connection names as its own, and the resource group that a workspace lies in.

    A workspace names storage, vault, registry and insights in its properties; a connection names the account whose key
    or endpoint it carries in `metadata.ResourceId`, where whoever made it kept that (CONTRACTS §3).
    """
    if fact.kind in WORKSPACES:
        named = [*(fact.get("properties", key) for key in _OWN), str(fact.id.group_id or "")]
    elif fact.kind is Kind.CONNECTION:
        named = [fact.get("properties", "metadata", "ResourceId")]
    else:
        named = []
    return tuple(found for text in named if (found := ResourceId.find(text)) is not None)
