"""Rows to Log Analytics through the Logs Ingestion API. The engine's `FindingLog`."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import HttpResponseError
from azure.monitor.ingestion import LogsUploadError
from azure.monitor.ingestion.aio import LogsIngestionClient

from shared.adapters.azure_errors import asking
from shared.adapters.fitting import fitting, size_of
from shared.adapters.plain_json import plain
from shared.adapters.proxies import proxied
from shared.adapters.retries import BoundedRetry
from shared.model.tables import MADE, misfits
from shared.ports import Clock, Row

log = logging.getLogger(__name__)

LATE: Final = timedelta(hours=47)
"""
A row that is sent so long after its moment says in `Made` what it was.

Azure puts the time of arrival in place of a TimeGenerated more than two days before it
(learn.microsoft.com/azure/azure-monitor/logs/data-ingestion-time); an hour is for the way, and for two clocks.
"""
_TOO_LARGE = 413


class LogAnalytics:
    """
    Appends rows to tables, each through the stream `Custom-<table>` of one data collection rule.

    The service removes no duplicates, and a write that is tried again may leave some: rows carry ids to tell.
    """

    def __init__(self, credential: AsyncTokenCredential, endpoint: str, rule_id: str, clock: Clock) -> None:
        """Send to a logs ingestion endpoint; `rule_id` is the rule's immutable id, `dcr-` and 32 hex digits."""
        self._client = LogsIngestionClient(
            endpoint, credential, retry_policy=BoundedRetry(), use_env_settings=proxied()
        )
        self._rule_id = rule_id
        self._clock = clock

    async def write(self, table: str, rows: Sequence[Row]) -> None:
        """
        See `FindingLog.write`: one request a megabyte, none for no rows.

        What Azure would lose of a row without a word is told in the log, and the row sent as it is.
        """
        if not rows:
            return
        now = self._clock.now()
        ready = [fitting(_dated(plain(row), now)) for row in rows]
        for lost in sorted({lost for row in ready for lost in misfits(table, row)}):
            log.error("rows.misfit table=%s: Azure loses a field of them: %s", table, lost)
        await self._send(table, ready)

    async def waiting_since(self) -> datetime | None:
        """See `FindingLog.waiting_since`: what cannot be sent is raised here, and waits nowhere."""
        return None

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _send(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Send rows, and again in halves, or shorter, those of a call that was too large."""
        again: list[list[dict[str, Any]]] = []

        async def refused(call: LogsUploadError) -> None:
            error, some = call.error, [dict(row) for row in call.failed_logs]
            smaller = _smaller(some) if isinstance(error, HttpResponseError) and error.status_code == _TOO_LARGE else []
            if not smaller:
                raise error
            log.warning("rows.too_large table=%s rows=%d: sent again in smaller calls", table, len(some))
            again.extend(smaller)

        async with asking(f"writing {len(rows)} rows to {table}"):
            await self._client.upload(self._rule_id, f"Custom-{table}", [*rows], on_error=refused)
        for some in again:
            await self._send(table, some)


def _smaller(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The same rows in two halves; of a single one, a list of it with shorter texts; nothing where that is as long."""
    if len(rows) > 1:
        half = len(rows) // 2
        return [rows[:half], rows[half:]]
    (row,) = rows
    size = size_of(row)
    shorter = fitting(row, most=size // 2)
    return [[shorter]] if size_of(shorter) < size else []


def _dated(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The row, with its own moment in `Made` where Azure would put another in its place."""
    at = row.get("TimeGenerated")
    return {**row, MADE: at} if isinstance(at, str) and now - datetime.fromisoformat(at) > LATE else row
