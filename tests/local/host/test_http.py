"""HTTP functions: routes, methods, keys, answers."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.local.host.driver import EVENTS, FUNCTION, MASTER, HostProcess, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(storage: str) -> AsyncIterator[HostProcess]:
    async with running(storage, settings={"AzureFunctionsJobHost__functionTimeout": "00:00:01"}) as process:
        yield process


async def test_ready_line_names_port_and_functions(host: HostProcess) -> None:
    """The line on standard output lists every enabled function."""
    assert {"health", "items", "on_change", "on_event"} <= set(host.ready["functions"])
    assert "every_second" not in host.ready["functions"]
    assert host.ready["ready"] is True


async def test_text_answer(host: HostProcess) -> None:
    """Text that a function returns is the body of a 200."""
    assert await host.request("GET", "/api/health") == (200, "ok GET")


async def test_request_reaches_the_function_and_its_response_the_caller(host: HostProcess) -> None:
    """Route parameters, query, body, status and body go through unchanged."""
    status, body = await host.request(
        "POST", "/api/items/model/7", params={"a": "1"}, headers={"x-functions-key": FUNCTION}, data=b"hello"
    )
    assert status == 201
    expected = {"route": {"kind": "model", "id": "7"}, "query": {"a": "1"}, "body": "hello"}
    assert expected == json.loads(body)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/items/model", {"kind": "model"}),
        ("/API/Items/Model/7", {"kind": "Model", "id": "7"}),
    ],
    ids=["optional-parameter-left-out", "case-does-not-matter"],
)
async def test_route_parameters(host: HostProcess, path: str, expected: dict[str, str]) -> None:
    """A route template matches as documented."""
    _, body = await host.request("GET", path, params={"code": FUNCTION})
    assert expected == json.loads(body)["route"]


async def test_literal_route_wins(host: HostProcess) -> None:
    """A route without parameters is preferred over one whose parameter would also fit."""
    assert await host.request("GET", "/api/items/special", params={"code": FUNCTION}) == (200, "special GET")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/items/model/seven", 404),
        ("DELETE", "/api/health", 405),
        ("GET", "/api/end/error", 500),
        ("GET", "/api/end/cancelled", 500),
        ("GET", "/api/end/exit", 500),
        ("GET", "/api/end/hang", 500),
    ],
)
async def test_refusals_and_failures(host: HostProcess, method: str, path: str, expected: int) -> None:
    """What cannot be routed is 404 or 405; a function that fails, escapes or outlasts functionTimeout is 500."""
    status, _ = await host.request(method, path)
    assert expected == status
    assert await host.request("GET", "/api/health") == (200, "ok GET")


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        ("/api/health", "", 200),
        ("/api/items/special", "", 401),
        ("/api/items/special", "wrong", 401),
        ("/api/items/special", EVENTS, 401),
        ("/api/items/special", FUNCTION, 200),
        ("/api/items/special", MASTER, 200),
        ("/api/secret", FUNCTION, 401),
        ("/api/secret", MASTER, 200),
    ],
)
async def test_keys(host: HostProcess, path: str, key: str, expected: int) -> None:
    """Each auth level admits its own key and the master key, in the query or in the header."""
    by_query, _ = await host.request("GET", path, params={"code": key})
    by_header, _ = await host.request("GET", path, headers={"x-functions-key": key})
    assert (expected, expected) == (by_query, by_header)
