"""The storage queue trigger: fetches messages, runs the function, deletes, releases or poisons.

Follows QueueListener and QueueProcessor of Microsoft.Azure.WebJobs.Extensions.Storage.Queues: what is fetched is
hidden for ten minutes; the next batch is fetched when few enough are running; an empty queue is polled ever more
slowly; a message that failed `maxDequeueCount` times moves to `<queue>-poison`, one that is not base64 moves at once.
"""

import asyncio
import base64
import binascii
import logging
import random
from typing import Final

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueServiceClient

from local.host.definitions import FunctionDefinition
from local.host.errors import InvocationFailed
from local.host.invocations import Call, Invoker
from local.host.outputs import send
from local.host.protos import TypedData, json_data
from local.host.settings import QueueSettings

log = logging.getLogger(__name__)

_LEASE_SECONDS: Final = 600
_SHORTEST_PAUSE: Final = 0.1
_POISON: Final = "-poison"


class QueueListener:
    """Feeds one function from its queue."""

    def __init__(
        self, function: FunctionDefinition, settings: QueueSettings, service: QueueServiceClient, invoker: Invoker
    ) -> None:
        self._function = function
        self._settings = settings
        self._invoker = invoker
        self._queue = service.get_queue_client(function.trigger.properties["queueName"])
        # A poison queue has none of its own: what fails there stays, hidden until its lease ends.
        name = self._queue.queue_name
        self._poison = None if name.endswith(_POISON) else service.get_queue_client(name + _POISON)
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Listen until cancelled. Messages being worked on then go on, as tasks of the invoker."""
        pause = _SHORTEST_PAUSE
        longest = self._settings.max_polling_interval.total_seconds()
        while True:
            if messages := await self._fetch():
                for message in messages:
                    self._start(message)
                await self._wait_for_room()
                pause = _SHORTEST_PAUSE
            else:
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
                pause = min(pause * 2, longest)

    async def _fetch(self) -> list[QueueMessage]:
        """The next batch; none when the queue is empty, not there yet, or out of reach."""
        try:
            pages = self._queue.receive_messages(
                messages_per_page=self._settings.batch_size, visibility_timeout=_LEASE_SECONDS
            ).by_page()
            # One page is one request; iterating on would ask again until the queue is empty.
            async for page in pages:
                return [message async for message in page]
        except ResourceNotFoundError:
            return []
        except AzureError as error:
            log.warning("queue '%s' cannot be read: %s", self._queue.queue_name, _first_line(error))
        return []

    def _start(self, message: QueueMessage) -> None:
        task = self._invoker.start(self._work(message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _wait_for_room(self) -> None:
        while len(self._running) > self._settings.new_batch_threshold:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def _work(self, message: QueueMessage) -> None:
        try:
            await self._run(message)
        except AzureError as error:
            # Nothing is lost: the message shows up again when its lease ends.
            log.warning("message %s cannot be settled: %s", message.id, _first_line(error))

    async def _run(self, message: QueueMessage) -> None:
        if (message.dequeue_count or 0) > self._settings.max_dequeue_count:
            return await self._set_aside(message)
        try:
            body = self._decode(message.content)
        except ValueError:
            log.warning("Message decoding has failed! Check MessageEncoding settings. MessageId=%s.", message.id)
            return await self._set_aside(message)
        try:
            await self._invoker.run(self._call(message, body))
        except InvocationFailed:
            return await self._failed(message)
        await self._queue.delete_message(message)
        return None

    async def _failed(self, message: QueueMessage) -> None:
        if self._poison is None:
            return
        if (message.dequeue_count or 0) < self._settings.max_dequeue_count:
            seconds = int(self._settings.visibility_timeout.total_seconds())
            await self._queue.update_message(message, visibility_timeout=seconds)
            return
        log.warning("Message has reached MaxDequeueCount of %d.", self._settings.max_dequeue_count)
        await self._set_aside(message)

    async def _set_aside(self, message: QueueMessage) -> None:
        """Copy the message to the poison queue, then delete it: in this order a crash repeats, and loses nothing."""
        if self._poison is None:
            return
        log.warning("Moving message %s to queue '%s'.", message.id, self._poison.queue_name)
        await send(self._poison, message.content)
        await self._queue.delete_message(message)

    def _decode(self, content: str) -> TypedData:
        """The body as text, or as bytes when it is not UTF-8. Raises ValueError when it should be base64 and is not."""
        if not self._settings.base64:
            return TypedData(string=content)
        try:
            body = base64.b64decode(content, validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error
        try:
            return TypedData(string=body.decode())
        except UnicodeDecodeError:
            return TypedData(bytes=body)

    def _call(self, message: QueueMessage, body: TypedData) -> Call:
        metadata = {
            "QueueTrigger": body,
            "DequeueCount": json_data(message.dequeue_count),
            "Id": TypedData(string=message.id),
            "PopReceipt": TypedData(string=message.pop_receipt),
            "ExpirationTime": json_data(message.expires_on),
            "InsertionTime": json_data(message.inserted_on),
            "NextVisibleTime": json_data(message.next_visible_on),
        }
        reason = f"New queue message detected on '{self._queue.queue_name}'."
        return Call(self._function, body, reason, metadata)


def _first_line(error: AzureError) -> str:
    return str(error).splitlines()[0]
