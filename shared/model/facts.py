"""
A fact is one resource as read from Azure: its raw ARM document and the few typed fields that rules need.

What could not be read is a fact too (`Seen.UNREADABLE`), and so is what is known to be gone (`Seen.ABSENT`): to take
either for "nothing there" is how governance tools come to report, and then "fix", what they never saw.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from shared.model.resource_id import ResourceId

type Json = Mapping[str, Any]
"""A raw ARM document, or a part of one. Treated as frozen: adapters hand it over and nobody writes to it."""


class Kind(StrEnum):
    """What a resource is to us; several ARM types fold into one kind where the rules do not tell them apart."""

    HUB = "hub"
    PROJECT = "project"
    WORKSPACE = "workspace"
    CONNECTION = "connection"
    COMPUTE = "compute"
    ENDPOINT = "endpoint"
    DIAGNOSTIC_SETTING = "diagnostic setting"
    ROLE_ASSIGNMENT = "role assignment"
    STORAGE = "storage account"
    KEY_VAULT = "key vault"
    SECRET = "secret"  # noqa: S105 - a kind of resource
    REGISTRY = "container registry"
    INSIGHTS = "application insights"
    AI_ACCOUNT = "AI services account"
    SEARCH = "search service"
    RESOURCE_GROUP = "resource group"
    SUBSCRIPTION = "subscription"
    BUDGET = "budget"
    OTHER = "resource"


DEPENDENTS = frozenset(
    {Kind.STORAGE, Kind.KEY_VAULT, Kind.REGISTRY, Kind.INSIGHTS, Kind.AI_ACCOUNT, Kind.SEARCH},
)
"""What a hub leans on: its own storage, vault, registry and insights, and the services its connections name."""

SHAREABLE = DEPENDENTS | {Kind.RESOURCE_GROUP}
"""What several hubs may have in common, their resource group among it: the lineage index knows whose it is."""

WORKSPACES = frozenset({Kind.HUB, Kind.PROJECT, Kind.WORKSPACE})
"""The three kinds of `Microsoft.MachineLearningServices/workspaces`."""

CHILDREN = frozenset({Kind.CONNECTION, Kind.COMPUTE, Kind.ENDPOINT})
"""What lives inside a workspace and is judged on its own."""

PARTS = CHILDREN | {Kind.SECRET}
"""What lives inside another resource and is judged on its own; policy may go by that other one's name and tags."""

EXTENSIONS = frozenset({Kind.DIAGNOSTIC_SETTING, Kind.ROLE_ASSIGNMENT})
"""What hangs on a resource of any type, under an id that begins with that resource's."""

WORKSPACE_TYPE = "microsoft.machinelearningservices/workspaces"
FOUNDRY_PROJECT_TYPE = "microsoft.cognitiveservices/accounts/projects"
"""A project of a Foundry account, which is no workspace and has connections of its own."""

_KIND_OF_TYPE = {
    f"{WORKSPACE_TYPE}/connections": Kind.CONNECTION,
    f"{WORKSPACE_TYPE}/computes": Kind.COMPUTE,
    f"{WORKSPACE_TYPE}/onlineendpoints": Kind.ENDPOINT,
    f"{WORKSPACE_TYPE}/serverlessendpoints": Kind.ENDPOINT,
    f"{WORKSPACE_TYPE}/batchendpoints": Kind.ENDPOINT,
    "microsoft.cognitiveservices/accounts/connections": Kind.CONNECTION,
    f"{FOUNDRY_PROJECT_TYPE}/connections": Kind.CONNECTION,
    "microsoft.insights/diagnosticsettings": Kind.DIAGNOSTIC_SETTING,
    "microsoft.authorization/roleassignments": Kind.ROLE_ASSIGNMENT,
    "microsoft.storage/storageaccounts": Kind.STORAGE,
    "microsoft.keyvault/vaults": Kind.KEY_VAULT,
    "microsoft.keyvault/vaults/secrets": Kind.SECRET,
    "microsoft.containerregistry/registries": Kind.REGISTRY,
    "microsoft.insights/components": Kind.INSIGHTS,
    "microsoft.cognitiveservices/accounts": Kind.AI_ACCOUNT,
    "microsoft.search/searchservices": Kind.SEARCH,
    "microsoft.resources/resourcegroups": Kind.RESOURCE_GROUP,
    "microsoft.resources/subscriptions": Kind.SUBSCRIPTION,
}
_KIND_OF_WORKSPACE = {"hub": Kind.HUB, "project": Kind.PROJECT}


def kind_of(resource: ResourceId, workspace_kind: object = None) -> Kind:
    """
    The kind of a resource, by its type and, for workspaces, by the document's `kind`.

    Azure answers `Hub` and `Project`; templates send lower case so case does not count.
    """
    if resource.type == WORKSPACE_TYPE:
        return _KIND_OF_WORKSPACE.get(str(workspace_kind).casefold(), Kind.WORKSPACE)
    return _KIND_OF_TYPE.get(resource.type, Kind.OTHER)


class Seen(StrEnum):
    """How much we know of a resource."""

    PRESENT = "present"
    ABSENT = "absent"
    """Azure said it does not exist (404)."""
    UNREADABLE = "unreadable"
    """Azure did not let us look (403), or did not answer; `Fact.reason` says which."""


class Source(StrEnum):
    """Where a document came from, and so how far it may be trusted."""

    LIVE = "live"
    """A direct read: the truth at that moment."""
    INDEX = "index"
    """Resource Graph: minutes behind; good for finding drift, never for acting on it."""
    FILE = "file"
    """An estate file: as good as the day it was saved."""


@dataclass(frozen=True)
class Fact:
    """One resource as it was read, or the reason why it was not."""

    id: ResourceId
    kind: Kind
    raw: Json = field(default_factory=dict, repr=False)
    seen: Seen = Seen.PRESENT
    source: Source = Source.LIVE
    reason: str = ""
    """For what was not read: what Azure answered, in one line."""
    permission: str = ""
    """For a 403: the permission that would have let us read."""

    @classmethod
    def of(cls, raw: Json, source: Source = Source.LIVE) -> "Fact":
        """The fact a document states. Raises BadResourceId when its `id` is missing or is no ARM id."""
        resource = ResourceId.parse(str(raw.get("id") or ""))
        return cls(resource, kind_of(resource, raw.get("kind")), raw, source=source)

    @property
    def present(self) -> bool:
        """Whether the document was read."""
        return self.seen is Seen.PRESENT

    def get(self, *path: str) -> Any:  # noqa: ANN401 - raw JSON is what it is; rules check what they get
        """
        The value under a path of keys, or None where any step is absent, null or no object.

        Azure leaves fields out, sends null and sends empty text for the same thing (CONTRACTS §2), and answers null for
        every inner property of a compute that is being created; a rule must not care which.
        """
        value: Any = self.raw
        for key in path:
            if not isinstance(value, (dict, Mapping)):  # all are dicts, and to ask that alone takes a fifth of the time
                return None
            value = value.get(key)
        return value

    def view[V](self, of: Callable[["Fact"], V]) -> V:
        """What those who know this kind of resource make of it, made once and kept with the document."""
        if of not in self._views:
            self._views[of] = of(self)
        found: V = self._views[of]
        return found

    @cached_property
    def _views(self) -> dict[Callable[["Fact"], Any], Any]:
        return {}

    def text(self, *path: str) -> str:
        """The text under a path of keys; empty where there is none, or something that is no text."""
        value = self.get(*path)
        return value if isinstance(value, str) else ""

    def moment(self, *path: str) -> datetime | None:
        """The moment under a path of keys, in UTC where it names no offset; None where there is none."""
        try:
            at = datetime.fromisoformat(self.text(*path))
        except ValueError:
            return None
        return at if at.tzinfo is not None else at.replace(tzinfo=UTC)

    @cached_property
    def tags(self) -> Mapping[str, str]:
        """The tags by name as written, a null value as an empty one; none when they are absent, null or `{}`."""
        tags = self.get("tags")
        return {str(k): "" if v is None else str(v) for k, v in tags.items()} if isinstance(tags, Mapping) else {}

    @cached_property
    def location(self) -> str:
        """The region as one word in lower case: Search answers `South Central US` where others say `southcentralus`."""
        return str(self.get("location") or "").replace(" ", "").casefold()

    def tag(self, name: str) -> str | None:
        """A tag's value; names compare case-insensitively, as Azure compares them, values do not."""
        return self.tags_by_key.get(name.casefold())

    @cached_property
    def tags_by_key(self) -> Mapping[str, str]:
        """The tags by casefolded name; of two that differ in case only, the first counts."""
        found: dict[str, str] = {}
        for name, value in self.tags.items():
            found.setdefault(name.casefold(), value)
        return found


@dataclass(frozen=True)
class Gap:
    """A list that could not be read: the connections, computes, diagnostic settings or budgets of one resource."""

    parent: ResourceId
    kind: Kind
    reason: str
    permission: str = ""
