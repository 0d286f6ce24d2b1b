"""Computes of a workspace: created over a while with every inner property null, read as they are by now.

Statuses and headers: CONTRACTS 4. Actions on computes lie in `compute_actions`, what time does to one in `instances`.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from local.azure.arm.call import Call, Reply
from local.azure.arm.compute_documents import (
    CLUSTER,
    TYPE,
    as_shown,
    cluster_nodes,
    creating,
    made,
    settings_of,
    without_secrets,
)
from local.azure.arm.documents import same, text, with_properties
from local.azure.arm.errors import MachineLearningError, bad_request, conflict
from local.azure.arm.identities import with_principals
from local.azure.arm.instances import INNER, MOVING, is_instance, offset_time, seen_now, with_inner
from local.azure.arm.operations import Operation, OperationKind
from local.azure.arm.paging import page
from local.azure.arm.plain import require, require_parent
from local.azure.arm_ids import name_of
from local.azure.cloud import Cloud
from local.azure.store import Document

NAME = re.compile(r"[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9\-]{2,23}")
KINDS = (
    "AKS",
    "AmlCompute",
    "ComputeInstance",
    "DataFactory",
    "DataLakeAnalytics",
    "Databricks",
    "HDInsight",
    "Kubernetes",
    "SynapseSpark",
    "VirtualMachine",
)
ATTACHED = ("Kubernetes", "VirtualMachine", "Databricks", "HDInsight", "SynapseSpark", "DataLakeAnalytics")
PASSING = ("Creating", "Deleting", "Updating")


def list_computes(cloud: Cloud, call: Call) -> Reply:
    """All computes of a workspace as they are by now."""
    workspace = require(cloud, call.path.rstrip("/").rpartition("/")[0])
    found = [seen_now(cloud, document) for document in cloud.store.children(workspace["id"], TYPE)]
    return page(call, found, cloud.options.page_size)


def get(cloud: Cloud, call: Call) -> Reply:
    """One compute as it is by now."""
    return Reply(200, require_compute(cloud, call.target))


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates: 201 with the inner properties null until the operation ends. What exists is updated: 200.

    An update keeps the machine and with it the image; only deleting and creating anew brings the latest one. It
    overwrites whatever can be set: what it leaves out is as if it had never been given.
    """
    workspace = require_parent(cloud, call.target)
    body = call.document()
    given = call.part(body, "properties")
    kind = text(given, "computeType")
    if cloud.store.get(call.target) is not None:
        return _replace(cloud, call, body, given)
    _check(name_of(call.target), kind, given)
    document = creating(body, without_secrets(given), text(workspace, "location"), cloud, call)
    cloud.store.put(document)
    finish = partial(_succeed, cloud, document["id"], partial(made, document, given, cloud, dict(call.claims)))
    operation = begin(cloud, call, document, finish)
    return Reply(201, document, operation.async_header(call.base_url), operation, created=True)


def patch(cloud: Cloud, call: Call) -> Reply:
    """Changes the scale settings of an AmlCompute cluster, which resizes; Azure takes nothing else."""
    before = require_compute(cloud, call.target)
    given = call.part(call.part(call.document(), "properties"), "properties")
    if not same(text(before, "properties", "computeType"), CLUSTER) or set(given) - {"scaleSettings"}:
        raise MachineLearningError(
            400, "BadArgument", "Only the scaleSettings of an AmlCompute cluster can be updated."
        )
    refuse_while_passing(before)
    document = with_inner(before, **given, allocationState="Resizing")
    document["properties"] |= {"modifiedOn": offset_time(cloud.clock.now()), "provisioningState": "Updating"}
    cloud.store.put(document)
    operation = begin(
        cloud, call, document, partial(_succeed, cloud, document["id"], partial(_resized, cloud, document))
    )
    return Reply(200, document, operation.async_header(call.base_url), operation)


def delete(cloud: Cloud, call: Call) -> Reply:
    """Deletes or detaches; the query must say which. What is on its way is refused, a second deletion among it."""
    if call.query.get("underlyingResourceAction", "") not in ("Delete", "Detach"):
        raise bad_request("InvalidQueryParameter", "'underlyingResourceAction' must be 'Delete' or 'Detach'.")
    document = cloud.store.get(call.target)
    if document is None:
        return Reply(204, changed=False)
    refuse_on_its_way(seen_now(cloud, document))
    cloud.store.put(with_properties(document, provisioningState="Deleting"))
    operation = begin(cloud, call, document, partial(cloud.store.remove, document["id"]))
    return Reply(202, headers=operation.both_headers(call.base_url), operation=operation)


def require_compute(cloud: Cloud, compute_id: str) -> Document:
    """The compute as it is by now; raises ArmError 404, a missing workspace first."""
    require_parent(cloud, compute_id)
    document = cloud.store.get(compute_id)
    if document is None:
        raise MachineLearningError(
            404, "NotFoundError", f"Compute with name {name_of(compute_id)} can't be found in this workspace"
        )
    return seen_now(cloud, document)


def begin(cloud: Cloud, call: Call, document: Document, finish: Callable[[], None]) -> Operation:
    """Starts a long-running operation where Azure ML keeps those of computes."""
    return cloud.operations.start(call, OperationKind.COMPUTE, text(document, "location") or "local", finish)


def refuse_while_passing(document: Document) -> None:
    """Raises ArmError 409 while the compute is being made, changed or deleted."""
    state = text(document, "properties", "provisioningState")
    if state in PASSING:
        raise conflict(f"Compute {document['name']} is in provisioning state {state}. Wait until it is done.")


def refuse_on_its_way(document: Document) -> None:
    """Raises ArmError 409 as `refuse_while_passing`, and while an instance starts, stops or restarts."""
    refuse_while_passing(document)
    state = text(document, *INNER, "state")
    if state in MOVING:
        raise conflict(f"Compute {document['name']} is in state {state}. Wait until it is done.")


def _check(name: str, kind: str, given: Document) -> None:
    if not kind:
        raise MachineLearningError(400, "BadArgument", "The compute's 'computeType' is required.")
    if kind.casefold() not in {known.casefold() for known in KINDS}:
        raise MachineLearningError(400, "BadArgument", f"The compute type '{kind}' is not one of {', '.join(KINDS)}.")
    if not NAME.fullmatch(name):
        raise MachineLearningError(
            400,
            "BadArgument",
            f"The compute name '{name}' is invalid: 3 to 24 letters, digits and '-', a letter first.",
        )
    if kind.casefold() in {known.casefold() for known in ATTACHED} and not text(given, "resourceId"):
        raise MachineLearningError(400, "BadArgument", f"A {kind} is attached: its 'resourceId' is required.")


def _replace(cloud: Cloud, call: Call, body: Document, given: Document) -> Reply:
    before = require_compute(cloud, call.target)
    refuse_on_its_way(before)
    inner = call.part(given, "properties")
    _refuse_other_machine(before, given, inner)
    document = {name: value for name, value in before.items() if name != "identity"} | {"tags": body.get("tags")}
    if body.get("identity"):
        document["identity"] = with_principals(body["identity"], cloud, before.get("identity"))
    document = with_properties(document, provisioningState="Updating", description=given.get("description"))
    cloud.store.put(document)
    kept = {**(before["properties"].get("properties") or {}), **_settings(before, inner)}
    operation = begin(cloud, call, document, partial(_succeed, cloud, document["id"], lambda: kept))
    return Reply(200, document, operation.async_header(call.base_url), operation)


def _settings(before: Document, inner: Document) -> Document:
    """What an update sets; the size stays where it is not named."""
    size = {"vmSize": text(before, *INNER, "vmSize")} if text(before, *INNER, "vmSize") else {}
    return settings_of({**size, **inner}) if is_instance(before) else as_shown(inner)


def _refuse_other_machine(before: Document, given: Document, inner: Document) -> None:
    changed = {
        "computeType": (text(before, "properties", "computeType"), text(given, "computeType")),
        "vmSize": (text(before, "properties", "properties", "vmSize"), text(inner, "vmSize")),
    }
    for name, (old, new) in changed.items():
        if old and new and not same(old, new):
            raise MachineLearningError(400, "BadArgument", f"'{name}' of an existing compute cannot be changed.")


def _succeed(cloud: Cloud, compute_id: str, inner: Callable[[], dict[str, Any]]) -> None:
    document = require_compute(cloud, compute_id)
    cloud.store.put(with_properties(document, provisioningState="Succeeded", properties=inner()))


def _resized(cloud: Cloud, cluster: Document) -> Document:
    """A cluster nobody uses shrinks or grows to its minimum."""
    inner = cluster["properties"]["properties"]
    return {**inner, **cluster_nodes(inner["scaleSettings"].get("minNodeCount") or 0, cloud)}
