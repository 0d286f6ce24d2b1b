"""Computes of a workspace: created over a while with every inner property null, started and stopped, never patched.

Statuses and headers: CONTRACTS 4. An instance made here runs the newest image of the month on the stand-in's clock.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import merged, same, text, with_properties
from local.azure.arm.errors import MachineLearningError, bad_request
from local.azure.arm.operations import Operation, OperationKind
from local.azure.arm.plain import require_parent
from local.azure.arm_ids import name_of
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.MachineLearningServices/workspaces/computes"
INSTANCE = "ComputeInstance"
SETTLED = {"start": "Running", "stop": "Stopped", "restart": "Running"}
PASSING = {"start": "Starting", "stop": "Stopping", "restart": "Restarting"}
INSTANCE_INNER = (
    "applications",
    "connectivityEndpoints",
    "createdBy",
    "errors",
    "idleTimeBeforeShutdown",
    "lastOperation",
    "osImageMetadata",
    "schedules",
    "setupScripts",
    "sshSettings",
    "state",
    "subnet",
)


def get(cloud: Cloud, call: Call) -> Reply:
    """One compute."""
    return Reply(200, _require(cloud, call.target))


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces: 201 with the inner properties null until the operation ends."""
    workspace = require_parent(cloud, call.target)
    body = call.document()
    given = call.part(body, "properties")
    if not text(given, "computeType"):
        raise MachineLearningError(400, "BadArgument", "The compute's 'computeType' is required.")
    before = cloud.store.get(call.target)
    document = _creating(body, given, text(workspace, "location"), cloud, call)
    cloud.store.put(document)
    inner = _inner(given, cloud)
    operation = _begin(cloud, call, document, partial(_succeed, cloud, document["id"], inner))
    headers = operation.async_header(call.base_url)
    return Reply(200 if before else 201, document, headers, operation, created=before is None)


def patch(cloud: Cloud, call: Call) -> Reply:
    """Changes the scale settings of an AmlCompute cluster; Azure takes nothing else."""
    before = _require(cloud, call.target)
    given = call.part(call.part(call.document(), "properties"), "properties")
    if not same(text(before, "properties", "computeType"), "AmlCompute") or set(given) - {"scaleSettings"}:
        raise MachineLearningError(
            400, "BadArgument", "Only the scaleSettings of an AmlCompute cluster can be updated."
        )
    document = merged(before, {"properties": {"properties": given, "modifiedOn": offset_time(cloud.clock.now())}})
    cloud.store.put(document)
    return Reply(200, document)


def delete(cloud: Cloud, call: Call) -> Reply:
    """Deletes or detaches; the query must say which."""
    if call.query.get("underlyingResourceAction", "") not in ("Delete", "Detach"):
        raise bad_request("InvalidQueryParameter", "'underlyingResourceAction' must be 'Delete' or 'Detach'.")
    document = cloud.store.get(call.target)
    if document is None:
        return Reply(204, changed=False)
    cloud.store.put(with_properties(document, provisioningState="Deleting"))
    operation = _begin(cloud, call, document, partial(cloud.store.remove, document["id"]))
    return Reply(202, headers=operation.both_headers(call.base_url), operation=operation)


def change_state(cloud: Cloud, call: Call) -> Reply:
    """start, stop and restart: 202 with `Azure-AsyncOperation` and nothing else."""
    document = _require(cloud, call.target)
    verb = name_of(call.path).casefold()
    if not same(text(document, "properties", "computeType"), INSTANCE):
        raise MachineLearningError(400, "BadArgument", f"Only a {INSTANCE} can {verb}.")
    _set_inner(cloud, document["id"], state=PASSING[verb])
    finish = partial(_finish_state, cloud, document["id"], verb)
    operation = _begin(cloud, call, document, finish)
    return Reply(202, headers=operation.async_header(call.base_url), operation=operation)


def set_idle_shutdown(cloud: Cloud, call: Call) -> Reply:
    """The preview action that sets `idleTimeBeforeShutdown`, an ISO duration or null."""
    document = _require(cloud, call.target)
    idle = call.document().get("idleTimeBeforeShutdown")
    if idle is not None and not (isinstance(idle, str) and idle.startswith("P")):
        raise MachineLearningError(400, "BadArgument", "'idleTimeBeforeShutdown' must be an ISO 8601 duration.")
    _set_inner(cloud, document["id"], idleTimeBeforeShutdown=idle)
    return Reply(200)


def offset_time(moment: datetime) -> str:
    """A time as computes write it: seven fractional digits and `+00:00`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0+00:00"


def _require(cloud: Cloud, compute_id: str) -> Document:
    require_parent(cloud, compute_id)
    document = cloud.store.get(compute_id)
    if document is None:
        raise MachineLearningError(
            404, "NotFoundError", f"Compute with name {name_of(compute_id)} can't be found in this workspace"
        )
    return document


def _creating(body: Document, given: Document, location: str, cloud: Cloud, call: Call) -> Document:
    now = offset_time(cloud.clock.now())
    inner = dict.fromkeys((*call.part(given, "properties"), *INSTANCE_INNER))
    return {
        "id": call.target,
        "name": name_of(call.target),
        "type": TYPE,
        "location": text(body, "location") or location,
        "tags": body.get("tags"),
        **({"identity": body["identity"]} if body.get("identity") else {}),
        "properties": {
            "createdOn": now,
            "modifiedOn": now,
            "disableLocalAuth": False,
            "description": None,
            "resourceId": None,
            "provisioningErrors": None,
            "isAttachedCompute": False,
            **given,
            "provisioningState": "Creating",
            "properties": inner,
        },
    }


def _inner(given: Document, cloud: Cloud) -> dict[str, Any]:
    """The inner properties a compute shows once it is made."""
    inner = dict(given.get("properties") or {})
    if isinstance(inner.get("vmSize"), str):
        inner["vmSize"] = inner["vmSize"].upper()
    if not same(text(given, "computeType"), INSTANCE):
        return inner
    image = f"{cloud.clock.now():%y.%m}.01"
    metadata = {
        "currentImageVersion": image,
        "latestImageVersion": image,
        "isLatestOsImageVersion": True,
        "osPatchingStatus": None,
    }
    made = {"schedules": {"computeStartStop": []}, "state": "Running", "osImageMetadata": metadata}
    return {**made, **inner, "lastOperation": _last_operation("create", cloud)}


def _begin(cloud: Cloud, call: Call, document: Document, finish: Callable[[], None]) -> Operation:
    return cloud.operations.start(call, OperationKind.COMPUTE, text(document, "location") or "local", finish)


def _succeed(cloud: Cloud, compute_id: str, inner: Document) -> None:
    document = _require(cloud, compute_id)
    cloud.store.put(with_properties(document, provisioningState="Succeeded", properties=inner))


def _finish_state(cloud: Cloud, compute_id: str, verb: str) -> None:
    _require(cloud, compute_id)
    _set_inner(cloud, compute_id, state=SETTLED[verb], lastOperation=_last_operation(verb, cloud))


def _last_operation(verb: str, cloud: Cloud) -> Document:
    return {
        "operationName": verb.capitalize(),
        "operationTime": offset_time(cloud.clock.now()),
        "operationStatus": "Succeeded",
        "operationTrigger": "User",
    }


def _set_inner(cloud: Cloud, compute_id: str, **inner: Any) -> None:  # noqa: ANN401 - ARM properties hold any JSON
    document = _require(cloud, compute_id)
    cloud.store.put(merged(document, {"properties": {"properties": inner}}))
