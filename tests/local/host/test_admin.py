"""The admin API: the state, the list, a run by hand; for the master key only."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.local.host.driver import EVENTS, FUNCTION, MASTER, HostProcess, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCESS = {"headers": {"x-functions-key": MASTER}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(storage: str) -> AsyncIterator[HostProcess]:
    async with running(storage, settings={"AzureFunctionsWebHost__hostid": "admin"}) as process:
        yield process


async def test_state(host: HostProcess) -> None:
    """The state names the host and says that it runs."""
    status, text = await host.request("GET", "/admin/host/status", **ACCESS)
    assert (status, json.loads(text)) == (200, {"id": "admin", "state": "Running"})


async def test_functions(host: HostProcess) -> None:
    """The list shows each function's bindings with the settings in place."""
    _, text = await host.request("GET", "/admin/functions", **ACCESS)
    functions = {function["name"]: function["config"]["bindings"] for function in json.loads(text)}
    assert sorted(functions) == host.ready["functions"]
    assert functions["on_change"][0]["queueName"] == f"{host.prefix}changes"


async def test_queue_function_by_hand(host: HostProcess) -> None:
    """The input stands for the message."""
    assert await host.request("POST", "/admin/functions/on_change", **ACCESS, json={"input": "by hand"}) == (202, "")
    (done,) = await host.take_json("done")
    assert (done["body"], done["dequeues"]) == ("by hand", 1)


async def test_event_function_by_hand(host: HostProcess) -> None:
    """The input stands for the event, and its output goes on the queue as after a delivery."""
    event = {"id": "hand", "data": {}}
    given = {"input": json.dumps(event)}
    assert await host.request("POST", "/admin/functions/on_event", **ACCESS, json=given) == (202, "")
    (done,) = await host.take_json("done")
    assert json.loads(done["body"]) == event


@pytest.mark.parametrize(
    ("function", "body", "expected"),
    [
        ("nothing", '{"input": ""}', 404),
        ("health", '{"input": ""}', 400),
        ("on_event", '{"input": "{"}', 400),
        ("on_event", '{"input": 7}', 400),
        ("on_event", "{", 400),
    ],
)
async def test_refusals(host: HostProcess, function: str, body: str, expected: int) -> None:
    """What cannot be run is refused at once."""
    status, _ = await host.request("POST", f"/admin/functions/{function}", **ACCESS, data=body)
    assert status == expected


@pytest.mark.parametrize("key", ["", FUNCTION, EVENTS])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/admin/host/status"), ("GET", "/admin/functions"), ("POST", "/admin/functions/on_change")],
)
async def test_other_keys(host: HostProcess, method: str, path: str, key: str) -> None:
    """Only the master key opens the admin API."""
    status, _ = await host.request(method, path, headers={"x-functions-key": key}, json={"input": "x"})
    assert status == 401
