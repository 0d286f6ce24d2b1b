"""The faults of the network: every request comes through here, waits, and may lose its connection or be refused."""

from aiohttp import web
from aiohttp.typedefs import Handler

from local.azure.cloud import Cloud
from local.azure.faults.intruder import Intruder
from local.azure.faults.lost_rows import without_some
from local.azure.faults.rules import PLANNED, Kind, Rule

ARM = ("/subscriptions", "/providers/")
OWN = "/_standin/"
BROKEN = (Kind.RESET, Kind.LOST_ANSWER)


class Wire:
    """A middleware for each of the stand-in's endpoints. ARM answers its planned refusals itself, in its own shape."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._intruder = Intruder(cloud)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Passes a request on, unless a fault strikes it."""
        faults = self._cloud.faults
        if faults.calm or request.path.startswith(OWN):
            return await handler(request)
        principal = self._cloud.tokens.owner(request.headers.get("Authorization")) if faults.selective else ""
        waits, rule = faults.draw(request.method, request.path, principal, request.query_string)
        await self._cloud.clock.sleep(waits)
        return await handler(request) if rule is None else await self._struck(request, handler, rule)

    async def _struck(self, request: web.Request, handler: Handler, rule: Rule) -> web.StreamResponse:
        if rule.kind is Kind.REFUSE:
            if request.path.casefold().startswith(ARM):
                request[PLANNED] = rule
                return await handler(request)
            return _refused(rule)
        response = web.Response(status=500) if rule.kind is Kind.RESET else await handler(request)
        if rule.kind in BROKEN:
            _hang_up(request)
        elif rule.kind is Kind.TRUNCATE:
            return await _half(request, response)
        elif rule.kind is Kind.LOST_ROWS:
            return without_some(response, rule.share)
        elif response.status == web.HTTPOk.status_code:
            self._intruder.interfere(rule.kind, request.path)
        return response


def _refused(rule: Rule) -> web.Response:
    error = rule.refusal()
    body = {"error": {"code": error.code, "message": error.message}}
    return web.json_response(body, status=error.status, headers={**error.headers, "x-ms-error-code": error.code})


async def _half(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Sends the head of a response as it is, half of its body, and no more."""
    body = response.body if isinstance(response, web.Response) else None
    if not isinstance(body, bytes) or not body:
        _hang_up(request)
        return response
    broken = web.StreamResponse(status=response.status, headers=response.headers)
    broken.content_length = len(body)
    await broken.prepare(request)
    await broken.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return broken


def _hang_up(request: web.Request) -> None:
    """Breaks the connection at once, without TLS's farewell."""
    if request.transport is not None:
        request.transport.abort()
