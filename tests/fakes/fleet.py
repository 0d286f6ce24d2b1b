"""What sweeps have counted, without a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from shared.images.weeks import HubWeek
from shared.model.errors import HubwardenError
from shared.model.resource_id import ResourceId


@dataclass
class FakeFleet:
    """FleetHistory: the last count of each hub in each week, whole and in part."""

    kept: dict[tuple[date, ResourceId, bool], HubWeek] = field(default_factory=dict)
    trouble: HubwardenError | None = None
    """Raised by everything while set."""

    async def note(self, counted: HubWeek) -> None:
        """See `FleetHistory.note`."""
        self._check()
        self.kept[counted.week, counted.hub, counted.whole] = counted

    async def weeks(self, since: date) -> Sequence[HubWeek]:
        """See `FleetHistory.weeks`."""
        self._check()
        return [self.kept[key] for key in sorted(self.kept) if key[0] >= since]

    async def forget(self, before: date) -> None:
        """See `FleetHistory.forget`."""
        self._check()
        self.kept = {key: counted for key, counted in self.kept.items() if key[0] >= before}

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble
