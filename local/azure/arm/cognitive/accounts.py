"""AI services accounts: made over a while, changed at once, deleted softly, and opened by either of two keys.

Unlike Azure ML's, these documents carry real etags. Statuses: CONTRACTS 6 and the 2023-05-01 specification.
"""

import uuid
from functools import partial

from local.azure.arm.call import Call, Reply
from local.azure.arm.cognitive.deleted import deleted_id, region_of
from local.azure.arm.documents import merged, same, system_data, text, with_properties
from local.azure.arm.errors import ArmError, bad_request
from local.azure.arm.keyed import slot_named
from local.azure.arm.operations import OperationKind
from local.azure.arm.plain import require
from local.azure.arm_ids import name_of
from local.azure.clock import timestamp
from local.azure.cloud import Cloud
from local.azure.keyring import Keys
from local.azure.store import Document

TYPE = "Microsoft.CognitiveServices/accounts"
READ_ONLY = ("endpoint", "endpoints", "internalId", "capabilities", "dateCreated", "isMigrated", "provisioningState")
HOSTS = {"openai": "openai.azure.com", "aiservices": "cognitiveservices.azure.com"}


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates an account, which takes a while, or replaces one at once."""
    body = call.document()
    for name in ("location", "kind", "sku"):
        if not body.get(name):
            raise bad_request("InvalidRequestContent", f"The account's '{name}' is required.")
    before = cloud.store.get(call.target)
    if before is None:
        return _create(cloud, call, body)
    if not same(text(before, "kind"), text(body, "kind")):
        raise bad_request("AccountKindChangeNotAllowed", "The kind of an existing account cannot be changed.")
    document = merged(before, {"properties": _writable(call, body), "sku": body["sku"]})
    document |= {"tags": call.part(body, "tags")} | ({"identity": body["identity"]} if body.get("identity") else {})
    return Reply(200, store(cloud, call, document, before))


def patch(cloud: Cloud, call: Call) -> Reply:
    """Merges properties; `tags`, when given, replace the old set."""
    before, body = require(cloud, call.target), call.document()
    changes: Document = {name: body[name] for name in ("identity", "sku") if name in body}
    document = merged(before, {**changes, "properties": _writable(call, body)})
    if "tags" in body:
        document["tags"] = call.part(body, "tags")
    return Reply(200, store(cloud, call, document, before))


def delete(cloud: Cloud, call: Call) -> Reply:
    """Removes an account, which keeps its name taken until it is purged; one with projects is refused."""
    document = cloud.store.get(call.target)
    if document is None:
        return Reply(204, changed=False)
    if projects := cloud.store.children(call.target, f"{TYPE}/projects"):
        raise ArmError(
            409,
            "CannotDeleteResource",
            "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: "
            f"'{projects[0]['id']}'. Please delete all nested resources before deleting this resource.",
        )
    cloud.store.remove(call.target)
    moment = timestamp(cloud.clock.now())
    gone = {**document, "id": deleted_id(document), "type": "Microsoft.CognitiveServices/deletedAccounts"}
    cloud.store.put(with_properties(gone, deletionDate=moment))
    return Reply(200)


def list_keys(cloud: Cloud, call: Call) -> Reply:
    """Both keys; refused when the account has local authentication off."""
    account = _with_local_auth(cloud, call, "list")
    return Reply(200, _shown(cloud.keys.live(account["id"])))


def regenerate_key(cloud: Cloud, call: Call) -> Reply:
    """Kills the key in one slot at once, and answers both keys as they are then."""
    account = _with_local_auth(cloud, call, "regenerate")
    slot = slot_named(text(call.document(), "keyName"))
    return Reply(200, _shown(cloud.keys.regenerate(account["id"], slot)))


def store(cloud: Cloud, call: Call, document: Document, before: Document | None) -> Document:
    """Stores an account, or what is in one, with a new etag and its `systemData`; returns it."""
    written = {
        **document,
        "etag": f'"{uuid.uuid4()}"',
        "systemData": system_data(before, call.claims, cloud.clock.now()),
    }
    cloud.store.put(written)
    return written


def accepted(cloud: Cloud, call: Call, document: Document) -> Reply:
    """The 201 of what is made over a while: `Accepted` now, `Succeeded` when the operation ends."""
    begun = store(cloud, call, with_properties(document, provisioningState="Accepted"), None)
    operation = cloud.operations.start(
        call, OperationKind.WORKSPACE, text(document, "location") or "local", partial(_settle, cloud, begun["id"])
    )
    return Reply(201, begun, operation=operation, created=True)


def endpoint_of(account: Document) -> str:
    """The account's own host name, by its custom subdomain or, without one, by its region."""
    own = text(account, "properties", "customSubDomainName")
    if not own:
        return f"https://{region_of(account)}.api.cognitive.microsoft.com/"
    return f"https://{own}.{HOSTS.get(text(account, 'kind').casefold(), HOSTS['aiservices'])}/"


def _create(cloud: Cloud, call: Call, body: Document) -> Reply:
    named = {"id": call.target, "name": name_of(call.target), "type": TYPE}
    properties = _writable(call, body)
    document: Document = {**named, "tags": {}, **body, **named}
    document["properties"] = {
        "endpoint": endpoint_of(body),
        "internalId": uuid.uuid4().hex,
        "dateCreated": timestamp(cloud.clock.now()),
        "isMigrated": False,
        "publicNetworkAccess": "Enabled",
        "privateEndpointConnections": [],
        **properties,
    }
    if call.part(body, "identity").get("type", "").startswith("SystemAssigned"):
        document["identity"] = {**body["identity"], "principalId": str(uuid.uuid4()), "tenantId": cloud.options.tenant}
    _leave_no_deleted_one(cloud, document, restore=bool(properties.pop("restore", False)))
    document["properties"].pop("restore", None)
    cloud.keys.renew(call.target)
    return accepted(cloud, call, document)


def _leave_no_deleted_one(cloud: Cloud, document: Document, *, restore: bool) -> None:
    deleted = deleted_id(document)
    if cloud.store.get(deleted) is None:
        return
    if not restore:
        raise ArmError(
            409,
            "FlagMustBeSetForRestore",
            f"An existing resource with ID '{document['id']}' has been soft-deleted. To restore the resource, you "
            "must specify 'restore' to be 'true' in the property. If you don't want to restore existing resource, "
            "please purge it first.",
        )
    cloud.store.remove(deleted)


def _settle(cloud: Cloud, resource_id: str) -> None:
    if document := cloud.store.get(resource_id):
        cloud.store.put(with_properties(document, provisioningState="Succeeded"))


def _writable(call: Call, body: Document) -> Document:
    return {name: value for name, value in call.part(body, "properties").items() if name not in READ_ONLY}


def _with_local_auth(cloud: Cloud, call: Call, verb: str) -> Document:
    account = require(cloud, call.target)
    if account.get("properties", {}).get("disableLocalAuth"):
        raise bad_request("BadRequest", f"Failed to {verb} key. disableLocalAuth is set to be true")
    return account


def _shown(keys: Keys) -> Document:
    return {"key1": keys.first.value, "key2": keys.second.value}
