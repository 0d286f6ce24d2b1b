"""Storage accounts: two keys whose ages the account's own document tells.

`properties.keyCreationTime` is null for a key that was never rotated since Azure began to note it (CONTRACTS 6).
"""

from collections.abc import Mapping

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import same, text, with_properties
from local.azure.arm.errors import bad_request
from local.azure.arm.keyed import KEY_SLOTS, slot_named
from local.azure.arm.plain import require
from local.azure.arm_ids import canonical, name_of, parent, resource_type
from local.azure.clock import timestamp
from local.azure.cloud import Cloud
from local.azure.keyring import Slot
from local.azure.store import Document

KERBEROS_SLOTS: Mapping[str, Slot] = {"kerb1": 1, "kerb2": 2}
SERVICES = ("blob", "dfs", "file", "queue", "table", "web")
TYPE = "microsoft.storage/storageaccounts"
SERVICE_TYPES = tuple(f"{TYPE}/{service}services" for service in ("blob", "file", "queue", "table"))


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates an account with fresh keys, or replaces its properties; the specification knows no 201 here."""
    body, before = call.document(), cloud.store.get(call.target)
    for name in ("location", "sku", "kind"):
        if not body.get(name):
            raise bad_request("InvalidRequestContent", f"The storage account's '{name}' is required.")
    named = {"id": call.target, "name": name_of(call.target), "type": resource_type(call.target)}
    kept = before["properties"] if before else _made(cloud, call, text(body, "location"))
    properties = {**kept, **call.part(body, "properties"), "provisioningState": "Succeeded"}
    cloud.store.put({**named, "tags": {}, **body, **named, "properties": properties})
    return Reply(200, require(cloud, call.target), created=before is None)


def require_scope(cloud: Cloud, scope: str) -> Document:
    """What an extension hangs on; raises ArmError 404. An account's services are there with it, without documents."""
    service = resource_type(scope).casefold() in SERVICE_TYPES and same(name_of(scope), "default")
    return require(cloud, parent(canonical(scope)) if service else scope)


def list_keys(cloud: Cloud, call: Call) -> Reply:
    """Both keys, and with `$expand=kerb` the Kerberos keys too; Azure lists them even when shared key access is off."""
    return Reply(200, _shown(cloud, require(cloud, call.target), kerberos=call.query.get("$expand") == "kerb"))


def regenerate_key(cloud: Cloud, call: Call) -> Reply:
    """Kills one key at once, notes the new one's age on the account, and answers all keys as they are then."""
    account, name = require(cloud, call.target), text(call.document(), "keyName").casefold()
    if name in KERBEROS_SLOTS:
        cloud.keys.regenerate(_kerberos(account), KERBEROS_SLOTS[name])
        return Reply(200, _shown(cloud, account, kerberos=True))
    cloud.keys.regenerate(account["id"], slot_named(name))
    ages = account.get("properties", {}).get("keyCreationTime") or {}
    now = timestamp(cloud.clock.now())
    account = with_properties(account, keyCreationTime={"key1": None, "key2": None, **ages, name: now})
    cloud.store.put(account)
    return Reply(200, _shown(cloud, account, kerberos=False))


def _made(cloud: Cloud, call: Call, location: str) -> Document:
    now = timestamp(cloud.clock.now())
    cloud.keys.renew(call.target)
    account = name_of(call.target)
    return {
        "keyCreationTime": {"key1": now, "key2": now},
        "creationTime": now,
        "primaryLocation": location,
        "statusOfPrimary": "available",
        "supportsHttpsTrafficOnly": True,
        "primaryEndpoints": {service: f"https://{account}.{service}.core.windows.net/" for service in SERVICES},
        "privateEndpointConnections": [],
    }


def _shown(cloud: Cloud, account: Document, *, kerberos: bool) -> Document:
    ages = account.get("properties", {}).get("keyCreationTime") or {}
    keys = cloud.keys.live(account["id"])
    shown = [_key(name, keys.of(slot).value, ages.get(name)) for name, slot in KEY_SLOTS.items()]
    if kerberos:
        more = cloud.keys.live(_kerberos(account))
        shown += [_key(name, more.of(slot).value, None) for name, slot in KERBEROS_SLOTS.items()]
    return {"keys": shown}


def _key(name: str, value: str, created: str | None) -> Document:
    return {"creationTime": created, "keyName": name, "permissions": "FULL", "value": value}


def _kerberos(account: Document) -> str:
    return f"{account['id']}/kerberosKeys/default"
