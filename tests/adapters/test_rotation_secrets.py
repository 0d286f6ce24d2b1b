"""No key leaves the rotator: not in a log at its most talkative, nor in an error or what it was raised over."""

import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from datetime import UTC, datetime
from traceback import TracebackException
from typing import Any, Final

import pytest

from shared.adapters.arm import Arm
from shared.adapters.key_rotator import AzureKeyRotator
from shared.model.errors import HubwardenError, Throttled, Unsure
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from tests.adapters.script import TOKEN, Script
from tests.fakes import FakeClock

GROUP: Final = "/subscriptions/s/resourceGroups/rg/providers"
KEYS: Final = ("F1rstF1rstF1rstF1rstF1rstF1rst01", "S3c0nd-S3c0nd_S3c0nd")
"""One that looks like a key, and one that does not."""
BASE64: Final = ("c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MQ==", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0Mg==")
CONNECTION: Final = f"{GROUP}/Microsoft.MachineLearningServices/workspaces/w/connections/c"
UNREADABLE: Final[list[object]] = [
    f'{{"key1": "{KEYS[0]}", "key2": "{KEYS[1]}", ',
    f'["{KEYS[0]}", "{KEYS[1]}"]',
    f'{{"key1": "{KEYS[0]}", "key2": "{KEYS[1]}"}}'.encode("utf-16"),
]
ECHO: Final = {"error": {"code": "Bad", "message": f"key {KEYS[0]} and key={KEYS[1]} are refused", "details": KEYS}}


@pytest.fixture(autouse=True)
def silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does, no log may tell."""
    with caplog.at_level(logging.DEBUG):
        yield
    assert_silent(caplog.text + "".join(str(vars(record)) for record in caplog.records))


def assert_silent(told: str) -> None:
    """Neither a key nor the app's token is in a text."""
    assert [secret for secret in (*KEYS, *BASE64, TOKEN) if secret in told] == []


def fact(script: Script, kind: str = "Microsoft.CognitiveServices/accounts") -> Fact:
    """An account that listens at the script."""
    blob = {"primaryEndpoints": {"blob": script.url}}
    return Fact.of({"id": f"{GROUP}/{kind}/ai", "properties": {"endpoint": script.url} | blob})


def keeper(script: Script) -> Fact:
    """A connection that keeps a key of it, with one where no key belongs."""
    metadata = {"ResourceId": str(fact(script).id)}
    return Fact.of({"id": CONNECTION, "properties": {"authType": "ApiKey", "category": "X", "metadata": metadata}})


async def error_of(asking: Awaitable[object]) -> HubwardenError:
    """The error that comes of it, which is silent about keys with all it was raised over, and in its own words."""
    try:
        await asking
    except HubwardenError as error:
        chain: list[BaseException] = [error]
        while (before := chain[-1].__cause__ or chain[-1].__context__) is not None:
            chain.append(before)
        told = [f"{one!r} {one.args!r} {vars(one)!r} {getattr(one, 'doc', '')}" for one in chain]
        assert_silent("".join(told) + "".join(TracebackException.from_exception(error).format()))
        return error
    raise AssertionError("it was to fail")


def with_locals(error: HubwardenError) -> str:
    """The way of an error through our own code, with all that was at hand there; without this file's part of it."""
    trace = error.__traceback__
    assert trace is not None
    shown = TracebackException(type(error), error, trace.tb_next, capture_locals=True)
    return "".join(shown.format())


def regenerating(rotator: AzureKeyRotator, script: Script) -> Coroutine[Any, Any, object]:
    """A regeneration."""
    return rotator.regenerate(fact(script), Slot.FIRST)


def moving(rotator: AzureKeyRotator, script: Script) -> Coroutine[Any, Any, object]:
    """A move of one connection."""
    return rotator.move(fact(script), Slot.SECOND, [keeper(script)])


def proving(rotator: AzureKeyRotator, script: Script) -> Coroutine[Any, Any, object]:
    """A call with a key."""
    return rotator.prove(fact(script), Slot.SECOND, datetime(2026, 3, 1, tzinfo=UTC))


ALL: Final = [regenerating, moving, proving]
type Doing = Callable[[AzureKeyRotator, Script], Coroutine[Any, Any, object]]


@pytest.mark.parametrize("body", UNREADABLE)
@pytest.mark.parametrize("doing", ALL)
async def test_an_answer_that_cannot_be_read(arm: Arm, script: Script, doing: Doing, body: object) -> None:
    """It has both keys in it; the error has neither, nor any place that it came through."""
    script.answer(200, body, Retry_After="0")
    error = await error_of(doing(AzureKeyRotator(arm), script))

    assert_silent(with_locals(error))


@pytest.mark.parametrize("body", [{"key1": KEYS[0]}, {"key1": KEYS[0], "key2": [KEYS[1]]}, {"key": KEYS}])
@pytest.mark.parametrize("doing", [moving, proving])
async def test_an_answer_that_lacks_a_key(arm: Arm, script: Script, doing: Doing, body: object) -> None:
    """The other one is in it."""
    script.answer(200, body)
    error = await error_of(doing(AzureKeyRotator(arm), script))

    assert_silent(with_locals(error))


@pytest.mark.parametrize("status", [400, 403, 404, 408, 409, 429, 500])
@pytest.mark.parametrize("doing", ALL)
async def test_a_refusal_that_echoes_keys(arm: Arm, script: Script, doing: Doing, status: int) -> None:
    """It is told without them."""
    script.answer(status, ECHO, Retry_After="0")

    assert "are refused" in str(await error_of(doing(AzureKeyRotator(arm), script)))


@pytest.mark.parametrize("doing", ALL)
async def test_a_cut_connection(arm: Arm, script: Script, doing: Doing) -> None:
    """What was under way is in no error."""
    script.cut()
    await error_of(doing(AzureKeyRotator(arm), script))


@pytest.mark.parametrize("status", [200, 400, 401, 403, 409, 500])
@pytest.mark.parametrize("place", ["read", "write"])
async def test_a_consumer_that_echoes_keys(arm: Arm, script: Script, place: str, status: int) -> None:
    """Reading it, or writing the key to it, says why it failed, and not with what."""
    script.answer(200, dict(zip(("key1", "key2"), KEYS, strict=True)))
    if place == "write":
        script.answer(200, keeper(script).raw)
    script.answer(status, "{" + KEYS[1] if status == 200 else ECHO, Retry_After="0")
    told = await moving(AzureKeyRotator(arm), script)

    assert isinstance(told, dict)
    assert set(told) == {keeper(script).id}
    assert_silent(repr(told))


async def test_a_consumer_that_is_throttled(arm: Arm, script: Script) -> None:
    """It is raised from where no key is at hand any more."""
    script.answer(200, dict(zip(("key1", "key2"), KEYS, strict=True)))
    script.answer(200, keeper(script).raw)
    script.answer(429, ECHO, Retry_After="3600")
    error = await error_of(moving(AzureKeyRotator(arm), script))

    assert isinstance(error, Throttled)
    assert_silent(with_locals(error))


async def test_a_consumer_that_is_cut_off(arm: Arm, script: Script) -> None:
    """The write that carried the key."""
    script.answer(200, dict(zip(("key1", "key2"), KEYS, strict=True)))
    script.answer(200, keeper(script).raw)
    script.cut()

    assert_silent(repr(await moving(AzureKeyRotator(arm), script)))


@pytest.mark.parametrize("status", [200, 307, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("kind", ["Microsoft.CognitiveServices/accounts", "Microsoft.Search/searchServices"])
@pytest.mark.parametrize("slot", [Slot.FIRST, Slot.SECOND])
async def test_a_service_that_echoes_keys(arm: Arm, script: Script, kind: str, slot: Slot, status: int) -> None:
    """Whatever it says to a key is told without it."""
    script.answer(200, dict(zip(("key1", "key2", "primaryKey", "secondaryKey"), KEYS * 2, strict=True)))
    script.answer(status, {"error": {"code": KEYS[slot is Slot.SECOND], "message": f"{KEYS[slot is Slot.SECOND]}!"}})
    proof = await AzureKeyRotator(arm).prove(fact(script, kind), slot, datetime(2026, 3, 1, tzinfo=UTC))

    assert len(script.asked) == 2
    assert_silent(repr(proof))


@pytest.mark.parametrize("status", [0, 200, 403, 500])
async def test_a_storage_account_that_echoes_keys(arm: Arm, script: Script, status: int) -> None:
    """Also when it breaks off, or answers what is no list."""
    listed = [{"keyName": name, "value": value} for name, value in zip(("key1", "key2"), BASE64, strict=True)]
    text = f"<Error><Code>AuthenticationFailed</Code><Message>{BASE64[0]}</Message><Detail>{BASE64[0]}</Detail></Error>"
    script.answer(200, {"keys": listed})
    if status:
        script.answer(status, text, x_ms_error_code="AuthenticationFailed", Content_Type="application/xml")
    else:
        script.cut()
    storage = fact(script, "Microsoft.Storage/storageAccounts")
    proof = await AzureKeyRotator(arm).prove(storage, Slot.FIRST, datetime(2026, 3, 1, tzinfo=UTC))

    assert_silent(repr(proof))


async def test_what_goes_well(arm: Arm, script: Script) -> None:
    """Nothing is left of it in the rotator."""
    rotator, keys = AzureKeyRotator(arm), dict(zip(("key1", "key2"), KEYS, strict=True))
    for body in (keys, keys, keeper(script).raw, keys, keys, {}):
        script.answer(200, body)
    told = [await doing(rotator, script) for doing in ALL]

    assert [one.method for one in script.asked] == ["POST", "POST", "GET", "PATCH", "POST", "GET"]
    assert_silent(repr(told) + repr(rotator) + repr(vars(rotator)))


@pytest.mark.parametrize("answer", [{"status": "Failed", "error": {"message": f"key={KEYS[0]}"}}, {"status": KEYS[0]}])
async def test_an_operation_that_echoes_a_key(arm: Arm, script: Script, clock: FakeClock, answer: object) -> None:
    """What it ended with is told without it."""
    endpoint = fact(script, "Microsoft.MachineLearningServices/workspaces/w/onlineEndpoints")
    script.answer(202, None, Location="{url}/operation", Retry_After="1")
    script.answer(200, answer)
    script.answer(400, ECHO)
    error = await error_of(AzureKeyRotator(arm, clock=clock).regenerate(endpoint, Slot.FIRST))

    assert isinstance(error, HubwardenError)
    assert isinstance(error, Unsure) is ("error" not in str(answer))
