"""The other side of the wire: raw ARM calls as a chosen principal, and a webhook to deliver to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from local.azure.stand_in import AzureStandIn

VERSION = "2025-12-01"
PREVIEW = "2025-10-01-preview"
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-ai"
WORKSPACES = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
HUB = f"{WORKSPACES}/hub-one"
PROJECT = f"{WORKSPACES}/project-one"
INSTANCE = f"{HUB}/computes/ci-jane"
CLUSTER = f"{HUB}/computes/cluster"
CONNECTION = f"{HUB}/connections/openai"
ACCOUNT = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/ai-one"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stone"
JANE = "jane@contoso.example"
DEADLINE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of one answer; `body` is None when it was empty."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str:
        """`error.code` of a refusal."""
        return str(self.body["error"]["code"])


@dataclass(slots=True)
class Arm:
    """Sends requests as one principal: a person by name, or the app."""

    azure: AzureStandIn
    session: aiohttp.ClientSession
    who: str = JANE

    def token(self, audience: str = "https://management.azure.com") -> str:
        """A token of this principal."""
        directory = self.azure.directory
        claims = directory.app() if self.who == "app" else directory.person(self.who)
        return self.azure.tokens.issue(audience, claims).value

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        version: str = VERSION,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request to ARM; a full URL is sent as it is."""
        whole = path.startswith("https:")
        url = path if whole else f"{self.azure.url}{path}"
        asked = dict(query or {}) if whole or not version else {"api-version": version, **(query or {})}
        given = {"Authorization": f"Bearer {self.token()}", **(headers or {})}
        async with self.session.request(method, url, params=asked or None, headers=given, json=body) as answer:
            text = await answer.text()
            return Answer(answer.status, answer.headers.copy(), json.loads(text) if text else None)

    async def ok(self, method: str, path: str, body: object = None, query: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - any JSON
        """The body of a request that must succeed."""
        answer = await self(method, path, body, query=query)
        assert answer.status < 300, answer
        return answer.body

    async def done(self, answer: Answer) -> Any:  # noqa: ANN401 - any JSON
        """Polls the operation an answer began until it ends, and returns its last status body."""
        url = answer.headers["Azure-AsyncOperation"]

        async def ended() -> Any:  # noqa: ANN401 - any JSON
            poll = await self("GET", url)
            return poll.body if poll.body["status"] != "InProgress" else None

        return await eventually(ended)


def session(azure: AzureStandIn) -> aiohttp.ClientSession:
    """A client session that trusts the stand-in."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=azure.certificates.client_context()))


async def eventually[T](probe: Callable[[], Awaitable[T]]) -> T:
    """What `probe` returns once that is true; fails after the deadline."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        found = await probe()
        while not found:
            await asyncio.sleep(0.005)
            found = await probe()
    return found


@dataclass(slots=True)
class Webhook:
    """An endpoint for events that answers as told and keeps what it received."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[Any] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    validates: bool = True

    async def handle(self, request: web.Request) -> web.Response:
        """Handshakes first, then each delivery gets the next status in `statuses`, and 200 after those."""
        if request.method == "OPTIONS":
            allowed = request.headers["WebHook-Request-Origin"] if self.validates else "elsewhere"
            return web.Response(headers={"WebHook-Allowed-Origin": allowed})
        text = await request.text()
        body: Any = json.loads(text) if text[:1] in "[{" else text
        if request.headers["aeg-event-type"] == "SubscriptionValidation":
            code = body[0]["data"]["validationCode"] if self.validates else "wrong"
            return web.json_response({"validationResponse": code})
        self.received.append(body)
        self.headers.append(request.headers.copy())
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@asynccontextmanager
async def webhook(*statuses: int, validates: bool = True) -> AsyncIterator[Webhook]:
    """A webhook on a free port."""
    hook = Webhook(statuses=list(statuses), validates=validates)
    application = web.Application()
    application.router.add_route("*", "/hook", hook.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook?code=function-key"
        yield hook
    finally:
        await runner.cleanup()
