"""The Event Grid trigger: the webhook Event Grid delivers to, `/runtime/webhooks/EventGrid?functionName=…&code=…`.

Follows HttpRequestProcessor and EventGridExtensionConfigProvider of Microsoft.Azure.WebJobs.Extensions.EventGrid:
every event of a delivery runs the function, all at once; one failure answers 500, and Event Grid then sends the whole
delivery again.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from local.host.definitions import FunctionDefinition
from local.host.errors import InvocationFailed
from local.host.invocations import Call, Invoker
from local.host.keys import Keys, Level
from local.host.protos import json_data

PATH: Final = "/{webhook:(?i:runtime/webhooks/eventgrid)}"

_ORIGIN: Final = "WebHook-Request-Origin"


class EventGridWebhook:
    """Answers the handshakes and runs functions for notifications."""

    def __init__(self, functions: Mapping[str, FunctionDefinition], keys: Keys, invoker: Invoker) -> None:
        self._functions = functions
        self._keys = keys
        self._invoker = invoker

    async def post(self, request: web.Request) -> web.Response:
        """A delivery, told apart by its `aeg-event-type` header; an unknown one is answered 400."""
        function = self._function(request)
        match request.headers.get("aeg-event-type", "").lower():
            case "subscriptionvalidation":
                return _handshake(await _body(request))
            case "notification":
                return await self._notify(function, await _body(request))
            case "unsubscribe":
                return web.Response(status=202)
            case other:
                return web.Response(status=400, text=f"unknown aeg-event-type '{other}'")

    async def options(self, request: web.Request) -> web.Response:
        """The handshake of CloudEvents webhooks (CloudEvents HTTP webhook specification, section 4)."""
        self._function(request)
        origin = request.headers.get(_ORIGIN)
        if not origin:
            return web.Response(status=400, text=f"the {_ORIGIN} header is missing")
        return web.Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})

    def _function(self, request: web.Request) -> FunctionDefinition:
        if not self._keys.admit(request, Level.SYSTEM):
            raise web.HTTPUnauthorized
        name = request.query.get("functionName", "")
        if name not in self._functions:
            raise web.HTTPNotFound(text=f"cannot find function: '{name}'")
        return self._functions[name]

    async def _notify(self, function: FunctionDefinition, body: object) -> web.Response:
        events = body if isinstance(body, list) else [body]
        runs = [self._invoker.start(self._invoker.run(event_call(function, event))) for event in events]
        results = await asyncio.gather(*runs, return_exceptions=True)
        for result in results:
            if isinstance(result, InvocationFailed):
                return web.Response(status=500, text=str(result))
            if isinstance(result, BaseException):
                raise result
        return web.Response(status=202)


def event_call(function: FunctionDefinition, event: object) -> Call:
    """The call that hands one event, in either schema, to a function."""
    return Call(function, json_data(event), "EventGrid trigger fired")


async def _body(request: web.Request) -> Any:  # noqa: ANN401 - any JSON
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="the body is not JSON") from None
    if not isinstance(body, dict | list):
        raise web.HTTPBadRequest(text="the body is neither an event nor a list of events")
    return body


def _handshake(body: Any) -> web.Response:  # noqa: ANN401 - any JSON
    """Return the validation code: `data` is an object in the Event Grid schema, text holding one in CloudEvents."""
    try:
        data = (body[0] if isinstance(body, list) else body)["data"]
        code = (json.loads(data) if isinstance(data, str) else data)["validationCode"]
    except (IndexError, KeyError, TypeError, ValueError):
        raise web.HTTPBadRequest(text="the validation event has no data.validationCode") from None
    return web.json_response({"validationResponse": code})
