"""
Effective tags: the value that each tag of a resource should have, where it comes from, and why.

A tag's sources are asked in the order that finance has set; the first with a value that finance accepts decides. A
source that could not be read ends the search undecided, for a later source must not speak for it; one that nobody
looked at is named, so that whoever observes can read it and ask again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from shared.model.cost_tags import CostTag, CostTags, Origin, Place, SplitKey
from shared.model.estate import Estate
from shared.model.facts import DEPENDENTS, Fact, Kind, Seen
from shared.model.resource_id import ResourceId

_PLACES = {
    Kind.HUB: Place.HUB,
    Kind.WORKSPACE: Place.HUB,
    Kind.PROJECT: Place.PROJECT,
    Kind.ENDPOINT: Place.ENDPOINT,
    Kind.RESOURCE_GROUP: Place.RESOURCE_GROUP,
    **dict.fromkeys(DEPENDENTS, Place.DEPENDENT),
}
_INHERITS = frozenset({Place.ENDPOINT, Place.DEPENDENT, Place.RESOURCE_GROUP})
"""Places that carry what is above them: only a project may be allowed to differ."""

_SHOWN = 4
"""Values that a reason names one by one."""


@dataclass(frozen=True, slots=True)
class TagValue:
    """What one tag of one resource should say."""

    value: str | None
    origin: Origin
    because: str
    """Where the value comes from, or why there is none, in words for a person."""
    lacks: frozenset[ResourceId] = frozenset()
    """For an undecided one: what nobody has looked at and must be read to decide it."""


@dataclass(frozen=True, slots=True)
class Effective:
    """The tags that one resource should carry."""

    fact: Fact
    place: Place
    hubs: tuple[ResourceId, ...]
    """The hubs it belongs to or is used by, living ones only, in a stable order."""
    project: ResourceId | None
    tags: Mapping[str, TagValue]
    """By the tag's proper name, in finance's order."""


def is_foundry(fact: Fact) -> bool:
    """Whether an AI services account has projects of its own, which makes it a hub of another make."""
    return fact.kind is Kind.AI_ACCOUNT and fact.get("properties", "allowProjectManagement") is True


def projects_of(hub: Fact | None) -> int | None:
    """
    How many projects a hub has, as its own document states it (CONTRACTS §2); None where it does not.

    The projects that an estate holds are not counted: a run reads those of its own hub only, so the runs of two hubs
    would each give themselves more of what they share, and the history would change with every run.
    """
    if hub is None or hub.kind is Kind.WORKSPACE:
        return None if hub is None else 0
    named = hub.get("properties", "associatedWorkspaces")
    return len(named) if isinstance(named, list) else None


@dataclass
class EffectiveTags:
    """Answers for one estate under one schema; what was asked once is remembered."""

    estate: Estate
    schema: CostTags
    _known: dict[ResourceId, Effective] = field(default_factory=dict, repr=False)

    def of(self, fact: Fact) -> Effective | None:
        """The tags a resource should carry; None for what takes none, such as a compute."""
        if fact.kind not in _PLACES or not fact.present:
            return None
        if fact.id not in self._known:
            self._known[fact.id] = _Search(self, fact).effective()
        return self._known[fact.id]

    def lacking(self, fact: Fact) -> frozenset[ResourceId]:
        """What nobody has looked at and must be read to decide this resource's tags."""
        found = self.of(fact)
        values = () if found is None else found.tags.values()
        return frozenset(resource for value in values for resource in value.lacks)

    def hubs_of(self, fact: Fact) -> tuple[ResourceId, ...]:
        """The hubs that a resource belongs to or that lean on it, but for those known to be gone."""
        if fact.kind in DEPENDENTS or fact.kind is Kind.RESOURCE_GROUP:
            users = self.estate.users_of(fact.id)
            return tuple(hub for hub in users if hub != fact.id and not self._is_gone(hub))
        hub = self.estate.hub_id(fact)
        return () if hub is None or self._is_gone(hub) else (hub,)

    def _is_gone(self, hub: ResourceId) -> bool:
        """Whether a hub that the lineage index remembers is known to exist no more."""
        fact = self.estate.find(hub)
        return fact is not None and fact.seen is Seen.ABSENT


@dataclass
class _Search:
    """The search for one resource's tags."""

    all: EffectiveTags
    fact: Fact
    _found: dict[str, TagValue] = field(default_factory=dict)

    def effective(self) -> Effective:
        tags = {tag.name: self.value(tag) for tag in self.all.schema.tags}
        return Effective(self.fact, self.place, self.hubs, self.project, tags)

    @cached_property
    def hubs(self) -> tuple[ResourceId, ...]:
        return self.all.hubs_of(self.fact)

    @cached_property
    def place(self) -> Place:
        if is_foundry(self.fact) and not self.hubs:
            return Place.FOUNDRY_ACCOUNT
        return _PLACES[self.fact.kind]

    @cached_property
    def project(self) -> ResourceId | None:
        """The project it is, or lives in."""
        workspace = self.all.estate.workspace_of(self.fact)
        return workspace.id if workspace is not None and workspace.kind is Kind.PROJECT else None

    def value(self, tag: CostTag) -> TagValue:
        """The tag's value, from the first of its sources that has one."""
        if tag.name not in self._found:
            inherits = self.place in _INHERITS or (self.place is Place.PROJECT and not tag.project_may_differ)
            self._found[tag.name] = self._first(tag, tag.inherited_first if inherits else tag.sources)
        return self._found[tag.name]

    def _first(self, tag: CostTag, sources: tuple[Origin, ...]) -> TagValue:
        for origin in sources:
            if (found := self._ask(origin, tag)) is not None:
                return found
        asked = ", ".join(origin.replace("_", " ") for origin in sources)
        return TagValue(None, Origin.NONE, f"no value that finance accepts; asked: {asked}")

    def _ask(self, origin: Origin, tag: CostTag) -> TagValue | None:
        """What one source says; None when it has nothing to say."""
        match origin:
            case Origin.RESOURCE:
                return self._own(tag)
            case Origin.PROJECT:
                return self._from_project(tag)
            case Origin.HUB:
                return self._from_hubs(tag)
            case Origin.RESOURCE_GROUP if self.place is not Place.RESOURCE_GROUP:
                return self._from_container(self.fact.id.group_id, origin, tag)
            case Origin.SUBSCRIPTION:
                return self._from_container(self.fact.id.subscription_id, origin, tag)
            case Origin.MAPPING:
                return self._mapped(tag)
            case Origin.DEFAULT:
                return TagValue(tag.default, origin, "finance's default")
            case _:
                return None

    def _own(self, tag: CostTag) -> TagValue | None:
        carried = tag.carried_by(self.fact)
        if carried is None:
            return None
        exactly = self.fact.tag(tag.name) == carried
        because = "its own tag" if exactly else "its own tag, under another name or in another case"
        return TagValue(carried, Origin.RESOURCE, because)

    def _from_project(self, tag: CostTag) -> TagValue | None:
        if self.place is not Place.ENDPOINT:
            return None
        workspace = self.fact.id.parent
        return None if workspace is None else self._from_above(workspace, (Kind.PROJECT,), Origin.PROJECT, tag)

    def _from_hubs(self, tag: CostTag) -> TagValue | None:
        match self.place:
            case Place.PROJECT | Place.ENDPOINT:
                hubs = (Kind.HUB, Kind.WORKSPACE)
                return None if not self.hubs else self._from_above(self.hubs[0], hubs, Origin.HUB, tag)
            case Place.DEPENDENT | Place.RESOURCE_GROUP if self.hubs:
                return self._from_users(tag)
            case _:
                return None

    def _from_above(self, above: ResourceId, kinds: tuple[Kind, ...], origin: Origin, tag: CostTag) -> TagValue | None:
        """What the project or hub above should carry itself, unless that is only finance's default."""
        fact = self.all.estate.find(above)
        if fact is None or fact.seen is Seen.UNREADABLE:
            return _unread(above, fact)
        if fact.kind not in kinds or (found := self.all.of(fact)) is None:
            return None
        value = found.tags[tag.name]
        if value.origin is Origin.UNDECIDED:
            return value
        if value.value is None or value.origin is Origin.DEFAULT:
            return None
        return TagValue(value.value, origin, f"{origin} {above.name} has it: {value.because}")

    def _from_users(self, tag: CostTag) -> TagValue | None:
        """What the hubs that lean on it say: their common value, or whatever policy has for those that differ."""
        said = dict(self._said(tag))
        undecided = [value for value in said.values() if value.origin is Origin.UNDECIDED]
        if undecided:
            return replace(undecided[0], lacks=frozenset().union(*(value.lacks for value in undecided)))
        values = sorted({value.value for value in said.values() if value.value is not None})
        if not values:
            return None
        silent = len(said) < len(self.hubs)
        if len(values) > 1 or silent:
            return self._of_differing(tag, values, f"its hubs differ: {_some([*values, *(['no value'] * silent)])}")
        who = f"hub {self.hubs[0].name} has it" if len(self.hubs) == 1 else f"its {len(self.hubs)} hubs have it"
        return TagValue(values[0], Origin.HUB, who)

    def _said(self, tag: CostTag) -> Iterator[tuple[ResourceId, TagValue]]:
        for hub in self.hubs:
            said = self._from_above(hub, (Kind.HUB, Kind.WORKSPACE), Origin.HUB, tag)
            if said is not None:
                yield hub, said

    def _of_differing(self, tag: CostTag, values: list[str], differ: str) -> TagValue:
        shared = self.all.schema.shared
        if tag.name in shared.pool:
            because = f"its {len(self.hubs)} hubs differ, and finance has a pool for that"
            return TagValue(shared.pool[tag.name], Origin.POOL, because)
        if shared.split is not None:
            return TagValue(None, Origin.SPLIT, f"{differ}; what it costs is split {self._by(shared.split)}")
        if (own := tag.carried_by(self.fact)) in values:
            return TagValue(own, Origin.RESOURCE, f"its own tag chooses among its hubs' values: {_some(values)}")
        return TagValue(None, Origin.NONE, f"{differ}; finance must say who pays")

    def _by(self, split: SplitKey) -> str:
        """What the hubs' parts go by, and for which hubs that is not known."""
        by = f"by {split.replace('_', ' ')}"
        if split is not SplitKey.PROJECTS:
            return by
        counts = {hub: projects_of(self.all.estate.find(hub)) for hub in self.hubs}
        silent = [hub.name for hub, count in counts.items() if count is None]
        if not any(counts.values()):
            return "equally, for none of its hubs states a project"
        return f"{by}; not stated, and counted as none, for {_some(silent)}" if silent else by

    def _from_container(self, container: ResourceId | None, origin: Origin, tag: CostTag) -> TagValue | None:
        if container is None:
            return None
        fact = self.all.estate.find(container)
        if fact is None or fact.seen is Seen.UNREADABLE:
            return _unread(container, fact)
        carried = tag.carried_by(fact)
        if carried is None or (origin is Origin.RESOURCE_GROUP and self._is_for_all(carried, tag)):
            return None
        return TagValue(carried, origin, f"{origin.replace('_', ' ')} {container.name} carries it")

    def _is_for_all(self, value: str, tag: CostTag) -> bool:
        """Whether a value on a group is the pool's or the default: we put it there, and it tells of no hub in it."""
        return value in {self.all.schema.shared.pool.get(tag.name), tag.default}

    def _mapped(self, tag: CostTag) -> TagValue | None:
        key = self.value(self.all.schema.by_name[tag.mapped_by])
        if key.origin is Origin.UNDECIDED:
            return key
        mapped = tag.mapping.get(key.value or "")
        if mapped is None:
            return None
        return TagValue(mapped, Origin.MAPPING, f"the mapping file has it for {tag.mapped_by} {key.value}")


def _some(values: list[str]) -> str:
    """The first of many values, and how many more there are."""
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return f"{', '.join(values[:_SHOWN])}{more}"


def _unread(resource: ResourceId, fact: Fact | None) -> TagValue:
    if fact is None:
        return TagValue(None, Origin.UNDECIDED, f"{resource.name} was not read", frozenset({resource}))
    return TagValue(None, Origin.UNDECIDED, f"{resource.name} could not be read: {fact.reason}")
