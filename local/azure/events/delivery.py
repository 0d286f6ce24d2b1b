"""Event Grid's delivery to webhooks: at least once, retries on the documented schedule, dead letters.

Schedule and statuses: CONTRACTS 9. `time_scale` shortens the schedule so that a test sees all of it.
"""

import asyncio
import json
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field

import aiohttp

from local.azure.clock import Clock, timestamp
from local.azure.events.event import ResourceEvent
from local.azure.events.handshake import TAKEN, shake_hands
from local.azure.options import EventSchema, EventSubscription

RETRY_SECONDS = (10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600)
LATER_RETRIES_SECONDS = 43_200
TIME_TO_LIVE_SECONDS = 86_400
RESPONSE_SECONDS = 30
NEVER_RETRIED = frozenset({400, 401, 403, 413})
PARALLEL = 32
CONTENT_TYPES: dict[EventSchema, str] = {
    "EventGridSchema": "application/json; charset=utf-8",
    "CloudEventSchemaV1_0": "application/cloudevents+json; charset=utf-8",
}


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
class EventGrid:
    """The system topic of all subscriptions, its event subscriptions and what became of each event."""

    clock: Clock
    time_scale: float
    raised: list[ResourceEvent] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    subscriptions: dict[str, EventSubscription] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PARALLEL))

    def open(self, session: aiohttp.ClientSession) -> None:
        """Begins to deliver through this session, which `close` closes."""
        self._session = session

    async def close(self) -> None:
        """Stops all deliveries."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    @property
    def pending(self) -> int:
        """How many events are still on their way."""
        return len(self._tasks)

    async def subscribe(self, subscription: EventSubscription) -> None:
        """Adds or replaces a subscription after its handshake; raises HandshakeError."""
        await shake_hands(self._opened(), subscription, timestamp(self.clock.now()))
        self.subscriptions[subscription.name] = subscription

    def publish(self, event: ResourceEvent) -> None:
        """Sends an event to every subscription that wants its type."""
        self.raised.append(event)
        for subscription in self.subscriptions.values():
            if not subscription.event_types or event.type in subscription.event_types:
                self._start(self._deliver(subscription, [event.written(subscription.schema)]))

    def inject(self, events: Iterable[object]) -> None:
        """Delivers events exactly as given and in the order given: duplicates, late ones, and what is no event."""
        given = list(events)
        for subscription in self.subscriptions.values():
            self._start(self._deliver(subscription, given))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, subscription: EventSubscription, events: Iterable[object]) -> None:
        for event in events:
            if not await self._try(subscription, event, 1):
                self._start(self._retry(subscription, event))

    async def _retry(self, subscription: EventSubscription, event: object) -> None:
        waited = 0.0
        for attempt in range(2, subscription.max_attempts + 1):
            index = attempt - 2
            delay = RETRY_SECONDS[index] if index < len(RETRY_SECONDS) else LATER_RETRIES_SECONDS
            waited += delay
            if waited > TIME_TO_LIVE_SECONDS:
                self._give_up(subscription, event, "TimeToLiveExceeded", attempt - 1)
                return
            await self.clock.sleep(delay * self.time_scale)
            if await self._try(subscription, event, attempt):
                return
        self._give_up(subscription, event, "MaxDeliveryAttemptsExceeded", subscription.max_attempts)

    async def _try(self, subscription: EventSubscription, event: object, attempt: int) -> bool:
        """Whether the event needs no further try: taken, or refused for good."""
        async with self._room:
            status = await self._post(subscription, event, attempt)
        identity = str(event.get("id", "")) if isinstance(event, dict) else ""
        moment = timestamp(self.clock.now())
        self.deliveries.append(Delivery(moment, subscription.name, identity, attempt, status))
        if status in NEVER_RETRIED:
            self._give_up(subscription, event, f"EndpointRefused{status}", attempt)
        return status in TAKEN or status in NEVER_RETRIED

    async def _post(self, subscription: EventSubscription, event: object, attempt: int) -> int:
        body = event if isinstance(event, str) else json.dumps(_envelope(event, subscription.schema))
        headers = {
            "Content-Type": CONTENT_TYPES[subscription.schema],
            "aeg-event-type": "Notification",
            "aeg-subscription-name": subscription.name.upper(),
            "aeg-delivery-count": str(attempt - 1),
            "aeg-data-version": "2",
            "aeg-metadata-version": "1",
        }
        try:
            async with self._opened().post(subscription.endpoint, data=body, headers=headers) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _give_up(self, subscription: EventSubscription, event: object, reason: str, attempts: int) -> None:
        self.dead_letters.append(DeadLetter(subscription.name, event, reason, attempts))

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("EventGrid.open was not called.")
        return self._session


def _envelope(event: object, schema: EventSchema) -> object:
    """An Event Grid event travels in an array of one; a CloudEvent travels alone."""
    return event if schema == "CloudEventSchemaV1_0" or not isinstance(event, dict) else [event]


def new_session() -> aiohttp.ClientSession:
    """A client session with Event Grid's patience."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=RESPONSE_SECONDS))
