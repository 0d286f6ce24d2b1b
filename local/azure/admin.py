"""`/_standin/…`: what tests and the demo ask and tell the stand-in itself. No part of Azure, and no token needed."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from local.azure.clock import Clock
from local.azure.cloud import Cloud
from local.azure.events.handshake import HandshakeError
from local.azure.events.subscription import EndpointType, EventSubscription
from local.azure.events.topics import Topics


class Admin:
    """One method per path; each answers JSON."""

    def __init__(self, cloud: Cloud, topics: Topics) -> None:
        self._cloud = cloud
        self._topics = topics

    def routes(self) -> list[web.RouteDef]:
        """The paths and their methods."""
        return [
            web.get("/_standin/state", self._state),
            web.get("/_standin/events", self._events),
            web.post("/_standin/events", self._inject),
            web.post("/_standin/event-subscriptions", self._subscribe),
            web.get("/_standin/topics/{topic}", self._topic),
            web.get("/_standin/exports", self._exports),
            web.get("/_standin/exports/{container}/{name:.+}", self._export),
            web.get("/_standin/faults", self._faults),
            web.post("/_standin/faults", self._plan_faults),
            web.delete("/_standin/faults", self._clear_faults),
            web.post("/_standin/permissions", self._limit),
            web.get("/_standin/clock", self._clock),
            web.post("/_standin/clock", self._set_clock),
        ]

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "resources": list(self._cloud.store),
                "tables": self._cloud.tables.counts(),
                "subscriptions": [_shown(one) for one in self._cloud.events.subscriptions.values()],
            }
        )

    async def _events(self, _: web.Request) -> web.Response:
        events = self._cloud.events
        return web.json_response(
            {
                "raised": [event.written("CloudEventSchemaV1_0") for event in events.raised],
                "deliveries": [asdict(delivery) for delivery in events.deliveries],
                "deadLetters": [asdict(letter) for letter in events.dead_letters],
                "pending": events.pending,
            }
        )

    async def _inject(self, request: web.Request) -> web.Response:
        events = await _json(request)
        if not isinstance(events, list):
            return _refusal("Send a JSON list: each item is delivered as it is, a string as raw text.")
        self._cloud.events.inject(events)
        return web.json_response({"accepted": len(events)}, status=202)

    async def _subscribe(self, request: web.Request) -> web.Response:
        body = await _json(request)
        try:
            subscription = _subscription(body)
            await self._cloud.events.subscribe(subscription)
        except (HandshakeError, ValueError) as error:
            return _refusal(str(error))
        return web.json_response(_shown(subscription), status=201)

    async def _topic(self, request: web.Request) -> web.Response:
        return web.json_response(self._topics.events(request.match_info["topic"]))

    async def _exports(self, _: web.Request) -> web.Response:
        files = self._cloud.exports.files.values()
        return web.json_response([{"container": one.container, "name": one.name} for one in files])

    async def _export(self, request: web.Request) -> web.Response:
        wanted = request.match_info["container"], request.match_info["name"]
        file = self._cloud.exports.files.get(wanted)
        if file is None:
            raise web.HTTPNotFound(text="No export wrote this. GET /_standin/exports lists what is there.")
        return web.Response(body=file.content, content_type="text/csv")

    async def _plan_faults(self, request: web.Request) -> web.Response:
        try:
            self._cloud.faults.plan(await _json(request))
        except (ValueError, TypeError, AttributeError) as error:
            return _refusal(str(error))
        return await self._faults(request)

    async def _faults(self, _: web.Request) -> web.Response:
        return web.json_response(self._cloud.faults.told())

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._cloud.faults.clear()
        return await self._faults(request)

    async def _limit(self, request: web.Request) -> web.Response:
        body = await _json(request)
        actions = body.get("actions") if isinstance(body, dict) else ""
        if actions is not None and not isinstance(actions, list):
            return _refusal("Send {'principal': object id, 'actions': [globs]}; null actions allow everything.")
        principal = body.get("principal") or self._cloud.options.app_object_id
        self._cloud.directory.limit(principal, None if actions is None else tuple(actions))
        return web.json_response({"principal": principal, "actions": actions})

    async def _clock(self, _: web.Request) -> web.Response:
        clock = self._cloud.clock
        return web.json_response({"now": clock.now().isoformat(), "rate": clock.rate})

    async def _set_clock(self, request: web.Request) -> web.Response:
        try:
            await _move(self._cloud.clock, await _json(request))
        except (AttributeError, TypeError, ValueError):
            return _refusal("Send {'advanceSeconds': at least 0} or {'rate': times real time, 0 freezes}, or both.")
        return await self._clock(request)


async def _move(clock: Clock, told: dict[str, Any]) -> None:
    if not told or set(told) - {"advanceSeconds", "rate"}:
        raise ValueError(told)
    rate = float(told.get("rate", clock.rate))
    if rate:
        clock.run(rate)
    else:
        clock.freeze()
    await clock.elapse(float(told.get("advanceSeconds", 0)))


async def _json(request: web.Request) -> Any:  # noqa: ANN401 - what a client sends is any JSON
    try:
        return await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text='{"error": "The body is not JSON."}', content_type="application/json") from None


def _subscription(body: Any) -> EventSubscription:  # noqa: ANN401 - what a client sends is any JSON
    known = {"name", "endpoint", "schema", "event_types", "max_attempts", "kind", "source", "dead_letters"}
    if not isinstance(body, dict) or not body.get("name") or not body.get("endpoint") or set(body) - known:
        raise ValueError(f"Send an object with 'name' and 'endpoint'; known fields are {', '.join(sorted(known))}.")
    if body.get("schema", "EventGridSchema") not in ("EventGridSchema", "CloudEventSchemaV1_0"):
        raise ValueError("'schema' must be EventGridSchema or CloudEventSchemaV1_0.")
    kind = EndpointType(body.get("kind", EndpointType.WEB_HOOK))
    return EventSubscription(**{**body, "event_types": tuple(body.get("event_types", ())), "kind": kind})


def _shown(subscription: EventSubscription) -> dict[str, Any]:
    """A subscription without its endpoint's query, which holds the function key."""
    endpoint = urlsplit(subscription.endpoint)._replace(query="").geturl()
    return {**asdict(subscription), "endpoint": endpoint}


def _refusal(message: str) -> web.Response:
    return web.json_response({"error": message}, status=400)
