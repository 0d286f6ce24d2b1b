"""The way into a storage account: messages of a queue, and dead letters and cost exports as blobs.

It uses the storage SDKs, so whatever they speak to serves: Azurite here, with the account's key or with a token of the
stand-in's own identity.
"""

import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueClient

from local.azure.clock import Clock
from local.azure.tokens import TokenIssuer

AUDIENCE = "https://storage.azure.com"
IDENTITY = {"oid": "e0e0e0e0-0000-4000-8000-00000000e617", "appid": "e0e0e0e0-0000-4000-8000-00000000e618"}
MESSAGE_SECONDS = 604_800
CREATED = 201


@dataclass(frozen=True, slots=True)
class StorageWay:
    """Sends to queues and containers by URL, trusting one authority; no connection is kept between two sends."""

    ca_file: Path
    tenant: str
    account: str = field(default="", repr=False)
    """A connection string; empty: a token opens the account."""

    async def put_message(self, queue_url: str, event: bytes, seconds: int = MESSAGE_SECONDS) -> int:
        """Puts one event, base64, into a queue; the HTTP status, or 0 when there was no answer."""
        try:
            async with QueueClient.from_queue_url(queue_url, self._credential(), **self._settings()) as queue:
                await queue.send_message(base64.b64encode(event).decode(), time_to_live=seconds)
        except AzureError as error:
            return _status(error)
        return CREATED

    async def put_blob(self, container_url: str, name: str, content: bytes) -> int:
        """Writes one blob; the HTTP status, or 0 when there was no answer."""
        way = ContainerClient.from_container_url(container_url, self._credential(), **self._settings())
        try:
            async with way as container:
                await container.upload_blob(name, content)
        except AzureError as error:
            return _status(error)
        return CREATED

    async def create_container(self, container_url: str) -> None:
        """Makes a container unless it is there; a failure shows when something is written to it."""
        way = ContainerClient.from_container_url(container_url, self._credential(), **self._settings())
        with suppress(AzureError):
            async with way as container:
                await container.create_container()

    def _settings(self) -> dict[str, Any]:
        return {"transport": AioHttpTransport(connection_verify=str(self.ca_file)), "retry_total": 0}

    def _credential(self) -> AzureNamedKeyCredential | AsyncTokenCredential:
        if not self.account:
            return OwnToken(self.tenant)
        parts = _parts(self.account)
        return AzureNamedKeyCredential(parts["AccountName"], parts["AccountKey"])


@dataclass(frozen=True, slots=True)
class OwnToken:
    """Event Grid's own identity. Storage lives in real time, so its tokens do not follow the stand-in's clock."""

    tenant: str

    async def get_token(self, *_: str, **__: object) -> AccessToken:
        """A token for storage."""
        token = TokenIssuer(self.tenant, Clock()).issue(AUDIENCE, IDENTITY)
        return AccessToken(token.value, token.expires_on)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


def _parts(connection_string: str) -> Mapping[str, str]:
    return dict(part.split("=", 1) for part in connection_string.split(";") if part)


def _status(error: AzureError) -> int:
    return (error.status_code or 0) if isinstance(error, HttpResponseError) else 0
