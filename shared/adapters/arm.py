"""
Azure Resource Manager over one pipeline: raw JSON in, raw JSON out, at an explicit api-version.

The Azure ML management client is used as router and pipeline only: its models are of 2023 and lose most of what the
rules read (CONTRACTS §10). The pipeline's policies are our own list, so that nothing registers a resource provider
behind our back, no redirect carries our token elsewhere, and nothing records a body.

Long-running writes are not awaited: 200, 201 and 202 all mean that Azure took the write. Its end raises an event, the
event brings the worker back, and the worker reads what became of it.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, override
from urllib.parse import quote, urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy, UserAgentPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.core.policies import AsyncARMChallengeAuthenticationPolicy
from azure.mgmt.machinelearningservices.aio import MachineLearningServicesMgmtClient

from shared.adapters.api_versions import MACHINE_LEARNING
from shared.adapters.azure_errors import asking, error_for
from shared.adapters.correlation import correlation
from shared.adapters.proxies import proxied
from shared.adapters.retries import BoundedRetry
from shared.model.errors import DependencyDown, Rejected
from shared.model.facts import Json

PUBLIC_CLOUD: Final = "https://management.azure.com"

_LONGEST_CALL = 60.0
"""Seconds for one request with its retries; past that the answer counts as missing."""
_CONNECT, _READ = 5, 30
"""Seconds for a connection, and between two reads from it; the SDK's own are five minutes."""
_QUOTA_HEADER = "x-ms-ratelimit-remaining-"
_USER_QUOTA_HEADER = "x-ms-user-quota-remaining"
_LOW_QUOTA, _LOW_USER_QUOTA = 20, 2
_AT_ONCE = 24
"""Requests under way at once: a sweep of a large hub must not open a connection for each of its projects."""
_OK, _REDIRECT, _NOT_FOUND = 200, 300, 404

_log = logging.getLogger(__name__)


class Arm:
    """One client for all subscriptions of one ARM endpoint."""

    def __init__(
        self,
        credential: AsyncTokenCredential,
        endpoint: str = PUBLIC_CLOUD,
        scope: str = f"{PUBLIC_CLOUD}/.default",
    ) -> None:
        """Speak to an endpoint with tokens for a scope; another cloud has another of each."""
        self._endpoint = endpoint.rstrip("/")
        policies = [
            _Headers(),
            UserAgentPolicy(base_user_agent="hubwarden"),
            BoundedRetry(),
            AsyncARMChallengeAuthenticationPolicy(credential, scope),
        ]
        self._room = asyncio.Semaphore(_AT_ONCE)
        # The client wants a subscription for operations of its own; ours name theirs in absolute paths.
        self._client = MachineLearningServicesMgmtClient(
            credential,
            "",
            base_url=self._endpoint,
            api_version=MACHINE_LEARNING,
            credential_scopes=[scope],
            policies=policies,
            use_env_settings=proxied(),
            connection_timeout=_CONNECT,
            read_timeout=_READ,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def get(self, path: str, version: str, *, needs: str = "") -> Json | None:
        """A document, or None where Azure says there is none (404). Raises as `error_for` says."""
        response = await self._ask("GET", self._url(path, version))
        return None if response.status_code == _NOT_FOUND else _body(response, path, needs)

    async def list(self, path: str, version: str, *, query: str = "", needs: str = "") -> AsyncIterator[Json]:
        """
        The documents of a list, page by page; none where the parent does not exist (404).

        Pages may be empty and still have a next one. Its link is followed only within our own endpoint.
        """
        url, seen = self._url(path, version) + query, set[str]()
        while url:
            seen.add(url)
            response = await self._ask("GET", url)
            if response.status_code == _NOT_FOUND:
                return
            page = _body(response, path, needs)
            for document in page.get("value") or ():
                yield document
            url = self._own(page.get("nextLink") or "", path)
            if url in seen:
                raise DependencyDown(f"GET {path}: the list's pages lead in a circle")

    async def send(self, method: str, path: str, version: str, body: Json | None, *, needs: str = "") -> Json:
        """Send a body and return the answer's, `{}` for an empty one. Raises as `error_for` says, also for 404."""
        response = await self._ask(method, self._url(path, version), body)
        return _body(response, path, needs)

    async def delete(self, path: str, version: str, *, needs: str = "") -> None:
        """Delete; what is gone already (404) is as it should be. Raises as `error_for` says."""
        response = await self._ask("DELETE", self._url(path, version))
        if response.status_code != _NOT_FOUND:
            _body(response, path, needs)

    async def _ask(self, method: str, url: str, body: Json | None = None) -> AsyncHttpResponse:
        path = urlsplit(url).path
        async with self._room, asking(f"{method} {path}", _LONGEST_CALL):
            response: AsyncHttpResponse = await self._client._send_request(  # noqa: SLF001 - the SDK's documented way for raw requests
                HttpRequest(method, url, json=body),
            )
        _note(method, path, response)
        return response

    def _url(self, path: str, version: str) -> str:
        return f"{self._endpoint}{quote(path, safe='/()@:~')}?api-version={version}"

    def _own(self, link: str, path: str) -> str:
        """A next link to follow: as it came, for ARM signs it. Raises Rejected for one to another host."""
        if link and urlsplit(link)[:2] != urlsplit(self._endpoint)[:2]:
            raise Rejected(
                f"GET {path}: its next page lies on {urlsplit(link).netloc!r}, which is not our ARM endpoint"
            )
        return link


class _Headers(SansIOHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Names the request to Azure, so that a line in our log can be found in theirs."""

    @override
    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        request.http_request.headers["x-ms-client-request-id"] = str(uuid.uuid4())
        request.http_request.headers["Accept"] = "application/json"
        if known := correlation.get():
            request.http_request.headers["x-ms-correlation-request-id"] = known


def _body(response: AsyncHttpResponse, path: str, needs: str) -> Json:
    """The JSON object of a good answer; raises the error of ours for any other."""
    doing = f"{response.request.method} {path}"
    if not _OK <= response.status_code < _REDIRECT:
        raise error_for(response.status_code, response.headers, response.text(), doing, needs)
    text = response.text()
    if not text:
        return {}
    try:
        document: Any = json.loads(text)
    except ValueError:
        raise DependencyDown(f"{doing}: Azure answered {response.status_code} with a body that is no JSON") from None
    if not isinstance(document, dict):
        raise DependencyDown(f"{doing}: Azure answered {response.status_code} with JSON that is no object")
    return document


def _note(method: str, path: str, response: AsyncHttpResponse) -> None:
    """Log what was asked and how much Azure will still answer: no query, no header and no body."""
    quota = _quota(response.headers)
    low = any(left < (_LOW_USER_QUOTA if name == _USER_QUOTA_HEADER else _LOW_QUOTA) for name, left in quota.items())
    level = logging.WARNING if low else logging.DEBUG
    left = ", ".join(f"{name} {count}" for name, count in quota.items()) or "unknown"
    fields = {"method": method, "path": path, "status": response.status_code, "quota": quota}
    _log.log(level, "ARM %s %s answered %s; quota left: %s", method, path, response.status_code, left, extra=fields)


def _quota(headers: Mapping[str, str]) -> dict[str, int]:
    """The remaining quota by name, such as `subscription-reads`; an absent header is unknown, not zero."""
    found = {
        name.lower().removeprefix(_QUOTA_HEADER): value
        for name, value in headers.items()
        if name.lower().startswith(_QUOTA_HEADER) or name.lower() == _USER_QUOTA_HEADER
    }
    return {name: int(value) for name, value in found.items() if value.isdecimal()}
