"""Online, batch and serverless endpoints and their deployments: one set of handlers, told apart by the id's type.

PUT answers the resource with 201 or 200 and `Azure-AsyncOperation`, PATCH and DELETE an empty 202 with both status
URLs and `Retry-After`; all with `x-ms-async-operation-timeout` (CONTRACTS 5). PATCH takes tags, identity and sku, and
ignores the rest: traffic, like every property, is changed by PUT.
"""

from functools import partial

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import merged, system_data, text, with_properties
from local.azure.arm.endpoint_documents import ONLINE, check, check_traffic, family_of
from local.azure.arm.errors import FrontEndError, conflict
from local.azure.arm.identities import with_principals
from local.azure.arm.operations import Operation, OperationKind
from local.azure.arm.plain import require_parent
from local.azure.arm_ids import name_of, parent, resource_type
from local.azure.cloud import Cloud
from local.azure.keyring import Slot
from local.azure.store import Document

PATCHABLE = ("tags", "identity", "sku")
PASSING = ("Creating", "Updating", "Deleting")
TIMEOUT = {"x-ms-async-operation-timeout": "PT1H"}
RETRY_SECONDS = "1"
SLOTS: dict[str, Slot] = {"primaryKey": 1, "secondaryKey": 2}


def get(cloud: Cloud, call: Call) -> Reply:
    """One endpoint or deployment."""
    return Reply(200, require_endpoint(cloud, call.target))


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces; keys given with an online endpoint become its keys and are not shown."""
    workspace = require_parent(cloud, call.target)
    body, before = call.document(), cloud.store.get(call.target)
    given = {**call.part(body, "properties")}
    keys = given.pop("keys", None)
    family = family_of(call.target)
    check(name_of(call.target), family, body, given)
    check_traffic(given, _deployments(cloud, call.target))
    if before is not None:
        _refuse_while_passing(before)
    else:
        _mint(cloud, call.target, keys or {})
    address = family.address(name_of(call.target), text(workspace, "location") or body["location"])
    state = {"provisioningState": "Updating" if before else "Creating"}
    document = {
        **_envelope(cloud, call, body),
        "properties": {**family.defaults, **given, **address, **state},
        "systemData": system_data(before, call.claims, cloud.clock.now()),
    }
    cloud.store.put(document)
    operation = _begin(cloud, call, document, partial(_settle, cloud, document["id"]))
    headers = operation.async_header(call.base_url) | TIMEOUT
    return Reply(200 if before else 201, document, headers, operation, created=before is None)


def patch(cloud: Cloud, call: Call) -> Reply:
    """Changes tags, which it replaces, identity or sku."""
    before, body = require_endpoint(cloud, call.target), call.document()
    _refuse_while_passing(before)
    changes = {name: body[name] for name in PATCHABLE if name in body}
    if changes.get("identity"):
        changes["identity"] = with_principals(changes["identity"], cloud, before.get("identity"))
    cloud.store.put(with_properties(before, provisioningState="Updating"))
    return _accepted(cloud, call, before, partial(_settle, cloud, before["id"], changes))


def delete(cloud: Cloud, call: Call) -> Reply:
    """Removes an endpoint with its deployments, or a deployment that gets no traffic."""
    document = cloud.store.get(call.target)
    if document is None:
        return Reply(204, changed=False)
    _refuse_while_passing(document)
    _refuse_with_traffic(cloud, document)
    cloud.store.put(with_properties(document, provisioningState="Deleting"))
    return _accepted(cloud, call, document, partial(cloud.store.remove, document["id"]))


def get_logs(cloud: Cloud, call: Call) -> Reply:
    """The container's log, which is empty: nothing runs."""
    require_endpoint(cloud, call.target)
    return Reply(200, {"content": ""})


def list_skus(cloud: Cloud, call: Call) -> Reply:
    """The one size a deployment can be scaled by."""
    require_endpoint(cloud, call.path.rstrip("/").rpartition("/")[0])
    capacity = {"minimum": 0, "maximum": 50, "default": 1, "scaleType": "Automatic"}
    kind = "Microsoft.MachineLearning.Services/endpoints/deployments"
    return Reply(
        200, {"value": [{"resourceType": kind, "sku": {"name": "Default", "tier": "Standard"}, "capacity": capacity}]}
    )


def require_endpoint(cloud: Cloud, resource_id: str) -> Document:
    """The endpoint or deployment; raises ArmError 404, a missing parent first."""
    require_parent(cloud, resource_id)
    document = cloud.store.get(resource_id)
    if document is None:
        raise FrontEndError(404, "NotFound", f"'{name_of(resource_id)}' was not found. Check its name and workspace.")
    return document


def retry_headers(operation: Operation, base_url: str) -> dict[str, str]:
    """What a 202 of the management front end carries."""
    return operation.both_headers(base_url) | {"Retry-After": RETRY_SECONDS} | TIMEOUT


def _envelope(cloud: Cloud, call: Call, body: Document) -> Document:
    kept = {name: body[name] for name in ("kind", "sku") if body.get(name)}
    kept |= {"identity": with_principals(body["identity"], cloud)} if body.get("identity") else {}
    return {
        "id": call.target,
        "name": name_of(call.target),
        "type": resource_type(call.target),
        "location": body["location"],
        "tags": call.part(body, "tags"),
        **kept,
    }


def _mint(cloud: Cloud, endpoint_id: str, keys: Document) -> None:
    cloud.keys.renew(endpoint_id)
    for name, slot in SLOTS.items():
        if chosen := text(keys, name):
            cloud.keys.regenerate(endpoint_id, slot, chosen)


def _deployments(cloud: Cloud, endpoint_id: str) -> set[str]:
    kind = f"{resource_type(endpoint_id)}/deployments"
    return {document["name"].casefold() for document in cloud.store.children(endpoint_id, kind)}


def _refuse_while_passing(document: Document) -> None:
    state = text(document, "properties", "provisioningState")
    if state in PASSING:
        raise conflict(f"'{document['name']}' is in provisioning state {state}. Wait until its operation is done.")


def _refuse_with_traffic(cloud: Cloud, document: Document) -> None:
    endpoint = cloud.store.get(parent(document["id"]))
    if endpoint is None or text(endpoint, "type") != ONLINE:
        return
    traffic: dict[str, int] = endpoint["properties"].get("traffic") or {}
    if any(share and name.casefold() == document["name"].casefold() for name, share in traffic.items()):
        raise FrontEndError(400, "BadArgument", f"Deployment '{document['name']}' gets traffic. Set it to 0 first.")


def _begin(cloud: Cloud, call: Call, document: Document, finish: partial[None]) -> Operation:
    return cloud.operations.start(call, OperationKind.ENDPOINT, text(document, "location") or "local", finish)


def _accepted(cloud: Cloud, call: Call, document: Document, finish: partial[None]) -> Reply:
    operation = _begin(cloud, call, document, finish)
    return Reply(202, headers=retry_headers(operation, call.base_url), operation=operation)


def _settle(cloud: Cloud, resource_id: str, changes: Document | None = None) -> None:
    document = {**require_endpoint(cloud, resource_id), **(changes or {})}
    cloud.store.put(merged(document, {"properties": {"provisioningState": "Succeeded"}}))
