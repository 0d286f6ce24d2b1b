"""The machine's clock."""

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """The one place that asks the operating system for the time."""

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)  # noqa: TID251 - everyone else asks this class

    async def pause(self, seconds: float) -> None:
        """See `Clock.pause`."""
        await asyncio.sleep(seconds)
