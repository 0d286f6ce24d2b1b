"""Blob storage: the list of containers, to whoever signs with a live key or has the role.

The signature is Shared Key of the Blob service, version 2015-02-21 and later. The path that is signed is the one sent,
as with any endpoint that is told the account by path.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from email.utils import format_datetime
from urllib.parse import unquote
from xml.sax.saxutils import escape

from aiohttp import web

from local.azure.cloud import Cloud
from local.azure.dataplane.gate import Door, Gate, TurnedAwayError
from local.azure.monitor import storage_logs
from local.azure.store import Document

TYPE = "Microsoft.Storage/storageAccounts"
CONTAINER_TYPE = f"{TYPE}/blobServices/containers"
DOOR = Door("https://storage.azure.com", f"{TYPE}/blobServices/containers/read", data=False)
SCHEME = "SharedKey "
SIGNED_HEADERS = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
)
CODES = {"keys are off": "KeyBasedAuthenticationNotPermitted", "no role": "AuthorizationPermissionMismatch"}


class BlobStorage:
    """`GET /dataplane/storage/{account}/?comp=list`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._gate = Gate(cloud)

    async def containers(self, request: web.Request) -> web.Response:
        """The account's containers, as far as ARM knows them."""
        account = self._gate.find(TYPE, request.match_info["account"])
        if account is None:
            return _refusal(404, "ResourceNotFound", "The specified resource does not exist.")
        try:
            proof = self._admit(request, account)
        except TurnedAwayError as turned_away:
            return _refusal(403, CODES.get(turned_away.reason, "AuthenticationFailed"), str(turned_away))
        storage_logs.log(self._cloud, request, account, "ListContainers", proof)
        service = f"{account['id']}/blobServices/default"
        names = [escape(one["name"]) for one in self._cloud.store.children(service, CONTAINER_TYPE)]
        since = f"<Last-Modified>{format_datetime(self._cloud.started, usegmt=True)}</Last-Modified>"
        listed = "".join(
            f"<Container><Name>{name}</Name><Properties>{since}</Properties></Container>" for name in names
        )
        return _xml(200, f"<EnumerationResults><Containers>{listed}</Containers><NextMarker/></EnumerationResults>")

    def _admit(self, request: web.Request, account: Document) -> Mapping[str, str]:
        """Lets a caller in, and tells what the account's logs say of how it proved itself."""
        authorization = request.headers.get("Authorization", "")
        if not authorization.startswith(SCHEME):
            self._gate.admit_token(request, account, DOOR)
            return storage_logs.by_token(authorization)
        if account.get("properties", {}).get("allowSharedKeyAccess") is False:
            message = "Key based authentication is not permitted on this storage account."
            self._gate.turn_away(request, account, "keys are off", message)
        signature = authorization.rpartition(":")[2]
        signed = string_to_sign(request, account["name"])

        def made_with(key: str) -> bool:
            return hmac.compare_digest(sign(key, signed), signature)

        self._gate.admit_signature(request, account, made_with)
        keys = self._cloud.keys.live(account["id"])
        return storage_logs.by_key(*((1, keys.first) if made_with(keys.first.value) else (2, keys.second)))


def sign(key: str, text: str) -> str:
    """The signature of a text with an account key, both in base64."""
    return base64.b64encode(hmac.digest(base64.b64decode(key), text.encode(), hashlib.sha256)).decode()


def string_to_sign(request: web.Request, account: str) -> str:
    """What a client signs: verb, headers, `x-ms-` headers in order, then the path and its parameters in order."""
    headers = {name: request.headers.get(name, "") for name in SIGNED_HEADERS}
    if headers["Content-Length"] == "0":
        headers["Content-Length"] = ""
    own = sorted((name.casefold(), value) for name, value in request.headers.items() if name.casefold()[:5] == "x-ms-")
    query = sorted((name.casefold(), value) for name, value in request.query.items())
    lines = [request.method, *headers.values(), *(f"{name}:{value}" for name, value in own)]
    lines += [f"/{account}{unquote(request.rel_url.raw_path)}", *(f"{name}:{value}" for name, value in query)]
    return "\n".join(lines)


def _refusal(status: int, code: str, message: str) -> web.Response:
    body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    response = _xml(status, body)
    response.headers["x-ms-error-code"] = code
    return response


def _xml(status: int, body: str) -> web.Response:
    whole = f'<?xml version="1.0" encoding="utf-8"?>{body}'
    return web.Response(status=status, text=whole, content_type="application/xml")
