"""Key Vault's secrets over HTTP: `/dataplane/vaults/{vault}/secrets/…` and `/deletedsecrets/…`, for token owners only.

Ids in the answers are the vault's true ones (`https://NAME.vault.azure.net/…`), so that SecretClient reads them. A
request without a token is told where to get one, as SecretClient expects before it sends its first body.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import web

from local.azure.cloud import Cloud
from local.azure.dataplane.gate import Door, Gate, TurnedAwayError
from local.azure.dataplane.vault_documents import changed, deleted_document, given_version, item, secret_document
from local.azure.keyvault.secrets import SecretRefusedError
from local.azure.store import Document

TYPE = "Microsoft.KeyVault/vaults"
AUDIENCE = "https://vault.azure.net"
ACTIONS = f"{TYPE}/secrets"
PREFIX = "/dataplane/vaults/{vault}"
PAGE = 25

type Serve = Callable[[web.Request, Document], Awaitable[tuple[int, Any]]]


class VaultSecrets:
    """One method per operation; each answers status and body."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._gate = Gate(cloud)
        self._book = cloud.vaults.secrets

    def routes(self) -> list[web.RouteDef]:
        """The paths, their methods and the data action each needs."""
        one, gone = f"{PREFIX}/secrets/{{name}}", f"{PREFIX}/deletedsecrets/{{name}}"
        rows: list[tuple[str, str, Serve, str]] = [
            ("PUT", one, self._set, "setSecret/action"),
            ("GET", f"{one}/versions", self._versions, "readMetadata/action"),
            ("GET", f"{one}/{{version:[^/]*}}", self._get, "getSecret/action"),
            ("GET", one, self._get, "getSecret/action"),
            ("PATCH", f"{one}/{{version:[^/]*}}", self._update, "setSecret/action"),
            ("PATCH", one, self._update, "setSecret/action"),
            ("DELETE", one, self._delete, "delete"),
            ("GET", f"{PREFIX}/secrets", self._list, "readMetadata/action"),
            ("GET", f"{PREFIX}/deletedsecrets", self._list_deleted, "readMetadata/action"),
            ("POST", f"{gone}/recover", self._recover, "recover/action"),
            ("GET", gone, self._get_deleted, "readMetadata/action"),
            ("DELETE", gone, self._purge, "purge/action"),
        ]
        return [web.route(method, path, partial(self._serve, serve, action)) for method, path, serve, action in rows]

    async def _serve(self, serve: Serve, action: str, request: web.Request) -> web.Response:
        vault = self._gate.find(TYPE, request.match_info["vault"])
        if vault is None:
            return _refusal(404, "VaultNotFound", f"The vault '{request.match_info['vault']}' was not found.")
        if "Authorization" not in request.headers:
            return self._challenge("AKV10000: Request is missing a Bearer or PoP token.")
        try:
            self._gate.admit_token(request, vault, Door(AUDIENCE, f"{ACTIONS}/{action}"))
            status, body = await serve(request, vault)
        except TurnedAwayError as turned_away:
            if turned_away.reason == "no role":
                return _refusal(403, "Forbidden", str(turned_away), "ForbiddenByRbac")
            return self._challenge(str(turned_away))
        except SecretRefusedError as refused:
            return _refusal(refused.status, refused.code, str(refused), refused.inner)
        return web.json_response(body, status=status) if body is not None else web.Response(status=status)

    async def _set(self, request: web.Request, vault: Document) -> tuple[int, Any]:
        version = self._book.set(vault["id"], request.match_info["name"], given_version(await _body(request)))
        return 200, secret_document(vault, version)

    async def _get(self, request: web.Request, vault: Document) -> tuple[int, Any]:
        names = request.match_info
        version = self._book.get(vault["id"], names["name"], names.get("version", ""))
        if not version.enabled:
            raise SecretRefusedError(
                403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled"
            )
        return 200, secret_document(vault, version)

    async def _update(self, request: web.Request, vault: Document) -> tuple[int, Any]:
        names = request.match_info
        before = self._book.get(vault["id"], names["name"], names.get("version", ""))
        after = self._book.update(vault["id"], changed(before, await _body(request)))
        self._cloud.vaults.expiry_changed(vault["id"], after)
        shown = secret_document(vault, after)
        shown.pop("value")
        return 200, shown

    async def _delete(self, request: web.Request, vault: Document) -> tuple[int, Any]:
        return 200, deleted_document(vault, self._book.delete(vault["id"], request.match_info["name"]))

    async def _list(self, request: web.Request, vault: Document) -> tuple[int, Any]:
        return 200, self._page(request, [item(vault, one, versioned=False) for one in self._book.all(vault["id"])])

    async def _versions(self, request: web.Request, vault: Document) -> tuple[int, Any]:
        versions = self._book.versions(vault["id"], request.match_info["name"])
        return 200, self._page(request, [item(vault, one, versioned=True) for one in versions])

    async def _list_deleted(self, request: web.Request, vault: Document) -> tuple[int, Any]:
        return 200, self._page(request, [deleted_document(vault, one) for one in self._book.all_deleted(vault["id"])])

    async def _get_deleted(self, request: web.Request, vault: Document) -> tuple[int, Any]:
        return 200, deleted_document(vault, self._book.deleted(vault["id"], request.match_info["name"]))

    async def _recover(self, request: web.Request, vault: Document) -> tuple[int, Any]:
        version = self._book.recover(vault["id"], request.match_info["name"])
        return 200, item(vault, version, versioned=True)

    async def _purge(self, request: web.Request, vault: Document) -> tuple[int, Any]:
        self._book.purge(vault["id"], request.match_info["name"])
        return 204, None

    def _page(self, request: web.Request, items: list[Document]) -> Document:
        size = int(request.query.get("maxresults", PAGE))
        start = int(request.query.get("$skiptoken", 0))
        link = None
        if start + size < len(items):
            query = {**request.query, "$skiptoken": str(start + size)}
            link = str(request.url.with_query(query))
        return {"value": items[start : start + size], "nextLink": link}

    def _challenge(self, message: str) -> web.Response:
        response = _refusal(401, "Unauthorized", message)
        tenant = self._cloud.options.tenant
        response.headers["WWW-Authenticate"] = (
            f'Bearer authorization="https://login.windows.net/{tenant}", resource="{AUDIENCE}"'
        )
        return response


async def _body(request: web.Request) -> Document:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise SecretRefusedError(400, "BadParameter", "The request body must be a JSON object.")
    return body


def _refusal(status: int, code: str, message: str, inner: str = "") -> web.Response:
    error: Document = {"code": code, "message": message} | ({"innererror": {"code": inner}} if inner else {})
    return web.json_response({"error": error}, status=status)
