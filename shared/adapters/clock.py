"""The machine's clock."""

from datetime import UTC, datetime


class SystemClock:
    """The one place that asks the operating system for the time."""

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)  # noqa: TID251 - everyone else asks this class
