"""`/_standin`: what tests and the demo ask and tell, and that no secret is among it."""

import json

from local.azure.options import Options
from tests.local.azure.client import CONNECTION, HUB, STORAGE, Arm, webhook
from tests.local.azure.conftest import StandIn

KEYED = {
    "authType": "ApiKey",
    "category": "Git",
    "target": "https://x",
    "credentials": {"key": "very-secret-key"},
}


async def test_no_secret_is_told(arm: Arm) -> None:
    """Keys, tokens, function keys and the identity header are in no answer of the admin interface."""
    async with webhook() as hook:
        body = {"name": "changes", "endpoint": hook.url}
        await arm.ok("POST", f"{arm.azure.url}/_standin/event-subscriptions", body)
        await arm.ok("PUT", f"{HUB}/connections/git", {"properties": KEYED})
        await arm.ok("PATCH", f"{HUB}/connections/git", {"properties": KEYED})
        await arm.ok("POST", f"{CONNECTION}/listsecrets")
        told = [await arm.ok("GET", f"{arm.azure.url}/_standin/{name}") for name in ("state", "ledger", "events")]
    text = json.dumps(told) + repr(arm.azure.ledger) + repr(arm.azure.cloud)
    header = arm.azure.identity_environment()["IDENTITY_HEADER"]
    for secret in ("very-secret-key", "loaded-key", "function-key", header, "Bearer "):
        assert secret not in text, secret


async def test_the_state_is_the_estate_as_it_is_now(arm: Arm) -> None:
    """A deleted resource is gone from it, a written one changed."""
    await arm.ok("DELETE", CONNECTION)
    await arm.ok("PATCH", STORAGE, {"tags": {"a": "b"}})
    state = await arm.ok("GET", f"{arm.azure.url}/_standin/state")
    known = {one["id"]: one for one in state["resources"]}
    assert (CONNECTION in known, known[STORAGE]["tags"]) == (False, {"a": "b"})


async def test_permissions_and_clock_can_be_set(stand_in: StandIn) -> None:
    """The app is limited and freed again; the clock moves forward only."""
    async with stand_in(Options()) as arm:
        app, admin = Arm(arm.azure, arm.session, who="app"), f"{arm.azure.url}/_standin"
        await arm.ok("POST", f"{admin}/permissions", {"actions": []})
        limited = await app("GET", HUB)
        await arm.ok("POST", f"{admin}/permissions", {"actions": None})
        freed = await app("GET", HUB)
        before = arm.azure.clock.seconds()
        await arm.ok("POST", f"{admin}/clock", {"advanceSeconds": 3600})
        assert arm.azure.clock.seconds() >= before + 3600
        assert (await arm("POST", f"{admin}/clock", {"advanceSeconds": -1})).status == 400
    assert (limited.status, freed.status) == (403, 200)


async def test_a_bad_request_to_it_is_refused(arm: Arm) -> None:
    """Each path says what it wants; none fails with a stack trace."""
    admin = f"{arm.azure.url}/_standin"
    bodies = {
        "events": {},
        "event-subscriptions": {"name": "x"},
        "faults": {"next": [{}]},
        "permissions": {"actions": "all"},
        "clock": {},
    }
    for path, body in bodies.items():
        answer = await arm("POST", f"{admin}/{path}", body)
        assert (answer.status, "error" in answer.body) == (400, True), path
    async with arm.session.post(f"{admin}/events", data="{") as broken:
        assert broken.status == 400
