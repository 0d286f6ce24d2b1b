"""
Where our errors become what the platform should do next; every function passes through here.

A message that is at fault itself goes to the poison queue with its reason at once, for four more tries would only
repeat it. All other errors are raised on: the platform brings the message again, and at last gives it to the poison
queue. Cancellation and exit never escape: the worker answers nothing to them, and the invocation would hang until its
timeout. Nor does an error whose text quotes a secret or an address: the platform keeps it with its traceback.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import azure.functions as func

from shared import log_context
from shared.engine.distress import refusal
from shared.model.errors import BadEvent, BadResourceId, RetryableError
from shared.redaction import redacted

log = logging.getLogger(__name__)

STORAGE = "AzureWebJobsStorage"
CHANGES = "changes"
POISON = "changes-poison"


def settle[**P, R](function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Let nothing but an ordinary, clean error out of a function; what it logs names the invocation of its context."""

    @wraps(function)
    async def settled(*args: P.args, **kwargs: P.kwargs) -> R:
        log_context.invocation.set(getattr(kwargs.get("context"), "invocation_id", ""))
        try:
            return await function(*args, **kwargs)
        except (asyncio.CancelledError, SystemExit) as stop:
            raise RetryableError(
                f"{function.__name__} was stopped ({type(stop).__name__}); it will be tried again"
            ) from None
        except Exception as error:
            told = "".join(traceback.format_exception(error))
            if redacted(told) == told:
                raise
            unclean = f"{type(error).__name__}: {redacted(str(error))}"
        # Raised here, for an error keeps the one that it is raised over.
        raise RetryableError(unclean)

    return settled


@contextmanager
def refusing(refused: func.Out[str], text: str) -> Iterator[None]:
    """
    Send a message that is at fault itself to the poison queue with the reason: never lost, never looped on.

    A role or a setting that is missing is no fault of the message. It is left to the platform, which brings it again.
    """
    try:
        yield
    except (BadEvent, BadResourceId) as error:
        log.warning("message.refused: %s", error)
        refused.set(refusal(text, str(error)))
