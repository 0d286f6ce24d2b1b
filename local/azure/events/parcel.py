"""What travels together to one subscription: one event, or a batch of them that is taken whole or not at all."""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from local.azure.clock import timestamp
from local.azure.events.subscription import EventSubscription

KILOBYTE = 1024
OUTCOMES = {
    0: "TimedOut",
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: "TimedOut",
    413: "PayloadTooLarge",
    429: "Busy",
    503: "Busy",
}
"""What a dead letter says of the last try; any other status is `Unspecified`."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try to deliver one event; `status` is 0 when the endpoint could not be reached."""

    time: str
    subscription: str
    event_id: str
    attempt: int
    status: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event given up, with the reason Event Grid would write beside it."""

    subscription: str
    event: object
    reason: str
    attempts: int


@dataclass(slots=True)
class Parcel:
    """Events under way and what became of the tries so far."""

    subscription: EventSubscription
    events: list[object]
    published: datetime
    attempts: int = 0
    status: int = 0
    last_try: str = ""

    @classmethod
    def packed(cls, subscription: EventSubscription, outbox: deque[object], published: datetime) -> Self:
        """Takes as many waiting events as one batch may have; one that is too large for it goes alone."""
        events = [outbox.popleft()]
        size = len(json.dumps(events[0]))
        while outbox and len(events) < subscription.max_events_per_batch:
            size += len(json.dumps(outbox[0]))
            if size > subscription.preferred_batch_kilobytes * KILOBYTE:
                break
            events.append(outbox.popleft())
        return cls(subscription, events, published)

    @property
    def first_id(self) -> str:
        """The id of its first event."""
        return _id(self.events[0])

    def body(self) -> str:
        """An Event Grid event travels in an array, a CloudEvent alone unless batches are on; raw text as it is."""
        first = self.events[0]
        if isinstance(first, str):
            return first
        batches = self.subscription.max_events_per_batch > 1
        alone = self.subscription.schema == "CloudEventSchemaV1_0" or not isinstance(first, dict)
        return json.dumps(first if alone and not batches else self.events)

    def tried(self, status: int, moment: datetime) -> None:
        """Notes a try."""
        self.attempts += 1
        self.status, self.last_try = status, timestamp(moment)

    def told(self) -> Iterator[Delivery]:
        """The last try, for each event."""
        for event in self.events:
            yield Delivery(self.last_try, self.subscription.name, _id(event), self.attempts, self.status)

    def dead_letter(self, reason: str) -> bytes:
        """The blob of its events: each with what Event Grid adds, in a CloudEvent by lower-case names."""
        added = {
            "deadLetterReason": reason,
            "deliveryAttempts": self.attempts,
            "lastDeliveryOutcome": OUTCOMES.get(self.status, "Unspecified"),
            "publishTime": timestamp(self.published),
            "lastDeliveryAttemptTime": self.last_try,
        }
        if self.subscription.schema == "CloudEventSchemaV1_0":
            added = {name.casefold(): value for name, value in added.items()}
        events = [{**(event if isinstance(event, dict) else {"data": event}), **added} for event in self.events]
        return json.dumps(events).encode()


def blob_name(subscription: str, moment: datetime, own: str) -> str:
    """Where a dead letter lies in its container: the subscription in upper case, then date and hour unpadded."""
    return f"{subscription.upper()}/{moment.year}/{moment.month}/{moment.day}/{moment.hour}/{own}.json"


def _id(event: object) -> str:
    return str(event.get("id", "")) if isinstance(event, dict) else ""
