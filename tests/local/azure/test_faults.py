"""Faults at random with a seed: which requests, operations and events they strike, and that a run can be repeated."""

import json
from collections import Counter
from typing import Any

import aiohttp
import pytest

from local.azure.events.subscription import EventSubscription
from local.azure.faults import Faults
from local.azure.faults.fates import Ending
from local.azure.faults.plans import PLANS, UnknownPlanError
from local.azure.faults.rules import Kind
from local.azure.options import Options
from tests.local.azure.client import CONNECTION, HUB, INSTANCE, STORAGE, SUBSCRIPTION, Arm, eventually, webhook
from tests.local.azure.conftest import StandIn

TAGS = "/providers/Microsoft.Resources/tags/default"
MERGE = {"operation": "Merge", "properties": {"tags": {"a": "b"}}}
ROWS = [{"TimeGenerated": "2026-11-21T12:00:00Z"}]


async def plan(arm: Arm, **faults: Any) -> Any:  # noqa: ANN401 - any JSON
    """Puts faults in force at run time."""
    return await arm.ok("POST", f"{arm.azure.url}/_standin/faults", faults)


def always(kind: Kind, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A rule that strikes every request it aims at."""
    return {"always": [{"kind": kind, **more}]}


def fates(seed: int, name: str = "storm") -> list[str]:
    """What a plan does to two hundred reads of ten hubs."""
    faults = Faults("app")
    faults.choose(name, seed)
    drawn = [faults.draw("GET", f"{HUB}-{number % 10}", "app") for number in range(200)]
    return [f"{waits:.6f} {rule.kind if rule else '-'} {rule.status if rule else ''}" for waits, rule in drawn]


def test_the_same_seed_brings_the_same_weather() -> None:
    """Every request meets its fate again with the same seed, another one with another."""
    assert fates(3) == fates(3)
    assert fates(3) != fates(4)


def test_what_happens_elsewhere_does_not_change_a_fate() -> None:
    """The n-th read of a hub has its fate however many other requests come between."""
    alone, crowded = Faults("app"), Faults("app")
    for faults in (alone, crowded):
        faults.choose("storm", 7)
    expected = [alone.draw("GET", HUB, "app") for _ in range(100)]
    found = []
    for number in range(100):
        crowded.draw("GET", f"{STORAGE}{number}", "app")
        crowded.draw("PATCH", HUB, "app")
        found.append(crowded.draw("GET", HUB, "app"))
    assert found == expected


@pytest.mark.parametrize("name", [name for name in PLANS if name != "none"])
def test_every_named_plan_strikes_the_app_and_nobody_else(name: str) -> None:
    """Of two thousand requests of the app some are struck, of anybody else's none."""
    faults = Faults("app")
    faults.choose(name, 1)
    struck = {
        who: sum(faults.draw("GET", f"{HUB}-{number}", who) != (0.0, None) for number in range(2000))
        for who in ("app", "somebody else")
    }
    assert struck["app"] > 100
    assert struck["somebody else"] == 0


def test_there_is_no_fault_in_fair_weather() -> None:
    """`none` is calm; a plan that does not exist is refused with those that do."""
    faults = Faults("app")
    faults.choose("none", 1)
    assert faults.calm
    with pytest.raises(UnknownPlanError, match="'hail'; choose none, slow, throttled, flaky, storm"):
        faults.choose("hail", 1)


async def test_a_plan_is_switched_at_run_time(arm: Arm) -> None:
    """By name, with a seed, for anybody, on some paths; told back with what has struck; ended by DELETE."""
    told = await plan(arm, plan="throttled", seed=3, principal="*", path="*/hub-one")
    assert (told["plan"], told["seed"]) == ("throttled", 3)
    statuses = Counter([(await arm("GET", HUB)).status for _ in range(60)])
    assert (await arm("GET", STORAGE)).status == 200
    assert statuses[429] > 0
    assert statuses[200] > 0
    url = f"{arm.azure.url}/_standin/faults"
    assert (await arm.ok("GET", url))["struck"] == {"refuse": statuses[429]}
    assert (await arm.ok("DELETE", url))["plan"] == "none"
    assert {(await arm("GET", HUB)).status for _ in range(20)} == {200}


async def test_a_stand_in_starts_with_its_plan(stand_in: StandIn) -> None:
    """`Options(faults=…)`: from the first request on, the app meets what the seed has in store for it."""
    async with stand_in(Options(faults="throttled", seed=5)) as arm:
        app = Arm(arm.azure, arm.session, who="app")
        first = [(await app("GET", HUB)).status for _ in range(20)]
    async with stand_in(Options(faults="throttled", seed=5)) as arm:
        app = Arm(arm.azure, arm.session, who="app")
        again = [(await app("GET", HUB)).status for _ in range(20)]
    assert first == again
    assert set(first) == {200, 429}


@pytest.mark.parametrize(("kind", "applied"), [(Kind.RESET, False), (Kind.LOST_ANSWER, True), (Kind.TRUNCATE, True)])
async def test_a_connection_breaks_before_or_after_the_effect(arm: Arm, kind: Kind, applied: bool) -> None:  # noqa: FBT001 - a table
    """The client sees no whole answer; whether its write took effect depends on when the connection broke."""
    await plan(arm, **always(kind, method="PATCH"))
    with pytest.raises(aiohttp.ClientError):
        await arm("PATCH", f"{HUB}{TAGS}", MERGE)
    assert ((await arm.ok("GET", HUB))["tags"].get("a") == "b") is applied


async def test_a_truncated_answer_has_its_head_and_half_its_body(arm: Arm) -> None:
    """Status and Content-Length are those of the whole answer."""
    whole = await arm("GET", HUB)
    await plan(arm, **always(Kind.TRUNCATE))
    headers = {"Authorization": f"Bearer {arm.token()}"}
    url = f"{arm.azure.url}{HUB}?api-version=2025-12-01"
    async with arm.session.get(url, headers=headers) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, whole.headers["Content-Length"])
        received = await answer.content.readexactly(int(whole.headers["Content-Length"]) // 2)
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.content.read()
    assert json.dumps(whole.body, ensure_ascii=False).encode().startswith(received)


async def test_somebody_edits_what_was_read(arm: Arm) -> None:
    """After the answer the hub has a tag of another's, the compute another description; both raise their event."""
    await plan(arm, **always(Kind.EDIT, method="GET"))
    first = await arm.ok("GET", HUB)
    await arm.ok("GET", CONNECTION)
    await arm.ok("DELETE", f"{arm.azure.url}/_standin/faults")
    assert (await arm.ok("GET", HUB))["tags"] == {**first["tags"], "edited-by-somebody-else": "1"}
    assert (await arm.ok("GET", CONNECTION))["properties"]["description"] == "Edited by somebody else (2)."
    assert [event.subject for event in arm.azure.events.raised] == [HUB, CONNECTION]


async def test_a_writer_who_replaces_loses_the_tag_of_another(arm: Arm) -> None:
    """Read, then write back all tags, while somebody adds one: the ledger tells the lost tag and who lost it."""
    await plan(arm, always=[{"kind": "edit", "method": "GET", "times": 1, "path": HUB}])
    read = await arm.ok("GET", HUB)
    body = {"operation": "Replace", "properties": {"tags": {**read["tags"], "mine": "1"}}}
    await arm.ok("PATCH", f"{HUB}{TAGS}", body)
    jane = arm.azure.directory.person(arm.who)["oid"]
    assert [(one.tag, one.lost_by) for one in arm.azure.ledger.lost_tags()] == [("edited-by-somebody-else", jane)]


async def test_a_resource_is_deleted_mid_run_but_never_a_workspace(arm: Arm) -> None:
    """What is in a workspace is gone after it was read; the workspace stays."""
    await plan(arm, **always(Kind.DELETE, method="GET"))
    assert [(await arm("GET", path)).status for path in (CONNECTION, CONNECTION, HUB, HUB)] == [200, 404, 200, 200]
    assert [event.type.rpartition(".")[2] for event in arm.azure.events.raised] == ["ResourceDeleteSuccess"]


async def test_an_operation_fails(arm: Arm) -> None:
    """Its status says so with an error, its resource is `Failed`, and the event is that of a failure."""
    await plan(arm, operations={"fail": 1.0})
    status = await arm.done(await arm("PATCH", HUB, {"tags": {"a": "b"}}))
    hub = await arm.ok("GET", HUB)
    assert (status["status"], status["error"]["code"]) == ("Failed", "InternalServerError")
    assert (hub["properties"]["provisioningState"], "a" in hub["tags"]) == ("Failed", False)
    (event,) = arm.azure.events.raised
    assert (event.type, event.data["status"]) == ("Microsoft.Resources.ResourceWriteFailure", "Failed")


def test_a_named_plan_lets_operations_of_others_be() -> None:
    """In a storm some of the app's operations fail or hang, of anybody else's none."""
    faults = Faults("app")
    faults.choose("storm", 1)
    endings = {
        who: Counter(faults.operation("PATCH", f"{HUB}-{n}", who) for n in range(500)) for who in ("app", "jane")
    }
    assert endings["jane"] == {Ending.SUCCEEDS: 500}
    assert min(endings["app"][Ending.FAILS], endings["app"][Ending.NEVER]) > 0


async def test_an_operation_never_ends(arm: Arm) -> None:
    """A year later it is still in progress, and has raised nothing; those on other paths end."""
    await plan(arm, operations={"hang": 1.0, "path": "*/hub-one"})
    hanging, ending = await arm("PATCH", HUB, {"tags": {}}), await arm("POST", f"{INSTANCE}/stop")
    await arm.done(ending)
    await arm.azure.clock.elapse(365 * 86_400)
    assert (await arm("GET", hanging.headers["Azure-AsyncOperation"])).body["status"] == "InProgress"
    assert [event.subject for event in arm.azure.events.raised] == [INSTANCE]


async def test_the_token_endpoint_is_down(arm: Arm) -> None:
    """The managed identity answers 503 while it is down, and a token after that."""
    await plan(arm, next=[{"path": "/msi/token", "status": 503, "times": 2}])
    environment = arm.azure.identity_environment()
    headers = {"X-IDENTITY-HEADER": environment["IDENTITY_HEADER"]}
    query = {"api-version": "2019-08-01", "resource": "https://management.azure.com"}
    statuses = []
    for _ in range(3):
        async with arm.session.get(environment["IDENTITY_ENDPOINT"], headers=headers, params=query) as answer:
            statuses.append(answer.status)
    assert statuses == [503, 503, 200]


async def test_ingestion_refuses_in_its_own_shape(arm: Arm) -> None:
    """503 with Retry-After and the error code in a header, as the service does it; ARM goes on."""
    await plan(arm, next=[{"path": "/dataCollectionRules/*", "status": 503, "retryAfter": 7}])
    refused = await arm("POST", "/dataCollectionRules/dcr/streams/Custom-Rows_CL", ROWS, version="2023-01-01")
    assert (refused.status, refused.headers["Retry-After"]) == (503, "7")
    assert refused.headers["x-ms-error-code"] == refused.code == "ServerBusy"
    assert (await arm("GET", HUB)).status == 200


async def test_latency_is_fixed_or_log_normal(arm: Arm) -> None:
    """Half of log-normal waits are below their median, and no two are alike."""
    faults = Faults()
    faults.plan({"latency": {"medianMs": 100, "sigma": 0.8}})
    waits = [faults.draw("GET", HUB, "")[0] for _ in range(400)]
    assert 160 < sum(wait < 0.1 for wait in waits) < 240
    assert len(set(waits)) == 400
    arm.azure.clock.run(1000)
    await plan(arm, latencyMs=5000)
    before = arm.azure.clock.seconds()
    await arm.ok("GET", HUB)
    assert arm.azure.clock.seconds() - before >= 5


@pytest.mark.parametrize(("mail", "copies"), [({"lose": 1.0}, 0), ({"duplicate": 1.0}, 2), ({"late": 1.0}, 1)])
async def test_events_are_lost_doubled_or_late(stand_in: StandIn, mail: dict[str, float], copies: int) -> None:
    """A lost one never comes, a doubled one twice with one id, a late one only when its time has come."""
    async with webhook() as hook:
        told = EventSubscription("changes", hook.url)
        async with stand_in(Options(event_subscriptions=(told,))) as arm:
            arm.azure.clock.freeze()
            await plan(arm, events={**mail, "lateSeconds": 3600})
            await arm("PATCH", f"{HUB}{TAGS}", MERGE)
            await arm.azure.clock.elapse(0)
            at_once = len(hook.received)
            await arm.azure.clock.elapse(3600)
    assert (at_once, len(hook.received)) == (0 if "late" in mail else copies, copies)
    assert len({batch[0]["id"] for batch in hook.received}) == min(copies, 1)


async def test_late_events_overtake_each_other(stand_in: StandIn) -> None:
    """All of them arrive, in an order that the seed decides."""
    names = [f"{STORAGE}{TAGS}", f"{HUB}{TAGS}", f"{CONNECTION}{TAGS}", f"{INSTANCE}{TAGS}"]
    names += [f"/subscriptions/{SUBSCRIPTION}{TAGS}"]
    orders = []
    for _ in range(2):
        async with webhook() as hook:
            told = EventSubscription("changes", hook.url)
            async with stand_in(Options(event_subscriptions=(told,), seed=11)) as arm:
                arm.azure.clock.freeze()
                await plan(arm, events={"late": 1.0, "lateSeconds": 600})
                for name in names:
                    assert (await arm("PATCH", name, MERGE)).status == 200
                await arm.azure.clock.elapse(600)

                async def idle(arm: Arm = arm) -> bool:
                    return arm.azure.events.pending == 0

                await eventually(idle)
        orders.append([batch[0]["subject"] for batch in hook.received])
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(names)
    assert orders[0] != names


@pytest.mark.parametrize(
    "wrong",
    [
        {"plan": "hail"},
        {"next": [{"kind": "explode"}]},
        {"next": [{"status": 500, "colour": "red"}]},
        {"next": [{"status": 500, "probability": 2}]},
        {"next": [{"kind": "lostRows", "share": 1.5}]},
        {"latency": {"fast": True}},
        {"operations": {"fail": -1}},
        {"events": {"lose": "many"}},
    ],
)
async def test_a_plan_that_cannot_be_read_changes_nothing(arm: Arm, wrong: dict[str, Any]) -> None:
    """400 with the reason; the faults in force stay."""
    before = await plan(arm, plan="slow")
    answer = await arm("POST", f"{arm.azure.url}/_standin/faults", wrong)
    assert (answer.status, bool(answer.body["error"])) == (400, True)
    assert await arm.ok("GET", f"{arm.azure.url}/_standin/faults") == before
