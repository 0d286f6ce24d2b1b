"""The ARM pipeline: what it asks, how often, how long it waits, and where it never goes."""

import asyncio
import logging
import socket

import pytest

from shared.adapters.arm import Arm
from shared.adapters.correlation import correlation
from shared.adapters.retries import TRIES
from shared.log_context import Effort, begin_run, effort
from shared.model.errors import Conflict, DependencyDown, Rejected, Throttled
from shared.model.facts import Json
from tests.adapters.script import TOKEN, FixedCredential, Script

WORKSPACE = "/subscriptions/s/resourceGroups/rg ai (prod)/providers/Microsoft.MachineLearningServices/workspaces/w"
VERSION = "2025-12-01"


async def listed(arm: Arm) -> list[Json]:
    """All documents of a list."""
    return [document async for document in arm.list(f"{WORKSPACE}/computes", VERSION)]


async def test_a_request_names_path_version_and_bearer(arm: Arm, script: Script) -> None:
    """The path arrives as it was given, blanks and brackets included, with the version and the app's token."""
    script.answer(200, {"id": WORKSPACE})
    await arm.get(WORKSPACE, VERSION)

    [asked] = script.asked
    assert (asked.method, asked.path, asked.query) == ("GET", WORKSPACE, {"api-version": VERSION})
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"


async def test_a_known_correlation_is_passed_on(arm: Arm, script: Script) -> None:
    """Inside a run every request carries the run's correlation id; each has an id of its own besides."""
    script.answer(200, {})
    token = correlation.set("11111111-1111-4111-8111-111111111111")
    await asyncio.gather(arm.get(WORKSPACE, VERSION), arm.get(WORKSPACE, VERSION))
    correlation.reset(token)
    await arm.get(WORKSPACE, VERSION)

    known = [asked.headers.get("x-ms-correlation-request-id") for asked in script.asked]
    own = {asked.headers["x-ms-client-request-id"] for asked in script.asked}
    assert known == ["11111111-1111-4111-8111-111111111111"] * 2 + [None]
    assert len(own) == 3


async def test_pages_are_followed_over_empty_ones(arm: Arm, script: Script) -> None:
    """An empty page with a next link is no end; links are followed as they came, signatures and all."""
    script.answer(200, {"value": [{"n": 1}], "nextLink": "{url}/x?$skip=a%2Bb&sig=s"})
    script.answer(200, {"value": [], "nextLink": "{url}/x?$skip=c"})
    script.answer(200, {"value": [{"n": 2}], "nextLink": None})

    assert await listed(arm) == [{"n": 1}, {"n": 2}]
    assert [asked.query for asked in script.asked[1:]] == [{"$skip": "a+b", "sig": "s"}, {"$skip": "c"}]


@pytest.mark.parametrize("link", ["https://evil.example/x", "http://127.0.0.1:1/x", "{url}.evil.example/x", "/x"])
async def test_a_page_elsewhere_is_not_followed(arm: Arm, script: Script, link: str) -> None:
    """A next link to another host, port or scheme is refused before our token goes there."""
    script.answer(200, {"value": [], "nextLink": link})

    with pytest.raises(Rejected, match="not our ARM endpoint"):
        await listed(arm)
    assert len(script.asked) == 1


async def test_pages_in_a_circle_end(arm: Arm, script: Script) -> None:
    """A next link that was followed before ends the list with an error, not with an endless run."""
    script.answer(200, {"value": [], "nextLink": "{url}/x?$skip=a"})

    with pytest.raises(DependencyDown, match="circle"):
        await listed(arm)


async def test_a_short_wait_is_waited_for(arm: Arm, script: Script) -> None:
    """A 429 that asks for little patience is tried again after it, for writes as for reads."""
    script.answer(429, None, Retry_After="0.05")
    script.answer(200, {"done": True})

    assert await arm.send("PATCH", WORKSPACE, VERSION, {"properties": {}}) == {"done": True}
    assert [asked.body for asked in script.asked] == [{"properties": {}}] * 2


async def test_a_long_wait_is_not_begun(arm: Arm, script: Script) -> None:
    """A 429 that asks for more than a run has to give is raised at once, after one request."""
    script.answer(429, None, Retry_After="60")

    async with asyncio.timeout(2):
        with pytest.raises(Throttled) as told:
            await arm.get(WORKSPACE, VERSION)
    assert (told.value.retry_after, len(script.asked)) == (60.0, 1)


async def test_a_run_counts_its_requests_refusals_and_waits(arm: Arm, script: Script) -> None:
    """Each try is a request, also of what runs at once; what was asked before the run is none of its."""
    script.answer(200, {})
    await arm.get(WORKSPACE, VERSION)
    begin_run("r")
    script.answer(429, None, Retry_After="0.05")
    script.answer(200, {})
    await asyncio.gather(arm.get(WORKSPACE, VERSION), arm.get(WORKSPACE, VERSION))

    assert effort() == Effort(calls=len(script.asked) - 1, throttled=1, waited=0.05)
    assert str(effort()) == "calls=3 throttled=1 waited=0.1"


async def test_a_failing_service_is_tried_a_few_times(arm: Arm, script: Script) -> None:
    """A 503 is tried again, and only so often."""
    script.answer(503, None, Retry_After="0")

    with pytest.raises(DependencyDown, match="503"):
        await arm.get(WORKSPACE, VERSION)
    assert len(script.asked) == TRIES


async def test_a_conflict_is_told_and_registers_nothing(arm: Arm, script: Script) -> None:
    """A provider that is not registered is told as it is; the SDK's own habit would be to register it."""
    script.answer(409, {"error": {"code": "MissingSubscriptionRegistration", "message": "namespace 'Microsoft.X'"}})

    with pytest.raises(Conflict, match="MissingSubscriptionRegistration"):
        await arm.send("PATCH", WORKSPACE, VERSION, {})
    assert [asked.method for asked in script.asked] == ["PATCH"]


async def test_a_redirect_is_not_followed(arm: Arm, script: Script) -> None:
    """ARM does not redirect; whoever answers so does not get our token."""
    script.answer(307, None, Location="https://evil.example/")

    with pytest.raises(Rejected, match="307"):
        await arm.get(WORKSPACE, VERSION)
    assert len(script.asked) == 1


@pytest.mark.parametrize("body", ["<html>", "[1, 2]", '"text"', "{"])
async def test_a_body_that_is_no_object_is_no_answer(arm: Arm, script: Script, body: str) -> None:
    """A 200 whose body is no JSON object is a service that is not itself."""
    script.answer(200, body)

    with pytest.raises(DependencyDown, match="200"):
        await arm.get(WORKSPACE, VERSION)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_an_accepted_write_is_made(arm: Arm, script: Script, status: int) -> None:
    """Every 2xx means that Azure took the write; nobody waits for its end."""
    script.answer(status, None, Azure_AsyncOperation="https://elsewhere.example/operations/1")

    assert await arm.send("PATCH", WORKSPACE, VERSION, {}) == {}
    assert len(script.asked) == 1


async def test_deleting_what_is_gone_is_done(arm: Arm, script: Script) -> None:
    """A delete answered with 404 has nothing left to do."""
    script.answer(404, {"error": {"code": "ResourceNotFound", "message": "gone"}})

    await arm.delete(WORKSPACE, VERSION)
    assert [asked.method for asked in script.asked] == ["DELETE"]


async def test_nobody_listening_is_a_dependency_that_is_down() -> None:
    """A refused connection is told as such, with the request that could not be made."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        arm = Arm(FixedCredential(), f"https://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(DependencyDown, match="GET /subscriptions/s"):
            await arm.get("/subscriptions/s", VERSION)
        await arm.close()


async def test_the_remaining_quota_is_logged(arm: Arm, script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """Each answer's remaining quota is a field of a log line, a warning when little is left; the query is not in it."""
    script.answer(200, {}, **{"x-ms-ratelimit-remaining-subscription-reads": "249"})
    script.answer(200, {}, **{"x-ms-ratelimit-remaining-subscription-reads": "3", "x-ms-user-quota-remaining": "14"})
    with caplog.at_level(logging.DEBUG, "shared.adapters.arm"):
        await arm.get("/x", VERSION)
        await arm.get("/x", VERSION)

    quotas = [(record.levelname, vars(record)["quota"]) for record in caplog.records]
    assert quotas == [
        ("DEBUG", {"subscription-reads": 249}),
        ("WARNING", {"subscription-reads": 3, "x-ms-user-quota-remaining": 14}),
    ]
    assert VERSION not in caplog.text
