"""
What Azure holds: direct reads for the truth, Resource Graph for the overview.

The engine's `Inventory`, and the `KeyInventory` of rotations.
"""

from collections.abc import Sequence
from typing import Final

from shared.adapters.api_versions import AUTHORIZATION, DIAGNOSTIC_SETTINGS, api_version
from shared.adapters.arm import Arm
from shared.adapters.graph import Graph
from shared.adapters.together import together
from shared.model.errors import BadResourceId, Forbidden, HubwardenError, Rejected, Throttled
from shared.model.facts import EXTENSIONS, Fact, Gap, Json, Kind, Seen, kind_of
from shared.model.resource_id import ResourceId

_SETTINGS: Final = "providers/Microsoft.Insights/diagnosticSettings"
_ASSIGNMENTS: Final = "providers/Microsoft.Authorization/roleAssignments"
_EXTENDED: Final = {_SETTINGS: DIAGNOSTIC_SETTINGS, _ASSIGNMENTS: AUTHORIZATION}
"""What hangs on any resource, and the api-version that its list has wherever it hangs."""

_LISTS: Final = {
    Kind.CONNECTION: ("connections",),
    Kind.COMPUTE: ("computes",),
    Kind.ENDPOINT: ("onlineEndpoints", "serverlessEndpoints"),
    Kind.DIAGNOSTIC_SETTING: (_SETTINGS,),
    Kind.SECRET: ("secrets",),
    Kind.ROLE_ASSIGNMENT: (_ASSIGNMENTS,),
}

_QUERIES = {
    # Without it the list leaves out connections to data, such as AzureBlob: azure-ai-ml sends it to see them.
    Kind.CONNECTION: "&includeAll=true",
    # Those at the scope and above it, and none below: learn.microsoft.com/rest/api/authorization/role-assignments.
    Kind.ROLE_ASSIGNMENT: "&$filter=atScope()",
}


class AzureInventory:
    """Reads governed resources; what Azure does not show becomes a fact or a gap that says why."""

    def __init__(self, arm: Arm, graph: Graph) -> None:
        """Read directly through ARM, and in bulk through Resource Graph."""
        self._arm = arm
        self._graph = graph

    async def get(self, resource: ResourceId) -> Fact:
        """See `Inventory.get`: one request."""
        try:
            raw = await self._arm.get(str(resource), api_version(resource), needs=f"{resource.type}/read")
            return _absent(resource) if raw is None else _fact(raw)
        except Throttled:
            raise
        except HubwardenError as error:
            return Fact(
                resource, kind_of(resource), seen=Seen.UNREADABLE, reason=str(error), permission=_permission(error)
            )

    async def children(self, parent: ResourceId, kind: Kind) -> tuple[Fact, ...] | Gap:
        """
        See `Inventory.children`: one request a page; two lists for endpoints, online and serverless.

        A list is read at the api-version of its parent's provider, for Foundry has connections as workspaces have.
        """
        try:
            lists = await together(self._list(parent, kind, what) for what in _LISTS[kind])
        except Throttled:
            raise
        except HubwardenError as error:
            return _gap(parent, kind, error)
        return tuple(fact for facts in lists for fact in facts)

    async def family(self, hub: ResourceId) -> tuple[Fact, ...] | Gap:
        """See `Inventory.family`: one query."""
        try:
            return tuple(await self._graph.projects(hub))
        except Throttled:
            raise
        except HubwardenError as error:
            return _gap(hub, Kind.PROJECT, error)

    async def resources(self, wanted: Sequence[ResourceId]) -> tuple[Fact, ...] | Gap:
        """See `Inventory.resources`: one query for each two hundred."""
        if not wanted:
            return ()
        try:
            return tuple(await self._graph.resources(wanted))
        except Throttled:
            raise
        except HubwardenError as error:
            return _gap(wanted[0], Kind.OTHER, error)

    async def hubs(self) -> Sequence[Fact]:
        """
        See `Inventory.hubs`: one query a thousand projects, hubs with plain workspaces, and Foundry accounts.

        And one more for each two hundred projects whose hub is not among these.
        """
        named = await self._graph.named_hubs()
        hubs = await self._graph.hubs()  # after the projects: no project is made before its hub
        seen = {hub.id for hub in hubs}
        alone = await self._graph.resources(project for project, hub in named.items() if hub not in seen)
        return [*hubs, *alone, *await self._graph.foundry_accounts()]

    async def accounts(self) -> Sequence[Fact]:
        """See `KeyInventory.accounts`: one query a thousand accounts. Raises as `Graph.hubs` does."""
        return await self._graph.accounts()

    async def keepers(self) -> Sequence[Fact]:
        """See `KeyInventory.keepers`: one query a thousand keepers. Raises as `Graph.hubs` does."""
        return await self._graph.keepers()

    async def _list(self, parent: ResourceId, kind: Kind, what: str) -> list[Fact]:
        if kind in EXTENSIONS:
            version, needs = _EXTENDED[what], f"{what.removeprefix('providers/')}/read"
        else:
            version, needs = api_version(parent), f"{parent.type}/{what}/read"
        found = self._arm.list(f"{parent}/{what}", version, query=_QUERIES.get(kind, ""), needs=needs)
        if kind is Kind.ROLE_ASSIGNMENT:
            return [_shown_under(parent, document) async for document in found]
        return [_fact(document) async for document in found]


def _fact(raw: Json) -> Fact:
    """The fact of a document. Raises Rejected for one without a readable id: it must not pass for something else."""
    try:
        return Fact.of(raw)
    except BadResourceId as error:
        raise Rejected(f"Azure sent a document that cannot be told apart: {error}") from None


def _shown_under(parent: ResourceId, raw: Json) -> Fact:
    """
    An assignment as it bears on the resource that was asked about, under that resource's id.

    Its own id is that of whatever it was made on, be it a management group, which is in no subscription; the document
    keeps it. Raises Rejected for one without a name.
    """
    shown = ResourceId.find(f"{parent}/{_ASSIGNMENTS}/{raw.get('name') or ''}")
    if shown is None:
        raise Rejected("Azure sent a role assignment without a name")
    return Fact(shown, Kind.ROLE_ASSIGNMENT, raw)


def _absent(resource: ResourceId) -> Fact:
    return Fact(resource, kind_of(resource), seen=Seen.ABSENT, reason="Azure says that it does not exist (404)")


def _gap(parent: ResourceId, kind: Kind, error: HubwardenError) -> Gap:
    return Gap(parent, kind, str(error), _permission(error))


def _permission(error: HubwardenError) -> str:
    return error.permission if isinstance(error, Forbidden) else ""
