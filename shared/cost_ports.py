"""
What the monthly reports need from the world, by role; as `shared.ports`, which makes them part of the World.

Every method may raise the errors of `shared.model.errors`; none raises an SDK's own.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from shared.costs.attribution import Attribution, Period
from shared.costs.bill import Bill
from shared.costs.budget import Budget
from shared.costs.month import Month
from shared.model.facts import Gap
from shared.model.resource_id import ResourceId


class TagHistory(Protocol):
    """Whom each resource's cost belonged to, and since when: tags are not retroactive, and a bill comes late."""

    async def note(
        self, hub: ResourceId, seen: Sequence[Attribution], gone: Sequence[ResourceId], now: datetime
    ) -> None:
        """
        Keep what was seen of a hub's resources from `now` on, and that some are gone; what is as it was stays as it is.

        One that is not decided is kept only where nothing was known of the resource. A tag that is undecided where it
        is known who pays is kept as it was known last.

        Whoever calls it holds the hub's lease.
        """
        ...

    async def periods(self, since: datetime) -> Sequence[Period]:
        """All periods of all resources that had not ended at a moment, by resource and in order of time."""
        ...


class CostSource(Protocol):
    """What Azure charges, and the budgets that people set."""

    async def bill(self, subscription: str, month: Month, through: date) -> Bill:
        """
        What one subscription was charged, from the month's first day through another of its days; checked.

        `through` is never after today: Azure would answer for another period. Raises ValueError for a day of another
        month, BillIncomplete when rows and sum differ, and Forbidden, Throttled, DependencyDown or Rejected; a bill
        of many pages may take minutes.
        """
        ...

    async def budgets(self, scope: ResourceId) -> tuple[Budget, ...] | Gap:
        """
        The budgets made for a subscription or resource group, or why they are not known.

        Raises Throttled when Azure still says 429 after the waits it asked for.
        """
        ...


class ReportStore(Protocol):
    """Where reports lie for people and tools to fetch."""

    async def publish(self, files: Mapping[str, bytes]) -> None:
        """
        Put files in place by name, each at once and whole; those that are there with this content are left alone.

        Raises DependencyDown, Throttled, Forbidden or Rejected; what was put before stays.
        """
        ...

    async def read(self, name: str) -> bytes | None:
        """A file's content, or None."""
        ...
