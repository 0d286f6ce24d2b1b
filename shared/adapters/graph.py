"""
Resource Graph: many resources in one question, seconds to minutes behind the truth.

It holds workspaces, endpoints and the services hubs lean on; connections, computes and diagnostic settings it does not
(CONTRACTS §11). The queries keep to the few operators that also run on a machine without Azure.
"""

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Any, Final

from shared.adapters.api_versions import RESOURCE_GRAPH
from shared.adapters.arm import Arm
from shared.model.errors import DependencyDown
from shared.model.facts import Fact, Source
from shared.model.resource_id import ResourceId

PATH: Final = "/providers/Microsoft.ResourceGraph/resources"
NEEDS: Final = "Microsoft.ResourceGraph/resources/read"
PAGE: Final = 1000
"""Rows a page may have at most."""
IDS_A_QUERY: Final = 200
"""Ids in one query; 200 of the longest stay well within what a query may weigh."""

_COLUMNS = "project id, name, type, kind, location, tags, identity, sku, properties | order by id asc"
_WORKSPACE = "type =~ 'microsoft.machinelearningservices/workspaces'"
_WORKSPACES = f"resources | where {_WORKSPACE}"
_FOUNDRY = (
    "type =~ 'microsoft.cognitiveservices/accounts' and kind =~ 'AIServices'"
    " and tobool(properties.allowProjectManagement) == true"
)
_FOUNDRY_PROJECT = "type =~ 'microsoft.cognitiveservices/accounts/projects'"
_KEYED: Final = (
    "microsoft.cognitiveservices/accounts",
    "microsoft.search/searchservices",
    "microsoft.storage/storageaccounts",
)
"""Types of the accounts whose keys others keep copies of."""


class Graph:
    """Questions to Resource Graph about the governed subscriptions."""

    def __init__(self, arm: Arm, subscriptions: Sequence[str]) -> None:
        """Ask through an ARM pipeline; no subscription means all that the identity may see."""
        self._arm = arm
        self._subscriptions = list(subscriptions)

    async def hubs(self) -> list[Fact]:
        """
        Every workspace that is no project: the hubs, and plain ones, such as those of kind Default and FeatureStore.

        Raises Forbidden, Throttled, DependencyDown or Rejected, as all of these do.
        """
        return await self._facts(f"{_WORKSPACES} and not(kind =~ 'project') | {_COLUMNS}")

    async def named_hubs(self) -> dict[ResourceId, ResourceId | None]:
        """Every project, and the hub that it names, which may lie where nobody looks; no more is read of them."""
        rows = await self._rows(
            f"{_WORKSPACES} and kind =~ 'project' | project id, hub = tostring(properties.hubResourceId)"
            " | order by id asc"
        )
        found = ((ResourceId.find(row.get("id")), ResourceId.find(row.get("hub"))) for row in rows)
        return {project: hub for project, hub in found if project is not None}

    async def foundry_accounts(self) -> list[Fact]:
        """Every AI services account that has projects of its own."""
        return await self._facts(f"resources | where {_FOUNDRY} | {_COLUMNS}")

    async def accounts(self) -> list[Fact]:
        """Every AI services account of any kind, search service and storage account."""
        kinds = ", ".join(literal(kind) for kind in _KEYED)
        return await self._facts(f"resources | where type in~ ({kinds}) | {_COLUMNS}")

    async def keepers(self) -> list[Fact]:
        """Whatever may have connections: every workspace of any kind, every Foundry account and its projects."""
        return await self._facts(
            f"resources | where {_WORKSPACE} or ({_FOUNDRY}) or {_FOUNDRY_PROJECT} | {_COLUMNS}",
        )

    async def projects(self, hub: ResourceId) -> list[Fact]:
        """The projects of a hub."""
        belongs = f"tostring(properties.hubResourceId) =~ {literal(str(hub))}"
        return await self._facts(f"{_WORKSPACES} and {belongs} | {_COLUMNS}")

    async def resources(self, wanted: Iterable[ResourceId]) -> list[Fact]:
        """Those of the wanted resources that the graph holds."""
        facts: list[Fact] = []
        for some in batched(wanted, IDS_A_QUERY, strict=False):
            listed = ", ".join(literal(str(resource)) for resource in some)
            facts += await self._facts(f"resources | where id in~ ({listed}) | {_COLUMNS}")
        return facts

    async def _facts(self, query: str) -> list[Fact]:
        """All rows of a query as facts; a row whose id is none of ARM's is not a resource we could govern."""
        rows = await self._rows(query)
        return [Fact.of(row, Source.INDEX) for row in rows if ResourceId.find(row.get("id")) is not None]

    async def _rows(self, query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        token: str | None = None
        while True:
            page = await self._arm.send("POST", PATH, RESOURCE_GRAPH, self._question(query, token), needs=NEEDS)
            rows += page.get("data") or ()
            following = page.get("$skipToken")
            if not following and str(page.get("resultTruncated", "")).casefold() == "true":
                raise DependencyDown("Resource Graph cut an answer short and gave no token for the rest")
            if not following:
                return rows
            if following == token:
                raise DependencyDown("Resource Graph's pages lead in a circle")
            token = following

    def _question(self, query: str, token: str | None) -> dict[str, Any]:
        options: dict[str, Any] = {"resultFormat": "objectArray", "$top": PAGE}
        if token:
            options["$skipToken"] = token
        scope = {"subscriptions": self._subscriptions} if self._subscriptions else {}
        return {**scope, "query": query, "options": options}


def literal(text: str) -> str:
    """Text as a KQL string literal, whatever it holds."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\r", "\\r").replace("\n", "\\n")
    return f"'{escaped}'"
