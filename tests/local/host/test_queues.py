"""The queue trigger: messages deleted, released, poisoned, and worked on side by side."""

import base64
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.local.host.driver import HostProcess, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(storage: str) -> AsyncIterator[HostProcess]:
    async with running(storage) as process:
        yield process


async def test_message_is_worked_on_and_deleted(host: HostProcess) -> None:
    """The body arrives decoded, the output is sent, and the message is gone."""
    await host.put("changes", "grüße")
    (done,) = await host.take_json("done")
    assert (done["body"], done["dequeues"]) == ("grüße", 1)

    async def empty() -> bool:
        return await host.length("changes") == 0

    await eventually(empty, "the message to be deleted")


async def test_message_that_keeps_failing_is_poisoned(host: HostProcess) -> None:
    """After maxDequeueCount (3) failures the message moves to the poison queue, whose function sees it."""
    await host.put("changes", "poison pill")
    assert await host.take("seen-poison") == ["poison pill"]
    tries = [record for record in host.records if record["message"].startswith("change, dequeue count")]
    assert [record["message"][-1] for record in tries][-3:] == ["1", "2", "3"]
    await host.logged(lambda record: record["message"] == "Message has reached MaxDequeueCount of 3.")
    assert await host.length("changes") == 0


async def test_message_that_fails_on_a_poison_queue_stays_hidden_there(host: HostProcess) -> None:
    """A poison queue has no poison queue: what fails there is not tried again at once, and not moved."""
    await host.put("changes-poison", "refuse this")
    await host.logged(lambda record: "not even here" in record["message"])
    await host.put("changes-poison", "take this")
    assert await host.take("seen-poison") == ["take this"]
    tries = [record for record in host.records if "not even here" in record["message"]]
    assert (len(tries), await host.length("changes-poison")) == (1, 1)


async def test_message_that_is_not_base64_is_poisoned_at_once(host: HostProcess) -> None:
    """What cannot be decoded moves to the poison queue unchanged, and no function runs for it."""
    kept = await host.length("changes-poison")
    await host.put("changes", '{"a": "bcd"}', encode=False)  # which a lenient decoder would take for "abcd"
    warning = await host.logged(lambda record: "Message decoding has failed" in record["message"])
    assert warning["level"] == "WARNING"

    async def moved() -> bool:
        return await host.length("changes") == 0 and await host.length("changes-poison") == kept + 1

    await eventually(moved, "the message to be moved")


async def test_many_messages(host: HostProcess) -> None:
    """More messages than a batch holds are all worked on, each once, each as an invocation of its own."""
    for number in range(30):
        await host.put("changes", f"message {number}")
    done = await host.take_json("done", 30)
    assert sorted(item["body"] for item in done) == sorted(f"message {number}" for number in range(30))
    assert len({item["invocation"] for item in done}) == 30


async def test_bytes_that_are_no_text(host: HostProcess) -> None:
    """A body that is not UTF-8 still reaches the function, as bytes; here it fails there and is poisoned."""
    content = base64.b64encode(b"\xff\xfe").decode()
    await host.put("changes", content, encode=False)
    failed = await host.logged(lambda record: "UnicodeDecodeError" in record["message"])
    assert failed["function"] == "on_change"


async def test_failure_is_logged_with_its_invocation(host: HostProcess) -> None:
    """A failed run is one error line that names function, invocation and cause."""
    await host.put("changes", "poison again")
    failed = await host.logged(lambda record: "cannot work on this" in record["message"])
    assert (failed["function"], failed["level"], failed["category"]) == ("on_change", "ERROR", "Host")
    assert failed["invocation"] in failed["message"]
    assert "Traceback" not in json.dumps(failed)
