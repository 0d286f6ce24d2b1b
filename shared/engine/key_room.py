"""How many rotations may be under way at the same time, as one pass counts them."""

from collections.abc import Iterable

from shared.model.resource_id import ResourceId
from shared.model.rotation import Phase, Record


class Room:
    """An account whose rotation has begun keeps its place; one that only waits for something takes none."""

    def __init__(self, most: int, records: Iterable[Record]) -> None:
        """So many places, of which those under way have theirs."""
        self._most = most
        self._taken = {record.account for record in records if record.phase is not Phase.RESTING}

    def has(self, account: ResourceId) -> bool:
        """Whether there is a place for an account, or it has one."""
        return account in self._taken or len(self._taken) < self._most

    def take(self, account: ResourceId) -> None:
        """Its rotation is under way; an emergency's also where there was no room."""
        self._taken.add(account)

    def give_back(self, account: ResourceId) -> None:
        """Its rotation is over."""
        self._taken.discard(account)
