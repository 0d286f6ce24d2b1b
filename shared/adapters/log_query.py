"""Rows back from Log Analytics, for reports and for people at a prompt."""

from datetime import timedelta
from typing import Any, Final

from azure.core.credentials_async import AsyncTokenCredential
from azure.monitor.query import LogsQueryPartialResult
from azure.monitor.query.aio import LogsQueryClient

from shared.adapters.azure_errors import asking, cleaned
from shared.adapters.retries import BoundedRetry
from shared.model.errors import DependencyDown

PUBLIC_CLOUD: Final = "https://api.loganalytics.io"


class LogQuery:
    """Asks one Log Analytics workspace."""

    def __init__(self, credential: AsyncTokenCredential, workspace_id: str, endpoint: str = PUBLIC_CLOUD) -> None:
        """Ask the workspace of that customer id; `endpoint` also names the audience of the token."""
        self._client = LogsQueryClient(credential, endpoint=endpoint, retry_policy=BoundedRetry())
        self._workspace_id = workspace_id

    async def rows(self, query: str, timespan: timedelta) -> list[dict[str, Any]]:
        """
        The rows of a KQL query over the last `timespan`, by column name.

        Raises DependencyDown for a partial result too: half the rows would be read as all of them.
        """
        async with asking("querying Log Analytics"):
            result = await self._client.query_workspace(self._workspace_id, query, timespan=timespan)
        if isinstance(result, LogsQueryPartialResult):
            said = cleaned(str(result.partial_error))
            raise DependencyDown(f"querying Log Analytics: only part of the rows came back: {said}")
        table = result.tables[0]
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()
