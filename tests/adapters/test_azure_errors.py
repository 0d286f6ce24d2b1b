"""Azure's refusals become our errors by their status, with what helps and nothing that harms."""

import asyncio
import json

import pytest

from shared.adapters.azure_errors import asking, error_for
from shared.adapters.retries import retry_after
from shared.model.cleaned import LONGEST_MESSAGE, cleaned
from shared.model.errors import Conflict, DependencyDown, Forbidden, HubwardenError, Rejected, Throttled

COSTS = "x-ms-ratelimit-microsoft.costmanagement"
FORBIDDEN = (
    "The client 'c' with object id 'o' does not have authorization to perform action "
    "'Microsoft.MachineLearningServices/workspaces/read' over scope '/subscriptions/s' or the scope is invalid."
)


def body(code: str, message: str) -> str:
    """An ARM error body."""
    return json.dumps({"error": {"code": code, "message": message}})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, Rejected),
        (400, Rejected),
        (401, Rejected),
        (403, Forbidden),
        (404, Rejected),
        (408, DependencyDown),
        (409, Conflict),
        (412, Conflict),
        (413, Rejected),
        (429, Throttled),
        (500, DependencyDown),
        (503, DependencyDown),
    ],
)
def test_the_status_decides(status: int, kind: type[HubwardenError]) -> None:
    """Whatever the body's code says, the status makes the error; the message names request, status, code and reason."""
    error = error_for(status, {}, body("UserError", "Because."), "GET /x")

    assert type(error) is kind
    assert str(error).startswith(f"GET /x: Azure answered {status} UserError: Because.")


def test_a_403_names_the_permission() -> None:
    """The permission is read from Azure's sentence; where there is none, the one that was needed is named."""
    told = error_for(403, {}, body("AuthorizationFailed", FORBIDDEN), "GET /x", "fallback/read")
    silent = error_for(403, {}, body("RequestDisallowedByPolicy", "No."), "PATCH /x", "fallback/write")

    assert isinstance(told, Forbidden)
    assert isinstance(silent, Forbidden)
    permissions = [told.permission, silent.permission]
    assert permissions == ["Microsoft.MachineLearningServices/workspaces/read", "fallback/write"]
    assert "grant fallback/write to the app's identity" in str(silent)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"Retry-After": "-1"}, 0.0),
        ({"x-ms-user-quota-resets-after": "00:01:05"}, 65.0),
        (
            {f"{COSTS}-qpu-retry-after": "4", f"{COSTS}-clienttype-retry-after": "38", f"{COSTS}-qpu-consumed": "90"},
            38.0,
        ),
        ({"retry-after": "60", f"{COSTS}-entity-retry-after": "8", f"{COSTS}-tenant-retry-after": "soon"}, 60.0),
        ({"X-Ms-Ratelimit-Microsoft.Consumption-Tenant-Retry-After": "9"}, 9.0),
        ({"x-ms-ratelimit-microsoft.consumption-retry-after": "7"}, 7.0),
        ({"Retry-After": "Fri, 01 Jan 2027 00:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_a_429_tells_the_wait(headers: dict[str, str], seconds: float | None) -> None:
    """The wait is the longest that any header asks for, Retry-After or a service's own; None where none tells it."""
    error = error_for(429, headers, "", "GET /x")

    assert isinstance(error, Throttled)
    assert (error.retry_after, retry_after(headers)) == (seconds, seconds)


@pytest.mark.parametrize(
    "text", ["", "<html>Bad Gateway</html>", "[1]", '{"error": null}', '{"error": "text"}', "null"]
)
def test_any_body_makes_an_error(text: str) -> None:
    """A body that is no ARM error still makes the error of its status."""
    assert type(error_for(502, {}, text, "GET /x")) is DependencyDown


@pytest.mark.parametrize(
    "secret",
    [
        '"key": "0123456789abcdef"',
        "primaryKey=0123456789abcdef",
        "?sig=0123456789abcdef&se=2026",
        "AccountKey=0123456789abcdef;EndpointSuffix=core.windows.net",
        "password: '0123456789abcdef'",
        "Authorization: Bearer 0123456789abcdef",
        "https://app.azurewebsites.net/api/plan?code=0123456789abcdef",
    ],
)
def test_named_secrets_are_taken_out(secret: str) -> None:
    """What stands behind a name such as key, sig or password does not stay."""
    assert "0123456789abcdef" not in cleaned(f"Azure echoed {secret} to us")


@pytest.mark.parametrize(
    "secret",
    [
        "0123456789abcdef0123456789abcdef",
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "9aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789aBcDeFgHiJ0",
    ],
)
def test_what_looks_like_a_secret_is_taken_out(secret: str) -> None:
    """Keys and tokens are known by their shape, wherever they stand."""
    assert cleaned(f"Value {secret} is not valid") == "Value *** is not valid"


@pytest.mark.parametrize(
    "text",
    [
        "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg-ai-production-westeurope",
        "The client '0b1f6471-1bf0-4dda-aec3-cb9272f09590' does not have authorization",
        "Microsoft.MachineLearningServices/workspaces/computes/updateIdleShutdownSetting/action",
    ],
)
def test_what_helps_stays(text: str) -> None:
    """Ids, GUIDs and permissions are no secrets."""
    assert cleaned(text) == text


def test_a_message_is_one_short_line() -> None:
    """Pages of HTML become one line of bounded length."""
    line = cleaned("word\r\n\t" * 1000)

    assert "\n" not in line
    assert len(line) == LONGEST_MESSAGE + 1


async def test_no_answer_in_time_is_a_dependency_that_is_down() -> None:
    """What takes longer than our patience ends, and says how long it was given."""
    with pytest.raises(DependencyDown, match=r"reading x: no answer within 0\.01 s"):
        async with asking("reading x", patience=0.01):
            await asyncio.Event().wait()
