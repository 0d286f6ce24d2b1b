"""The release calendar without a table."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from shared.images.releases import Release, Releases
from shared.model.errors import HubwardenError


@dataclass
class FakeReleases:
    """ReleaseCalendar: the earliest moment of each release; several share what is `kept`, as processes do."""

    kept: dict[Release, datetime] = field(default_factory=dict)
    trouble: HubwardenError | None = None
    """Raised by everything while set."""

    async def known(self) -> Releases:
        """See `ReleaseCalendar.known`."""
        self._check()
        return Releases(dict(self.kept))

    async def note(self, seen: Collection[Release], at: datetime) -> None:
        """See `ReleaseCalendar.note`."""
        self._check()
        for release in seen:
            self.kept[release] = min(at, self.kept.get(release, at))

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble
