"""
Azure's refusals in our words: HTTP status and SDK exceptions become the errors of `shared.model.errors`.

The status decides, never `error.code`: Azure ML answers `UserError` for most things (CONTRACTS §7). Texts from Azure
are shortened and cleaned, because a service may echo what it was sent; the SDK's own exception, which carries request
and response, is not kept as a cause.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError

from shared.adapters.retries import PATIENCE, retry_after
from shared.model.cleaned import cleaned
from shared.model.errors import Conflict, DependencyDown, Forbidden, HubwardenError, Rejected, Throttled

_PERMISSION = re.compile(r"to perform action '([^']+)'")


def error_for(status: int, headers: Mapping[str, str], body: str, doing: str, needs: str = "") -> HubwardenError:
    """
    The error for an answer that is none: Forbidden, Conflict, Throttled, DependencyDown or Rejected.

    `doing` says what was asked, such as `GET /subscriptions/…`; `needs` is the permission to name when Azure does not.
    """
    code, said = code_and_message(body)
    message = f"{doing}: Azure answered {status} {code}".rstrip() + (f": {cleaned(said)}" if said else "")
    match status:
        case 403:
            found = _PERMISSION.search(said)
            permission = found[1] if found else needs
            return Forbidden(f"{message} (grant {permission or 'the role'} to the app's identity)", permission)
        case 409 | 412:
            return Conflict(message)
        case 429:
            return Throttled(message, retry_after(headers))
        case 408:
            return DependencyDown(message)
        case _ if status >= 500:  # noqa: PLR2004 - the server errors of HTTP
            return DependencyDown(message)
        case _:
            return Rejected(message)


@asynccontextmanager
async def asking(doing: str, patience: float = PATIENCE, needs: str = "") -> AsyncIterator[None]:
    """
    Run SDK calls: what they raise leaves as an error of ours, and nothing takes longer than `patience` seconds.

    `needs` is the permission to name when Azure forbids them and does not name one itself.
    """
    try:
        async with asyncio.timeout(patience):
            yield
    except TimeoutError:
        raise DependencyDown(f"{doing}: no answer within {patience:g} s") from None
    except HttpResponseError as error:
        raise _from_sdk(error, doing, needs) from None
    except AzureError as error:
        raise DependencyDown(f"{doing}: {type(error).__name__}: {cleaned(error.message)}") from None


def _from_sdk(error: HttpResponseError, doing: str, needs: str) -> HubwardenError:
    if error.status_code is None:
        return DependencyDown(f"{doing}: {type(error).__name__}: {cleaned(error.message)}")
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    code = error.error.code if error.error is not None else getattr(error, "error_code", None)
    body = json.dumps({"error": {"code": str(code or ""), "message": error.message}})
    return error_for(error.status_code, headers, body, doing, needs)


def code_and_message(body: str) -> tuple[str, str]:
    """Code and message of an ARM error body; the start of the text where it is none."""
    try:
        document: Any = json.loads(body)
    except ValueError:
        return "", body
    error = document.get("error", document) if isinstance(document, dict) else {}
    if not isinstance(error, dict):
        return "", str(error)
    return cleaned(str(error.get("code") or "")), str(error.get("message") or "")
