"""
What Azure charges, from Cost Management's query, and the budgets that people set. The engine's `CostSource`.

The SDK's client is pipeline and router only: its `query.usage` takes the 204 of a subscription without charges for an
error, and reads amounts as floats. Azure sends at most a few thousand rows a page and has buckets of its own, one for
each `ClientType` among them; the queries of a process go out one after the other.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.core.policies import AsyncARMChallengeAuthenticationPolicy
from azure.mgmt.costmanagement.aio import CostManagementClient

from shared.adapters.api_versions import BUDGETS, COST_QUERY
from shared.adapters.arm import Arm
from shared.adapters.arm_wire import CONNECT, PUBLIC_CLOUD, Headers, document_of, own_link
from shared.adapters.azure_errors import asking
from shared.adapters.clock import SystemClock
from shared.adapters.cost_pace import CostPace
from shared.adapters.cost_pages import COST, RESOURCE, SERVICE, USD, Page, loads
from shared.adapters.proxies import proxied
from shared.adapters.retries import BoundedRetry
from shared.costs.bill import Bill, columns
from shared.costs.budget import Budget
from shared.costs.month import Month
from shared.model.errors import DependencyDown, Forbidden, HubwardenError, Throttled
from shared.model.facts import Gap, Kind
from shared.model.resource_id import ResourceId
from shared.ports import Clock

if TYPE_CHECKING:  # it takes 57 MiB, which only a month's costs need
    import pyarrow as pa

CLIENT_TYPE: Final = "hubwarden"
PATIENCE: Final = 90.0
"""Seconds that one query may wait for room; a bill has no hurry, and to begin it anew would cost more units."""
MAY_QUERY: Final = "Microsoft.CostManagement/query/read"
MAY_READ_BUDGETS: Final = "Microsoft.Consumption/budgets/read"

_READ = 60
"""Seconds between two reads from a connection: Cost Management thinks long about a large subscription."""
_LONGEST_CALL = 240.0
"""Seconds for one query with all its waits; past that the answer counts as missing."""

_log = logging.getLogger(__name__)


class CostManagement:
    """Bills and budgets of subscriptions behind one ARM endpoint."""

    def __init__(
        self,
        credential: AsyncTokenCredential,
        arm: Arm,
        endpoint: str = PUBLIC_CLOUD,
        scope: str = f"{PUBLIC_CLOUD}/.default",
        clock: Clock | None = None,
    ) -> None:
        """Ask an endpoint with tokens for a scope, and for budgets through an ARM pipeline; wait on the clock."""
        self._arm = arm
        self._endpoint = endpoint.rstrip("/")
        self._turn = asyncio.Lock()
        clock = clock or SystemClock()
        policies = [
            Headers({"ClientType": CLIENT_TYPE}),
            UserAgentPolicy(base_user_agent="hubwarden"),
            BoundedRetry(PATIENCE, clock),
            CostPace(clock),
            AsyncARMChallengeAuthenticationPolicy(credential, scope),
        ]
        self._client = CostManagementClient(
            credential,
            base_url=self._endpoint,
            api_version=COST_QUERY,
            credential_scopes=[scope],
            policies=policies,
            use_env_settings=proxied(),
            connection_timeout=CONNECT,
            read_timeout=_READ,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def bill(self, subscription: str, month: Month, through: date) -> Bill:
        """See `CostSource.bill`: one query a page, and one for the sum that Azure states."""
        if Month.of(through) != month:
            raise ValueError(f"{through} is no day of {month}")
        bill = Bill(
            subscription.casefold(),
            month,
            through,
            rows=await self._rows(subscription, month.first, through),
            stated=await self._sums(subscription, month.first, through),
        )
        bill.check()
        return bill

    async def budgets(self, scope: ResourceId) -> tuple[Budget, ...] | Gap:
        """See `CostSource.budgets`: one request a page."""
        path = f"{scope}/providers/Microsoft.Consumption/budgets"
        try:
            return tuple([Budget.of(one) async for one in self._arm.list(path, BUDGETS, needs=MAY_READ_BUDGETS)])
        except Throttled:
            raise
        except HubwardenError as error:
            return Gap(scope, Kind.BUDGET, str(error), error.permission if isinstance(error, Forbidden) else "")

    async def _rows(self, subscription: str, first: date, last: date) -> "pa.Table":
        import pyarrow as pa  # noqa: PLC0415 - see above

        pages = self._pages(subscription, _question(first, last, "Daily", RESOURCE, SERVICE))
        return pa.concat_tables([columns().empty_table(), *[page.charges(first, last) async for page in pages]])

    async def _sums(self, subscription: str, first: date, last: date) -> Mapping[str, int]:
        totals = Counter[str]()
        async for page in self._pages(subscription, _question(first, last, "None")):
            totals.update(page.sums())
        return totals

    async def _pages(self, subscription: str, body: Mapping[str, Any]) -> AsyncIterator[Page]:
        """The pages of a query; a page's link is POSTed with the same body, and only within our own endpoint."""
        path = f"/subscriptions/{quote(subscription, safe='')}/providers/Microsoft.CostManagement/query"
        url, seen = f"{self._endpoint}{path}?api-version={COST_QUERY}", set[str]()
        while url:
            seen.add(url)
            where = f"POST {path}, page {len(seen)}"
            page = _page(await self._ask(url, body), path, where)
            _log.debug("%s: %d rows", where, len(page.rows))
            yield page
            url = own_link(page.link, self._endpoint, where)
            if url in seen:
                raise DependencyDown(f"{where}: the pages lead in a circle")

    async def _ask(self, url: str, body: Mapping[str, Any]) -> AsyncHttpResponse:
        async with self._turn, asking(f"POST {urlsplit(url).path}", _LONGEST_CALL):
            return await self._client.send_request(HttpRequest("POST", url, json=body))


def _page(response: AsyncHttpResponse, path: str, where: str) -> Page:
    document = document_of(response, path, MAY_QUERY, loads)
    return Page.of(document, where) if response.content else Page.empty(where)


def _question(first: date, last: date, granularity: str, *grouping: str) -> dict[str, Any]:
    """The body of a query: what was charged on these days. Azure takes two aggregations and two groupings at most."""
    sums = {"cost": {"name": COST, "function": "Sum"}, "usd": {"name": USD, "function": "Sum"}}
    dataset: dict[str, Any] = {"granularity": granularity, "aggregation": sums}
    if grouping:
        dataset["grouping"] = [{"type": "Dimension", "name": name} for name in grouping]
    period = {"from": f"{first}T00:00:00Z", "to": f"{last}T23:59:59Z"}
    return {"type": "ActualCost", "timeframe": "Custom", "timePeriod": period, "dataset": dataset}
