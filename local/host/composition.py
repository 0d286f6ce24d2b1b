"""Where an indexed app meets its listeners: which function gets which trigger, and the web application for them all.

`host` gathers the parts and runs what is built here. Whatever is wrong with a function's schedule or connection shows
while its listener is built, so before anything listens.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from local.host.admin import AdminApi
from local.host.connections import STORAGE, Connections
from local.host.definitions import EVENT_GRID, HTTP, QUEUE, TIMER, FunctionDefinition
from local.host.eventgrid import PATH, EventGridWebhook
from local.host.invocations import Invoker
from local.host.keys import Keys
from local.host.queues import QueueListener
from local.host.routes import HttpRoutes, Route
from local.host.settings import HostSettings
from local.host.timers import TimerListener

STATUS_CONTAINER: Final = "azure-webjobs-hosts"
"""Where the real host keeps its state, and so this one."""

_LARGEST_REQUEST: Final = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What every listener is built from."""

    host_id: str
    settings: HostSettings
    keys: Keys
    connections: Connections
    functions: Mapping[str, FunctionDefinition]
    invoker: Invoker

    def triggered_by(self, trigger: str) -> dict[str, FunctionDefinition]:
        """The functions with this kind of trigger, by name."""
        return {name: function for name, function in self.functions.items() if function.trigger.type == trigger}


def timer_listeners(parts: Parts) -> dict[str, TimerListener]:
    """One listener per timer function, by its name. Raises HostError for an invalid schedule."""
    container = parts.connections.blobs(STORAGE).get_container_client(STATUS_CONTAINER)
    return {
        name: TimerListener(
            function,
            container.get_blob_client(f"timers/{parts.host_id}/Host.Functions.{name}/status"),
            parts.invoker,
            _utc_now,
        )
        for name, function in parts.triggered_by(TIMER).items()
    }


def queue_listeners(parts: Parts) -> list[QueueListener]:
    """One listener per queue function. Raises HostError for a connection, also of an output, that is not set."""
    outputs = [output for function in parts.functions.values() for output in function.outputs.values()]
    for output in outputs:
        if output.type == "queue":
            parts.connections.queues(output.properties["connection"])
    return [
        QueueListener(
            function,
            parts.settings.queues,
            parts.connections.queues(function.trigger.properties["connection"]),
            parts.invoker,
        )
        for function in parts.triggered_by(QUEUE).values()
    ]


def application(parts: Parts, timers: Mapping[str, TimerListener]) -> web.Application:
    """The web application: webhook, admin API, and every HTTP function's route."""
    app = web.Application(client_max_size=_LARGEST_REQUEST)
    events = EventGridWebhook(parts.triggered_by(EVENT_GRID), parts.keys, parts.invoker)
    app.router.add_post(PATH, events.post)
    app.router.add_options(PATH, events.options)
    AdminApi(parts.host_id, parts.functions, timers, parts.keys, parts.invoker).add_to(app.router)
    routes = [Route.of(function, parts.settings.route_prefix) for function in parts.triggered_by(HTTP).values()]
    app.router.add_route("*", "/{path:.*}", HttpRoutes(routes, parts.keys, parts.invoker).handle)
    return app


def _utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the host is what has the clock
