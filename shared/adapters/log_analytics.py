"""Rows to Log Analytics through the Logs Ingestion API. The engine's `FindingLog`."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from azure.core.credentials_async import AsyncTokenCredential
from azure.monitor.ingestion.aio import LogsIngestionClient

from shared.adapters.azure_errors import asking
from shared.adapters.plain_json import plain, shortened
from shared.adapters.proxies import proxied
from shared.adapters.retries import BoundedRetry
from shared.ports import Row

LONGEST_FIELD: Final = 16_000
"""Characters. Log Analytics cuts a field at 64 KB without a word (CONTRACTS §8); four bytes a character stay below."""


class LogAnalytics:
    """
    Appends rows to tables, each through the stream `Custom-<table>` of one data collection rule.

    The service removes no duplicates, and a write that is tried again may leave some: rows carry ids to tell.
    """

    def __init__(self, credential: AsyncTokenCredential, endpoint: str, rule_id: str) -> None:
        """Send to a logs ingestion endpoint; `rule_id` is the rule's immutable id, `dcr-` and 32 hex digits."""
        self._client = LogsIngestionClient(
            endpoint, credential, retry_policy=BoundedRetry(), use_env_settings=proxied()
        )
        self._rule_id = rule_id

    async def write(self, table: str, rows: Sequence[Row]) -> None:
        """See `FindingLog.write`: one request a megabyte, none for no rows."""
        if not rows:
            return
        async with asking(f"writing {len(rows)} rows to {table}"):
            await self._client.upload(self._rule_id, f"Custom-{table}", [_fitting(plain(row)) for row in rows])

    async def waiting_since(self) -> datetime | None:
        """See `FindingLog.waiting_since`: what cannot be sent is raised here, and waits nowhere."""
        return None

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


def _fitting(row: dict[str, Any]) -> dict[str, Any]:
    return {key: _short(value) for key, value in row.items()}


def _short(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A text that says that it was cut; of a list or an object that is too long, its JSON as such a text."""
    if isinstance(value, str):
        return shortened(value, LONGEST_FIELD)
    if isinstance(value, list | dict) and len(text := json.dumps(value, ensure_ascii=False)) > LONGEST_FIELD:
        return shortened(text, LONGEST_FIELD)
    return value
