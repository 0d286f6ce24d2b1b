"""Microsoft Graph, as far as anybody asks it here: who of these is in the directory. And the people themselves.

Shapes: https://learn.microsoft.com/graph/api/directoryobject-getbyids and https://learn.microsoft.com/graph/errors.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from local.azure.clock import timestamp
from local.azure.cloud import PRINCIPAL, Cloud
from local.azure.store import Document
from local.azure.tokens import TokenRefusedError

AUDIENCE = "https://graph.microsoft.com"
READ_DIRECTORY = "Directory.Read.All"
MOST_IDS = 1000
USER, APPLICATION = "user", "servicePrincipal"
UNTOLD = ("givenName", "jobTitle", "mobilePhone", "officeLocation", "preferredLanguage", "surname")


class GraphRefusedError(Exception):
    """A question that Graph does not answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class MicrosoftGraph:
    """POST /graph/v1.0/directoryObjects/getByIds. What an application may is looked up when it asks."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def routes(self) -> list[web.RouteDef]:
        """The path and its method."""
        return [web.post("/graph/v1.0/directoryObjects/getByIds", self._get_by_ids)]

    async def _get_by_ids(self, request: web.Request) -> web.StreamResponse:
        try:
            self._authorize(request)
            ids, types = await _question(request)
        except GraphRefusedError as error:
            return self._refusal(error, request.headers.get("client-request-id", ""))
        found = [one for one in self._objects(types) if one["id"] in ids]
        return web.json_response({"@odata.context": f"{AUDIENCE}/v1.0/$metadata#directoryObjects", "value": found})

    def _authorize(self, request: web.Request) -> None:
        audiences = (AUDIENCE, f"{self._cloud.url}/graph")
        try:
            claims = self._cloud.tokens.check(request.headers.get("Authorization"), audiences)
        except TokenRefusedError as error:
            raise GraphRefusedError(401, "InvalidAuthenticationToken", str(error)) from None
        request[PRINCIPAL] = claims["oid"]
        if READ_DIRECTORY not in self._cloud.directory.graph_permissions(claims["oid"]):
            raise GraphRefusedError(
                403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
            )

    def _objects(self, types: set[str]) -> Iterator[Document]:
        if not types or USER.casefold() in types:
            for known, name in self._cloud.directory.people().items():
                yield _user(known, name)
        if not types or APPLICATION.casefold() in types:
            options = self._cloud.options
            yield {"@odata.type": f"#microsoft.graph.{APPLICATION}", "id": options.app_object_id}

    def _refusal(self, error: GraphRefusedError, client_request_id: str) -> web.Response:
        about = {
            "date": timestamp(self._cloud.clock.now())[:19],
            "request-id": str(uuid.uuid4()),
            "client-request-id": client_request_id or str(uuid.uuid4()),
        }
        body = {"error": {"code": error.code, "message": str(error), "innerError": about}}
        return web.json_response(body, status=error.status)


async def _question(request: web.Request) -> tuple[set[str], set[str]]:
    try:
        body: Any = await request.json()
        ids, types = [str(one) for one in body["ids"]], [str(one) for one in body.get("types") or ()]
        for one in ids:
            uuid.UUID(one)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise GraphRefusedError(400, "Request_BadRequest", "'ids' must be a list of GUIDs.") from None
    if not 0 < len(ids) <= MOST_IDS:
        raise GraphRefusedError(400, "Request_BadRequest", f"'ids' holds 1 to {MOST_IDS} GUIDs, not {len(ids)}.")
    return {one.casefold() for one in ids}, {one.casefold() for one in types}


def _user(known: str, name: str) -> Document:
    about = {"displayName": name.partition("@")[0].replace(".", " ").title() or None, "userPrincipalName": name or None}
    return {
        "@odata.type": f"#microsoft.graph.{USER}",
        "id": known,
        "businessPhones": [],
        "mail": None,
        **dict.fromkeys(UNTOLD),
        **about,
    }


class PeopleRoutes:
    """`/_standin/people` and `/_standin/graph-permissions`: who is there, and which application may ask."""

    def __init__(self, cloud: Cloud) -> None:
        self._directory = cloud.directory
        self._app = cloud.options.app_object_id

    def routes(self) -> list[web.RouteDef]:
        """The paths and their methods."""
        return [
            web.get("/_standin/people", self._people),
            web.put("/_standin/people/{who}", self._join),
            web.delete("/_standin/people/{who}", self._leave),
            web.post("/_standin/graph-permissions", self._grant),
        ]

    async def _people(self, _: web.Request) -> web.Response:
        people = self._directory.people().items()
        return web.json_response([{"objectId": known, "name": name} for known, name in people])

    async def _join(self, request: web.Request) -> web.Response:
        return web.json_response({"objectId": self._directory.join(request.match_info["who"])})

    async def _leave(self, request: web.Request) -> web.Response:
        return web.json_response({"objectId": self._directory.leave(request.match_info["who"])})

    async def _grant(self, request: web.Request) -> web.Response:
        try:
            body: Any = await request.json()
            given = [str(one) for one in body["permissions"]]
        except (ValueError, TypeError, KeyError):
            error = "Send {'principal'?: object id, 'permissions': [names of Microsoft Graph's]}."
            return web.json_response({"error": error}, status=400)
        principal = body.get("principal") or self._app
        self._directory.grant(principal, given)
        return web.json_response({"principal": principal, "permissions": given})
