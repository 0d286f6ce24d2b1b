"""Event Grid: what each write raises, and how it is delivered, retried, duplicated and given up."""

from typing import Any

import pytest

from local.azure.events.subscription import EventSubscription
from local.azure.options import Options
from tests.local.azure.client import (
    CONNECTION,
    GROUP,
    HUB,
    INSTANCE,
    PROJECT,
    SUBSCRIPTION,
    VERSION,
    WORKSPACES,
    Arm,
    eventually,
    webhook,
)
from tests.local.azure.conftest import StandIn

TAGS = "/providers/Microsoft.Resources/tags/default"
OID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
MERGE = {"operation": "Merge", "properties": {"tags": {"a": "b"}}}


async def idle(arm: Arm) -> None:
    """Returns when nothing is on its way any more."""

    async def settled() -> bool:
        return arm.azure.events.pending == 0

    await eventually(settled)


async def raised(arm: Arm) -> list[tuple[str, str, str]]:
    """Type, subject and operation of every event raised so far."""
    events = await arm.ok("GET", f"{arm.azure.url}/_standin/events")
    return [(one["type"], one["subject"], one["data"]["operationName"]) for one in events["raised"]]


async def test_each_kind_of_change_raises_its_event(arm: Arm) -> None:
    """Writes, deletes and actions have their type, subject and operationName; reads and refusals raise none."""
    await arm("PATCH", f"{HUB}{TAGS}", MERGE)
    await arm("POST", f"{CONNECTION}/listsecrets")
    await arm.done(await arm("POST", f"{INSTANCE}/stop"))
    await arm("DELETE", CONNECTION)
    await arm.done(await arm("PATCH", HUB, {"tags": {}}))
    await arm("GET", HUB)
    await arm("DELETE", CONNECTION)
    await arm("PATCH", f"{HUB}-missing", {})
    provider = "Microsoft.MachineLearningServices/workspaces"
    resources = "Microsoft.Resources.Resource"
    assert await raised(arm) == [
        (f"{resources}WriteSuccess", f"{HUB}{TAGS}", "Microsoft.Resources/tags/write"),
        (f"{resources}ActionSuccess", CONNECTION, f"{provider}/connections/listsecrets/action"),
        (f"{resources}ActionSuccess", INSTANCE, f"{provider}/computes/stop/action"),
        (f"{resources}DeleteSuccess", CONNECTION, f"{provider}/connections/delete"),
        (f"{resources}WriteSuccess", HUB, f"{provider}/write"),
    ]


async def test_an_event_says_who_did_what_and_carries_no_resource(arm: Arm) -> None:
    """Claims under their long names, correlation id as sent, the request without signed parts; no body."""
    await arm("PATCH", f"{HUB}{TAGS}", MERGE, headers={"x-ms-correlation-request-id": "corr-1"})
    data = arm.azure.events.raised[0].data
    jane = arm.azure.directory.person(arm.who)
    assert (data["claims"][OID], data["correlationId"]) == (jane["oid"], "corr-1")
    assert data["httpRequest"]["method"] == "PATCH"
    assert data["httpRequest"]["url"] == f"{arm.azure.url}{HUB}{TAGS}?api-version={VERSION}"
    assert (data["resourceUri"], data["resourceProvider"]) == (f"{HUB}{TAGS}", "Microsoft.Resources")
    assert (data["subscriptionId"], data["status"]) == (SUBSCRIPTION, "Succeeded")
    assert "properties" not in data


async def test_a_creation_has_no_http_request(arm: Arm) -> None:
    """The event of a new resource lacks `httpRequest`; that of its next write has it."""
    path = f"{WORKSPACES}/hub-two"
    for _ in range(2):
        await arm.done(await arm("PUT", path, {"location": "eastus2", "kind": "Hub"}))
    assert [("httpRequest" in event.data) for event in arm.azure.events.raised] == [False, True]


async def test_an_event_can_come_before_its_operation_ends(stand_in: StandIn) -> None:
    """With `events_at_accept` the event is out while the resource is still `Updating`."""
    async with stand_in(Options(operation_seconds=60, events_at_accept=True)) as arm:
        await arm("PATCH", HUB, {"tags": {}})
        assert [event.subject for event in arm.azure.events.raised] == [HUB]
        assert (await arm.ok("GET", HUB))["properties"]["provisioningState"] == "Updating"


@pytest.mark.parametrize("schema", ["EventGridSchema", "CloudEventSchemaV1_0"])
async def test_a_webhook_gets_events_after_its_handshake(stand_in: StandIn, schema: Any) -> None:  # noqa: ANN401 - Literal
    """Either schema: its own handshake first, then one event per delivery with Event Grid's headers."""
    async with webhook() as hook:
        told = EventSubscription("changes", hook.url, schema)
        async with stand_in(Options(event_subscriptions=(told,))) as arm:
            await arm("PATCH", f"{HUB}{TAGS}", MERGE)
            await idle(arm)
            event = arm.azure.events.raised[0].written(schema)
    assert hook.received == [[event] if schema == "EventGridSchema" else event]
    assert (hook.headers[0]["aeg-event-type"], hook.headers[0]["aeg-delivery-count"]) == ("Notification", "0")
    assert event.get("eventType", event.get("type")) == "Microsoft.Resources.ResourceWriteSuccess"
    assert event.get("topic", event.get("source")) == f"/subscriptions/{SUBSCRIPTION}"


@pytest.mark.parametrize("schema", ["EventGridSchema", "CloudEventSchemaV1_0"])
async def test_an_endpoint_that_fails_its_handshake_is_refused(arm: Arm, schema: str) -> None:
    """No subscription is made, and the answer says what the endpoint did not do, without its key."""
    async with webhook(validates=False) as hook:
        body = {"name": "changes", "endpoint": hook.url, "schema": schema}
        answer = await arm("POST", f"{arm.azure.url}/_standin/event-subscriptions", body)
    assert answer.status == 400
    assert "changes: the webhook did not" in answer.body["error"]
    assert "function-key" not in answer.body["error"]
    assert arm.azure.events.subscriptions == {}


async def test_only_wanted_types_are_delivered(stand_in: StandIn) -> None:
    """A subscription to deletes hears nothing of a write."""
    async with webhook() as hook:
        told = EventSubscription("deletes", hook.url, event_types=("Microsoft.Resources.ResourceDeleteSuccess",))
        async with stand_in(Options(event_subscriptions=(told,))) as arm:
            await arm("PATCH", f"{HUB}{TAGS}", MERGE)
            await arm("DELETE", CONNECTION)
            await idle(arm)
    assert [batch[0]["subject"] for batch in hook.received] == [CONNECTION]


async def test_a_failed_delivery_is_tried_again_on_the_schedule(stand_in: StandIn) -> None:
    """10 s, then 30 s, on the stand-in's clock; not before."""
    async with webhook(500, 503) as hook:
        told = EventSubscription("changes", hook.url)
        async with stand_in(Options(event_subscriptions=(told,), retry_jitter=0.0)) as arm:
            await arm("PATCH", f"{HUB}{TAGS}", MERGE)
            for attempt, seconds in ((1, 10), (2, 30)):
                await tried(arm, attempt)
                arm.azure.clock.advance(seconds - 1)
                assert len(hook.received) == attempt
                arm.azure.clock.advance(1)
            await idle(arm)
            delivered = [(one.attempt, one.status) for one in arm.azure.events.deliveries]
    assert delivered == [(1, 500), (2, 503), (3, 200)]
    assert [headers["aeg-delivery-count"] for headers in hook.headers] == ["0", "1", "2"]
    assert len({batch[0]["id"] for batch in hook.received}) == 1


async def tried(arm: Arm, attempts: int) -> None:
    """Returns when this many tries are noted."""

    async def noted() -> bool:
        return len(arm.azure.events.deliveries) >= attempts

    await eventually(noted)


@pytest.mark.parametrize("status", [400, 401, 403, 413])
async def test_some_refusals_are_final(stand_in: StandIn, status: int) -> None:
    """Event Grid does not retry these: the event is a dead letter at once."""
    async with webhook(status) as hook:
        told = EventSubscription("changes", hook.url)
        async with stand_in(Options(event_subscriptions=(told,))) as arm:
            await arm("PATCH", f"{HUB}{TAGS}", MERGE)
            await idle(arm)
            letters = arm.azure.events.dead_letters
    assert [(letter.reason, letter.attempts) for letter in letters] == [(f"EndpointRefused{status}", 1)]
    assert len(hook.received) == 1


async def test_an_event_nobody_takes_becomes_a_dead_letter(stand_in: StandIn) -> None:
    """After the last allowed attempt, or when the time to live of a day is over."""
    async with webhook(*[500] * 40) as hook:
        few = EventSubscription("few", hook.url, max_attempts=3)
        many = EventSubscription("many", hook.url)
        async with stand_in(Options(event_subscriptions=(few, many), time_scale=0.0, retry_jitter=0.0)) as arm:
            await arm("PATCH", f"{HUB}{TAGS}", MERGE)
            await idle(arm)
            letters = {
                letter.subscription: (letter.reason, letter.attempts) for letter in arm.azure.events.dead_letters
            }
    assert letters == {"few": ("MaxDeliveryAttemptsExceeded", 3), "many": ("TimeToLiveExceeded", 11)}


async def test_events_can_be_injected_as_they_are(stand_in: StandIn) -> None:
    """Duplicates, any order, and what is no event at all reach the webhook exactly as given."""
    async with webhook() as hook:
        told = EventSubscription("changes", hook.url)
        async with stand_in(Options(event_subscriptions=(told,))) as arm:
            given = [{"id": "2"}, {"id": "1"}, {"id": "2"}, "not json", {"nothing": None}]
            await arm.ok("POST", f"{arm.azure.url}/_standin/events", given)
            await idle(arm)
    assert hook.received == [[{"id": "2"}], [{"id": "1"}], [{"id": "2"}], "not json", [{"nothing": None}]]


async def test_two_hundred_events_all_arrive(stand_in: StandIn) -> None:
    """A storm is delivered whole, in parallel."""
    async with webhook() as hook:
        told = EventSubscription("changes", hook.url)
        async with stand_in(Options(event_subscriptions=(told,))) as arm:
            for number in range(200):
                arm.azure.events.inject([{"id": str(number)}])
            await idle(arm)
    assert sorted(int(batch[0]["id"]) for batch in hook.received) == list(range(200))


async def test_a_group_and_a_project_are_told_too(arm: Arm) -> None:
    """Tags of a resource group raise an event; deleting a project tells of the project."""
    await arm("PATCH", f"{GROUP}{TAGS}", MERGE)
    await arm.done(await arm("DELETE", PROJECT))
    assert [subject for _, subject, _ in await raised(arm)] == [f"{GROUP}{TAGS}", PROJECT]


async def test_a_topic_takes_only_cloud_events_with_its_own_token(arm: Arm) -> None:
    """A token for ARM is refused; a batch with one bad event is refused whole and names it."""
    url = f"{arm.azure.url}/topics/alerts/api/events"
    good = {"id": "1", "source": "s", "type": "t", "specversion": "1.0"}
    header = {"Authorization": f"Bearer {arm.token('https://eventgrid.azure.net')}"}
    assert (await arm("POST", url, [good])).status == 401
    refused = await arm("POST", url, [good, {"id": "2"}], headers=header)
    assert (refused.status, refused.body["error"]["message"]) == (
        400,
        "Event 1 is no CloudEvent: source, type, specversion missing.",
    )
    assert await arm.ok("GET", f"{arm.azure.url}/_standin/topics/alerts") == []
