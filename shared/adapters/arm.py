"""
Azure Resource Manager over one pipeline: raw JSON in, raw JSON out, at an explicit api-version.

The Azure ML management client is used as router and pipeline only: its models are of 2023 and lose most of what the
rules read (CONTRACTS §10).

Long-running writes are not awaited: 200, 201 and 202 all mean that Azure took the write. Its end raises an event, the
event brings the worker back, and the worker reads what became of it. Only who sent a write that must not be sent twice
follows it to its end.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.core.policies import AsyncARMChallengeAuthenticationPolicy
from azure.mgmt.machinelearningservices.aio import MachineLearningServicesMgmtClient

from shared.adapters.api_versions import MACHINE_LEARNING
from shared.adapters.arm_wire import CONNECT, PUBLIC_CLOUD, Headers, document_of, own_link
from shared.adapters.azure_errors import asking
from shared.adapters.clock import SystemClock
from shared.adapters.operations import Operation, accepted, still_open
from shared.adapters.pace import Pace
from shared.adapters.proxies import proxied
from shared.adapters.retries import ONCE, BoundedRetry
from shared.model.errors import DependencyDown, HubwardenError, Unsure
from shared.model.facts import Json
from shared.ports import Clock

_LONGEST_CALL: Final = 60.0
"""Seconds for one request with its retries; past that the answer counts as missing."""
_READ: Final = 30
"""Seconds between two reads from a connection; the SDK's own are five minutes."""
_QUOTA_HEADER = "x-ms-ratelimit-remaining-"
_USER_QUOTA_HEADER = "x-ms-user-quota-remaining"
_LOW_QUOTA, _LOW_USER_QUOTA = 20, 2
_AT_ONCE = 24
"""Requests under way at once: a sweep of a large hub must not open a connection for each of its projects."""
_KEY_LISTS_AT_ONCE = 4
"""Lists of keys under way at once, of all hubs that this process looks at: once the first two hundred writes are spent,
Azure takes ten a second, and more callers than can share these would only use up each other's patience."""
_NOT_FOUND = 404

_log = logging.getLogger(__name__)


class Arm:
    """One client for all subscriptions of one ARM endpoint."""

    def __init__(
        self,
        credential: AsyncTokenCredential,
        endpoint: str = PUBLIC_CLOUD,
        scope: str = f"{PUBLIC_CLOUD}/.default",
        longest_call: float = _LONGEST_CALL,
        clock: Clock | None = None,
    ) -> None:
        """Speak to an endpoint with tokens for a scope; another cloud has another of each. It waits on the clock."""
        clock = clock or SystemClock()
        self._pace = Pace(clock)
        self.key_lists = asyncio.Semaphore(_KEY_LISTS_AT_ONCE)
        """Whoever lists keys takes a place here, beside the one that each request takes."""
        self._endpoint = endpoint.rstrip("/")
        self._longest_call = longest_call
        policies = [
            Headers(),
            UserAgentPolicy(base_user_agent="hubwarden"),
            BoundedRetry(clock=clock),
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
            connection_timeout=CONNECT,
            read_timeout=_READ,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def get(self, path: str, version: str, *, needs: str = "") -> Json | None:
        """A document, or None where Azure says there is none (404). Raises as `error_for` says."""
        response = await self._ask("GET", self._url(path, version))
        return None if response.status_code == _NOT_FOUND else document_of(response, path, needs)

    async def list(
        self, path: str, version: str, *, query: str = "", needs: str = "", must_exist: bool = False
    ) -> AsyncIterator[Json]:
        """
        The documents of a list, page by page; none where the parent does not exist (404), or Rejected if it must.

        Pages may be empty and still have a next one. Its link is followed only within our own endpoint.
        """
        url, seen = self._url(path, version) + query, set[str]()
        while url:
            seen.add(url)
            response = await self._ask("GET", url)
            if response.status_code == _NOT_FOUND and not must_exist:
                return
            page = document_of(response, path, needs)
            for document in page.get("value") or ():
                yield document
            url = own_link(page.get("nextLink"), self._endpoint, f"GET {path}")
            if url in seen:
                raise DependencyDown(f"GET {path}: the list's pages lead in a circle")

    async def send(self, method: str, path: str, version: str, body: Json | None, *, needs: str = "") -> Json:
        """Send a body and return the answer's, `{}` for an empty one. Raises as `error_for` says, also for 404."""
        response = await self._ask(method, self._url(path, version), body)
        return document_of(response, path, needs)

    async def send_once(
        self, method: str, path: str, version: str, body: Json | None, *, needs: str = ""
    ) -> Operation | None:
        """
        Send a body a single time and give what Azure leaves open, None for nothing; what its answer says is not kept.

        Nothing is sent again, whatever comes of it; but for a token that Azure turns away at the door (401) and wants
        renewed. Raises Unsure where a second try would be made otherwise: 408, 5xx, no answer or one that cannot be
        read, also where no connection came to be; any other error as `error_for` says.
        """
        try:
            response = await self._ask(method, self._url(path, version), body, once=True)
            document_of(response, path, needs)
        except DependencyDown as error:
            lost = str(error)
        else:
            return accepted(response, self._endpoint, f"{method} {path}")
        # Raised here, for an error keeps the one that it is raised over, and that one may keep the answer.
        raise Unsure(f"{lost}; whether it was done nobody can tell")

    async def follow(self, operation: Operation) -> Operation | None:
        """
        Ask once what became of an operation: None when it ended well, else what to ask for next.

        Raises Rejected when it failed, Unsure when the answer does not tell.
        """
        path = urlsplit(operation.link).path
        try:
            response = await self._ask("GET", operation.link)
            document = document_of(response, path, "")
        except HubwardenError as error:
            unclear = str(error)
        else:
            return still_open(operation, response, document, self._endpoint, f"GET {path}")
        raise Unsure(f"{unclear}; whether the operation was done nobody can tell")

    async def delete(self, path: str, version: str, *, query: str = "", needs: str = "") -> None:
        """Delete; what is gone already (404) is as it should be. Raises as `error_for` says."""
        response = await self._ask("DELETE", self._url(path, version) + query)
        if response.status_code != _NOT_FOUND:
            document_of(response, path, needs)

    async def _ask(self, method: str, url: str, body: Json | None = None, *, once: bool = False) -> AsyncHttpResponse:
        path = urlsplit(url).path
        options = {ONCE: True} if once else {}
        await self._pace.wait(method, path)
        async with self._room, asking(f"{method} {path}", self._longest_call):
            response: AsyncHttpResponse = await self._client._send_request(  # noqa: SLF001 - the SDK's documented way for raw requests
                HttpRequest(method, url, json=body),
                **options,
            )
        self._pace.told(method, path, response.headers)
        _note(method, path, response)
        return response

    def _url(self, path: str, version: str) -> str:
        return f"{self._endpoint}{quote(path, safe='/()@:~')}?api-version={version}"


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
