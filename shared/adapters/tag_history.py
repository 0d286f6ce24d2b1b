"""
Whom each resource's cost belonged to, and since when, in a table of its own. The engine's `TagHistory`.

A partition holds what one hub's runs have seen, and a row one change: `<hash of resource>|<when>`. What several hubs
share stands in the partition of each; that they saw the same change at different moments does no harm, for it is the
same. The attribution is compressed, because one of a resource that a hundred hubs share would not fit otherwise.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from azure.data.tables import TableEntity

from shared.adapters.state_table import Operation, StateTable, delete, digest, plain_moment, upsert
from shared.costs.attribution import Attribution, Period
from shared.model.resource_id import ResourceId

HISTORY: Final = "hubwardentags"
"""The table's name."""

KEEP: Final = timedelta(days=400)
"""How long a period that has ended is kept: a month can be closed again a year later."""

FEW: Final = 3
"""Up to so many resources are read one by one, more with all that the hub has."""

_EVERYTHING = "~"


class TableTagHistory:
    """One row for each change of a resource's attribution."""

    def __init__(self, table: StateTable) -> None:
        """Keep them in a table that holds nothing else."""
        self._table = table

    async def note(
        self, hub: ResourceId, seen: Sequence[Attribution], gone: Sequence[ResourceId], now: datetime
    ) -> None:
        """See `TagHistory.note`: a query, or one for each of a few resources; a transaction a hundred changes."""
        wanted = [one.resource for one in seen] + list(gone)
        if not wanted:
            return
        known = await self._known(digest(hub), wanted)
        changes = [
            change for one in seen for change in _seen(digest(hub), one, known.get(digest(one.resource), []), now)
        ]
        changes += [change for one in gone for change in _ended(known.get(digest(one), []), now)]
        await self._table.apply(changes)

    async def periods(self, since: datetime) -> Sequence[Period]:
        """See `TagHistory.periods`: reads the whole table, a thousand rows a request."""
        found: list[Period] = []
        rows: list[TableEntity] = []
        async for entity in self._table.every():
            if rows and not _are_of_one(rows[-1], entity):
                found += _periods(rows)
                rows = []
            rows.append(entity)
        found += _periods(rows)
        lasting = (period for period in found if period.valid_to is None or period.valid_to > since)
        return sorted(lasting, key=lambda period: (period.attribution.resource, period.valid_from))

    async def _known(self, partition: str, wanted: Sequence[ResourceId]) -> dict[str, list[TableEntity]]:
        """The rows of the resources, by the hash of their ids, in order of time."""
        ranges = [(f"{digest(one)}|", f"{digest(one)}|{_EVERYTHING}") for one in wanted]
        if len(wanted) > FEW:
            ranges = [("", _EVERYTHING)]
        known: dict[str, list[TableEntity]] = {}
        for first, end in ranges:
            for entity in await self._table.between(partition, first, end):
                known.setdefault(_resource_of(entity), []).append(entity)
        return known


def _seen(partition: str, seen: Attribution, rows: Sequence[TableEntity], now: datetime) -> Iterable[Operation]:
    """What changes when a resource is seen: a row when it is new or other than before, and old rows that go."""
    if rows:
        last = _attribution(rows[-1])
        seen = seen.filled_from(last)
        if not rows[-1].get("Gone") and (not seen.decided or last.same(seen)):
            return
    yield upsert(
        {
            "PartitionKey": partition,
            "RowKey": f"{digest(seen.resource)}|{now.astimezone(UTC):%Y%m%dT%H%M%S%f}",
            "Resource": str(seen.resource),
            "Since": now,
            "Attribution": zlib.compress(json.dumps(seen.as_json(), separators=(",", ":")).encode()),
        }
    )
    for before, after in pairwise(rows):
        if plain_moment(after["Since"]) < now - KEEP:
            yield delete(partition, before["RowKey"])


def _ended(rows: Sequence[TableEntity], now: datetime) -> Iterable[Operation]:
    """What changes when a resource is gone: its last row says so, once."""
    if rows and not rows[-1].get("Gone"):
        yield upsert({**rows[-1], "Gone": now})


def _periods(rows: Sequence[TableEntity]) -> Iterable[Period]:
    """The periods that the rows of one resource in one partition tell; each ends where the next begins."""
    following = [*(plain_moment(row["Since"]) for row in rows[1:]), None]
    for row, end in zip(rows, following, strict=False):
        gone = plain_moment(row["Gone"]) if row.get("Gone") else None
        yield Period(_attribution(row), plain_moment(row["Since"]), min((at for at in (gone, end) if at), default=None))


def _are_of_one(before: TableEntity, row: TableEntity) -> bool:
    """Whether two rows, one after the other, tell of one resource as one hub sees it."""
    return (before["PartitionKey"], _resource_of(before)) == (row["PartitionKey"], _resource_of(row))


def _attribution(row: TableEntity) -> Attribution:
    kept: Any = json.loads(zlib.decompress(row["Attribution"]))
    return Attribution.from_json(kept)


def _resource_of(row: TableEntity) -> str:
    """The hash of the id of the resource a row is about."""
    return str(row["RowKey"]).partition("|")[0]
