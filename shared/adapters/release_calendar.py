"""
Which image came to which region when, in one partition of the app's table. The engine's `ReleaseCalendar`.

A row is a region and a version, and keeps the earliest moment at which any process saw it. Row keys are a hash of
both, for a region is whatever a document says. A process reads the partition once a day: a dozen images a year come to
a region, and most of what it has not heard of it sees on the computes it reads.
"""

import asyncio
import hashlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.adapters.state_table import StateTable, etag_of, plain_moment
from shared.images.releases import Release, Releases
from shared.ports import Clock

KEPT: Final = timedelta(days=1)
"""After so long it is read again: another process may have seen an image that this one never meets."""
_PARTITION: Final = "releases"
_EVERYTHING: Final = "~"


class TableReleaseCalendar:
    """The calendar of all hubs together."""

    def __init__(self, table: StateTable, clock: Clock) -> None:
        """Keep it in a table."""
        self._table = table
        self._clock = clock
        self._known: dict[Release, datetime] = {}
        self._read_at: datetime | None = None
        self._loading = asyncio.Lock()

    async def known(self) -> Releases:
        """See `ReleaseCalendar.known`: one query a day; what this process notes meanwhile is added."""
        return Releases(dict(await self._loaded()))

    async def note(self, seen: Collection[Release], at: datetime) -> None:
        """
        See `ReleaseCalendar.note`: one write for what is new, a read more where another process was there first.

        The newest goes first: what a region showed at first says what is older than the calendar, also if we die here.
        """
        known = await self._loaded()
        for release in sorted(seen, reverse=True):
            if release not in known or at < known[release]:
                noted = await self._noted(release, at)
                known[release] = min(noted, known.get(release, noted))  # another hub's run may have noted it meanwhile

    async def _loaded(self) -> dict[Release, datetime]:
        async with self._loading:
            now = self._clock.now()
            if self._read_at is None or not timedelta() <= now - self._read_at < KEPT:
                rows = await self._table.between(_PARTITION, "", _EVERYTHING)
                self._known |= {(row["Region"], row["Version"]): plain_moment(row["FirstSeen"]) for row in rows}
                self._read_at = now
            return self._known

    async def _noted(self, release: Release, at: datetime) -> datetime:
        """The moment that stands in the table from now on: ours, or an earlier one of somebody else."""
        row = _row(release, at)
        written = await self._table.insert(row)
        while written is None:
            there = await self._table.get(_PARTITION, row["RowKey"])
            if there is None:
                written = await self._table.insert(row)
            elif (earlier := plain_moment(there["FirstSeen"])) <= at:
                return earlier
            else:
                written = await self._table.replace(row, etag_of(there))
        return at


def _row(release: Release, at: datetime) -> dict[str, Any]:
    region, version = release
    return {
        "PartitionKey": _PARTITION,
        "RowKey": hashlib.sha256(f"{region}\n{version}".encode()).hexdigest()[:32],
        "Region": region,
        "Version": version,
        "FirstSeen": at.astimezone(UTC),
    }
