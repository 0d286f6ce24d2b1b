"""The last step of a delivery: to a webhook over HTTP, or into a storage account."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp

from local.azure.events.handshake import TAKEN, shake_hands
from local.azure.events.parcel import Parcel
from local.azure.events.subscription import EndpointType, EventSchema, EventSubscription

if TYPE_CHECKING:
    from local.azure.events.storage import StorageWay

__all__ = ["TAKEN", "Senders"]

RESPONSE_SECONDS = 30
CONTENT_TYPES: dict[EventSchema, str] = {
    "EventGridSchema": "application/json; charset=utf-8",
    "CloudEventSchemaV1_0": "application/cloudevents+json; charset=utf-8",
}
BATCH_TYPE = "application/cloudevents-batch+json; charset=utf-8"


@dataclass(slots=True)
class Senders:
    """All ways out. `storage` makes the way into storage accounts when the first event takes it."""

    storage: Callable[[], "StorageWay"]
    _session: aiohttp.ClientSession = field(
        default_factory=lambda: aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=RESPONSE_SECONDS))
    )

    async def close(self) -> None:
        """Closes what is open."""
        await self._session.close()

    async def shake_hands(self, subscription: EventSubscription, now: str) -> None:
        """Returns when a webhook has proved that it wants events; raises HandshakeError. A queue need not."""
        if subscription.kind != EndpointType.STORAGE_QUEUE:
            await shake_hands(self._session, subscription, now)

    async def send(self, parcel: Parcel) -> int:
        """The HTTP status of one try, 0 without an answer. A queue takes one event a message."""
        if parcel.subscription.kind != EndpointType.STORAGE_QUEUE:
            return await self._post(parcel)
        way, status = self.storage(), 0
        for event in parcel.events:
            content = event if isinstance(event, str) else json.dumps(event)
            status = await way.put_message(parcel.subscription.endpoint, content.encode())
            if status not in TAKEN:
                break
        return status

    async def bury(self, subscription: EventSubscription, name: str, content: bytes) -> int:
        """The HTTP status of writing a dead letter."""
        return await self.storage().put_blob(subscription.dead_letters, name, content)

    async def _post(self, parcel: Parcel) -> int:
        subscription = parcel.subscription
        content_type = CONTENT_TYPES[subscription.schema]
        if subscription.schema == "CloudEventSchemaV1_0" and subscription.max_events_per_batch > 1:
            content_type = BATCH_TYPE
        headers = {
            "Content-Type": content_type,
            "aeg-event-type": "Notification",
            "aeg-subscription-name": subscription.name.upper(),
            "aeg-delivery-count": str(parcel.attempts),
            "aeg-data-version": "2",
            "aeg-metadata-version": "1",
        }
        try:
            async with self._session.post(subscription.endpoint, data=parcel.body(), headers=headers) as response:
                return response.status
        except (TimeoutError, aiohttp.ClientError):
            return 0
