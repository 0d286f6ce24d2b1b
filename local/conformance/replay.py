"""Plays the examples of a specification against a running stand-in and compares what comes back."""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from local.azure import estate
from local.azure.stand_in import AzureStandIn
from local.conformance.contracts import Example
from local.conformance.request import Request, UnplayableError, build
from local.conformance.shape import differences
from local.conformance.table import Operation

WHO = "conformance@contoso.example"
AUDIENCE = "https://management.azure.com"
POLL_SECONDS = 0.01
DEADLINE_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `body` is None when it was empty."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return self.status < 300  # noqa: PLR2004 - HTTP's border between success and the rest


@dataclass(frozen=True)
class Outcome:
    """One example and where the stand-in's answer differs from it; nothing means it matches."""

    operation: Operation
    example: str
    differences: tuple[str, ...]
    played: bool = True


@dataclass(frozen=True)
class Replay:
    """A stand-in and a session that may do everything in it."""

    azure: AzureStandIn
    session: aiohttp.ClientSession

    async def play(self, operation: Operation, example: Example) -> Outcome:
        """Seeds what the example needs, sends its request, waits for the end and compares."""
        try:
            request = build(operation, example)
        except UnplayableError as error:
            return Outcome(operation, example.name, (str(error),), played=False)
        self._seed(request)
        first = await self.send(request.method, request.path, request.body, request.query)
        try:
            last = await self._finished(request, first) if first.ok else first
        except TimeoutError:
            return Outcome(operation, example.name, ("its operation never ended",))
        return Outcome(operation, example.name, tuple(_compared(operation, example, first, last)))

    async def send(self, method: str, path: str, body: object = None, query: Mapping[str, str] | None = None) -> Answer:
        """One request; a whole URL is sent as it is."""
        url = path if path.startswith("https:") else f"{self.azure.url}{path}"
        async with self.session.request(method, url, params=query or None, json=body) as answer:
            text = await answer.text()
            is_json = text and answer.content_type == "application/json"
            return Answer(answer.status, answer.headers.copy(), json.loads(text) if is_json else None)

    def _seed(self, request: Request) -> None:
        """Loads the seeds the way any estate is loaded."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump([{"id": scope} for scope in _scopes(request.path)] + list(request.seeds), file)
            file.flush()
            estate.load(Path(file.name), self.azure.state, self.azure.options.tenant)

    async def _finished(self, request: Request, first: Answer) -> Answer:
        """What is there once a long-running operation ended; the first answer itself when there is none."""
        url = first.headers.get("Azure-AsyncOperation") or first.headers.get("Location")
        if url is None or request.method == "GET":
            return first
        async with asyncio.timeout(DEADLINE_SECONDS):
            poll = await self.send("GET", url)
            while poll.status == 202 or (poll.body or {}).get("status") in ("InProgress", "Running", "Accepted"):  # noqa: PLR2004 - HTTP
                await asyncio.sleep(POLL_SECONDS)
                poll = await self.send("GET", url)
        if request.method in ("PUT", "PATCH"):
            version = {"api-version": request.query["api-version"]}
            return await self.send("GET", request.path, query=version)
        location = first.headers.get("Location")
        return await self.send("GET", location) if location else poll


def session(azure: AzureStandIn) -> aiohttp.ClientSession:
    """A client that trusts the stand-in and carries a token of somebody without limits."""
    token = azure.tokens.issue(AUDIENCE, azure.directory.person(WHO)).value
    connector = aiohttp.TCPConnector(ssl=azure.certificates.client_context())
    return aiohttp.ClientSession(connector=connector, headers={"Authorization": f"Bearer {token}"})


def _compared(operation: Operation, example: Example, first: Answer, last: Answer) -> Iterator[str]:
    if not first.ok:
        yield f"status {first.status}: {_reason(first)}"
        return
    if first.status not in operation.statuses:
        yield f"status {first.status}: Azure answers {sorted(operation.statuses)}"
    told = example.responses.get(first.status, {}).get("headers", {})
    for name in sorted({*operation.statuses.get(first.status, ()), *told}, key=str.casefold):
        if name not in first.headers:
            yield f"header {name} of {first.status}: missing"
    bodies = example.bodies
    wanted = bodies.get(last.status, next(iter(bodies.values()), None))
    if wanted is not None and operation.method != "DELETE":
        yield from differences(_whole(wanted), last.body)


def _whole(body: Any) -> Any:  # noqa: ANN401 - any JSON
    """A list's page without its link to the next one: what was seeded fits on one page."""
    is_page = isinstance(body, dict) and isinstance(body.get("value"), list)
    return {name: value for name, value in body.items() if name != "nextLink"} if is_page else body


def _reason(answer: Answer) -> str:
    error = (answer.body or {}).get("error", {})
    return f"{error.get('code')}: {error.get('message')}"


def _scopes(path: str) -> list[str]:
    """A resource group, the path's own if it names one; loading it makes it and its subscription known."""
    match path.split("/"):
        case ["", subscriptions, subscription, groups, group, *_] if groups.casefold() == "resourcegroups":
            return [f"/{subscriptions}/{subscription}/{groups}/{group}"]
        case ["", subscriptions, subscription, *_] if subscriptions.casefold() == "subscriptions":
            return [f"/{subscriptions}/{subscription}/resourceGroups/conformance"]
    return []
