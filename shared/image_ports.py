"""What the engine needs to know of computes besides their documents: the release calendar, and who is still there."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from shared.images.releases import Release, Releases


class ReleaseCalendar(Protocol):
    """Which image came to which region when, as computes first showed it; kept for all hubs together."""

    async def known(self) -> Releases:
        """All that was ever seen."""
        ...

    async def note(self, seen: Collection[Release], at: datetime) -> None:
        """Keep that these were there at a moment; of one that is known, the earlier moment stays."""
        ...


class Directory(Protocol):
    """The organisation's people, by object id."""

    async def missing(self, people: Collection[str]) -> frozenset[str]:
        """
        Which of these object ids nobody has any more: deleted, or never there.

        Raises Forbidden (with the permission), Throttled or DependencyDown.
        """
        ...
