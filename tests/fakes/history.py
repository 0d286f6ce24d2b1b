"""The history of tags without a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.costs.attribution import Attribution, Period
from shared.model.resource_id import ResourceId


@dataclass
class FakeHistory:
    """TagHistory: the periods by hub and resource, in order of time."""

    kept: dict[tuple[ResourceId, ResourceId], list[Period]] = field(default_factory=dict)
    changes: int = 0
    """How many periods were begun or ended."""

    async def note(
        self, hub: ResourceId, seen: Sequence[Attribution], gone: Sequence[ResourceId], now: datetime
    ) -> None:
        """See `TagHistory.note`."""
        for one in seen:
            periods = self.kept.setdefault((hub, one.resource), [])
            last = periods[-1] if periods else None
            attribution = one if last is None else one.filled_from(last.attribution)
            known = last is not None and last.valid_to is None
            if last is not None and known and (not attribution.decided or last.attribution.same(attribution)):
                continue
            self._end(periods, now)
            periods.append(Period(attribution, now))
            self.changes += 1
        for resource in gone:
            self.changes += self._end(self.kept.get((hub, resource), []), now)

    async def periods(self, since: datetime) -> Sequence[Period]:
        """See `TagHistory.periods`."""
        found = [period for periods in self.kept.values() for period in periods]
        lasting = (period for period in found if period.valid_to is None or period.valid_to > since)
        return sorted(lasting, key=lambda period: (period.attribution.resource, period.valid_from))

    def of(self, resource: ResourceId) -> list[Period]:
        """What is known of one resource, from all hubs, in order of time."""
        found = [period for (_, key), periods in self.kept.items() if key == resource for period in periods]
        return sorted(found, key=lambda period: period.valid_from)

    def _end(self, periods: list[Period], now: datetime) -> bool:
        if periods and periods[-1].valid_to is None:
            periods[-1] = replace(periods[-1], valid_to=now)
            return True
        return False
