"""The Log Analytics query endpoint that `azure-monitor-query` speaks to."""

import re
from datetime import UTC, datetime, timedelta

from aiohttp import web

from local.azure.arm.permissions import permitted
from local.azure.cloud import PRINCIPAL, Cloud
from local.azure.kql import QueryRefusedError
from local.azure.tokens import Claims, TokenRefusedError

PUBLIC_AUDIENCES = ("https://api.loganalytics.io", "https://api.loganalytics.azure.com")
READ_LOGS = "Microsoft.Insights/logs/StorageBlobLogs/read"
"""What whoever asks about a resource must be allowed on it; one table stands for all."""
DURATION = re.compile(
    r"P(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class LogsQuery:
    """POST /v1/workspaces/{workspace}/query and /v1/{resource}/query.

    About a resource everybody is answered who may read its logs, as in workspaces whose access control mode is the
    default one. One that has none gets no rows, as one whose rows its reader may not see does in Azure.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one query with the table `PrimaryResult`, or an error body with its reason."""
        try:
            self._claims(request)
        except TokenRefusedError as error:
            return _refusal(401, "InvalidTokenError", str(error))
        workspace = request.match_info["workspace"]
        if workspace != self._cloud.options.workspace_id:
            return _refusal(404, "WorkspaceNotFoundError", f"The workspace '{workspace}' could not be found.")
        return await self._run(request)

    async def handle_resource(self, request: web.Request) -> web.StreamResponse:
        """The same about one resource, in Azure's own tables."""
        try:
            claims = self._claims(request)
        except TokenRefusedError as error:
            return _refusal(401, "InvalidTokenError", str(error))
        resource = f"/{request.match_info['resource']}"
        if self._cloud.store.get(resource) is None:
            return _refusal(404, "ResourceNotFoundError", f"The resource {resource} was not found")
        if not permitted(self._cloud, claims, READ_LOGS, resource):
            return _refusal(403, "InsufficientAccessError", "The provided credentials have insufficient access")
        return await self._run(request, resource)

    def _claims(self, request: web.Request) -> Claims:
        own = self._cloud.url
        claims = self._cloud.tokens.check(request.headers.get("Authorization"), (*PUBLIC_AUDIENCES, own, f"{own}/v1"))
        request[PRINCIPAL] = claims["oid"]
        return claims

    async def _run(self, request: web.Request, resource: str = "") -> web.StreamResponse:
        now = self._cloud.clock.now()
        try:
            body = await request.json()
            between = timespan(body.get("timespan"), now)
            answer = self._cloud.tables.query(str(body["query"]), now, between, resource)
        except QueryRefusedError as error:
            return _refusal(400, "BadArgumentError", f"The stand-in cannot run this query: {error}")
        except (ValueError, KeyError, AttributeError):
            return _refusal(400, "BadArgumentError", "Send a JSON object with 'query' and, if wanted, 'timespan'.")
        columns = [{"name": name, "type": kind} for name, kind in answer.columns]
        return web.json_response({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": answer.rows}]})


def timespan(text: str | None, now: datetime) -> tuple[datetime, datetime] | None:
    """The span an ISO 8601 interval means: `P1D`, `start/end`, `start/P1D` or `P1D/end`, in UTC; raises ValueError."""
    if not text:
        return None
    first, _, second = text.partition("/")
    if not second:
        return _utc(now) - _duration(first), _utc(now)
    if first.startswith("P"):
        return _moment(second) - _duration(first), _moment(second)
    start = _moment(first)
    return start, start + _duration(second) if second.startswith("P") else _moment(second)


def _duration(text: str) -> timedelta:
    found = DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no ISO 8601 duration")
    return timedelta(**{unit: float(amount) for unit, amount in found.groupdict().items() if amount})


def _moment(text: str) -> datetime:
    return _utc(datetime.fromisoformat(text))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
