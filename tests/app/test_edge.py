"""The edge: what becomes of errors, and that nothing a worker cannot answer gets out."""

import asyncio
import json
import traceback
from types import SimpleNamespace

import azure.functions as func
import pytest

from functions.edge import refusing, settle
from shared import log_context
from shared.model.errors import BadEvent, BadResourceId, Forbidden, RetryableError, SettingsInvalid, Throttled


class Out(func.Out[str]):
    """An output binding as the worker gives it."""

    value: str | None = None

    def set(self, val: str) -> None:
        self.value = val

    def get(self) -> str:
        return self.value or ""


@pytest.mark.parametrize("stop", [asyncio.CancelledError, SystemExit])
async def test_a_stopped_function_fails_instead_of_hanging(stop: type[BaseException]) -> None:
    """The worker sends no answer to these, and the invocation would hang until its timeout."""

    @settle
    async def function() -> None:
        raise stop

    with pytest.raises(RetryableError, match="tried again"):
        await function()


async def test_a_retryable_error_is_raised_on() -> None:
    """So that the platform delivers the message again."""

    @settle
    async def function() -> None:
        raise Throttled("Azure says 429", 30)

    with pytest.raises(Throttled):
        await function()


@pytest.mark.parametrize("error", [BadEvent("no type"), BadResourceId("no type")], ids=lambda e: type(e).__name__)
def test_a_message_at_fault_goes_to_poison_with_the_reason(error: Exception) -> None:
    """Four more tries would only repeat it."""
    refused = Out()

    with refusing(refused, "{}"):
        raise error

    assert refused.value is not None
    assert json.loads(refused.value)["reason"] == "no type"


@pytest.mark.parametrize(
    "error",
    [SettingsInvalid("HUBWARDEN_SUBSCRIPTIONS is not set"), Forbidden("may not write rows", "Microsoft.Insights/…")],
    ids=lambda e: type(e).__name__,
)
def test_a_message_is_not_refused_for_what_somebody_else_must_mend(error: Exception) -> None:
    """Event Grid keeps it for a day, the queue for a week: time to mend the settings or the role."""
    refused = Out()

    with pytest.raises(type(error)), refusing(refused, "{}"):
        raise error

    assert refused.value is None


def test_what_is_not_ours_to_refuse_is_raised_on() -> None:
    """A bug must not look like a bad message."""
    refused = Out()

    with pytest.raises(ZeroDivisionError), refusing(refused, "{}"):
        raise ZeroDivisionError

    assert refused.value is None


async def test_an_error_leaves_without_what_it_quotes() -> None:
    """The platform keeps what a function raises, traceback and causes included; a clean error leaves as it was."""
    key = "c2VjcmV0" * 10

    @settle
    async def function() -> None:
        raise KeyError("no") from ValueError(f"AccountKey={key}== of kim@contoso.example")

    with pytest.raises(RetryableError, match="KeyError: 'no'") as raised:
        await function()
    told = "".join(traceback.format_exception(raised.value))
    assert key not in told
    assert "kim" not in told


async def test_what_a_function_logs_names_its_invocation() -> None:
    """The context that the platform binds by name says which; a function without one has none."""

    @settle
    async def function(context: object) -> str:
        assert context is not None
        return log_context.named()

    @settle
    async def nameless() -> str:
        return log_context.named()

    assert await function(context=SimpleNamespace(invocation_id="i-1")) == " invocation=i-1"
    assert await nameless() == ""
