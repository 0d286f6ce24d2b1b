"""One change of each kind that a person makes and Hubwarden undoes, and the event that tells of no harm done."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench import estate
from bench.estate import Names

TAGS_VERSION = "2021-04-01"
SOMEBODY = "kim@contoso.example"

type Request = tuple[str, str, dict[str, Any], str]
"""Method, path, body and api-version."""


@dataclass(frozen=True)
class Kind:
    """A kind of event: which resource of a hub it names, and a request that gives cause for one fix."""

    name: str
    resource: Callable[[Names], str]
    harm: Callable[[str], Request]


def event(resource: str, operation: str = "write") -> dict[str, Any]:
    """An event as Event Grid sends one for a change by a person, in its own schema."""
    kind = resource.rpartition("/providers/")[2].split("/")
    name = "/".join((kind[0], *kind[1::2], operation))
    claims = {"http://schemas.microsoft.com/identity/claims/objectidentifier": "4a1c0000-0000-4000-8000-0000000000aa"}
    return {
        "id": str(uuid.uuid4()),
        "eventType": "Microsoft.Resources.ResourceWriteSuccess",
        "subject": resource,
        "eventTime": "2026-01-15T09:00:00.0000000Z",
        "topic": f"/subscriptions/{estate.SUBSCRIPTION}",
        "dataVersion": "2",
        "metadataVersion": "1",
        "data": {
            "authorization": {"scope": resource, "action": name, "evidence": {"role": "Contributor"}},
            "claims": claims,
            "correlationId": str(uuid.uuid4()),
            "httpRequest": {"clientRequestId": str(uuid.uuid4()), "method": "PUT", "url": resource},
            "resourceProvider": kind[0],
            "resourceUri": resource,
            "operationName": name,
            "status": "Succeeded",
            "subscriptionId": estate.SUBSCRIPTION,
        },
    }


def remove_tag(resource: str) -> Request:
    """Take away a cost tag that the hub still has, or that a spelling of it still tells."""
    body = {"operation": "Delete", "properties": {"tags": {"Environment": "prod"}}}
    return "PATCH", f"{resource}/providers/Microsoft.Resources/tags/default", body, TAGS_VERSION


def _share(connection: str) -> Request:
    return "PATCH", connection, {"properties": {"isSharedToAll": True}}, "2025-12-01"


def _keep_a_node(cluster: str) -> Request:
    settings = {"maxNodeCount": 4, "minNodeCount": 1, "nodeIdleTimeBeforeScaleDown": "PT2M"}
    return "PATCH", cluster, {"properties": {"properties": {"scaleSettings": settings}}}, "2025-12-01"


def _open(hub: str) -> Request:
    return "PATCH", hub, {"properties": {"publicNetworkAccess": "Enabled"}}, "2025-12-01"


KINDS = (
    Kind("connection", lambda hub: hub.connection, _share),
    Kind("compute", lambda hub: hub.cluster, _keep_a_node),
    Kind("project", lambda hub: hub.project(0), remove_tag),
    Kind("hub", lambda hub: hub.hub, _open),
    Kind("dependent", lambda hub: hub.storage, remove_tag),
)
