"""Rows back from Log Analytics, for reports, for rotations and for people at a prompt."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from azure.core.credentials_async import AsyncTokenCredential
from azure.monitor.query import LogsQueryPartialResult, LogsQueryResult
from azure.monitor.query.aio import LogsQueryClient

from shared.adapters.azure_errors import asking
from shared.adapters.retries import BoundedRetry
from shared.model.cleaned import cleaned
from shared.model.errors import DependencyDown
from shared.model.resource_id import ResourceId

PUBLIC_CLOUD: Final = "https://api.loganalytics.io"
NEEDS: Final = "Microsoft.Insights/logs/*/read"
"""What reading the logs of a resource takes, on the resource
(https://learn.microsoft.com/azure/azure-monitor/logs/manage-access#resource-permissions)."""


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
        return _rows(result)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


class ResourceLogs:
    """
    Asks for the logs of one resource at a time, in whichever workspaces they are.

    Workspaces and tables that we may not see are left out of an answer without a word, and so are those without rows
    (https://learn.microsoft.com/azure/azure-monitor/logs/api/azure-resource-queries): no rows are no proof of none.
    """

    def __init__(self, credential: AsyncTokenCredential, endpoint: str = PUBLIC_CLOUD) -> None:
        """Ask at an endpoint, which also names the audience of the token."""
        self._client = LogsQueryClient(credential, endpoint=endpoint, retry_policy=BoundedRetry())

    async def rows(self, resource: ResourceId, query: str) -> list[dict[str, Any]]:
        """
        The rows of a KQL query, by column name; the query itself says of which time.

        Raises DependencyDown for a partial result too, Forbidden, and Rejected where the resource or all of the tables
        are unknown.
        """
        # The SDK takes an id as it stands into its URL.
        named = quote(str(resource).removeprefix("/"), safe="/()@:~")
        async with asking(f"querying the logs of {resource}", needs=NEEDS):
            result = await self._client.query_resource(named, query, timespan=None)
        return _rows(result)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


def _rows(result: LogsQueryResult | LogsQueryPartialResult) -> list[dict[str, Any]]:
    if isinstance(result, LogsQueryPartialResult):
        said = cleaned(str(result.partial_error))
        raise DependencyDown(f"querying Log Analytics: only part of the rows came back: {said}")
    table = result.tables[0]
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]
