"""The HTTP trigger: route templates, methods, keys, and the way from a request to a function and back.

Answers as the real host does: 404 for no route, 405 for a route without that method, 401 without a fitting key, 500
when the function failed, 204 when it returned nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from local.host.definitions import FunctionDefinition
from local.host.errors import InvocationFailed
from local.host.invocations import Call, Invoker
from local.host.keys import Keys, Level
from local.host.protos import PROTOS, TypedData

_SEGMENT = re.compile(r"\{(?P<rest>\*)?(?P<name>\w+)(?::(?P<type>\w+))?(?P<optional>\?)?\}", re.ASCII)
_TYPES: Final = {None: "[^/]+", "int": "-?[0-9]+", "guid": "[0-9a-fA-F-]{36}", "alpha": "[a-zA-Z]+"}
_DEFAULT_METHODS: Final = ("GET", "POST")
_SAME_SITE: Final[dict[int, Any]] = {1: "Lax", 2: "Strict", 3: "None"}


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP function's place in the URL space."""

    function: FunctionDefinition
    path: re.Pattern[str]
    methods: frozenset[str]
    level: Level
    template: str

    @classmethod
    def of(cls, function: FunctionDefinition, prefix: str) -> "Route":
        """The route of an HTTP function under host.json's route prefix."""
        declared = function.trigger.properties
        template = f"{prefix}/{(declared.get('route') or function.name).strip('/')}".lstrip("/")
        return cls(
            function=function,
            path=_pattern(template),
            methods=frozenset(method.upper() for method in declared.get("methods") or _DEFAULT_METHODS),
            level=Level(declared.get("authLevel", Level.FUNCTION).lower()),
            template=template,
        )


class HttpRoutes:
    """Sends each request to the function whose route and method fit; a literal route wins over one with parameters."""

    def __init__(self, routes: Iterable[Route], keys: Keys, invoker: Invoker) -> None:
        self._routes = sorted(routes, key=lambda route: route.template.count("{"))
        self._keys = keys
        self._invoker = invoker

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        route, parameters = self._find(request)
        if not self._keys.admit(request, route.level):
            raise web.HTTPUnauthorized
        call = Call(
            route.function,
            TypedData(http=await _rpc_http(request, parameters)),
            f"This function was programmatically called via the host APIs: {request.method} {request.path}",
        )
        try:
            returned = await self._invoker.start(self._invoker.run(call))
        except InvocationFailed:
            return web.Response(status=500)
        return _response(returned)

    def _find(self, request: web.Request) -> tuple[Route, Mapping[str, str]]:
        matches = [(route, match) for route in self._routes if (match := route.path.fullmatch(request.path.strip("/")))]
        for route, match in matches:
            if request.method in route.methods:
                return route, {name: value for name, value in match.groupdict().items() if value is not None}
        if not matches:
            raise web.HTTPNotFound
        allowed = {method for route, _ in matches for method in route.methods}
        raise web.HTTPMethodNotAllowed(request.method, sorted(allowed))


def _pattern(template: str) -> re.Pattern[str]:
    """A template such as `items/{kind}/{id:int?}` or `files/{*path}`, as a pattern; case does not matter."""
    pattern = ""
    for segment in template.split("/"):
        found = _SEGMENT.fullmatch(segment)
        part = re.escape(segment)
        if found:
            part = f"(?P<{found['name']}>{'.*' if found['rest'] else _TYPES.get(found['type'], '[^/]+')})"
        slash = "/" if pattern else ""
        pattern += f"(?:{slash}{part})?" if found and found["optional"] else slash + part
    return re.compile(pattern, re.IGNORECASE)


async def _rpc_http(request: web.Request, parameters: Mapping[str, str]) -> Any:  # noqa: ANN401 - a duck-typed message
    return PROTOS.RpcHttp(
        method=request.method,
        url=str(request.url),
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query),
        params=parameters,
        body=TypedData(bytes=await request.read()),
    )


def _response(returned: TypedData | None) -> web.Response:
    kind = returned.WhichOneof("data") if returned is not None else None
    if returned is None or kind is None:
        return web.Response(status=204)
    if kind != "http":
        return web.Response(body=_bytes(returned), content_type="text/plain")
    http = returned.http
    body = _bytes(http.body) if http.body is not None else b""
    response = web.Response(status=int(http.status_code), body=body, headers=http.headers)
    for cookie in http.cookies or []:
        path = cookie.path.value if cookie.path else "/"
        response.set_cookie(cookie.name, cookie.value, path=path, samesite=_SAME_SITE.get(cookie.same_site))
    return response


def _bytes(data: TypedData) -> bytes:
    value = getattr(data, data.WhichOneof("data") or "bytes", b"")
    return value if isinstance(value, bytes) else str(value).encode()
