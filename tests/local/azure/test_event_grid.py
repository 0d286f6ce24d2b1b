"""Microsoft.EventGrid as infrastructure plays it: topics, event subscriptions, their handshake, batches and retries."""

from collections import deque
from dataclasses import replace
from typing import Any

import pytest

from local.azure.clock import Clock
from local.azure.events.parcel import Parcel
from local.azure.events.schedule import RETRY_SECONDS, delays
from local.azure.events.subscription import EventSubscription
from local.azure.options import Options
from tests.local.azure.client import (
    ACCOUNT,
    CONNECTION,
    GROUP,
    HUB,
    STORAGE,
    SUBSCRIPTION,
    Answer,
    Arm,
    Webhook,
    eventually,
    webhook,
)
from tests.local.azure.conftest import StandIn

PROVIDER = f"{GROUP}/providers/Microsoft.EventGrid"
SYSTEM_TOPIC = f"{PROVIDER}/systemTopics/changes"
TOPIC = f"{PROVIDER}/topics/alerts"
TAGS = "/providers/Microsoft.Resources/tags/default"
MERGE = {"operation": "Merge", "properties": {"tags": {"a": "b"}}}
ALERT = {"id": "1", "source": "hubwarden", "type": "Hubwarden.Finding", "specversion": "1.0", "subject": "/hub"}


def system_topic(source: str = f"/subscriptions/{SUBSCRIPTION}", kind: str = "Subscriptions") -> dict[str, Any]:
    """The body of a system topic."""
    return {"location": "global", "properties": {"source": source, "topicType": f"Microsoft.Resources.{kind}"}}


def to(hook: Webhook, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """The body of an event subscription to a webhook."""
    destination = {"endpointType": "WebHook", "properties": {"endpointUrl": hook.url}}
    return {"properties": {"destination": destination, **more}}


async def made(arm: Arm, path: str, body: object) -> Answer:
    """Creates an event subscription and waits until its handshake is over."""
    answer = await arm("PUT", path, body)
    assert answer.status == 201, answer
    await arm.done(answer)
    return answer


async def idle(arm: Arm) -> None:
    """Returns when nothing is on its way any more."""

    async def settled() -> bool:
        return arm.azure.events.pending == 0

    await eventually(settled)


async def test_a_system_topic_tells_a_webhook_what_it_asked_for(arm: Arm) -> None:
    """Types, subject and operation filter; the subscription is `Creating` until the handshake is done."""
    wanted = {
        "includedEventTypes": ["Microsoft.Resources.ResourceWriteSuccess"],
        "subjectBeginsWith": f"{GROUP}/providers/Microsoft.MACHINELEARNINGSERVICES",
        "advancedFilters": [
            {"operatorType": "StringContains", "key": "data.operationName", "values": ["tags/write", "x"]}
        ],
    }
    async with webhook() as hook:
        await arm.ok("PUT", SYSTEM_TOPIC, system_topic())
        path = f"{SYSTEM_TOPIC}/eventSubscriptions/hubwarden"
        created = await made(arm, path, to(hook, filter=wanted))
        for changed in (HUB, STORAGE):
            await arm.ok("PATCH", f"{changed}{TAGS}", MERGE)
        await arm.ok("DELETE", CONNECTION)
        await idle(arm)
        received = [(batch[0]["subject"], batch[0]["topic"]) for batch in hook.received]
    assert created.body["properties"]["provisioningState"] == "Creating"
    assert (await arm.ok("GET", path))["properties"]["provisioningState"] == "Succeeded"
    assert received == [(f"{HUB}{TAGS}", f"/subscriptions/{SUBSCRIPTION}")]


async def test_a_webhooks_key_is_told_only_to_who_asks_for_the_full_url(arm: Arm) -> None:
    """PUT and GET tell the URL without its query; getFullUrl tells all of it."""
    async with webhook() as hook:
        await arm.ok("PUT", SYSTEM_TOPIC, system_topic())
        path = f"{SYSTEM_TOPIC}/eventSubscriptions/hubwarden"
        created = await made(arm, path, to(hook))
        told = await arm.ok("GET", path)
        listed = await arm.ok("GET", f"{SYSTEM_TOPIC}/eventSubscriptions")
        assert told["properties"]["destination"]["properties"]["endpointBaseUrl"] == hook.url.partition("?")[0]
        assert "function-key" not in f"{created.body}{told}{listed}"
        assert (await arm.ok("POST", f"{path}/getFullUrl"))["endpointUrl"] == hook.url
    assert [one["name"] for one in listed["value"]] == ["hubwarden"]


async def test_a_webhook_that_fails_its_handshake_leaves_a_failed_subscription(arm: Arm) -> None:
    """The operation says why, without the key, and no event is sent."""
    async with webhook(validates=False) as hook:
        await arm.ok("PUT", SYSTEM_TOPIC, system_topic())
        path = f"{SYSTEM_TOPIC}/eventSubscriptions/hubwarden"
        status = await arm.done(await arm("PUT", path, to(hook)))
        await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
        await idle(arm)
    assert (status["status"], "handshake failed" in status["error"]["message"]) == ("Failed", True)
    assert "function-key" not in str(status)
    assert (await arm.ok("GET", path))["properties"]["provisioningState"] == "Failed"
    assert hook.received == []


async def test_a_deleted_subscription_or_topic_tells_nothing_more(arm: Arm) -> None:
    """Whether it is deleted itself, or goes with its system topic."""
    async with webhook() as hook:
        await arm.ok("PUT", SYSTEM_TOPIC, system_topic())
        for name in ("one", "two"):
            await made(arm, f"{SYSTEM_TOPIC}/eventSubscriptions/{name}", to(hook))
        await arm.ok("DELETE", f"{SYSTEM_TOPIC}/eventSubscriptions/one")
        assert [one.name for one in arm.azure.events.subscriptions.values()] == ["two"]
        await arm.ok("DELETE", SYSTEM_TOPIC)
        await idle(arm)
        hook.received.clear()
        await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
        await idle(arm)
    assert hook.received == []


async def test_an_event_subscription_hangs_on_any_resource(arm: Arm) -> None:
    """On a resource group: it tells what happens in the group, with the group as topic."""
    async with webhook() as hook:
        await made(arm, f"{GROUP}/providers/Microsoft.EventGrid/eventSubscriptions/own", to(hook))
        await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
        await arm.ok("PATCH", f"/subscriptions/{SUBSCRIPTION}{TAGS}", MERGE)
        await idle(arm)
    assert [batch[0]["topic"] for batch in hook.received if batch[0]["subject"].startswith(HUB)] == [GROUP]
    assert f"/subscriptions/{SUBSCRIPTION}{TAGS}" not in [batch[0]["subject"] for batch in hook.received]


async def test_a_custom_topic_passes_on_what_it_was_sent(arm: Arm) -> None:
    """CloudEvents reach its subscriptions as they came, filtered by type; resource events do not."""
    async with webhook() as hook:
        topic = await arm.ok("PUT", TOPIC, {"location": "local", "properties": {"inputSchema": "CloudEventSchemaV1_0"}})
        body = to(hook, eventDeliverySchema="CloudEventSchemaV1_0", filter={"includedEventTypes": [ALERT["type"]]})
        await made(arm, f"{TOPIC}/eventSubscriptions/mail", body)
        header = {"Authorization": f"Bearer {arm.token('https://eventgrid.azure.net')}"}
        sent = [ALERT, {**ALERT, "id": "2", "type": "Other"}]
        await arm("POST", topic["properties"]["endpoint"], sent, headers=header)
        await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
        await idle(arm)
    assert hook.received == [ALERT]


async def test_an_update_keeps_what_it_does_not_name(arm: Arm) -> None:
    """PATCH with a filter alone: the destination, its key included, stays."""
    async with webhook() as hook:
        path = f"{GROUP}/providers/Microsoft.EventGrid/eventSubscriptions/own"
        await made(arm, path, to(hook))
        await arm.done(await arm("PATCH", path, {"filter": {"subjectEndsWith": "/nothing"}}))
        await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
        await idle(arm)
        assert (await arm.ok("POST", f"{path}/getFullUrl"))["endpointUrl"] == hook.url
    assert f"{HUB}{TAGS}" not in [batch[0]["subject"] for batch in hook.received]


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({}, "destination must be"),
        ({"destination": {"endpointType": "EventHub", "properties": {}}}, "destination must be"),
        ({"destination": {"endpointType": "StorageQueue", "properties": {"queueName": "q"}}}, "option storage"),
        (
            {"destination": {"endpointType": "AzureFunction", "properties": {"resourceId": "/f"}}},
            "option functions_webhook",
        ),
        ({"retryPolicy": {"maxDeliveryAttempts": 31}}, "from 1 to 30, not 31"),
        ({"retryPolicy": {"eventTimeToLiveInMinutes": 0}}, "from 1 to 1440, not 0"),
        ({"eventDeliverySchema": "CustomInputSchema"}, "must be one of EventGridSchema"),
        ({"filter": {"advancedFilters": [{}]}}, "has no 'key'"),
    ],
)
async def test_what_event_grid_would_not_take_is_refused(arm: Arm, properties: dict[str, Any], reason: str) -> None:
    """400 with the reason; nothing is made."""
    path = f"{GROUP}/providers/Microsoft.EventGrid/eventSubscriptions/own"
    hook = {"destination": {"endpointType": "WebHook", "properties": {"endpointUrl": "https://127.0.0.1:1/"}}}
    given = properties if "destination" in properties or not properties else {**hook, **properties}
    answer = await arm("PUT", path, {"properties": given})
    assert (answer.status, answer.code) == (400, "InvalidRequest")
    assert reason in answer.body["error"]["message"]
    assert (await arm("GET", path)).status == 404


async def test_a_system_topics_type_must_fit_its_source(arm: Arm) -> None:
    """A resource group is no subscription; a source that is no id at all is refused too."""
    for source in (GROUP, ACCOUNT, "nothing"):
        assert (await arm("PUT", SYSTEM_TOPIC, system_topic(source))).status == 400
    assert (await arm("PUT", SYSTEM_TOPIC, system_topic(GROUP, "ResourceGroups"))).status == 201


async def test_a_function_is_reached_by_the_hosts_webhook(stand_in: StandIn) -> None:
    """The endpoint type AzureFunction becomes a call of the host's Event Grid webhook with the function's name."""
    async with webhook() as hook, stand_in(Options(functions_webhook=hook.url, operation_seconds=0.0)) as arm:
        function = "/subscriptions/x/resourceGroups/y/providers/Microsoft.Web/sites/z/functions/on_resource_event"
        destination = {"endpointType": "AzureFunction", "properties": {"resourceId": function}}
        path = f"{GROUP}/providers/Microsoft.EventGrid/eventSubscriptions/own"
        await made(arm, path, {"properties": {"destination": destination}})
        (subscription,) = arm.azure.events.subscriptions.values()
        assert subscription.endpoint == f"{hook.url}&functionName=on_resource_event"


@pytest.mark.parametrize("schema", ["EventGridSchema", "CloudEventSchemaV1_0"])
async def test_waiting_events_travel_as_one_batch(stand_in: StandIn, schema: Any) -> None:  # noqa: ANN401 - Literal
    """Up to the number allowed, as an array in either schema; a batch that is refused is tried again whole."""
    async with webhook() as hook:
        told = EventSubscription("changes", hook.url, schema, max_events_per_batch=3)
        options = Options(event_subscriptions=(told,), time_scale=0.0)
        async with stand_in(options) as arm:
            await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
            await idle(arm)
            for number in range(7):
                arm.azure.events.publish(replace(arm.azure.events.raised[0], id=str(number)))
            hook.statuses.append(503)
            hook.received.clear()
            await idle(arm)
    batches = sorted([event["id"] for event in batch] for batch in hook.received)
    assert len(batches) == 4
    assert sorted({tuple(batch) for batch in batches}) == [("0", "1", "2"), ("3", "4", "5"), ("6",)]


def test_a_batch_stays_below_its_preferred_size() -> None:
    """Events that would make it larger wait for the next one; a single larger one goes alone."""
    told = EventSubscription("changes", "https://x", max_events_per_batch=10, preferred_batch_kilobytes=1)
    outbox: deque[object] = deque({"id": str(size), "text": "x" * size} for size in (2000, 300, 300, 500))
    sizes = []
    while outbox:
        sizes.append(len(Parcel.packed(told, outbox, Clock().now()).events))
    assert sizes == [1, 2, 1]


def test_retries_are_jittered_by_the_seed() -> None:
    """A delay is up to a tenth longer than the schedule says, never shorter, and the same in every run of a seed."""

    def first(seed: int) -> list[float]:
        found = delays(seed, 0.1, "changes 1")
        return [next(found) for _ in RETRY_SECONDS]

    assert first(1) == first(1) != first(2)
    for base, delay in zip(RETRY_SECONDS, first(1), strict=True):
        assert base < delay < 1.1 * base
