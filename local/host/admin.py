"""The admin API, as far as a developer uses it: run any function by hand, list the functions, ask for the state.

All of it wants the master key. `POST /admin/functions/{name}` answers 202 and runs the function afterwards, as the
real host does; what the function then does is told by the log.
"""

import json
import uuid
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web

from local.host.definitions import EVENT_GRID, HTTP, TIMER, FunctionDefinition
from local.host.errors import InvocationFailed
from local.host.eventgrid import event_call
from local.host.invocations import Call, Invoker
from local.host.keys import Keys, Level
from local.host.protos import TypedData, json_data
from local.host.timers import TimerListener


class AdminApi:
    """Serves `/admin`; `timers` are the listeners by function name, since a timer run by hand uses its retry policy."""

    def __init__(
        self,
        host_id: str,
        functions: Mapping[str, FunctionDefinition],
        timers: Mapping[str, TimerListener],
        keys: Keys,
        invoker: Invoker,
    ) -> None:
        self._host_id = host_id
        self._functions = functions
        self._timers = timers
        self._keys = keys
        self._invoker = invoker

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_get("/admin/host/status", self.status)
        router.add_get("/admin/functions", self.functions)
        router.add_post("/admin/functions/{name}", self.invoke)

    async def status(self, request: web.Request) -> web.Response:
        """The host's id and state."""
        self._admit(request)
        return web.json_response({"id": self._host_id, "state": "Running"})

    async def functions(self, request: web.Request) -> web.Response:
        """Every function with its bindings, as function.json would hold them."""
        self._admit(request)
        return web.json_response([_described(function) for function in self._functions.values()])

    async def invoke(self, request: web.Request) -> web.Response:
        """Run a function with the body's `input`, which stands for the queue message or the event."""
        self._admit(request)
        function = self._functions.get(request.match_info["name"])
        if function is None:
            raise web.HTTPNotFound(text=f"no function '{request.match_info['name']}'")
        self._invoker.start(self._quietly(self._run(function, await _input(request))))
        return web.Response(status=202)

    def _admit(self, request: web.Request) -> None:
        if not self._keys.admit(request, Level.ADMIN):
            raise web.HTTPUnauthorized

    def _run(self, function: FunctionDefinition, given: str) -> Coroutine[Any, Any, object]:
        if function.trigger.type == TIMER:
            return self._timers[function.name].fire_once()
        if function.trigger.type == HTTP:
            raise web.HTTPBadRequest(text=f"'{function.name}' is an HTTP function: call its route")
        if function.trigger.type == EVENT_GRID:
            return self._invoker.run(event_call(function, _event(given)))
        return self._invoker.run(_message_call(function, given))

    async def _quietly(self, run: Coroutine[Any, Any, object]) -> None:
        with suppress(InvocationFailed):  # the invoker has logged it, and nobody waits for the outcome
            await run


async def _input(request: web.Request) -> str:
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text='the body is not JSON; expected {"input": "…"}') from None
    given = body.get("input") if isinstance(body, dict) else None
    if given is not None and not isinstance(given, str):
        raise web.HTTPBadRequest(text='"input" is not text')
    return given or ""


def _event(given: str) -> object:
    try:
        return json.loads(given)
    except ValueError:
        raise web.HTTPBadRequest(text='"input" is not an event as JSON text') from None


def _message_call(function: FunctionDefinition, text: str) -> Call:
    data = TypedData(string=text)
    metadata = {
        "QueueTrigger": data,
        "DequeueCount": json_data(1),
        "Id": TypedData(string=str(uuid.uuid4())),
        "PopReceipt": TypedData(string=""),
    }
    return Call(function, data, "This function was programmatically called via the host APIs.", metadata)


def _described(function: FunctionDefinition) -> dict[str, object]:
    bindings = [function.trigger, *function.outputs.values()]
    return {
        "name": function.name,
        "language": "python",
        "isDisabled": False,
        "config": {"bindings": [dict(binding.properties) for binding in bindings]},
    }
