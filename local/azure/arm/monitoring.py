"""Application Insights components and Log Analytics workspaces, with the keys their agents send by."""

import uuid
from collections.abc import Mapping

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import with_properties
from local.azure.arm.errors import bad_request
from local.azure.arm.keyed import slot_named
from local.azure.arm.plain import put, require
from local.azure.arm_ids import name_of
from local.azure.cloud import Cloud
from local.azure.keyring import Keys, Slot
from local.azure.store import Document

SHARED_KEY_SLOTS: Mapping[str, Slot] = {"primary": 1, "secondary": 2}


def put_component(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces a component; its instrumentation key stays for life."""
    body, before = call.document(), cloud.store.get(call.target)
    if not body.get("kind"):
        raise bad_request("InvalidRequestContent", "The component's 'kind' is required.")
    reply = put(cloud, call)
    known = before["properties"] if before else {}
    key = known.get("InstrumentationKey") or str(uuid.uuid4())
    document = with_properties(
        require(cloud, call.target),
        InstrumentationKey=key,
        ConnectionString=f"InstrumentationKey={key}",
        AppId=known.get("AppId") or str(uuid.uuid4()),
        ApplicationId=name_of(call.target),
        TenantId=call.names["subscription"],
    )
    cloud.store.put(document)
    return Reply(200, document, created=reply.created)


def patch_component(cloud: Cloud, call: Call) -> Reply:
    """Replaces the tags, which is all Azure takes here."""
    document = {**require(cloud, call.target), "tags": call.part(call.document(), "tags")}
    cloud.store.put(document)
    return Reply(200, document)


def put_workspace(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces a Log Analytics workspace; its customer id stays for life."""
    before = cloud.store.get(call.target)
    reply = put(cloud, call)
    customer = (before["properties"] if before else {}).get("customerId") or str(uuid.uuid4())
    document = with_properties(require(cloud, call.target), customerId=customer)
    cloud.store.put(document)
    return Reply(reply.status, document, created=reply.created)


def shared_keys(cloud: Cloud, call: Call) -> Reply:
    """Both keys of a workspace."""
    return Reply(200, _shown(cloud.keys.live(require(cloud, call.target)["id"])))


def regenerate_shared_key(cloud: Cloud, call: Call) -> Reply:
    """Kills one key (`keyType` Primary or Secondary) at once, and answers both as they are then."""
    workspace = require(cloud, call.target)
    slot = slot_named(str(call.document().get("keyType", "")), SHARED_KEY_SLOTS)
    return Reply(200, _shown(cloud.keys.regenerate(workspace["id"], slot)))


def _shown(keys: Keys) -> Document:
    return {"primarySharedKey": keys.first.value, "secondarySharedKey": keys.second.value}
