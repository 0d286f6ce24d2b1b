"""Storage connections by name, as the real host reads them from app settings.

A connection named `X` is either a connection string in `X`, or identity-based: `X__blobServiceUri` and
`X__queueServiceUri` (or `X__accountName`), with `X__credential=managedidentity` and, for a user-assigned identity,
`X__clientId`. `host` opens what the functions name, and closes all of it on the way out.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

from azure.identity.aio import ManagedIdentityCredential
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from local.host.errors import HostError

STORAGE: Final = "AzureWebJobsStorage"

# A local emulator answers at once or not at all; the SDK's default would hold a start back for over a minute.
_RETRY: Final[dict[str, Any]] = {
    "retry_total": 2,
    "initial_backoff": 0.2,
    "increment_base": 1,
    "random_jitter_range": 0,
}


class Connections:
    """Opens each storage client once and keeps it until `close`."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._queues: dict[str, QueueServiceClient] = {}
        self._blobs: dict[str, BlobServiceClient] = {}
        self._credentials: dict[str, ManagedIdentityCredential] = {}
        self._open = AsyncExitStack()

    def queues(self, connection: str) -> QueueServiceClient:
        """The queue service of a connection. Raises HostError when its settings are missing or contradictory."""
        if connection not in self._queues:
            self._queues[connection] = self._client(
                connection,
                "queue",
                lambda text: QueueServiceClient.from_connection_string(text, **_RETRY),
                lambda uri, credential: QueueServiceClient(uri, credential=credential, **_RETRY),
            )
            self._open.push_async_exit(self._queues[connection])
        return self._queues[connection]

    def blobs(self, connection: str) -> BlobServiceClient:
        """The blob service of a connection. Raises HostError when its settings are missing or contradictory."""
        if connection not in self._blobs:
            self._blobs[connection] = self._client(
                connection,
                "blob",
                lambda text: BlobServiceClient.from_connection_string(text, **_RETRY),
                lambda uri, credential: BlobServiceClient(uri, credential=credential, **_RETRY),
            )
            self._open.push_async_exit(self._blobs[connection])
        return self._blobs[connection]

    async def close(self) -> None:
        """Close every client and credential."""
        await self._open.aclose()

    def _client[Client](
        self,
        connection: str,
        service: str,
        by_text: Callable[[str], Client],
        by_identity: Callable[[str, ManagedIdentityCredential], Client],
    ) -> Client:
        text = self._settings.get(connection)
        if not text:
            return by_identity(self._service_uri(connection, service), self._credential(connection))
        try:
            return by_text(text)
        except ValueError as error:
            raise HostError(
                f"app setting {connection} is no storage connection string ({error}): set it anew"
            ) from None

    def _service_uri(self, connection: str, service: str) -> str:
        uri = self._settings.get(f"{connection}__{service}ServiceUri")
        account = self._settings.get(f"{connection}__accountName")
        if uri:
            return uri
        if account:
            return f"https://{account}.{service}.core.windows.net"
        raise HostError(
            f"no storage connection '{connection}': set {connection} to a connection string, or "
            f"{connection}__{service}ServiceUri and {connection}__credential=managedidentity"
        )

    def _credential(self, connection: str) -> ManagedIdentityCredential:
        kind = self._settings.get(f"{connection}__credential", "")
        if kind.lower() != "managedidentity":
            raise HostError(
                f"app setting {connection}__credential is '{kind}': the local host signs in with 'managedidentity' only"
            )
        if connection not in self._credentials:
            credential = ManagedIdentityCredential(client_id=self._settings.get(f"{connection}__clientId"))
            self._credentials[connection] = credential
            self._open.push_async_exit(credential)
        return self._credentials[connection]
