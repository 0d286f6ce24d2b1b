"""Events that lie in a storage account: messages of a queue, and dead letters as blobs. The storage is Azurite."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueClient

from local.azure.events.subscription import EndpointType, EventSubscription
from local.azure.options import Options, StoragePlaces
from local.azurite import Azurite, Tls
from local.certificates import ensure_certificates
from tests.local.azure.client import GROUP, HUB, STORAGE, Arm, eventually, webhook
from tests.local.azure.conftest import StandIn

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = f"{GROUP}/providers/Microsoft.EventGrid/eventSubscriptions/Own-Queue"
TAGS = "/providers/Microsoft.Resources/tags/default"
MERGE = {"operation": "Merge", "properties": {"tags": {"a": "b"}}}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def azurite(certificates: Path) -> AsyncIterator[Azurite]:
    """One storage account for all tests here, with TLS so that a token opens it too."""
    made = ensure_certificates(certificates)
    async with Azurite(Tls(made.server, made.key)) as started:
        yield started


@pytest.fixture(params=["key", "token"])
def places(azurite: Azurite, request: pytest.FixtureRequest) -> StoragePlaces:
    """The account, opened by its key or by Event Grid's own token."""
    key = azurite.connection_string if request.param == "key" else ""
    return StoragePlaces(azurite.queue_service_uri, azurite.blob_service_uri, key)


def trusting(certificates: Path) -> dict[str, Any]:
    """What a client of Azurite needs."""
    return {"connection_verify": str(ensure_certificates(certificates).ca)}


async def test_an_event_becomes_a_message_of_a_queue(
    stand_in: StandIn, azurite: Azurite, places: StoragePlaces, certificates: Path
) -> None:
    """One event a message, base64 of a single object, with no handshake."""
    name = f"changes-{'key' if places.connection_string else 'token'}"
    connection = azurite.connection_string
    async with QueueClient.from_connection_string(connection, name, **trusting(certificates)) as queue:
        await queue.create_queue()
        async with stand_in(Options(storage=places, operation_seconds=0.0)) as arm:
            properties = {"resourceId": STORAGE, "queueName": name}
            destination = {"endpointType": "StorageQueue", "properties": properties}
            await arm.done(await arm("PUT", PATH, {"properties": {"destination": destination}}))
            for _ in range(2):
                await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
            await idle(arm)
            expected = [event.written("EventGridSchema", GROUP) for event in arm.azure.events.raised]
        received = [json.loads(base64.b64decode(message.content)) async for message in queue.receive_messages()]
    by_id = {event["id"]: event for event in received}
    assert [by_id.get(event["id"]) for event in expected if event["subject"] == f"{HUB}{TAGS}"] == [
        event for event in expected if event["subject"] == f"{HUB}{TAGS}"
    ]


@pytest.mark.parametrize("schema", ["EventGridSchema", "CloudEventSchemaV1_0"])
async def test_an_event_given_up_lies_in_a_blob(
    stand_in: StandIn,
    azurite: Azurite,
    places: StoragePlaces,
    certificates: Path,
    schema: Any,  # noqa: ANN401 - Literal
) -> None:
    """Five minutes after the last try, under subscription, date and hour, with what Event Grid adds to it."""
    name = f"dead-{'key' if places.connection_string else 'token'}-{schema[:5].lower()}"
    dead_letters = f"{places.blob_uri}/{name}"
    connection = azurite.connection_string
    async with (
        ContainerClient.from_connection_string(connection, name, **trusting(certificates)) as container,
        webhook(503, 400) as hook,
    ):
        await container.create_container()
        told = EventSubscription("Changes", hook.url, schema, dead_letters=dead_letters)
        async with stand_in(Options(storage=places, event_subscriptions=(told,), retry_jitter=0.0)) as arm:
            arm.azure.clock.freeze()
            published = arm.azure.clock.now()
            await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
            await arm.azure.clock.elapse(10 + 299)
            early = [blob.name async for blob in container.list_blobs()]
            await arm.azure.clock.elapse(1)
            buried = arm.azure.clock.now()
            event = arm.azure.events.raised[0].written(schema)
        (blob,) = [blob.name async for blob in container.list_blobs()]
        content = json.loads(await (await container.download_blob(blob)).readall())
    folder = f"CHANGES/{buried.year}/{buried.month}/{buried.day}/{buried.hour}"
    assert (early, blob.rpartition("/")[0]) == ([], folder)
    added = {"deadLetterReason": "EndpointRefused400", "deliveryAttempts": 2, "lastDeliveryOutcome": "BadRequest"}
    times = {"publishTime", "lastDeliveryAttemptTime"}
    if schema == "CloudEventSchemaV1_0":
        added, times = {key.lower(): value for key, value in added.items()}, {time.lower() for time in times}
    (letter,) = content
    assert {key: value for key, value in letter.items() if key not in times} == {**event, **added}
    assert letter[min(times, key=len)].startswith(f"{published:%Y-%m-%dT%H:%M:%S}")


async def test_a_container_out_of_reach_for_four_hours_loses_the_letter(
    stand_in: StandIn, azurite: Azurite, certificates: Path
) -> None:
    """It is tried again every five minutes; when the container is there in time the letter lies in it."""
    places = StoragePlaces(azurite.queue_service_uri, azurite.blob_service_uri, azurite.connection_string)
    async with webhook(400, 400) as hook:
        told = EventSubscription("changes", hook.url, dead_letters=f"{places.blob_uri}/later")
        async with (
            ContainerClient.from_connection_string(
                azurite.connection_string, "later", **trusting(certificates)
            ) as later,
            stand_in(Options(storage=places, event_subscriptions=(told,))) as arm,
        ):
            arm.azure.clock.freeze()
            await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
            await arm.azure.clock.elapse(4 * 3600 + 1)
            assert arm.azure.events.pending == 0
            await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
            await arm.azure.clock.elapse(600)
            await later.create_container()
            await arm.azure.clock.elapse(600)
            assert len([blob.name async for blob in later.list_blobs()]) == 1


async def test_a_queue_that_is_missing_is_tried_again(stand_in: StandIn, azurite: Azurite) -> None:
    """404 of a queue is no final refusal."""
    places = StoragePlaces(azurite.queue_service_uri, azurite.blob_service_uri, azurite.connection_string)
    told = EventSubscription("queue", f"{places.queue_uri}/missing", kind=EndpointType.STORAGE_QUEUE, max_attempts=2)
    async with stand_in(Options(storage=places, event_subscriptions=(told,), time_scale=0.0)) as arm:
        await arm.ok("PATCH", f"{HUB}{TAGS}", MERGE)
        await idle(arm)
        statuses = [delivery.status for delivery in arm.azure.events.deliveries]
    assert statuses == [404, 404]


async def idle(arm: Arm) -> None:
    """Returns when nothing is on its way any more."""

    async def settled() -> bool:
        return arm.azure.events.pending == 0

    await eventually(settled)
