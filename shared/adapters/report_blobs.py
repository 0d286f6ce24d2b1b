"""
Reports as blobs of one container. The engine's `ReportStore`.

The SDK takes 47 MiB of memory, so it is loaded with the first report and not with the app.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from shared.adapters.azure_errors import asking

if TYPE_CHECKING:  # see above
    from azure.storage.blob.aio import ContainerClient

CONTAINER: Final = "hubwarden-reports"
TYPES: Final[Mapping[str, str]] = {
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
}
"""Content types by the ending of a name; any other file is bytes to whoever fetches it."""

_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers"
_MAY_CREATE, _MAY_READ, _MAY_WRITE = f"{_BLOBS}/write", f"{_BLOBS}/blobs/read", f"{_BLOBS}/blobs/write"
_RETRIES: Final[Mapping[str, Any]] = {
    "retry_total": 3,
    "initial_backoff": 1,
    "increment_base": 2,
    "random_jitter_range": 1,
}
"""The SDK's own policy, for its pipeline takes no other: waits of about 1, 3 and 5 s instead of 15, 18 and 24."""
_BLOCK = 2**20
"""Bytes of one request: aiohttp would hold up the event loop for more. A larger file goes up in blocks."""
_AT_ONCE = 4
_DIGEST = "sha256"
_LONGEST_WRITE = 120.0
"""Seconds for one file."""


class ReportBlobs:
    """One container, made when something is first put there. Every method raises the errors of `azure_errors`."""

    def __init__(
        self, credential: AsyncTokenCredential | AzureNamedKeyCredential, endpoint: str, container: str = CONTAINER
    ) -> None:
        """Use the container of that name behind a storage account's blob endpoint."""
        self._credential = credential
        self._endpoint = endpoint
        self._name = container
        self._client: ContainerClient | None = None
        self._created = False
        self._creating = asyncio.Lock()

    async def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.close()

    async def publish(self, files: Mapping[str, bytes]) -> None:
        """
        See `ReportStore.publish`: one request for a file that is there as it should be, two for most others.

        A blob shows its new content only once all of it has arrived: in one request, or in blocks that are committed
        together.
        """
        for name, content in files.items():
            await self._ready()
            digest = hashlib.sha256(content).hexdigest()
            if digest != await self._digest(name):
                await self._write(name, content, digest)

    async def read(self, name: str) -> bytes | None:
        """See `ReportStore.read`: one request for each 32 MiB."""
        async with asking(f"reading blob {self._name}/{name}", _LONGEST_WRITE, _MAY_READ):
            try:
                download = await self._container().download_blob(name)
            except ResourceNotFoundError:
                return None
            return await download.readall()

    async def _digest(self, name: str) -> str | None:
        """The hash that was kept with what is there; None for no blob, or one that somebody else put there."""
        async with asking(f"reading blob {self._name}/{name}", needs=_MAY_READ):
            try:
                known = await self._container().get_blob_client(name).get_blob_properties()
            except ResourceNotFoundError:
                return None
            return known.metadata.get(_DIGEST)

    async def _write(self, name: str, content: bytes, digest: str) -> None:
        from azure.storage.blob import ContentSettings  # noqa: PLC0415 - see the module

        kind = TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
        async with asking(f"writing blob {self._name}/{name}", _LONGEST_WRITE, _MAY_WRITE):
            await self._container().upload_blob(
                name,
                content,
                overwrite=True,
                content_settings=ContentSettings(content_type=kind),
                metadata={_DIGEST: digest},
                max_concurrency=_AT_ONCE,
            )

    async def _ready(self) -> None:
        """Create the container, once per process; two processes may both try."""
        async with self._creating:
            if not self._created:
                async with asking(f"creating container {self._name}", needs=_MAY_CREATE):
                    with suppress(ResourceExistsError):
                        await self._container().create_container()
                self._created = True

    def _container(self) -> "ContainerClient":
        if self._client is None:
            from azure.storage.blob.aio import ContainerClient  # noqa: PLC0415 - see the module

            # Our own storage stands behind no proxy and redirects nobody.
            self._client = ContainerClient(
                self._endpoint,
                self._name,
                credential=self._credential,
                max_single_put_size=_BLOCK,
                max_block_size=_BLOCK,
                **_RETRIES,
                use_env_settings=False,
                permit_redirects=False,
            )
        return self._client
