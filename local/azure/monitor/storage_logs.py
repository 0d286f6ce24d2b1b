"""The logs a storage account writes of each request to it, where a diagnostic setting sends them to Log Analytics.

Columns and texts as Azure Monitor's reference of `StorageBlobLogs` and the "monitoring data reference" of Blob Storage
have them; of the columns only those that tell who came with what. A request that was turned away is not logged here.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping

from aiohttp import web

from local.azure.arm.documents import text
from local.azure.arm.extensions import DIAGNOSTIC_TYPE
from local.azure.arm_ids import canonical
from local.azure.clock import timestamp
from local.azure.cloud import Cloud
from local.azure.keyring import Key, Slot
from local.azure.store import Document, Store

BLOBS = ("blobServices", "StorageBlobLogs")
READ = "StorageRead"


def by_key(slot: Slot, key: Key) -> Mapping[str, str]:
    """How a request proved itself that was signed with an account's key: by the slot, and a hash of the key."""
    digest = hashlib.sha256(base64.b64decode(key.value)).hexdigest().upper()
    return {"AuthenticationType": "AccountKey", "AuthenticationHash": f"key{slot}({digest})"}


def by_token(authorization: str) -> Mapping[str, str]:
    """How a request proved itself that bore a token."""
    digest = hashlib.sha256(authorization.rpartition(" ")[2].encode()).hexdigest().upper()
    return {"AuthenticationType": "OAuth", "AuthenticationHash": digest}


def log(cloud: Cloud, request: web.Request, account: Document, operation: str, proof: Mapping[str, str]) -> None:
    """Writes a row of a request that read blobs, if a setting of the account's blob service wants it."""
    service, table = BLOBS
    if READ not in sent(cloud.store, f"{account['id']}/{service}/default"):
        return
    caller = request.transport.get_extra_info("peername") if request.transport else None
    row = {
        "TimeGenerated": timestamp(cloud.clock.now()),
        "AccountName": account["name"],
        "Protocol": "HTTPS",
        "Category": READ,
        "OperationName": operation,
        "StatusCode": "200",
        "StatusText": "Success",
        "CallerIpAddress": f"{caller[0]}:{caller[1]}" if caller else "",
        "UserAgentHeader": request.headers.get("User-Agent", ""),
        "_ResourceId": canonical(account["id"]),
        **proof,
    }
    cloud.tables.emit(table, [row])


def sent(store: Store, service: str) -> set[str]:
    """The log categories that any setting of a service sends to Log Analytics."""
    settings = store.children(service, DIAGNOSTIC_TYPE)
    return {name for one in settings if text(one, "properties", "workspaceId") for name in _enabled(one)}


def _enabled(setting: Document) -> Iterator[str]:
    for entry in setting["properties"].get("logs") or ():
        if entry.get("enabled") and entry.get("categoryGroup") == "allLogs":
            yield from ("StorageRead", "StorageWrite", "StorageDelete")
        elif entry.get("enabled") and entry.get("category"):
            yield entry["category"]
