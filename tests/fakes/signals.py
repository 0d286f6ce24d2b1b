"""Where rows and alerts go, and the time they bear."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.adapters.plain_json import plain
from shared.model.errors import HubwardenError
from shared.model.tables import misfits
from shared.ports import Alert, Row


@dataclass
class FakeClock:
    """A clock that stands until someone moves it."""

    at: datetime = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """See `Clock.now`."""
        return self.at

    async def pause(self, seconds: float) -> None:
        """See `Clock.pause`: the time passes at once, and whoever else waits for a turn gets one."""
        self.advance(seconds=seconds)
        await asyncio.sleep(0)

    def advance(self, **units: float) -> datetime:
        """Move on, by the words of `timedelta`."""
        self.at += timedelta(**units)
        return self.at


@dataclass
class FakeLog:
    """Log Analytics: keeps the rows of each table in the order they came; it removes no duplicates.

    A row that does not fit its table fails the test that writes it, for Azure would lose a part of it without a word.
    """

    tables: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    trouble: HubwardenError | None = None
    """Raised by every write while set."""
    waits: datetime | None = None
    """Since when rows wait."""

    async def write(self, table: str, rows: Sequence[Row]) -> None:
        """See `FindingLog.write`."""
        if self.trouble is not None:
            raise self.trouble
        lost = [one for row in rows for one in misfits(table, plain(row))]
        assert not lost, f"Azure would lose of rows of {table}: {lost}"
        self.tables.setdefault(table, []).extend(dict(row) for row in rows)

    async def waiting_since(self) -> datetime | None:
        """See `FindingLog.waiting_since`."""
        return self.waits

    def rows(self, table: str) -> list[Mapping[str, Any]]:
        """All rows of a table."""
        return self.tables.get(table, [])


@dataclass
class FakeTopic:
    """An Event Grid topic: keeps the alerts in the order they came."""

    alerts: list[Alert] = field(default_factory=list)
    trouble: HubwardenError | None = None
    """Raised by every publish while set."""

    async def publish(self, alerts: Sequence[Alert]) -> None:
        """See `AlertTopic.publish`."""
        if self.trouble is not None:
            raise self.trouble
        self.alerts.extend(alerts)
