"""
Attribution: whom one resource's cost belongs to, and since when; what the history of tags remembers.

Tags are not retroactive: what a resource cost on a day belongs to whoever its tags named at the end of that day. So a
history keeps each change of an attribution with the moment it was seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shared.costs.effective import Effective, EffectiveTags, projects_of
from shared.model.cost_tags import Origin, SplitKey
from shared.model.facts import Fact, Kind
from shared.model.resource_id import ResourceId


@dataclass(frozen=True)
class Portion:
    """One part of a resource's cost, and the tags it counts under."""

    hub: str
    """ARM id of the hub, lower case; empty where no single hub has it."""
    weight: int
    """Its part of the whole, against the other portions' weights. Direct cost gives its own, once the bill is known."""
    tags: Mapping[str, str]
    """The tags with a value, by their proper name."""
    origins: Mapping[str, str]
    """Where each tag's value comes from, or why it has none: an `Origin`."""
    why: Mapping[str, str] = field(default_factory=dict)
    """For a tag without a value: why."""

    def filled_from(self, before: "Portion") -> "Portion":
        """This portion, with the tags that are undecided now as they were before."""
        undecided = (name for name, origin in self.origins.items() if origin == Origin.UNDECIDED)
        filled = {name: before.tags[name] for name in undecided if name in before.tags}
        if not filled:
            return self
        origins = {**self.origins, **{name: before.origins[name] for name in filled}}
        why = {name: reason for name, reason in self.why.items() if name not in filled}
        return replace(self, tags={**self.tags, **filled}, origins=origins, why=why)


@dataclass(frozen=True)
class Attribution:
    """One resource and its portions, the whole of what it costs."""

    resource: ResourceId
    kind: Kind
    project: str
    """ARM id of the project it is or lives in, lower case; empty for none."""
    portions: tuple[Portion, ...]
    bears: tuple[str, ...] = ()
    """Lower-case ids of what has a bill of its own but belongs to it, such as its private endpoints."""
    decided: bool = True
    """Whether it is known who pays; what could not be read changes nothing of what is known already."""

    def same(self, other: "Attribution") -> bool:
        """
        Whether the cost belongs to the same hubs under the same tags, wherever those came from.

        A tag that was inherited and has been written to the resource since is not another one: the history keeps where
        it came from at first.
        """
        return self.essence == other.essence

    def filled_from(self, before: "Attribution") -> "Attribution":
        """
        This attribution, with the tags that are undecided now as each hub had them before.

        It is known who pays, and so this is remembered; but what could not be read for a while changes no other tag
        either. Where it is not known who pays this stays as it is, for then nothing of it is remembered.
        """
        if not self.decided:
            return self
        known = {portion.hub: portion for portion in before.portions}
        return replace(self, portions=tuple(one.filled_from(known.get(one.hub, one)) for one in self.portions))

    @property
    def essence(self) -> tuple[object, ...]:
        """What makes it the attribution it is; see `same`."""
        portions = sorted((p.hub, p.weight, sorted(p.tags.items())) for p in self.portions)
        return self.resource.key, self.project, portions, sorted(self.bears), self.decided

    def as_json(self) -> dict[str, Any]:
        """As the history keeps it."""
        return {
            "resource": self.resource.text,
            "kind": self.kind.value,
            "project": self.project,
            "portions": [
                {"hub": p.hub, "weight": p.weight, "tags": dict(p.tags), "origins": dict(p.origins), "why": dict(p.why)}
                for p in self.portions
            ],
            "bears": list(self.bears),
            "decided": self.decided,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Attribution":
        """What `as_json` made. Raises KeyError, ValueError or BadResourceId for anything else."""
        return cls(
            ResourceId.parse(kept["resource"]),
            Kind(kept["kind"]),
            kept["project"],
            tuple(Portion(p["hub"], p["weight"], p["tags"], p["origins"], p["why"]) for p in kept["portions"]),
            tuple(kept["bears"]),
            kept["decided"],
        )


@dataclass(frozen=True)
class Period:
    """An attribution, and while it was so."""

    attribution: Attribution
    valid_from: datetime
    """When it was first seen so, UTC."""
    valid_to: datetime | None = None
    """When it was first seen otherwise, or gone; None while it is so."""


def attributions(tags: EffectiveTags, facts: Iterable[Fact]) -> list[Attribution]:
    """The attributions of those facts that can bear a cost."""
    found = (tags.of(fact) for fact in facts)
    return [_attribution(one, tags) for one in found if one is not None]


def _is_decided(effective: Effective, tags: EffectiveTags) -> bool:
    """Whether the value that says who pays is known, be it that there is none."""
    value = effective.tags.get(tags.schema.cost_center)
    return value is None or value.origin is not Origin.UNDECIDED


def _attribution(effective: Effective, tags: EffectiveTags) -> Attribution:
    fact = effective.fact
    project = effective.project.key if effective.project is not None else ""
    portions, decided = _portions(effective, tags), _is_decided(effective, tags)
    return Attribution(fact.id, fact.kind, project, portions, _bears(fact), decided)


def _portions(effective: Effective, tags: EffectiveTags) -> tuple[Portion, ...]:
    hubs = effective.hubs
    split = tags.schema.shared.split
    if split is None or len(hubs) < 2:  # noqa: PLR2004 - one hub shares with nobody
        return (_portion(effective, tags, hubs[0] if len(hubs) == 1 else None, 1),)
    weights = [_weight(hub, tags, split) for hub in hubs]
    if not any(weights):
        weights = [1] * len(hubs)
    return tuple(_portion(effective, tags, hub, weight) for hub, weight in zip(hubs, weights, strict=True))


def _portion(effective: Effective, tags: EffectiveTags, hub: ResourceId | None, weight: int) -> Portion:
    """A hub's part: what is split counts under the hub's own value."""
    fact = tags.estate.find(hub)
    own = tags.of(fact) if fact is not None else None
    values = dict(effective.tags)
    for name, value in effective.tags.items():
        if value.origin is Origin.SPLIT and own is not None:
            theirs = own.tags[name]
            values[name] = replace(theirs, because=f"hub {own.fact.id.name}: {theirs.because}")
    given = {name: value.value for name, value in values.items() if value.value is not None}
    origins = {name: (effective.tags[name].origin if name in given else value.origin) for name, value in values.items()}
    why = {name: value.because for name, value in values.items() if value.value is None}
    return Portion("" if hub is None else hub.key, weight, given, {n: o.value for n, o in origins.items()}, why)


def _weight(hub: ResourceId, tags: EffectiveTags, split: SplitKey) -> int:
    """A hub's weight; one for each by direct cost, which only a bill can tell."""
    return (projects_of(tags.estate.find(hub)) or 0) if split is SplitKey.PROJECTS else 1


def _bears(fact: Fact) -> tuple[str, ...]:
    """
    The private endpoints that lead to a resource, as it names them itself (`privateEndpointConnections`).

    They bill on their own, in the group of the network they lie in. Computes and firewalls need no word here: they are
    meters of the workspace, or children of its id.
    """
    connections = fact.get("properties", "privateEndpointConnections")
    found = [_endpoint(one) for one in connections] if isinstance(connections, list) else []
    return tuple(sorted({one.key for one in found if one is not None}))


def _endpoint(connection: object) -> ResourceId | None:
    properties = connection.get("properties") if isinstance(connection, Mapping) else None
    endpoint = properties.get("privateEndpoint") if isinstance(properties, Mapping) else None
    return ResourceId.find(endpoint.get("id")) if isinstance(endpoint, Mapping) else None
