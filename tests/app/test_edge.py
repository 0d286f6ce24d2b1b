"""The edge: what becomes of errors, and that nothing a worker cannot answer gets out."""

import asyncio
import json

import azure.functions as func
import pytest

from functions.edge import refusing, settle
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
