"""
The app's own memory: one Azure table, and the few things its three users do with it.

`finding_store`, `hub_lease` and `lineage` share it. Row keys sort by what they begin with, so that each of them reads
what it needs with one range query. Ids hold characters that keys refuse, so keys carry their hash (`digest`) and the
id stays beside them as a property.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import batched, count, takewhile
from typing import Any, Final, Literal

from azure.core import MatchConditions
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableEntity, TableTransactionError, UpdateMode
from azure.data.tables.aio import TableServiceClient

from shared.adapters.azure_errors import asking
from shared.model.resource_id import ResourceId

type Entity = Mapping[str, Any]
type Operation = tuple[Literal["upsert", "delete"], Entity, Mapping[str, Any]]

STATE: Final = "hubwarden"
"""The table that most of the app's memory is in."""
MOST_IN_ONE: Final = 100
"""Operations of one transaction; Azure takes no more."""
LONGEST_PART: Final = 30_000
"""Characters of one property, which holds 32 K; an entity holds 1 MB, and so some fifteen such parts."""
_FEW = 20
"""Entities of a page where each may be as large as they become: so many are 16 MB."""
_RETRIES = 3
_ALSO_POST: Final[Mapping[str, Any]] = {"retry_on_methods": ("GET", "PUT", "DELETE", "POST")}
"""
The SDK sends no POST again when a connection breaks, and storage closes idle ones at any moment. Inserts and
transactions here may be sent twice: an insert that had arrived is told from another's by its content.
"""
_GONE_OR_RENEWED = frozenset({404, 412})


def digest(resource: ResourceId) -> str:
    """A resource's id as part of a key: 128 bits of its hash."""
    return hashlib.sha256(resource.key.encode()).hexdigest()[:32]


def parts(name: str, text: str) -> dict[str, str]:
    """A long text as properties `<name>0`, `<name>1` and so on; in ASCII, or a character may count for two."""
    cuts = range(0, len(text), LONGEST_PART)
    return {f"{name}{number}": text[at : at + LONGEST_PART] for number, at in enumerate(cuts)}


def whole(name: str, entity: Entity) -> str:
    """The text that `parts` cut; empty where there is none."""
    names = takewhile(lambda part: part in entity, (f"{name}{number}" for number in count()))
    return "".join(entity[part] for part in names)


def upsert(entity: Entity) -> Operation:
    """The operation that puts an entity in place of whatever is there."""
    return "upsert", entity, {"mode": UpdateMode.REPLACE}


def delete(partition: str, row: str, etag: str = "") -> Operation:
    """The operation that deletes an entity; with an etag only while nobody has changed it."""
    return "delete", {"PartitionKey": partition, "RowKey": row}, _unchanged(etag) if etag else {}


class StateTable:
    """One table, created when it is first used. Every method raises the errors of `azure_errors.error_for`."""

    def __init__(
        self,
        endpoint: str,
        credential: AsyncTokenCredential | AzureNamedKeyCredential,
        name: str = STATE,
        *,
        reads_only: bool = False,
    ) -> None:
        """
        Use the table of that name behind a storage account's table endpoint.

        One that `reads_only` never creates it: to it, a table that is not there is an empty one.
        """
        # Our own storage stands behind no proxy and in no .netrc; to look for both would cost a fifth of every call.
        self._service = TableServiceClient(
            endpoint, credential=credential, retry_total=_RETRIES, use_env_settings=False
        )
        self._client = self._service.get_table_client(name)
        self._name = name
        self._reads_only = reads_only
        self._created = reads_only
        self._creating = asyncio.Lock()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()
        await self._service.close()

    async def insert(self, entity: Entity) -> str | None:
        """Add an entity and return its etag; None when one with its keys is there."""
        await self._ready()
        async with asking(f"inserting into table {self._name}"):
            try:
                return _etag(await self._client.create_entity(entity, **_ALSO_POST))
            except ResourceExistsError:
                return None

    async def replace(self, entity: Entity, etag: str) -> str | None:
        """Put an entity in place of the one with that etag and return the new one; None when it is not the same."""
        await self._ready()
        async with asking(f"replacing in table {self._name}"):
            try:
                return _etag(await self._client.update_entity(entity, mode=UpdateMode.REPLACE, **_unchanged(etag)))
            except (ResourceModifiedError, ResourceNotFoundError):
                return None

    async def get(self, partition: str, row: str) -> TableEntity | None:
        """One entity, or None."""
        await self._ready()
        async with asking(f"reading table {self._name}"):
            try:
                return await self._client.get_entity(partition, row)
            except ResourceNotFoundError:
                return None

    async def between(self, partition: str, first: str, end: str) -> list[TableEntity]:
        """The entities of a partition from row key `first` up to and without `end`, in that order."""
        await self._ready()
        keys = {"partition": partition, "first": first, "end": end}
        wanted = "PartitionKey eq @partition and RowKey ge @first and RowKey lt @end"
        async with asking(f"querying table {self._name}"):
            try:
                return [entity async for entity in self._client.query_entities(wanted, parameters=keys)]
            except ResourceNotFoundError:
                if not self._reads_only:
                    raise
                return []

    async def first(self, partition: str) -> TableEntity | None:
        """The entity of a partition that comes first, and nothing of it but its keys; None where there is none."""
        await self._ready()
        async with asking(f"reading table {self._name}"):
            found = self._client.query_entities(
                "PartitionKey eq @partition",
                parameters={"partition": partition},
                results_per_page=1,
                select=["PartitionKey", "RowKey"],
            )
            return await anext(aiter(found), None)

    async def every(self) -> AsyncIterator[TableEntity]:
        """All entities of the table, page by page, in the order of their keys."""
        await self._ready()
        async for entity in self._each(self._client.list_entities().by_page()):
            yield entity

    async def after(self, partition: str, row: str) -> AsyncIterator[TableEntity]:
        """The entities of a partition that come after a row key, in that order, a few at a time: they may be large."""
        await self._ready()
        wanted, keys = "PartitionKey eq @partition and RowKey gt @row", {"partition": partition, "row": row}
        pages = self._client.query_entities(wanted, parameters=keys, results_per_page=_FEW).by_page()
        async for entity in self._each(pages):
            yield entity

    async def _each(self, pages: AsyncIterator[AsyncIterator[TableEntity]]) -> AsyncIterator[TableEntity]:
        while True:
            async with asking(f"reading all of table {self._name}"):
                page = await anext(pages, None)
                entities = [] if page is None else [entity async for entity in page]
            if page is None:
                return
            for entity in entities:
                yield entity

    async def put(self, entity: Entity) -> None:
        """Put an entity in place of whatever is there."""
        await self.apply([upsert(entity)])

    async def apply(self, operations: Iterable[Operation]) -> None:
        """
        Carry out operations on one partition, a hundred in one transaction.

        A delete of what is gone, or of what somebody renewed, is left out; the others take place. None cost none.
        """
        await self._ready()
        for some in batched(operations, MOST_IN_ONE, strict=False):
            await (self._do(some[0]) if len(some) == 1 else self._transact(some))

    async def _do(self, operation: Operation) -> None:
        """One operation by itself: a transaction of one costs twice the work."""
        verb, entity, options = operation
        async with asking(f"writing to table {self._name}"):
            if verb == "upsert":
                await self._client.upsert_entity(entity, **options)
            else:
                with suppress(ResourceModifiedError):
                    await self._client.delete_entity(entity["PartitionKey"], entity["RowKey"], **options)

    async def _transact(self, operations: Sequence[Operation]) -> None:
        left = list(operations)
        async with asking(f"writing {len(left)} entities to table {self._name}"):
            while left:
                try:
                    await self._client.submit_transaction(left, **_ALSO_POST)
                except TableTransactionError as error:
                    if left[error.index][0] != "delete" or error.status_code not in _GONE_OR_RENEWED:
                        raise
                    del left[error.index]
                else:
                    return

    async def _ready(self) -> None:
        """Create the table, once per process; two processes may both try."""
        async with self._creating:
            if not self._created:
                async with asking(f"creating table {self._name}"):
                    await self._service.create_table_if_not_exists(self._name)
                self._created = True


def etag_of(entity: TableEntity) -> str:
    """The version of an entity as it was read."""
    return str(entity.metadata["etag"])


def plain_moment(stored: datetime) -> datetime:
    """The table's own datetime class as the plain one, whose equality and pickling hold no surprise."""
    return datetime.fromisoformat(stored.isoformat())


def _etag(answer: Mapping[str, Any]) -> str:
    return str(answer["etag"])


def _unchanged(etag: str) -> dict[str, Any]:
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}
