"""Resources that only need reading, tags and a few properties: storage accounts, vaults, registries and the like.

They hold whatever the estate gave them. A PATCH merges and answers at once; a PUT replaces.
"""

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import merged
from local.azure.arm.errors import ArmError, bad_request, parent_not_found, resource_not_found
from local.azure.arm.paging import page
from local.azure.arm_ids import canonical, group_of, name_of, parent, resource_type
from local.azure.cloud import Cloud
from local.azure.store import Document


def require(cloud: Cloud, resource_id: str) -> Document:
    """The stored document of this id; raises ArmError 404 as ARM does, naming a missing parent first."""
    document = cloud.store.get(resource_id)
    if document is None:
        if resource_type(resource_id).count("/") > 1:
            require_parent(cloud, resource_id)
        raise resource_not_found(resource_id, group_of(resource_id))
    return document


def require_parent(cloud: Cloud, child_id: str) -> Document:
    """The stored parent of a child resource; raises ArmError 404 ParentResourceNotFound."""
    holder = parent(canonical(child_id))
    document = cloud.store.get(holder)
    if document is None:
        raise parent_not_found(child_id, holder)
    return document


def get(cloud: Cloud, call: Call) -> Reply:
    """The document as it was loaded or last written."""
    return Reply(200, require(cloud, call.target))


def list_in_scope(cloud: Cloud, call: Call) -> Reply:
    """All resources of the type in the subscription or group the path names."""
    scope, _, kind = call.path.rstrip("/").rpartition("/providers/")
    return page(call, cloud.store.of_type(kind, scope), cloud.options.page_size)


def list_children(cloud: Cloud, call: Call) -> Reply:
    """All resources of the type directly under the resource the path names."""
    holder, _, kind = call.path.rstrip("/").rpartition("/")
    require(cloud, holder)
    child_type = f"{resource_type(holder)}/{kind}"
    return page(call, cloud.store.children(holder, child_type), cloud.options.page_size)


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces."""
    body = call.document()
    before = cloud.store.get(call.target)
    if not body.get("location"):
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    properties = {**call.part(body, "properties"), "provisioningState": "Succeeded"}
    named = {"id": call.target, "name": name_of(call.target), "type": resource_type(call.target)}
    document = {**named, "tags": {}, **body, **named, "properties": properties}
    cloud.store.put(document)
    return Reply(200 if before else 201, document, created=before is None)


def patch(cloud: Cloud, call: Call) -> Reply:
    """Merges properties; `tags`, when given, replace the old set."""
    before, body = require(cloud, call.target), call.document()
    changes: Document = {name: body[name] for name in ("properties", "identity", "sku") if name in body}
    document = merged(before, changes)
    if "tags" in body:
        document["tags"] = call.part(body, "tags")
    cloud.store.put(document)
    return Reply(200, document)


def delete(cloud: Cloud, call: Call) -> Reply:
    """Removes the resource and what is under it; 204 when there was none."""
    known = cloud.store.get(call.target) is not None
    cloud.store.remove(call.target)
    return Reply(200 if known else 204, changed=known)


def read_any(cloud: Cloud, call: Call) -> Reply:
    """Whatever else an estate brought along: any stored id, or the children of a type that was stored."""
    try:
        kind = resource_type(call.path)
    except ValueError:
        return _list_any(cloud, call)
    if not cloud.store.knows_type(kind):
        raise ArmError(404, "InvalidResourceType", f"The resource type '{kind}' could not be found.")
    return get(cloud, call)


def _list_any(cloud: Cloud, call: Call) -> Reply:
    holder, _, kind = call.path.rstrip("/").rpartition("/")
    scope, _, whole_type = call.path.rstrip("/").rpartition("/providers/")
    if cloud.store.get(scope) is not None and cloud.store.knows_type(whole_type):
        return list_in_scope(cloud, call)
    if "/providers/" in call.path and cloud.store.get(holder) is not None:
        return page(call, cloud.store.children(holder, f"{resource_type(holder)}/{kind}"), cloud.options.page_size)
    raise ArmError(404, "InvalidResourceType", f"The resource type of '{call.path}' could not be found.")
