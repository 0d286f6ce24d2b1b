"""The Logs Ingestion endpoint of a data collection rule. Limits and statuses: CONTRACTS 8."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from local.azure.arm.throttling import Amount
from local.azure.clock import timestamp
from local.azure.cloud import PRINCIPAL, Cloud
from local.azure.monitor.tables import RowRefusedError
from local.azure.tokens import TokenRefusedError

AUDIENCES = ("https://monitor.azure.com", "https://monitor.azure.com/")
API_VERSION = "2023-01-01"
LIMIT_BYTES = 1_048_576
CALLS_A_MINUTE = 12_000
BYTES_A_MINUTE = 2 * 1024**3
MINUTE_SECONDS = 60
STREAM = re.compile(r"Custom-(?P<table>\w+)")
OLDEST = timedelta(days=2)
"""A row whose TimeGenerated is older than that gets the time at which it came
(https://learn.microsoft.com/azure/azure-monitor/logs/data-ingestion-time)."""
INGEST_ACTION = "Microsoft.Insights/Telemetry/Write"


class IngestionRefusedError(Exception):
    """A call the endpoint does not take."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after


class Ingestion:
    """POST /dataCollectionRules/{rule}/streams/{stream}: all rows of a call are stored, or none."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one call: an empty 204, or an ErrorResponse with its code in `x-ms-error-code`."""
        try:
            self._authorize(request)
            table = self._table(request)
            content = await _content(request)
            self._charge(request.match_info["rule"], len(content))
            self._cloud.tables.ingest(table, [self._received(row) for row in _rows(content)])
        except RowRefusedError as error:
            return _refusal(400, "InvalidRow", f"The payload was refused: {error}.")
        except IngestionRefusedError as error:
            return _refusal(error.status, error.code, str(error), error.retry_after)
        return web.Response(status=204)

    def _authorize(self, request: web.Request) -> None:
        try:
            claims = self._cloud.tokens.check(request.headers.get("Authorization"), AUDIENCES)
        except TokenRefusedError as error:
            raise IngestionRefusedError(401, "InvalidToken", str(error)) from None
        request[PRINCIPAL] = claims["oid"]
        if not self._cloud.directory.may(claims, INGEST_ACTION):
            raise IngestionRefusedError(
                403,
                "OperationFailed",
                f"The authentication token provided does not have access to ingest data: '{INGEST_ACTION}' is missing.",
            )

    def _charge(self, rule: str, size: int) -> None:
        """Both quotas of a rule: calls and bytes a minute (CONTRACTS 8)."""
        calls = Amount(1, CALLS_A_MINUTE, MINUTE_SECONDS)
        content = Amount(size, BYTES_A_MINUTE, MINUTE_SECONDS)
        if seconds := self._cloud.throttle.quota(f"ingestion {rule}", (calls, content)):
            raise IngestionRefusedError(
                429, "TooManyRequests", f"Data collection rule '{rule}' takes no more for {seconds} s.", seconds
            )

    def _received(self, row: Any) -> Any:  # noqa: ANN401 - any JSON; the table says what is wrong with it
        """The row with the time at which it came, where its own is too old."""
        now = self._cloud.clock.now()
        try:
            old = now - datetime.fromisoformat(row["TimeGenerated"]) > OLDEST
        except (KeyError, TypeError, ValueError):
            return row
        return {**row, "TimeGenerated": timestamp(now)} if old else row

    def _table(self, request: web.Request) -> str:
        if request.query.get("api-version") != API_VERSION:
            raise IngestionRefusedError(400, "InvalidApiVersion", f"The api-version must be {API_VERSION}.")
        rule, stream = request.match_info["rule"], request.match_info["stream"]
        if rule != self._cloud.options.dcr_immutable_id:
            raise IngestionRefusedError(404, "NotFound", f"Data collection rule '{rule}' was not found.")
        found = STREAM.fullmatch(stream)
        if found is None or not self._cloud.tables.knows(found["table"]):
            raise IngestionRefusedError(
                404, "InvalidStream", f"The stream '{stream}' was not configured in the data collection rule."
            )
        return found["table"]


async def _content(request: web.Request) -> bytes:
    if request.content_type != "application/json":
        raise IngestionRefusedError(415, "UnsupportedMediaType", "The content type must be application/json.")
    content = await request.read()
    size = max(request.content_length or 0, len(content))
    if size > LIMIT_BYTES:
        raise IngestionRefusedError(
            413,
            "ContentLengthLimitExceeded",
            f"The payload has {size} bytes; at most {LIMIT_BYTES} are taken per call, compressed or not.",
        )
    return content


def _rows(content: bytes) -> list[Any]:
    try:
        rows = json.loads(content)
    except ValueError as error:
        raise IngestionRefusedError(400, "InvalidPayload", f"The payload is not JSON: {error}.") from None
    if not isinstance(rows, list):
        raise IngestionRefusedError(400, "InvalidPayload", "The payload must be a JSON array of records.")
    return rows


def _refusal(status: int, code: str, message: str, retry_after: int | None = None) -> web.Response:
    body = {"error": {"code": code, "message": message}}
    headers = {"x-ms-error-code": code} | ({} if retry_after is None else {"Retry-After": str(retry_after)})
    return web.json_response(body, status=status, headers=headers)
