"""
Rows that wait while Log Analytics does not take them. A `FindingLog` around another.

What a run did is done, whether or not its rows can be sent: so they are kept in a table of the app's own storage, and
the run goes on. They go out after a later write has succeeded, of this process or of any that comes after. A row may
come twice, where a process dies between sending and forgetting it; rows carry ids to tell (`shared.model.tables`).

Rows that are forbidden wait as well: a new role may take half an hour to reach ingestion
(learn.microsoft.com/azure/azure-monitor/logs/tutorial-logs-ingestion-portal#troubleshooting), and one that was taken
away comes back when somebody gives it. A rule or a stream that is not there (404) is no such case: the templates make
both before the app that is told of them, so nothing says that waiting mends it. The run fails and remembers nothing as
told, and the next after somebody has mended it tells all of it.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.adapters.plain_json import plain
from shared.adapters.state_table import Entity, StateTable, delete, parts, whole
from shared.model.errors import DependencyDown, Forbidden, HubwardenError, PermanentError, Throttled
from shared.ports import Clock, FindingLog, Row

log = logging.getLogger(__name__)

OUTBOX: Final = "hubwardenoutbox"
"""The table."""
PATIENCE: Final = timedelta(minutes=1)
"""After a refusal rows are kept for so long without asking: each try would cost the seconds of several."""
LOOKS: Final = timedelta(hours=1)
"""So often a process looks for rows that another has left behind."""
MOST: Final = 200
"""Entities that one write sends after it; the rest goes with the next, for an invocation has an end."""
LONGEST: Final = 400_000
"""Characters of one entity, which holds 1 MB and may count two for each."""
_WAITING: Final = "rows"
_MOMENT: Final = "%Y%m%dT%H%M%S%f"
_MOMENT_LENGTH: Final = 21


class Outbox:
    """Sends rows, or keeps them until they can be sent."""

    def __init__(self, inner: FindingLog, table: StateTable, clock: Clock) -> None:
        """Send through another log; what it cannot take now waits in a table of its own."""
        self._inner = inner
        self._table = table
        self._clock = clock
        self._closed_until: datetime | None = None
        self._looked: datetime | None = None
        self._sending = False

    async def write(self, table: str, rows: Sequence[Row]) -> None:
        """
        See `FindingLog.write`: rows that cannot be sent now are kept, and that counts as written.

        Raises Rejected as before, for waiting does not mend it; and what the table raises when rows can be neither sent
        nor kept.
        """
        if not rows:
            return
        if not await self._sent(table, rows):
            await self._keep(table, rows)
        elif self._is_time_to_look():
            await self._send_kept()

    async def waiting_since(self) -> datetime | None:
        """See `FindingLog.waiting_since`: when the oldest piece was kept, by whichever process."""
        first = await self._table.first()
        if first is None:
            return None
        return datetime.strptime(first["RowKey"][:_MOMENT_LENGTH], _MOMENT).replace(tzinfo=UTC)

    async def _sent(self, table: str, rows: Sequence[Row]) -> bool:
        now = self._clock.now()
        if self._closed_until is not None and now < self._closed_until:
            return False
        try:
            await self._inner.write(table, rows)
        except (DependencyDown, Throttled) as error:
            log.warning("rows.kept table=%s rows=%d: %s", table, len(rows), error)
        except Forbidden as error:
            # An error, for unlike an outage it may need somebody. That they wait is all that is right with it.
            log.error("rows.forbidden table=%s rows=%d: they wait: %s", table, len(rows), error)  # noqa: TRY400 - a line, no trace
        else:
            self._closed_until = None
            return True
        self._closed_until, self._looked = now + PATIENCE, None
        return False

    async def _keep(self, table: str, rows: Sequence[Row]) -> None:
        now = self._clock.now()
        for number, text in enumerate(_pieces(rows)):
            row = f"{now.strftime(_MOMENT)}-{number:04}-{_digest(table, text)}"
            await self._table.put({"PartitionKey": _WAITING, "RowKey": row, "Table": table, **parts("Rows", text)})

    def _is_time_to_look(self) -> bool:
        if self._sending:
            return False
        return self._looked is None or self._clock.now() - self._looked >= LOOKS

    async def _send_kept(self) -> None:
        """
        Send what is kept, the oldest first; what goes wrong here is no matter of the rows that were just written.

        One write of a process at a time: two would send the same pieces.
        """
        sent, self._sending = 0, True
        try:
            async for entity in self._table.every():
                if sent == MOST or not await self._sent_late(entity):
                    return
                sent += 1
            self._looked = self._clock.now()
        except HubwardenError as error:
            log.warning("rows.waiting: those kept could not be sent now: %s", error)
        finally:
            self._sending = False
            if sent:
                log.info("rows.sent_late pieces=%d", sent)

    async def _sent_late(self, entity: Entity) -> bool:
        """
        Send a piece and forget it, and say whether the next is to be tried.

        One that Azure refuses for good stays, and says so, and stops no other. What is forbidden is so for all of them.
        """
        table, rows = str(entity["Table"]), json.loads(whole("Rows", entity))
        try:
            if not await self._sent(table, rows):
                return False
        except PermanentError as error:
            log.error("rows.refused table=%s row=%s: it stays in the outbox: %s", table, entity["RowKey"], error)  # noqa: TRY400 - a line, no trace
            return True
        await self._table.apply([delete(entity["PartitionKey"], entity["RowKey"])])
        return True


def _pieces(rows: Sequence[Row]) -> Iterator[str]:
    """The rows as JSON lists, each short enough for an entity."""
    piece: list[Any] = []
    length = 0
    for row in rows:
        one = plain(row)
        size = len(json.dumps(one))
        if piece and length + size > LONGEST:
            yield json.dumps(piece)
            piece, length = [], 0
        piece.append(one)
        length += size + 2
    yield json.dumps(piece)


def _digest(table: str, text: str) -> str:
    return hashlib.sha256(f"{table}\n{text}".encode()).hexdigest()[:16]
