"""Alerts to an Event Grid custom topic as CloudEvents. The engine's `AlertTopic`."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from typing import Final

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.messaging import CloudEvent
from azure.eventgrid.aio import EventGridPublisherClient

from shared.adapters.azure_errors import asking
from shared.adapters.plain_json import plain, text_of
from shared.adapters.proxies import proxied
from shared.ports import Alert

# The SDK hands options that are for its pipeline to each event as well, which then warns that it does not know them.
logging.getLogger("azure.eventgrid._legacy._generated._serialization").setLevel(logging.ERROR)

SOURCE: Final = "/hubwarden"
ALERTS_A_REQUEST: Final = 100
BYTES_A_REQUEST: Final = 900_000
"""A request may weigh 1 MB (Microsoft Learn, Event Grid); the rest is for what an event is wrapped in."""
_WRAPPING: Final = 500
"""Bytes at the most of what an event is wrapped in, but for its subject."""
_RETRIED: Final = ("POST",)
"""The SDK sends no POST again when a connection breaks; an alert that comes twice has the same id."""


class EventGridTopic:
    """Publishes to one topic that takes the CloudEvents schema."""

    def __init__(self, credential: AsyncTokenCredential, endpoint: str) -> None:
        """Publish to a topic's endpoint, `https://<topic>.<region>-1.eventgrid.azure.net/api/events`."""
        self._client = EventGridPublisherClient(endpoint, credential, retry_total=2, use_env_settings=proxied())

    async def publish(self, alerts: Sequence[Alert]) -> None:
        """See `AlertTopic.publish`: one request a hundred alerts, or fewer that weigh as much as one may."""
        for some in _requests(alerts):
            async with asking(f"publishing {len(some)} alerts"):
                await self._client.send([_event(alert) for alert in some], retry_on_methods=_RETRIED)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


def event_id(alert: Alert) -> str:
    """The same for the same alert, so that whoever receives it twice can tell."""
    content = f"{alert.kind}\n{alert.subject}\n{alert.key or text_of(alert.data)}"
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _requests(alerts: Sequence[Alert]) -> Iterator[list[Alert]]:
    """The alerts in their order, as many together as a request takes."""
    some, weight = list[Alert](), 0
    for alert in alerts:
        more = len(text_of(alert.data)) + len(alert.subject) + _WRAPPING
        if some and (len(some) == ALERTS_A_REQUEST or weight + more > BYTES_A_REQUEST):
            yield some
            some, weight = [], 0
        some.append(alert)
        weight += more
    if some:
        yield some


def _event(alert: Alert) -> CloudEvent[object]:
    return CloudEvent(source=SOURCE, type=alert.kind, subject=alert.subject, data=plain(alert.data), id=event_id(alert))
