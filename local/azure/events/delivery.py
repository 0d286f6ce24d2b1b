"""Event Grid's delivery: at least once, in batches where asked, retries on the documented schedule, dead letters.

Schedule, statuses and limits: CONTRACTS 9. `time_scale` shortens every wait so that a test sees all of it.
"""

import asyncio
import uuid
from collections import deque
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field

from local.azure.arm_ids import canonical
from local.azure.clock import Clock, timestamp
from local.azure.events.event import Event, ResourceEvent
from local.azure.events.parcel import DeadLetter, Delivery, Parcel, blob_name
from local.azure.events.schedule import delays
from local.azure.events.senders import TAKEN, Senders
from local.azure.events.subscription import EndpointType, EventSubscription
from local.azure.faults import Faults
from local.azure.store import Change

NEVER_RETRIED = frozenset({400, 403, 413})
BURIAL_SECONDS = 300
BURIAL_TRIES = 48
"""Five minutes after the last try, and again every five minutes until the container was out of reach for four hours."""
PARALLEL = 32
KEPT = 100_000


@dataclass(slots=True)
class EventGrid:
    """All topics' event subscriptions, and what became of each event. The newest entries are kept."""

    clock: Clock
    faults: Faults
    time_scale: float = 1.0
    jitter: float = 0.0
    seed: int = 0
    raised: deque[ResourceEvent] = field(default_factory=lambda: deque(maxlen=KEPT))
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=KEPT))
    dead_letters: deque[DeadLetter] = field(default_factory=lambda: deque(maxlen=KEPT))
    subscriptions: dict[str, EventSubscription] = field(default_factory=dict)
    _senders: Senders | None = field(default=None, repr=False)
    _outboxes: dict[str, deque[object]] = field(default_factory=dict, repr=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, repr=False)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PARALLEL), repr=False)

    def open(self, senders: Senders) -> None:
        """Begins to deliver through these senders, which `close` closes."""
        self._senders = senders

    async def close(self) -> None:
        """Stops all deliveries."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._senders:
            await self._senders.close()

    @property
    def pending(self) -> int:
        """How many events are still on their way, dead letters that wait for their container included."""
        return len(self._tasks)

    async def subscribe(self, subscription: EventSubscription) -> None:
        """Adds or replaces a subscription, a webhook's after its handshake; raises HandshakeError."""
        await self._opened().shake_hands(subscription, timestamp(self.clock.now()))
        self.subscriptions[subscription.key] = subscription

    def change(self, change: Change) -> None:
        """Forgets the subscription whose resource is gone; the store calls this."""
        if change.after is None:
            self.subscriptions.pop(canonical(change.resource_id), None)

    def publish(self, event: ResourceEvent) -> None:
        """Notes an event of Azure's own and sends it."""
        self.raised.append(event)
        self.send(event)

    def send(self, event: Event) -> None:
        """Sends an event to every subscription that wants it, as the faults in force let it travel."""
        for subscription in list(self.subscriptions.values()):
            if event.comes_from(subscription.source) and subscription.wants(event):
                passage = self.faults.passage(subscription.name, event.type, event.subject)
                for _ in range(passage.copies):
                    self._accept(subscription, subscription.write(event), passage.delay)

    def inject(self, events: Iterable[object]) -> None:
        """Delivers events exactly as given and in the order given: duplicates, late ones, and what is no event."""
        given = list(events)
        for subscription in self.subscriptions.values():
            self._start(self._deliver_in_order(subscription, given))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self.clock.start(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _accept(self, subscription: EventSubscription, event: object, delay: float) -> None:
        """Puts an event where the next batch takes it from, at once or when it has been late enough."""
        if delay:
            self._start(self._late(subscription, event, delay))
        else:
            self._outboxes.setdefault(subscription.key, deque()).append(event)
            self._start(self._empty(subscription))

    async def _late(self, subscription: EventSubscription, event: object, delay: float) -> None:
        await self.clock.sleep(delay * self.time_scale)
        self._accept(subscription, event, 0.0)

    async def _empty(self, subscription: EventSubscription) -> None:
        """Delivers one batch of what waits; what came before may have been taken along already."""
        outbox = self._outboxes[subscription.key]
        async with self._room:
            if not outbox:
                return
            parcel = Parcel.packed(subscription, outbox, self.clock.now())
            delivered = await self._try(parcel)
        if not delivered:
            await self._retry(parcel)

    async def _deliver_in_order(self, subscription: EventSubscription, events: Iterable[object]) -> None:
        for event in events:
            parcel = Parcel(subscription, [event], self.clock.now())
            async with self._room:
                delivered = await self._try(parcel)
            if not delivered:
                self._start(self._retry(parcel))

    async def _retry(self, parcel: Parcel) -> None:
        subscription, waited = parcel.subscription, 0.0
        waits = delays(self.seed, self.jitter, f"{subscription.name} {parcel.first_id}")
        while parcel.attempts < subscription.max_attempts:
            delay = next(waits)
            waited += delay
            if waited > subscription.time_to_live_minutes * 60:
                self._give_up(parcel, "TimeToLiveExceeded")
                return
            await self.clock.sleep(delay * self.time_scale)
            async with self._room:
                if await self._try(parcel):
                    return
        self._give_up(parcel, "MaxDeliveryAttemptsExceeded")

    async def _try(self, parcel: Parcel) -> bool:
        """Whether the parcel needs no further try: taken whole, or refused for good."""
        status = await self._opened().send(parcel)
        parcel.tried(status, self.clock.now())
        self.deliveries.extend(parcel.told())
        final = status in NEVER_RETRIED or (status == 401 and parcel.subscription.kind != EndpointType.STORAGE_QUEUE)  # noqa: PLR2004 - HTTP
        if final:
            self._give_up(parcel, f"EndpointRefused{status}")
        return status in TAKEN or final

    def _give_up(self, parcel: Parcel, reason: str) -> None:
        name, attempts = parcel.subscription.name, parcel.attempts
        self.dead_letters.extend(DeadLetter(name, event, reason, attempts) for event in parcel.events)
        if parcel.subscription.dead_letters:
            self._start(self._bury(parcel, reason))

    async def _bury(self, parcel: Parcel, reason: str) -> None:
        content = parcel.dead_letter(reason)
        for _ in range(BURIAL_TRIES):
            await self.clock.sleep(BURIAL_SECONDS * self.time_scale)
            name = blob_name(parcel.subscription.name, self.clock.now(), str(uuid.uuid4()))
            if await self._opened().bury(parcel.subscription, name, content) in TAKEN:
                return

    def _opened(self) -> Senders:
        if self._senders is None:
            raise RuntimeError("EventGrid.open was not called.")
        return self._senders
