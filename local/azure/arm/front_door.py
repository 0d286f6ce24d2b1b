"""The way of every ARM request, from the planned fault to the event of what it changed.

Fault, token, route, api-version, throttling, permission, registration, locks, handler, headers, event. The order is
Azure's: a request without a token never learns whether a resource exists; a refused one raises no event.
"""

import uuid
from collections.abc import Mapping

from aiohttp import web

from local.azure.arm.api_versions import check_api_version, is_preview
from local.azure.arm.bodies import Bodies
from local.azure.arm.call import Call, Reply, Route
from local.azure.arm.containers import check_scope
from local.azure.arm.errors import NO_HEADERS, ArmError
from local.azure.arm.extensions import check_locks
from local.azure.arm.operations_table import ROUTES, read_anything
from local.azure.arm.permissions import authorize
from local.azure.arm.registrations import check_registered
from local.azure.arm.routing import Router
from local.azure.arm_ids import subscription_of
from local.azure.clock import timestamp
from local.azure.cloud import PRINCIPAL, Cloud
from local.azure.events.resource_events import raise_event
from local.azure.faults.rules import PLANNED
from local.azure.ledger.acts import act_of
from local.azure.tokens import Claims, TokenRefusedError

AUDIENCES = ("https://management.core.windows.net/", "https://management.azure.com/")
REGION = "LOCAL"
SAME_ALWAYS = {
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Expires": "-1",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
GRAPH = "/providers/microsoft.resourcegraph/"
"""Resource Graph counts its queries itself."""


class FrontDoor:
    """Serves every path that no other endpoint of the stand-in owns."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._router = Router(ROUTES)
        self._bodies = Bodies()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers one request."""
        request_id = str(uuid.uuid4())
        correlation = request.headers.get("x-ms-correlation-request-id") or request_id
        headers: dict[str, str] = {}
        try:
            reply = await self._reply(request, correlation, headers)
        except ArmError as error:
            body = error.body(timestamp(self._cloud.clock.now()))
            reply = Reply(error.status, body, error.headers)
            headers["x-ms-response-type"] = "error"
        return self._response(reply, headers | self._identifiers(request_id, correlation))

    async def _reply(self, request: web.Request, correlation: str, headers: dict[str, str]) -> Reply:
        if (planned := request.get(PLANNED)) is not None:
            raise planned.refusal()
        claims = self._authenticate(request)
        request[PRINCIPAL] = claims["oid"]
        found, names = self._route(request.method, request.path)
        call = await self._call(request, found, names, claims, correlation)
        headers |= self._charge(call, request.method)
        if found.action:
            authorize(self._cloud, call, found.action, call.target)
        check_scope(self._cloud.store, names)
        check_registered(self._cloud, call)
        check_locks(self._cloud.store, call)
        with self._cloud.ledger.acting(act_of(call.claims["oid"], request.method, request.path, call.body)):
            reply = found.handler(self._cloud, call)
        if reply.status not in found.statuses:
            raise RuntimeError(f"{found.method} {found.template} answered {reply.status}, which its row does not name.")
        headers["x-ms-response-type"] = "standard"
        raise_event(self._cloud, call, reply)
        return reply

    def _authenticate(self, request: web.Request) -> Claims:
        try:
            return self._cloud.tokens.check(request.headers.get("Authorization"), AUDIENCES)
        except TokenRefusedError as refused:
            tenant = self._cloud.options.tenant
            challenge = (
                f'Bearer authorization_uri="https://login.windows.net/{tenant}", error="invalid_token", '
                f'error_description="{refused}"'
            )
            raise ArmError(401, refused.code, str(refused), {"WWW-Authenticate": challenge}) from None

    def _route(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        match = self._router.match(method, path)
        if match is not None:
            return match
        if method == "GET" and path.casefold().startswith("/subscriptions/"):
            return read_anything(path), {"subscription": subscription_of(path)}
        raise ArmError(
            404, "InvalidResourceType", f"No operation {method} {path} is served. See docs/azure-stand-in.md."
        )

    async def _call(
        self, request: web.Request, found: Route, names: Mapping[str, str], claims: Claims, correlation: str
    ) -> Call:
        namespace, _, kind = found.action.rpartition("/")[0].partition("/")
        version = request.query.get("api-version")
        check_api_version(version, namespace, kind, previews=self._cloud.options.machine_learning_previews)
        if found.preview_only and not is_preview(version or ""):
            raise ArmError(
                404,
                "InvalidResourceType",
                f"'{found.template.rpartition('/')[2]}' exists only in preview api-versions, not in '{version}'.",
            )
        return Call(
            route=found,
            path=request.path,
            names=names,
            query=dict(request.query),
            body=await request.read() if request.can_read_body else b"",
            claims=claims,
            base_url=self._cloud.url,
            correlation_id=correlation,
            client_request_id=request.headers.get("x-ms-client-request-id", ""),
            client_type=request.headers.get("ClientType", ""),
        )

    def _charge(self, call: Call, method: str) -> dict[str, str]:
        if call.path.casefold().startswith(GRAPH):
            return {}
        return self._cloud.throttle.charge(method, subscription_of(call.path).casefold(), call.claims["oid"])

    def _identifiers(self, request_id: str, correlation: str) -> dict[str, str]:
        now = self._cloud.clock.now()
        return {
            "x-ms-request-id": request_id,
            "x-ms-correlation-request-id": correlation,
            "x-ms-routing-request-id": f"{REGION}:{now:%Y%m%dT%H%M%SZ}:{request_id}",
            **SAME_ALWAYS,
        }

    def _response(self, reply: Reply, headers: Mapping[str, str]) -> web.Response:
        merged = {**headers, **(reply.headers or NO_HEADERS)}
        if reply.body is None:
            return web.Response(status=reply.status, headers=merged)
        merged["Content-Type"] = "application/json; charset=utf-8"
        return web.Response(status=reply.status, headers=merged, body=self._bodies.encoded(reply.body))
