"""
The rows of one turn, so that no write is without one (law 10): each is announced before it is made.

The announcement is the row as it stands should nobody ever tell what came of the write: its result is `unsure`. Where
the process died, or Log Analytics was away, the next turn finds it in memory and tells it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shared.engine.key_record import Place, step_rows
from shared.keys.step import Move, Prove, Regenerate
from shared.model.resource_id import ResourceId
from shared.model.rotation import Record
from shared.ports import FindingStore, Row

UNANSWERED: Final = "the process ended before it could tell what came of this"


def memory_of(account: ResourceId) -> ResourceId:
    """
    Under what name the rotation of an account has its lease and its memory.

    Not under the account's own: a Foundry account is a hub too, and whoever looks after that takes the hub's lease,
    answers its marks and tells what was announced for it.
    """
    return account.child("rotations", "keys")


@dataclass
class Journal:
    """What one turn has to tell of its steps."""

    place: Place
    store: FindingStore
    rows: list[Row] = field(default_factory=list)
    """Of the steps whose outcome is known, in order."""
    _open: tuple[str, ...] = ()
    _closed: set[str] = field(default_factory=set)

    async def announce(self, record: Record, step: Regenerate | Move, at: datetime) -> None:
        """Keep word of a write that is about to be made. Raises what the memory raises; then it must not be made."""
        rows = step_rows(self.place, record, step, result="unsure", reason=UNANSWERED, at=at)
        count = len(self._closed)
        announced = {f"{self.place.run}-{count + number}": row for number, row in enumerate(rows)}
        await self.store.announce(memory_of(self.place.account.id), announced)
        self._open = tuple(announced)

    def answered(self, rows: Sequence[Row] = ()) -> None:
        """What came of the step announced last; no rows for one that was not begun with after all."""
        self.rows += rows
        self._closed.update(self._open)
        self._open = ()

    def told(
        self, record: Record, step: Regenerate | Prove | Move, at: datetime, *, result: str, reason: str = ""
    ) -> None:
        """The same outcome for all of a step."""
        self.answered(step_rows(self.place, record, step, result=result, reason=reason, at=at))

    def all(self, announced: Mapping[str, Row]) -> list[Row]:
        """All rows to be written, given what stands announced: first what nobody has answered."""
        return [*(row for step, row in announced.items() if step not in self._closed), *self.rows]
