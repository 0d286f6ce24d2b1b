"""Microsoft.EventGrid in ARM: system topics, custom topics, and event subscriptions to them or to any resource.

A new event subscription is `Creating` until its webhook has answered the handshake; one that does not is `Failed`.
"""

import uuid
from functools import partial

from local.azure.arm import plain
from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import merged, text, with_properties
from local.azure.arm.errors import ArmError, bad_request
from local.azure.arm.operations import OperationKind
from local.azure.arm.plain import require
from local.azure.arm_ids import canonical, name_of, resource_type
from local.azure.cloud import Cloud
from local.azure.events.arm_json import Reader, SubscriptionRefusedError, shown
from local.azure.events.handshake import HandshakeError
from local.azure.events.subscription import EventSubscription
from local.azure.store import Document

SYSTEM_TOPIC = "Microsoft.EventGrid/systemTopics"
TOPIC = "Microsoft.EventGrid/topics"
EXTENSION = "Microsoft.EventGrid/eventSubscriptions"
TOPIC_TYPES = {
    "microsoft.resources.subscriptions": "microsoft.resources/subscriptions",
    "microsoft.resources.resourcegroups": "microsoft.resources/subscriptions/resourcegroups",
    "microsoft.keyvault.vaults": "microsoft.keyvault/vaults",
}


def put_system_topic(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces a system topic; its type must be that of its source."""
    properties = call.part(call.document(), "properties")
    source, kind = text(properties, "source"), text(properties, "topicType")
    if TOPIC_TYPES.get(kind.casefold()) != _type_of(source):
        raise bad_request("InvalidRequest", f"The topic type '{kind}' does not fit the source '{source}'.")
    reply = plain.put(cloud, call)
    document = with_properties(reply.body or {}, metricResourceId=str(uuid.uuid5(uuid.NAMESPACE_URL, call.target)))
    cloud.store.put(document)
    return Reply(reply.status, document, created=reply.created)


def put_topic(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces a custom topic, which is a 201 either way; its endpoint is told back."""
    reply = plain.put(cloud, call)
    endpoint = f"{cloud.url}/topics/{name_of(call.target)}/api/events"
    document = with_properties(reply.body or {}, endpoint=endpoint)
    cloud.store.put(document)
    return Reply(201, document, created=reply.created)


def delete_topic(cloud: Cloud, call: Call) -> Reply:
    """Removes a custom topic, which takes its time; 204 when there was none."""
    if cloud.store.get(call.target) is None:
        return Reply(204, changed=False)
    finish = partial(cloud.store.remove, call.target)
    operation = cloud.operations.start(call, OperationKind.EVENT_GRID, "global", finish)
    return Reply(202, headers=operation.both_headers(call.base_url), operation=operation)


def put_subscription(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces an event subscription."""
    return _begin(cloud, call, call.part(call.document(), "properties"))


def patch_subscription(cloud: Cloud, call: Call) -> Reply:
    """Changes what is given; Event Grid calls it an update and puts filter and destination at the top level."""
    before = require(cloud, call.target)
    kept = cloud.store.secrets.get(canonical(call.target), {})
    return _begin(cloud, call, merged(merged(before["properties"], kept), call.document()))


def list_subscriptions(cloud: Cloud, call: Call) -> Reply:
    """The event subscriptions of a topic, or those directly on any other resource."""
    holder, kind = _holder(call.path)
    require(cloud, holder)
    return Reply(200, {"value": cloud.store.children(holder, kind)})


def full_url(cloud: Cloud, call: Call) -> Reply:
    """The webhook's URL with its key, for those who may ask."""
    require(cloud, call.target)
    kept = cloud.store.secrets.get(canonical(call.target), {})
    return Reply(200, {"endpointUrl": text(kept, "destination", "properties", "endpointUrl") or None})


def delete_subscription(cloud: Cloud, call: Call) -> Reply:
    """Ends a subscription; what is on its way to it still arrives."""
    return plain.delete(cloud, call)


def _begin(cloud: Cloud, call: Call, properties: Document) -> Reply:
    holder, kind = _holder(call.path.rstrip("/").rpartition("/")[0])
    topic = require(cloud, holder)
    source = text(topic, "properties", "source") or topic["id"]
    reader = Reader(cloud.options.functions_webhook, cloud.options.storage)
    try:
        subscription = reader.read(call.target, source, properties)
    except SubscriptionRefusedError as error:
        raise bad_request("InvalidRequest", str(error)) from None
    known = cloud.store.get(call.target) is not None
    document: Document = {"id": call.target, "name": name_of(call.target), "type": kind}
    document["properties"] = shown(properties, source, "Updating" if known else "Creating")
    cloud.store.put(document)
    if text(properties, "destination", "endpointType") == "WebHook":
        cloud.store.secrets[canonical(call.target)] = {"destination": properties["destination"]}
    finish = partial(_subscribe, cloud, subscription)
    operation = cloud.operations.start(call, OperationKind.EVENT_GRID, "global", finish)
    return Reply(201, document, operation.async_header(call.base_url), operation=operation, created=not known)


async def _subscribe(cloud: Cloud, subscription: EventSubscription) -> None:
    try:
        await cloud.events.subscribe(subscription)
    except HandshakeError as error:
        raise ArmError(400, "Url validation", f"Webhook validation handshake failed. {error}") from None
    document = cloud.store.get(subscription.resource_id)
    if document is not None:
        cloud.store.put(with_properties(document, provisioningState="Succeeded"))


def _holder(path: str) -> tuple[str, str]:
    """Whose event subscriptions a path means, and their type: a topic's own, or the extension of any resource."""
    extension = "/providers/microsoft.eventgrid/eventsubscriptions"
    trimmed = path.rstrip("/")
    if trimmed.casefold().endswith(extension):
        return trimmed[: -len(extension)], EXTENSION
    holder = trimmed.rpartition("/")[0]
    return holder, f"{resource_type(holder)}/eventSubscriptions"


def _type_of(source: str) -> str:
    try:
        return resource_type(source).casefold()
    except ValueError:
        return ""
