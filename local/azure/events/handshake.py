"""The handshakes by which a webhook proves that it wants events (CONTRACTS 9), one for each schema."""

import uuid

import aiohttp

from local.azure.events.subscription import EventSubscription

ORIGIN = "eventgrid.azure.net"
TAKEN = frozenset({200, 201, 202, 203, 204})


class HandshakeError(Exception):
    """An endpoint that did not prove it wants events; names the subscription and what it failed to do."""

    def __init__(self, subscription: EventSubscription, failed: str) -> None:
        super().__init__(
            f"Event subscription {subscription.name}: the webhook did not {failed}. Is it running, and is its key "
            "right?"
        )


async def shake_hands(session: aiohttp.ClientSession, subscription: EventSubscription, now: str) -> None:
    """Returns when the endpoint has answered its schema's handshake; raises HandshakeError."""
    if subscription.schema == "CloudEventSchemaV1_0":
        await _ask_for_origin(session, subscription)
    else:
        await _send_validation_code(session, subscription, now)


async def _send_validation_code(session: aiohttp.ClientSession, subscription: EventSubscription, now: str) -> None:
    code = str(uuid.uuid4())
    event = {
        "id": str(uuid.uuid4()),
        "topic": "/subscriptions/00000000-0000-0000-0000-000000000000",
        "subject": "",
        "data": {"validationCode": code},
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "eventTime": now,
        "metadataVersion": "1",
        "dataVersion": "1",
    }
    headers = {"aeg-event-type": "SubscriptionValidation"}
    try:
        async with session.post(subscription.endpoint, json=[event], headers=headers) as response:
            answer = await response.json(content_type=None) if response.status in TAKEN else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        answer = None
    if not isinstance(answer, dict) or answer.get("validationResponse") != code:
        raise HandshakeError(subscription, "return the validation code")


async def _ask_for_origin(session: aiohttp.ClientSession, subscription: EventSubscription) -> None:
    headers = {"WebHook-Request-Origin": ORIGIN}
    try:
        async with session.options(subscription.endpoint, headers=headers) as response:
            allowed = response.headers.get("WebHook-Allowed-Origin") if response.status in TAKEN else None
    except (aiohttp.ClientError, TimeoutError):
        allowed = None
    if allowed not in ("*", ORIGIN):
        raise HandshakeError(subscription, f"allow the origin {ORIGIN}")
