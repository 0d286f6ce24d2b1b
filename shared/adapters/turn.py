"""
A turn that one process at a time has, and that ends by itself where the process dies with it.

It is an entity, as a hub's lease is (`hub_lease`): to insert it is to have the turn, and to replace one that has ended
takes its etag, so that of two processes exactly one wins.
"""

from datetime import datetime
from typing import Final

from shared.adapters.state_table import StateTable, delete, etag_of

_TURN: Final = "turn"


class Turn:
    """The turn to do one thing, by name, in a table."""

    def __init__(self, table: StateTable, name: str) -> None:
        """Whoever names it so, in that table, wants the same turn."""
        self._table = table
        self._name = name
        self._etag: str | None = None

    async def take(self, now: datetime, until: datetime) -> bool:
        """Take it until a moment, and say whether it is ours: one write where nobody has it, else up to two more."""
        mine = {"PartitionKey": _TURN, "RowKey": self._name, "Until": until}
        self._etag = await self._table.insert(mine)
        if self._etag is None:
            theirs = await self._table.get(_TURN, self._name)
            if theirs is not None and theirs["Until"] <= now:
                self._etag = await self._table.replace(mine, etag_of(theirs))
        return self._etag is not None

    async def end(self) -> None:
        """Let it go, unless it ended meanwhile and is another's: one delete."""
        if self._etag is not None:
            await self._table.apply([delete(_TURN, self._name, self._etag)])
            self._etag = None
