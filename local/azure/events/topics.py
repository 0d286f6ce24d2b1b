"""Custom topics: where Hubwarden publishes its own alerts. A topic exists from its first use."""

from typing import Any

from aiohttp import web

from local.azure.arm.documents import same
from local.azure.cloud import PRINCIPAL, Cloud
from local.azure.events.event import TopicEvent
from local.azure.tokens import TokenRefusedError

AUDIENCES = ("https://eventgrid.azure.net", "https://eventgrid.azure.net/")
SEND_ACTION = "Microsoft.EventGrid/events/send/action"
TOPIC = "Microsoft.EventGrid/topics"
LARGEST = 1_048_576
"""Bytes of a call; one that has more is refused whole (Microsoft Learn, Event Grid)."""
REQUIRED = ("id", "source", "type", "specversion")


class Topics:
    """POST /topics/{name}/api/events with a batch of CloudEvents, or one."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._events: dict[str, list[dict[str, Any]]] = {}

    def events(self, name: str) -> list[dict[str, Any]]:
        """What a topic has received, oldest first."""
        return self._events.get(name, [])

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Stores all events of a call, or refuses them all."""
        try:
            claims = self._cloud.tokens.check(request.headers.get("Authorization"), AUDIENCES)
        except TokenRefusedError as error:
            return _refusal(401, "Unauthorized", str(error))
        request[PRINCIPAL] = claims["oid"]
        if not self._cloud.directory.may(claims, SEND_ACTION):
            return _refusal(403, "Forbidden", f"The principal lacks '{SEND_ACTION}' on this topic.")
        if len(await request.read()) > LARGEST:
            return _refusal(413, "RequestEntityTooLarge", f"The events have more than {LARGEST} bytes together.")
        try:
            body = await request.json()
        except ValueError as error:
            return _refusal(400, "BadRequest", f"The body is not JSON: {error}.")
        events = body if isinstance(body, list) else [body]
        for number, event in enumerate(events):
            missing = [name for name in REQUIRED if not (isinstance(event, dict) and event.get(name))]
            if missing:
                return _refusal(400, "BadRequest", f"Event {number} is no CloudEvent: {', '.join(missing)} missing.")
        name = request.match_info["topic"]
        self._events.setdefault(name, []).extend(events)
        for event in events:
            self._cloud.events.send(TopicEvent(self._own_id(name), event))
        return web.Response(status=200)

    def _own_id(self, name: str) -> str:
        """The id of the topic's resource, or a short one for a topic that exists only by its use."""
        known = (topic["id"] for topic in self._cloud.store.of_type(TOPIC) if same(topic["name"], name))
        return next(known, f"/topics/{name}")


def _refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
