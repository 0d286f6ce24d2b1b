"""One hub with all that is its own: projects, connections, computes, endpoints, what it leans on, what hangs on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.synthetic import billed, documents, tags
from local.synthetic.chance import Chance
from local.synthetic.documents import Document
from local.synthetic.drift import Drift
from local.synthetic.names import Names
from local.synthetic.words import CONNECTIONS, KEYLESS, PURPOSES, TARGETS

OLDEST_IMAGE_DAYS = 200
LATEST_IMAGE_DAYS = 50
"""Built so long ago it is out everywhere, and whoever does not have it is known to be behind."""
MOST_CONNECTIONS = 3
COMPUTES_AMONG = 0.4
ENDPOINTS_AMONG = 0.2
MADE_BY_CLICKS = 0.3
SETTINGS_NAME = "to-log-platform"


@dataclass(frozen=True)
class Family:
    """Draws the documents around one hub."""

    names: Names
    projects: int
    drift: Drift
    chance: Chance
    now: datetime

    def documents(self) -> Iterator[Document]:
        """All of them, the hub first."""
        projects = [self.names.workspace(f"{self._purpose(n)}-{self.names.stem}-{n:02}") for n in range(self.projects)]
        storage = self._storage()
        isolated = not self.chance.happens(self.drift.not_isolated)
        yield self._hub(storage, projects, isolated=isolated)
        for project in projects:
            yield self._project(project, storage)
            yield from self._connections(project, MOST_CONNECTIONS)
            yield from self._computes(project)
            yield from self._endpoints(project)
        yield from self._made_by_the_studio()
        yield from self._connections(self.names.hub, 2 * MOST_CONNECTIONS)
        yield from self._leans_on(storage)
        yield from self._hangs_on()
        if isolated:
            way_in = self.names.private_endpoint
            yield documents.private_endpoint(way_in, self.names.hub, self._tags(), self._where())
        yield from billed.around(self.names, self.drift, self.chance)

    def _hub(self, storage: str, projects: list[str], *, isolated: bool) -> Document:
        properties = documents.hub_properties(
            storage,
            self.names.vault,
            self.names.group,
            projects,
            isolated=isolated,
            private_endpoint=self.names.private_endpoint,
        ) | {"containerRegistry": self.names.registry, "friendlyName": self.names.stem}
        own = self._tags()
        if not isolated and self.chance.happens(MADE_BY_CLICKS):
            own = tags.of_the_studio(own)
        return documents.workspace(self.names.hub, self._kind("Hub"), own, properties, self._where())

    def _project(self, project: str, storage: str) -> Document:
        gone = self.chance.happens(self.drift.orphaned)
        hub = self.names.workspace("hub-deleted") if gone else self.names.hub
        properties = documents.project_properties(hub, storage, self.names.vault)
        return documents.workspace(project, self._kind("Project"), self._tags(), properties, self._where())

    def _made_by_the_studio(self) -> Iterator[Document]:
        """The connections every hub gets when it is made: to its AI services account and its search service."""
        for category, target in (("AIServices", self.names.account), ("CognitiveSearch", self.names.search)):
            leads_to = TARGETS[category].format(target.rpartition("/")[2])
            more: Document = {"metadata": {"ApiType": "Azure", "ResourceId": target}}
            name = f"{self.names.hub}/connections/{category.casefold()}"
            yield documents.connection(name, category, "AAD", leads_to, more)

    def _connections(self, workspace: str, most: int) -> Iterator[Document]:
        kinds = CONNECTIONS if self.chance.happens(self.drift.keyed) else KEYLESS
        for auth, category in self.chance.some(kinds, most):
            name = f"{category.casefold()}-{auth.casefold()}"
            target = self._target(category)
            to_all = self.chance.happens(self.drift.connection_shared)
            more: Document = {"isSharedToAll": to_all, "isDefault": not to_all}
            if target:
                more["metadata"] = {"ApiType": "Azure", "ResourceId": target}
            leads_to = TARGETS[category].format(target.rpartition("/")[2] or self.names.stem)
            yield documents.connection(f"{workspace}/connections/{name}", category, auth, leads_to, more)

    def _target(self, category: str) -> str:
        """The resource of the estate a connection of this category leads to, if any."""
        if self.chance.happens(self.drift.connection_dangling):
            return f"{self.names.group}/providers/Microsoft.CognitiveServices/accounts/ai-deleted"
        known = {
            "AIServices": self.names.account,
            "AzureOpenAI": self.names.account,
            "CognitiveSearch": self.names.search,
            "AzureBlob": self.names.storage,
        }
        return known.get(category, "")

    def _computes(self, project: str) -> Iterator[Document]:
        if self.chance.happens(COMPUTES_AMONG):
            yield self._instance(f"{project}/computes/ci-{self.names.team}")
        if self.chance.happens(COMPUTES_AMONG / 2):
            minimum = 1 if self.chance.happens(self.drift.never_empty) else 0
            inner = documents.cluster(minimum, more=self._reached())
            yield documents.compute(f"{project}/computes/train", "AmlCompute", inner)

    def _instance(self, compute: str) -> Document:
        age = self.chance.days(OLDEST_IMAGE_DAYS) if self.chance.happens(self.drift.old_image) else 0
        current, latest = (
            f"{self.now - timedelta(days=days):%y.%m.%d}" for days in (LATEST_IMAGE_DAYS + age, LATEST_IMAGE_DAYS)
        )
        idle = None if self.chance.happens(self.drift.idle_forever) else "PT60M"
        inner = documents.instance(current, latest, {"idleTimeBeforeShutdown": idle} | self._reached())
        if self.chance.happens(self.drift.creating):
            unknown: Document = dict.fromkeys(inner)
            return documents.compute(compute, "ComputeInstance", unknown, "Creating")
        return documents.compute(compute, "ComputeInstance", inner)

    def _reached(self) -> Document:
        """Whether a compute has a public address, as its inner properties say it."""
        return {"enableNodePublicIp": self.chance.happens(self.drift.reachable)}

    def _endpoints(self, project: str) -> Iterator[Document]:
        if self.chance.happens(ENDPOINTS_AMONG):
            mode = "Key" if self.chance.happens(self.drift.local_auth) else "AADToken"
            properties: Document = {"authMode": mode, "provisioningState": "Succeeded", "traffic": {"blue": 100}}
            endpoint = f"{project}/onlineEndpoints/score"
            about: Document = {"tags": self._tags(), "kind": "Managed", **self._where()}
            yield documents.resource(endpoint, properties, about)
            yield documents.resource(f"{endpoint}/deployments/blue", {"endpointComputeType": "Managed"}, about)

    def _leans_on(self, storage: str) -> Iterator[Document]:
        keys = self.chance.happens(self.drift.local_auth)
        if storage == self.names.storage:
            yield documents.dependent(
                storage,
                self._tags(),
                {"kind": "StorageV2", "sku": {"name": "Standard_LRS", "tier": "Standard"}, **self._where()},
                {"allowSharedKeyAccess": keys, "publicNetworkAccess": "Disabled"},
            )
        vault: Document = {"enableRbacAuthorization": True, "enablePurgeProtection": not keys or None}
        yield documents.dependent(self.names.vault, self._tags(), self._where(), vault)

    def _hangs_on(self) -> Iterator[Document]:
        if not self.chance.happens(self.drift.unlogged):
            yield documents.diagnostics(self.names.hub, SETTINGS_NAME, self.names.logs)
        if self.chance.happens(self.drift.locked):
            yield documents.lock(self.names.hub, "CanNotDelete")

    def _storage(self) -> str:
        shared = self.chance.happens(self.drift.shared_storage)
        return self.names.shared_storage if shared else self.names.storage

    def _kind(self, kind: str) -> str:
        """Azure answers most kinds with a capital; what came in by an old template keeps its small letter."""
        return kind.casefold() if self.chance.happens(self.drift.tag_misspelt / 2) else kind

    def _tags(self) -> Document | None:
        return tags.drawn(self.names, self.drift, self.chance)

    def _where(self) -> Document:
        return {"location": self.names.region}

    def _purpose(self, number: int) -> str:
        return PURPOSES[(self.names.number + number) % len(PURPOSES)]
