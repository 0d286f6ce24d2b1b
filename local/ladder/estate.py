"""
The estate of the ladder: one hub with a project, and instances that are as new as their region when it begins.

Some may be in a plain workspace, or in a project whose hub lies in another subscription.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.azure.arm.containers import imply
from local.azure.cloud import Cloud
from local.azure.directory import object_id
from local.azure.images import GAP_DAYS, latest_image
from local.azure.options import TENANT
from local.synthetic import documents
from local.synthetic.documents import REGION, Document

SUBSCRIPTION = "5f3c0d1e-0000-4000-8000-00000001adde"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ai-prod"
_ML = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
HUB = f"{_ML}/hub-prod"
PROJECT = f"{_ML}/chat-prod"
PLAIN = f"{_ML}/plain-prod"
"""A workspace of kind Default: it is no hub, and has none."""
LONE = f"{_ML}/lone-prod"
FAR_HUB = HUB.replace(SUBSCRIPTION, "5f3c0d1e-0000-4000-8000-0000000fa4b0")
"""The hub of the project `LONE`, where nobody may look."""
_STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stprodhub"
_VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-prod-hub"
TAGS = {"CostCenter": "CC-4711", "Environment": "prod", "Owner": "jane@contoso.example"}


@dataclass(frozen=True)
class Workplace:
    """One instance, and whose it is."""

    name: str
    who: str
    """Such as `jane@contoso.example`."""
    state: str = "Stopped"
    idle_shutdown: str | None = None
    """After how long without work it stops; None for never."""
    home: str = PROJECT
    """The workspace that it is in."""

    @property
    def id(self) -> str:
        """Its ARM id."""
        return f"{self.home}/computes/{self.name}"


def fill(cloud: Cloud, workplaces: Iterable[Workplace]) -> None:
    """Put it into the stand-in as it is now; everybody whose an instance is is in the directory."""
    now, places = cloud.clock.now(), list(workplaces)
    gaps = cloud.options.image_gap_days
    for document in (*_around(), *_besides(places), *(instance(place, now, gaps) for place in places)):
        imply(cloud.store, document, cloud.options.tenant)
        cloud.store.put(document)
    for place in places:
        cloud.directory.join(place.who)


def instance(place: Workplace, now: datetime, gaps: Sequence[int] = GAP_DAYS) -> Document:
    """An instance that its user has made a moment ago, with the image that its region has now."""
    version = latest_image(REGION, now, gaps).version
    made = now - timedelta(hours=1)
    inner = {
        "state": place.state,
        "createdBy": {"userOrgId": TENANT, "userId": object_id(place.who)},
        "idleTimeBeforeShutdown": place.idle_shutdown,
        "lastOperation": {
            "operationName": "Stop" if place.state == "Stopped" else "Create",
            "operationTime": made.isoformat(),
            "operationStatus": "Succeeded",
            "operationTrigger": "User",
        },
    }
    document = documents.compute(place.id, "ComputeInstance", documents.instance(version, version, inner))
    document["properties"] |= {"createdOn": made.isoformat(), "modifiedOn": made.isoformat()}
    return document


def body(place: Workplace) -> Document:
    """What its user sends to make it anew."""
    inner: dict[str, Any] = {"vmSize": "Standard_DS3_v2", "idleTimeBeforeShutdown": place.idle_shutdown}
    return {"location": REGION, "properties": {"computeType": "ComputeInstance", "properties": inner}}


def _around() -> Iterator[Document]:
    """The hub and the project, and what they lean on; with all that the shipped policy wants of tags."""
    hub = documents.hub_properties(_STORAGE, _VAULT, GROUP, [PROJECT], isolated=True)
    project = documents.project_properties(HUB, _STORAGE, _VAULT)
    yield documents.workspace(HUB, "Hub", TAGS, hub)
    yield documents.workspace(PROJECT, "Project", TAGS, project)
    yield documents.dependent(_STORAGE, TAGS, {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
    yield documents.dependent(_VAULT, TAGS)
    group = {"id": GROUP, "name": "rg-ai-prod", "type": "Microsoft.Resources/resourceGroups", "location": REGION}
    yield {**group, "tags": TAGS, "properties": {"provisioningState": "Succeeded"}}


def _besides(places: Sequence[Workplace]) -> Iterator[Document]:
    """The workspaces that have nothing to do with the hub, where an instance is in one."""
    homes = {place.home for place in places}
    if PLAIN in homes:
        yield documents.workspace(PLAIN, "Default", TAGS, {"publicNetworkAccess": "Disabled"})
    if LONE in homes:
        far = {"hubResourceId": FAR_HUB, "publicNetworkAccess": "Disabled"}
        yield documents.workspace(LONE, "Project", TAGS, far)
