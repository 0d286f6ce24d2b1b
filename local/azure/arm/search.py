"""Azure AI Search services: admin keys in two slots, and query keys by name.

`deleteQueryKey` is not served: it carries the key in its path, and paths are kept in the ledger.
"""

import uuid
from collections.abc import Mapping

from local.azure.arm import plain
from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import text
from local.azure.arm.keyed import slot_named
from local.azure.arm.plain import require
from local.azure.arm_ids import canonical
from local.azure.cloud import Cloud
from local.azure.keyring import Keys, Slot
from local.azure.store import Document

DEFAULTS: Mapping[str, object] = {
    "replicaCount": 1,
    "partitionCount": 1,
    "hostingMode": "default",
    "status": "running",
    "statusDetails": "",
    "publicNetworkAccess": "enabled",
    "networkRuleSet": {"ipRules": []},
    "privateEndpointConnections": [],
    "sharedPrivateLinkResources": [],
    "disableLocalAuth": False,
    "authOptions": {"apiKeyOnly": {}},
}
SLOTS: Mapping[str, Slot] = {"primary": 1, "secondary": 2}


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates a service with fresh keys, or replaces one; what is left out falls back to Azure's defaults."""
    before = cloud.store.get(call.target)
    if before is None:
        cloud.keys.renew(call.target)
    reply = plain.put(cloud, call)
    document = require(cloud, call.target)
    document = {**document, "properties": {**DEFAULTS, **document["properties"]}}
    if text(document, "identity", "type").startswith("SystemAssigned"):
        own = {"principalId": str(uuid.uuid4()), "tenantId": cloud.options.tenant}
        document["identity"] = {**document["identity"], **((before or {}).get("identity") or own)}
    cloud.store.put(document)
    return Reply(reply.status, document, created=reply.created)


def list_admin_keys(cloud: Cloud, call: Call) -> Reply:
    """Both admin keys; Azure lists them even when local authentication is off."""
    return Reply(200, _shown(cloud.keys.live(require(cloud, call.target)["id"])))


def regenerate_admin_key(cloud: Cloud, call: Call) -> Reply:
    """Kills one admin key at once, and answers both as they are then."""
    service = require(cloud, call.target)
    return Reply(200, _shown(cloud.keys.regenerate(service["id"], slot_named(call.names["keyKind"], SLOTS))))


def list_query_keys(cloud: Cloud, call: Call) -> Reply:
    """The query keys made so far."""
    service = require(cloud, call.target)
    return Reply(200, {"value": [{"name": name, "key": key} for name, key in _query_keys(cloud, service).items()]})


def create_query_key(cloud: Cloud, call: Call) -> Reply:
    """A new query key of this name."""
    service, name = require(cloud, call.target), call.names["name"]
    key = cloud.keys.renew(f"{service['id']}/queryKeys/{name}").first.value
    _query_keys(cloud, service)[name] = key
    return Reply(200, {"name": name, "key": key})


def query_keys(cloud: Cloud, service: Document) -> frozenset[str]:
    """The query keys that open a service for reading now."""
    return frozenset(_query_keys(cloud, service).values())


def _query_keys(cloud: Cloud, service: Document) -> Document:
    return cloud.store.secrets.setdefault(canonical(service["id"]), {})


def _shown(keys: Keys) -> Document:
    return {"primaryKey": keys.first.value, "secondaryKey": keys.second.value}
