"""Azure in memory: Inventory, KeyInventory, Actuator and Access over one set of raw documents."""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from shared.costs.effective import is_foundry
from shared.model.errors import DependencyDown, Forbidden, HubwardenError, Throttled
from shared.model.facts import EXTENSIONS, FOUNDRY_PROJECT_TYPE, WORKSPACES, Fact, Gap, Kind, Seen, Source, kind_of
from shared.model.plan import Step
from shared.model.resource_id import ResourceId
from shared.ports import Clock
from tests.fakes.effects import MOMENT, assignment_id, carry_out, scope_of
from tests.fakes.instances import INSTANCE_ACTIONS, World, begin, check, latest_of

GRAPH = "microsoft.resourcegraph/resources"
"""Stands for Resource Graph wherever a resource or a type can be troubled."""

type Subject = ResourceId | str
"""What a trouble is about: one resource, or all of an ARM type (lower case)."""

_LISTS = {
    Kind.CONNECTION: ("connections",),
    Kind.COMPUTE: ("computes",),
    Kind.ENDPOINT: ("onlineendpoints", "serverlessendpoints"),
    Kind.SECRET: ("secrets",),
}
_EXTENDED = {
    Kind.DIAGNOSTIC_SETTING: ("microsoft.insights/diagnosticsettings",),
    Kind.ROLE_ASSIGNMENT: ("microsoft.authorization/roleassignments",),
}
_ACCOUNTS = frozenset({Kind.AI_ACCOUNT, Kind.SEARCH, Kind.STORAGE})


class FakeCloud:
    """A world made of ARM documents. Reads and writes can be refused; the index can fall behind."""

    def __init__(self, documents: Iterable[Mapping[str, Any]] = ()) -> None:
        """Start from documents as Azure returns them; they are copied."""
        self.world: World = {}
        self.writes: list[Step] = []
        """Every write that was carried out, in order."""
        self.reads = 0
        """How many reads were asked for."""
        self.lacks: set[str] = set()
        """Permissions that our identity does not have."""
        self.images: dict[str, str] = {}
        """The latest OS image of each region: what instances have shown there, or what was released since."""
        self.visible: set[str] = set()
        """The subscriptions that the index is asked about; none stands for all."""
        self.clock: Clock | None = None
        """What time instances tell of when something is done to them; None: it stands still at `MOMENT`."""
        self._index: World | None = None
        self._read_trouble: dict[Subject, HubwardenError] = {}
        self._write_trouble: dict[Subject, BaseException] = {}
        self._slow: set[Subject] = set()
        self._accepted: list[Step] = []
        for document in documents:
            self.put(document)

    def put(self, document: Mapping[str, Any]) -> ResourceId:
        """Someone creates or replaces a resource."""
        resource = ResourceId.parse(document["id"])
        self.world[resource] = copy.deepcopy(dict(document))
        region, latest = latest_of(document)
        if latest > self.images.get(region, ""):
            self.images[region] = latest
        return resource

    def release(self, region: str, version: str) -> None:
        """A newer OS image comes to a region: instances there show it, and keep the one that they were made with."""
        self.images[region] = version
        for document in self.world.values():
            if latest_of(document)[1] and latest_of(document)[0] == region:
                shown = document["properties"]["properties"]["osImageMetadata"]
                shown |= {"latestImageVersion": version, "isLatestOsImageVersion": False}

    def delete(self, resource: ResourceId) -> None:
        """Someone deletes a resource and all that is in it."""
        for key in [key for key in self.world if key.within(resource)]:
            del self.world[key]

    def document(self, resource: ResourceId) -> dict[str, Any]:
        """The document as it is now, to look at or to change behind everyone's back."""
        return self.world[resource]

    def deny(self, subject: Subject, permission: str = "") -> None:
        """Reads of a resource or a type answer 403; Resource Graph leaves out what it may not show."""
        named = permission or f"{_type_of(subject)}/read"
        self._read_trouble[subject] = Forbidden(f"403 AuthorizationFailed: reading needs {named}", named)

    def down(self, subject: Subject) -> None:
        """Reads of a resource or a type answer 503."""
        self._read_trouble[subject] = DependencyDown("503 ServiceUnavailable: try again later")

    def throttle(self, subject: Subject, retry_after: float = 30.0) -> None:
        """Reads of a resource or a type answer 429."""
        self._read_trouble[subject] = Throttled("429 TooManyRequests", retry_after)

    def refuse(self, subject: Subject, error: BaseException) -> None:
        """Writes to a resource or a type raise this; a BaseException plays the process that dies."""
        self._write_trouble[subject] = error

    def accept_only(self, subject: Subject) -> None:
        """Writes to a resource or a type are accepted (202) and not carried out before `finish`."""
        self._slow.add(subject)

    def finish(self) -> None:
        """Everything that was accepted is carried out."""
        for step in self._accepted:
            carry_out(step, self.world, self.images, self._moment)
        self._accepted.clear()
        self._slow.clear()

    def heal(self, subject: Subject) -> None:
        """End all trouble with a resource or a type."""
        self._read_trouble.pop(subject, None)
        self._write_trouble.pop(subject, None)

    def freeze_index(self) -> None:
        """Resource Graph falls behind: it keeps answering what is true now."""
        self._index = copy.deepcopy(self.world)

    def refresh_index(self) -> None:
        """Resource Graph catches up."""
        self._index = None

    async def get(self, resource: ResourceId) -> Fact:
        """See `Inventory.get`."""
        self.reads += 1
        match self._read_troubles(resource, resource.type):
            case Throttled() as error:
                raise error
            case None:
                return self._fact(resource)
            case error:
                kind = kind_of(resource)
                return Fact(resource, kind, seen=Seen.UNREADABLE, reason=str(error), permission=_permission(error))

    async def children(self, parent: ResourceId, kind: Kind) -> tuple[Fact, ...] | Gap:
        """See `Inventory.children`."""
        self.reads += 1
        match self._read_troubles(*_types(parent, kind)):
            case Throttled() as error:
                raise error
            case None:
                if kind is Kind.ROLE_ASSIGNMENT:
                    return tuple(self._assigned(parent))
                own = [fact for fact in self._facts() if fact.kind is kind and _owner(fact) == parent]
                return tuple(own + (self._shared_with(parent) if kind is Kind.CONNECTION else []))
            case error:
                return Gap(parent, kind, str(error), _permission(error))

    async def family(self, hub: ResourceId) -> tuple[Fact, ...] | Gap:
        """See `Inventory.family`."""
        facts = self._indexed(hub)
        if isinstance(facts, Gap):
            return facts
        return tuple(f for f in facts if ResourceId.find(f.get("properties", "hubResourceId")) == hub)

    async def resources(self, wanted: Sequence[ResourceId]) -> tuple[Fact, ...] | Gap:
        """See `Inventory.resources`."""
        if not wanted:
            return ()
        facts = self._indexed(wanted[0])
        return facts if isinstance(facts, Gap) else tuple(f for f in facts if f.id in set(wanted))

    async def hubs(self) -> Sequence[Fact]:
        """See `Inventory.hubs`."""
        heads = self._found(lambda fact: fact.kind in {Kind.HUB, Kind.WORKSPACE} or is_foundry(fact))
        seen = {head.id for head in heads}
        return heads + self._found(lambda fact: fact.kind is Kind.PROJECT and _hub_named(fact) not in seen)

    async def accounts(self) -> Sequence[Fact]:
        """See `KeyInventory.accounts`."""
        return self._found(lambda fact: fact.kind in _ACCOUNTS)

    async def keepers(self) -> Sequence[Fact]:
        """See `KeyInventory.keepers`."""
        return self._found(lambda f: f.kind in WORKSPACES or is_foundry(f) or f.id.type == FOUNDRY_PROJECT_TYPE)

    async def apply(self, step: Step) -> None:
        """See `Actuator.apply`."""
        for subject in (step.target, step.target.type):
            if (error := self._write_trouble.get(subject)) is not None:
                raise error
        if isinstance(step.action, INSTANCE_ACTIONS):
            check(step.target, step.action, self.world)
        self.writes.append(step)
        if self._slow.isdisjoint({step.target, step.target.type}):
            carry_out(step, self.world, self.images, self._moment)
            return
        self._accepted.append(step)
        if isinstance(step.action, INSTANCE_ACTIONS):
            begin(step.target, step.action, self.world)

    async def lacking(self, permissions: Sequence[str]) -> Sequence[str]:
        """See `Access.lacking`."""
        return [permission for permission in permissions if permission in self.lacks]

    @property
    def _moment(self) -> str:
        return MOMENT if self.clock is None else self.clock.now().isoformat()

    def _read_troubles(self, *subjects: Subject) -> HubwardenError | None:
        return next((error for s in subjects if (error := self._read_trouble.get(s)) is not None), None)

    def _fact(self, resource: ResourceId) -> Fact:
        if resource in self.world:
            return Fact.of(copy.deepcopy(self.world[resource]))
        shared = self._shared_with(resource.parent) if resource.parent else []
        return next((f for f in shared if f.id == resource), Fact(resource, kind_of(resource), seen=Seen.ABSENT))

    def _shared_with(self, project: ResourceId) -> list[Fact]:
        """What a hub shares with all shows in its projects too, under their ids; it is written only at the hub."""
        if (document := self.world.get(project)) is None:
            return []
        named = ResourceId.find((document.get("properties") or {}).get("hubResourceId"))
        hub = project.parent if project.type == FOUNDRY_PROJECT_TYPE else named
        theirs = [fact for fact in self._facts() if fact.kind is Kind.CONNECTION and fact.id.parent == hub]
        shared = [fact for fact in theirs if fact.get("properties", "isSharedToAll")]
        return [Fact.of({**f.raw, "id": f"{document['id']}/connections/{f.id.name}"}) for f in shared]

    def _assigned(self, resource: ResourceId) -> list[Fact]:
        """The role assignments on a resource and on what it lies in, each under the resource's own id."""
        found = [f for f in self._facts() if (scope := scope_of(f.id)) is not None and resource.within(scope)]
        return [Fact(assignment_id(resource, f.id.name), f.kind, f.raw) for f in found]

    def _facts(self) -> list[Fact]:
        return [self._fact(resource) for resource in self.world]

    def _indexed(self, about: ResourceId) -> list[Fact] | Gap:
        self.reads += 1
        match self._read_troubles(GRAPH):
            case Throttled() as error:
                raise error
            case None:
                return self._shown()
            case error:
                return Gap(about, Kind.PROJECT, str(error), _permission(error))

    def _found(self, wanted: Callable[[Fact], bool]) -> list[Fact]:
        """What the index shows of the wanted, in the order of their ids."""
        self.reads += 1
        if (error := self._read_troubles(GRAPH)) is not None:
            raise error
        return sorted(filter(wanted, self._shown()), key=lambda fact: fact.id)

    def _shown(self) -> list[Fact]:
        documents = self.world if self._index is None else self._index
        facts = [Fact.of(copy.deepcopy(document), Source.INDEX) for document in documents.values()]
        near = [f for f in facts if not self.visible or f.id.subscription in self.visible]
        return [f for f in near if _in_graph(f) and self._read_troubles(f.id, f.id.type) is None]


def _in_graph(fact: Fact) -> bool:
    """Resource Graph holds no connections, computes, settings and secrets: proxy resources (CONTRACTS §11)."""
    return fact.kind not in {Kind.CONNECTION, Kind.COMPUTE, Kind.SECRET, *EXTENSIONS}


def _types(parent: ResourceId, kind: Kind) -> tuple[str, ...]:
    """The ARM types of a list; those of children depend on what they live in."""
    return _EXTENDED.get(kind) or tuple(f"{parent.type}/{name}" for name in _LISTS[kind])


def _owner(fact: Fact) -> ResourceId | None:
    return fact.id.base if fact.kind in EXTENSIONS else fact.id.parent


def _hub_named(project: Fact) -> ResourceId | None:
    return ResourceId.find(project.get("properties", "hubResourceId"))


def _permission(error: HubwardenError) -> str:
    return error.permission if isinstance(error, Forbidden) else ""


def _type_of(subject: Subject) -> str:
    return subject if isinstance(subject, str) else subject.type
