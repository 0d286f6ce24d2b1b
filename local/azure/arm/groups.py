"""Resource groups written and removed, and the flat lists of all resources in a group or subscription."""

import re

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import same, text
from local.azure.arm.errors import ArmError, bad_request
from local.azure.arm.extensions import LOCK_TYPE
from local.azure.arm.paging import page
from local.azure.arm.plain import require
from local.azure.arm_ids import name_of, resource_type, subscription_of
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.Resources/resourceGroups"
OF_TYPE = re.compile(r"resourceType eq '([^']+)'", re.IGNORECASE)
TAGGED = re.compile(r"tagName eq '([^']+)'(?: and tagValue eq '([^']*)')?", re.IGNORECASE)
TOP_LEVEL = 1
SHOWN = ("id", "name", "type", "location", "kind", "sku", "tags", "identity", "managedBy")


def put_group(cloud: Cloud, call: Call) -> Reply:
    """Creates a group, or replaces its tags; a group never moves."""
    subscription = f"/subscriptions/{subscription_of(call.path)}"
    if cloud.store.get(subscription) is None:
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{name_of(subscription)}' could not be found.")
    body, before = call.document(), cloud.store.get(call.target)
    location = text(body, "location")
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    if before is not None and not same(text(before, "location") or location, location):
        raise ArmError(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{before['location']}'.",
        )
    own_id = f"{subscription}/resourceGroups/{name_of(call.target)}"
    named = {"id": own_id, "name": name_of(call.target), "type": TYPE, "location": location}
    document = {**named, "tags": call.part(body, "tags"), "properties": {"provisioningState": "Succeeded"}}
    cloud.store.put(document)
    return Reply(200 if before else 201, document, created=before is None)


def patch_group(cloud: Cloud, call: Call) -> Reply:
    """Replaces a group's tags."""
    document = {**require(cloud, call.target), "tags": call.part(call.document(), "tags")}
    cloud.store.put(document)
    return Reply(200, document)


def delete_group(cloud: Cloud, call: Call) -> Reply:
    """Removes a group with all that is in it, unless something in it is locked."""
    require(cloud, call.target)
    if locks := cloud.store.of_type(LOCK_TYPE, call.target):
        raise ArmError(
            409,
            "ScopeLocked",
            f"The scope '{call.target}' cannot perform delete operation because following scope(s) are locked: "
            f"'{locks[0]['id']}'. Please remove the lock and try again.",
        )
    cloud.store.remove(call.target)
    return Reply(200)


def has_group(cloud: Cloud, call: Call) -> Reply:
    """HEAD: 204 when the group exists."""
    if cloud.store.get(call.target) is None:
        return Reply(404)
    return Reply(204)


def list_resources(cloud: Cloud, call: Call) -> Reply:
    """All top-level resources of a scope, without their properties; by type or tag if `$filter` asks for it."""
    scope = call.path.rstrip("/").rpartition("/")[0]
    asked = call.query.get("$filter", "")
    wanted, tagged = OF_TYPE.search(asked), TAGGED.search(asked)
    if asked and not (wanted or tagged):
        raise bad_request("InvalidFilterInQueryString", f"This filter is not understood: {asked}")
    prefix = f"{scope}/".casefold()
    found = [
        {name: document[name] for name in SHOWN if name in document}
        for document in (cloud.store.of_type(wanted[1], scope) if wanted else cloud.store)
        if document["id"].casefold().startswith(prefix) and (wanted or _top_level(document["id"]))
    ]
    if tagged:
        found = [one for one in found if _has_tag(one, tagged[1], tagged[2])]
    return page(call, found, cloud.options.page_size)


def _top_level(resource_id: str) -> bool:
    return (
        resource_id.casefold().count("/providers/") == TOP_LEVEL and resource_type(resource_id).count("/") == TOP_LEVEL
    )


def _has_tag(document: Document, name: str, value: str | None) -> bool:
    tags = {str(known).casefold(): held for known, held in (document.get("tags") or {}).items()}
    return name.casefold() in tags and value in (None, tags[name.casefold()])
