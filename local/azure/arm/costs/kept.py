"""What exports and budgets have in common: they lie at a subscription or group, carry an eTag and are never paged.

An update must send the eTag of what it changes. Their ids are told without the leading slash, as Azure tells them.
"""

import secrets

from local.azure.arm.call import Call, Reply
from local.azure.arm.errors import ArmError, bad_request
from local.azure.arm.plain import require
from local.azure.arm_ids import name_of, resource_type
from local.azure.cloud import Cloud
from local.azure.store import Document


def require_scope(cloud: Cloud, call: Call) -> None:
    """Raises ArmError unless the request's scope is a subscription or resource group that is there."""
    if "/providers/" in call.scope.casefold():
        raise bad_request("BadRequest", f"'{call.scope}' is no scope of this: name a subscription or resource group.")
    require(cloud, call.scope)


def find(cloud: Cloud, resource_id: str) -> Document:
    """The stored document; raises ArmError 404."""
    document = cloud.store.get(resource_id)
    if document is None:
        raise ArmError(404, "NotFound", f"{_kind(resource_id)} '{name_of(resource_id)}' was not found.")
    return document


def written(cloud: Cloud, call: Call, properties: Document) -> Document:
    """Stores what a PUT makes or changes, with a new eTag; raises ArmError 400 when another write came between."""
    before = cloud.store.get(call.target)
    if before is not None and call.document().get("eTag") != before.get("eTag"):
        kind = _kind(call.target)
        raise bad_request(
            "400",
            f"There are changes made to {kind} {name_of(call.target)}. Please get the latest {kind.casefold()} to "
            "avoid overwrite.",
        )
    document = {
        "id": before["id"] if before else call.target,
        "name": name_of(call.target),
        "type": resource_type(call.target),
        "eTag": f'"{secrets.token_hex(8)}"',
        "properties": properties,
    }
    cloud.store.put(document)
    return document


def delete(cloud: Cloud, call: Call) -> Reply:
    """Removes one and what lies under it."""
    require_scope(cloud, call)
    find(cloud, call.target)
    cloud.store.remove(call.target)
    return Reply(200)


def told(document: Document) -> Document:
    """A document as Azure shows it."""
    return {**document, "id": document["id"].lstrip("/")}


def _kind(resource_id: str) -> str:
    return resource_type(resource_id).rpartition("/")[2].rstrip("s").capitalize()
