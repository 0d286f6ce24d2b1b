"""
Rows that wait while Log Analytics does not take them. A `FindingLog` around another.

What a run did is done, whether or not its rows can be sent: so they are kept in a table of the app's own storage, and
the run goes on. They go out after a later write has succeeded, of this process or of any that comes after.

That holds for whatever Azure answers. An outage passes by itself. A new role may take half an hour to reach ingestion
(learn.microsoft.com/azure/azure-monitor/logs/tutorial-logs-ingestion-portal#troubleshooting), and one that was taken
away comes back when somebody gives it. A rule or a stream that is not there is there when somebody makes it. What may
need somebody is told as an error; and health says for how long the oldest has waited.

One process at a time sends what is kept, for two would send the same. A row may still come twice, where a process dies
between sending and forgetting it; rows carry ids to tell (`shared.model.tables`).
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.adapters.fitting import LONGEST_FIELD, LONGEST_ROW, fitting, size_of
from shared.adapters.plain_json import plain
from shared.adapters.state_table import Entity, StateTable, delete, parts, whole
from shared.adapters.turn import Turn
from shared.model.errors import Forbidden, HubwardenError, PermanentError, RetryableError
from shared.ports import Clock, FindingLog, Row

log = logging.getLogger(__name__)

OUTBOX: Final = "hubwardenoutbox"
"""The table."""
PATIENCE: Final = timedelta(minutes=1)
"""After a refusal rows are kept for so long without asking: each try would cost the seconds of several."""
LOOKS: Final = timedelta(hours=1)
"""So often a process looks for rows that another has left behind, and tries those that were refused."""
MOST: Final = 200
"""Pieces that one write sends after it; the rest goes with the next, for an invocation has an end."""
LASTS: Final = timedelta(minutes=2)
"""After that it begins no other, however few it has sent: those that are refused take time too."""
TURN: Final = timedelta(minutes=5)
"""So long a process may send at the most: a piece that was begun at the last moment is through by then."""
MEND: Final = "and somebody must mend it (docs/runbooks/sweep-missed.md)"
"""What to do about rows that are refused."""
_WAITING: Final = "rows"
_EVERYTHING: Final = ""
_MOMENT: Final = "%Y%m%dT%H%M%S%f"
_MOMENT_LENGTH: Final = 21


class Outbox:
    """Sends rows, or keeps them until they can be sent."""

    def __init__(self, inner: FindingLog, table: StateTable, clock: Clock) -> None:
        """Send through another log; what it cannot take now waits in a table of its own."""
        self._inner = inner
        self._table = table
        self._clock = clock
        self._turn = Turn(table, "sending")
        self._closed: dict[str, datetime] = {}
        """Until when nobody is asked to take rows of a table, or of everything."""
        self._look_at: datetime | None = None
        """When to look for what is kept; None for at once."""
        self._reached = ""
        """The row key behind which the next look goes on; empty for the oldest."""
        self._sending = False

    async def write(self, table: str, rows: Sequence[Row]) -> None:
        """
        See `FindingLog.write`: rows that cannot be sent now are kept, and that counts as written.

        Raises what the table raises when rows can be neither sent nor kept, and nothing else.
        """
        if not rows:
            return
        if not await self._taken(table, rows):
            await self._keep(table, rows)
        elif self._is_time_to_look():
            await self._send_kept()

    async def waiting_since(self) -> datetime | None:
        """See `FindingLog.waiting_since`: when the oldest piece was kept, by whichever process."""
        first = await self._table.first(_WAITING)
        return None if first is None else _moment(first["RowKey"])

    async def _taken(self, table: str, rows: Sequence[Row]) -> bool:
        """Whether new rows were sent; if not they are to be kept."""
        now = self._clock.now()
        if any(now < self._closed.get(which, now) for which in (_EVERYTHING, table)):
            return False
        try:
            taken = await self._sent(table, rows)
        except PermanentError as error:
            log.error("rows.refused table=%s rows=%d: they wait, %s: %s", table, len(rows), MEND, error)  # noqa: TRY400 - a line, no trace
            self._closed[table] = now + PATIENCE
            return False
        if taken and self._closed.pop(table, None) is not None:
            self._look_at = None
        return taken

    async def _sent(self, table: str, rows: Sequence[Row]) -> bool:
        """Send rows, or say that none can be sent now. Raises PermanentError for what ails these, or their table."""
        try:
            await self._inner.write(table, rows)
        except Forbidden as error:
            # An error, for unlike an outage it may need somebody. That they wait is all that is right with it.
            log.error("rows.forbidden table=%s rows=%d: they wait: %s", table, len(rows), error)  # noqa: TRY400 - a line, no trace
        except RetryableError as error:
            log.warning("rows.kept table=%s rows=%d: %s", table, len(rows), error)
        else:
            self._closed.pop(_EVERYTHING, None)
            return True
        self._closed[_EVERYTHING], self._look_at = self._clock.now() + PATIENCE, None
        return False

    async def _keep(self, table: str, rows: Sequence[Row]) -> None:
        now = self._clock.now()
        for number, text in enumerate(_pieces(rows)):
            row = f"{now.strftime(_MOMENT)}-{number:04}-{_digest(table, text)}"
            await self._table.put({"PartitionKey": _WAITING, "RowKey": row, "Table": table, **parts("Rows", text)})

    def _is_time_to_look(self) -> bool:
        return not self._sending and (self._look_at is None or self._clock.now() >= self._look_at)

    async def _send_kept(self) -> None:
        """
        Send what is kept, the oldest first; what goes wrong here is no matter of the rows that were just written.

        One write of a process at a time, and one process: two would send the same pieces.
        """
        self._sending, now = True, self._clock.now()
        try:
            if not await self._turn.take(now, now + TURN):
                self._look_at = now + PATIENCE
                return
            try:
                await self._send_some(now + LASTS)
            finally:
                await self._turn.end()
        except HubwardenError as error:
            log.warning("rows.waiting: those kept could not be sent now: %s", error)
        finally:
            self._sending = False

    async def _send_some(self, end: datetime) -> None:
        """
        Send pieces until there is none left, or a write has done enough, or there is no sending now.

        One that is refused stays, and stops no other: the next write goes on behind it. In an hour it is tried again.
        """
        sent, refused = 0, dict[str, list[str]]()
        try:
            async for entity in self._table.after(_WAITING, self._reached):
                if sent == MOST or self._clock.now() >= end:
                    return
                try:
                    if not await self._sent_late(entity):
                        return
                    sent += 1
                except PermanentError as error:
                    refused.setdefault(str(entity["Table"]), []).append(f"row={entity['RowKey']}: {error}")
                self._reached = entity["RowKey"]
            self._reached, self._look_at = "", self._clock.now() + LOOKS
        finally:
            for table, told in refused.items():
                log.error("rows.refused table=%s pieces=%d: they stay, %s: %s", table, len(told), MEND, told[0])
            if sent:
                log.info("rows.sent_late pieces=%d", sent)

    async def _sent_late(self, entity: Entity) -> bool:
        """Send a piece and forget it, and say whether one can be sent now. Raises PermanentError for one refused."""
        if not await self._sent(str(entity["Table"]), json.loads(whole("Rows", entity))):
            return False
        await self._table.apply([delete(entity["PartitionKey"], entity["RowKey"])])
        return True


def _moment(row: str) -> datetime:
    """When a piece was kept, by its row key."""
    return datetime.strptime(row[:_MOMENT_LENGTH], _MOMENT).replace(tzinfo=UTC)


def _pieces(rows: Sequence[Row]) -> Iterator[str]:
    """The rows as JSON lists, each short enough for an entity; a row that is too long for one is cut."""
    piece: list[Any] = []
    length = 0
    for row in rows:
        one = plain(row)
        if (size := size_of(one)) > LONGEST_ROW:
            # Half of what may be sent: what was cut here is not cut again on its way.
            one = fitting(one, LONGEST_FIELD // 2)
            size = size_of(one)
        if piece and length + size > LONGEST_ROW:
            yield json.dumps(piece)
            piece, length = [], 0
        piece.append(one)
        length += size + 2
    yield json.dumps(piece)


def _digest(table: str, text: str) -> str:
    return hashlib.sha256(f"{table}\n{text}".encode()).hexdigest()[:16]
