"""Writes what functions put out: the queue output binding, and copies to a poison queue.

`invocations` calls `write` after each successful run, `queues` calls `send` to set a poisoned message aside.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from local.host.connections import Connections
from local.host.definitions import Binding
from local.host.protos import TypedData


class QueueOutputs:
    """The queue output binding: one message per value, in base64 unless host.json says otherwise."""

    def __init__(self, connections: Connections, *, base64: bool) -> None:
        self._connections = connections
        self._base64 = base64

    async def write(self, binding: Binding, data: TypedData) -> None:
        """Send what a function set. A JSON array is one message per element, as on the real host.

        Raises AzureError when storage refuses, for instance a message above 64 KiB, and ValueError for bytes that are
        no UTF-8 where host.json wants plain text.
        """
        service = self._connections.queues(binding.properties["connection"])
        queue = service.get_queue_client(binding.properties["queueName"])
        for body in _bodies(data):
            await send(queue, base64.b64encode(body).decode() if self._base64 else body.decode())


async def send(queue: QueueClient, text: str) -> None:
    """Put `text` on a queue, creating the queue when it is not there yet."""
    try:
        await queue.send_message(text)
    except ResourceNotFoundError:
        with suppress(ResourceExistsError):
            await queue.create_queue()
        await queue.send_message(text)


def _bodies(data: TypedData) -> Iterator[bytes]:
    kind = data.WhichOneof("data")
    if kind == "bytes":
        yield data.bytes
    elif kind == "json":
        value = json.loads(data.json)
        for item in value if isinstance(value, list) else [value]:
            yield _text(item).encode()
    else:
        yield str(getattr(data, kind or "string")).encode()


def _text(item: object) -> str:
    """A QueueMessage travels as `{"id": …, "body": …}`; its body is what goes on the queue."""
    if isinstance(item, dict) and item.keys() == {"id", "body"}:
        return str(item["body"])
    return item if isinstance(item, str) else json.dumps(item)
