"""The Event Grid webhook: handshakes, deliveries, refusals, and the queue output they lead to."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.local.host.driver import EVENTS, FUNCTION, MASTER, HostProcess, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEBHOOK = "/runtime/webhooks/EventGrid"
ACCESS = {"functionName": "on_event", "code": EVENTS}
MakeEvent = Callable[..., dict[str, Any]]


def grid_event(event_id: str, **data: object) -> dict[str, Any]:
    return {
        "id": event_id,
        "topic": "/subscriptions/00000000-0000-0000-0000-000000000001",
        "subject": "hub",
        "eventType": "Microsoft.Resources.ResourceWriteSuccess",
        "eventTime": "2026-11-20T10:00:00.1234567Z",
        "data": data,
        "dataVersion": "2",
        "metadataVersion": "1",
    }


def cloud_event(event_id: str, **data: object) -> dict[str, Any]:
    kind = "Microsoft.Resources.ResourceWriteSuccess"
    return {"specversion": "1.0", "id": event_id, "source": "/subscriptions/1", "type": kind, "data": data}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(storage: str) -> AsyncIterator[HostProcess]:
    async with running(storage) as process:
        yield process


@pytest.mark.parametrize(
    "body",
    [
        [
            {
                "id": "1",
                "data": {"validationCode": "512d"},
                "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            }
        ],
        {"id": "1", "data": '{"validationCode": "512d"}', "type": "Microsoft.EventGrid.SubscriptionValidationEvent"},
        {"id": "1", "data": {"validationCode": "512d"}, "type": "Microsoft.EventGrid.SubscriptionValidationEvent"},
    ],
    ids=["event-grid-schema", "cloud-events-double-encoded", "cloud-events"],
)
async def test_subscription_validation(host: HostProcess, body: object) -> None:
    """The validation code comes back, in either schema, also from double-encoded data."""
    headers = {"aeg-event-type": "SubscriptionValidation"}
    status, text = await host.request("POST", WEBHOOK, params=ACCESS, headers=headers, json=body)
    assert (status, json.loads(text)) == (200, {"validationResponse": "512d"})


async def test_cloud_events_handshake(host: HostProcess) -> None:
    """OPTIONS answers with the origin that asked, and refuses who does not say its origin."""
    asked = await host.headers("OPTIONS", WEBHOOK, params=ACCESS, headers={"WebHook-Request-Origin": "grid.example"})
    silent, _ = await host.request("OPTIONS", WEBHOOK, params=ACCESS)
    assert (asked["WebHook-Allowed-Origin"], silent) == ("grid.example", 400)


@pytest.mark.parametrize("make", [grid_event, cloud_event], ids=["event-grid-schema", "cloud-events"])
async def test_delivery_runs_the_function_and_its_output_lands_on_the_queue(host: HostProcess, make: MakeEvent) -> None:
    """A function that takes text gets the raw event in either schema, and its output is one message."""
    event = make("e1", tag="blue")
    assert (await host.notify(event))[0] == 202
    (done,) = await host.take_json("done")
    assert json.loads(done["body"]) == event


async def test_every_event_of_a_delivery_runs_the_function(host: HostProcess) -> None:
    """A list of events is one run each; a list put out is one message per element."""
    assert (await host.notify(grid_event("a", copies=2), grid_event("b")))[0] == 202
    done = await host.take_json("done", 3)
    assert sorted(json.loads(message["body"])["id"] for message in done) == ["a", "a", "b"]


async def test_one_failing_event_fails_the_delivery(host: HostProcess) -> None:
    """The answer is 500 with the error, so that Event Grid sends all of it again; the good event did run."""
    status, text = await host.notify(grid_event("good"), grid_event("bad", fail="intent"))
    assert (status, text) == (500, "ValueError: told to fail by intent")
    (done,) = await host.take_json("done")
    assert json.loads(done["body"])["id"] == "good"


async def test_output_that_storage_refuses_fails_the_delivery(host: HostProcess) -> None:
    """An event too large for a queue message is a failure, never silently lost."""
    status, text = await host.notify(grid_event("huge", text="x" * 70_000))
    assert status == 500
    assert "output 'changes' could not be written to queue" in text


@pytest.mark.parametrize(
    ("function", "code", "expected"),
    [
        ("on_event", "", 401),
        ("on_event", "wrong", 401),
        ("on_event", FUNCTION, 401),
        ("on_event", MASTER, 202),
        ("nothing", EVENTS, 404),
        ("on_change", EVENTS, 404),
        ("", EVENTS, 404),
    ],
)
async def test_keys_and_names(host: HostProcess, function: str, code: str, expected: int) -> None:
    """The webhook wants its own key or the master key, then the name of an Event Grid function."""
    access = {"functionName": function, "code": code}
    headers = {"aeg-event-type": "Notification"}
    status, _ = await host.request("POST", WEBHOOK, params=access, headers=headers, json=[])
    assert status == expected


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("Notification", "{", 400),
        ("Notification", "7", 400),
        ("SubscriptionValidation", "[]", 400),
        ("SubscriptionValidation", '[{"data": "{"}]', 400),
        ("Unsubscribe", "", 202),
        ("Gossip", "[]", 400),
    ],
)
async def test_bad_deliveries(host: HostProcess, kind: str, body: str, expected: int) -> None:
    """What is no delivery is refused with 400, and the host lives on."""
    status, _ = await host.request("POST", WEBHOOK, params=ACCESS, headers={"aeg-event-type": kind}, data=body)
    assert status == expected
