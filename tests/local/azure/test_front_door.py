"""What stands before every ARM operation: tokens, api-versions, throttling, permissions, faults, headers."""

import pytest

from local.azure.options import Options
from tests.local.azure.client import ACCOUNT, CONNECTION, GROUP, HUB, SUBSCRIPTION, Arm
from tests.local.azure.conftest import StandIn

READS = "x-ms-ratelimit-remaining-subscription-reads"
WRITES = "x-ms-ratelimit-remaining-subscription-writes"


async def test_a_token_must_be_there_be_ours_and_be_for_arm(arm: Arm) -> None:
    """Each kind of bad token is a 401 with its code and a challenge; nothing about the resource is told."""
    foreign = arm.token("https://monitor.azure.com")
    codes = []
    for header in ("", "Bearer nonsense", f"Bearer {foreign}"):
        answer = await arm("GET", f"{HUB}-missing", headers={"Authorization": header})
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")
        codes.append(answer.code)
    assert codes == ["AuthenticationFailed", "InvalidAuthenticationToken", "InvalidAuthenticationTokenAudience"]


async def test_a_token_expires_on_the_stand_ins_clock(arm: Arm) -> None:
    """A day later the same token is refused as expired."""
    header = {"Authorization": f"Bearer {arm.token()}"}
    assert (await arm("GET", HUB, headers=header)).status == 200
    arm.azure.clock.advance(86_400)
    assert (await arm("GET", HUB, headers=header)).code == "ExpiredAuthenticationToken"


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("", "MissingApiVersionParameter"),
        ("latest", "InvalidApiVersionParameter"),
        ("2023-04-01", "NoRegisteredProviderFound"),
        ("2025-12-02", "NoRegisteredProviderFound"),
    ],
)
async def test_api_versions_are_checked(arm: Arm, version: str, code: str) -> None:
    """Missing, malformed, too old and unknown versions each get ARM's 400."""
    answer = await arm("GET", HUB, version=version)
    assert (400, code) == (answer.status, answer.code)


@pytest.mark.parametrize("version", ["2024-04-01", "2025-12-01", "2025-10-01-preview"])
async def test_published_api_versions_are_taken(arm: Arm, version: str) -> None:
    """Stable versions from 2024-04-01 on, and previews after it."""
    assert (await arm("GET", HUB, version=version)).status == 200


async def test_unknown_scopes_and_types_are_told_apart(arm: Arm) -> None:
    """Subscription, group, resource, parent and type each have their own 404."""
    paths = {
        f"/subscriptions/{SUBSCRIPTION[:-1]}0/resourceGroups": "SubscriptionNotFound",
        f"{GROUP}-x/providers/Microsoft.Search/searchServices/s": "ResourceGroupNotFound",
        f"{GROUP}/providers/Microsoft.Search/searchServices/s": "ResourceNotFound",
        f"{HUB}-x/onlineEndpoints/e": "ParentResourceNotFound",
        f"{GROUP}/providers/Microsoft.Nothing/things/t": "InvalidResourceType",
    }
    assert paths == {path: (await arm("GET", path)).code for path in paths}


async def test_every_answer_tells_the_remaining_calls(arm: Arm) -> None:
    """Own and global numbers of the kind asked; a POST listKeys counts as a write, a refusal counts too."""
    first, second = await arm("GET", HUB), await arm("GET", f"{HUB}-missing")
    keys, deleted = await arm("POST", f"{ACCOUNT}/listKeys"), await arm("DELETE", CONNECTION)
    assert (first.headers[READS], first.headers[READS.replace("-reads", "-global-reads")]) == ("249", "3749")
    assert second.headers[READS] == "248"
    assert (keys.headers[WRITES], keys.headers[WRITES.replace("-writes", "-global-writes")]) == ("199", "2999")
    assert deleted.headers["x-ms-ratelimit-remaining-subscription-deletes"] == "199"


async def test_an_empty_bucket_refuses_until_it_refills(arm: Arm) -> None:
    """After the burst a 429 says Retry-After; another principal still gets through; time brings tokens back."""
    for _ in range(200):
        arm.azure.cloud.throttle.charge("PUT", SUBSCRIPTION, arm.azure.directory.person(arm.who)["oid"])
    answer = await arm("POST", f"{ACCOUNT}/listKeys")
    other = Arm(arm.azure, arm.session, who="joe@contoso.example")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    assert (await other("POST", f"{ACCOUNT}/listKeys")).status == 200
    assert (await arm("GET", HUB)).status == 200
    arm.azure.clock.advance(1)
    assert (await arm("POST", f"{ACCOUNT}/listKeys")).status == 200


async def test_throttling_can_be_told_but_not_enforced(stand_in: StandIn) -> None:
    """With `throttle=False` the numbers fall to zero and nothing is refused."""
    async with stand_in(Options(throttle=False)) as arm:
        who = arm.azure.directory.person(arm.who)["oid"]
        for _ in range(300):
            arm.azure.cloud.throttle.charge("GET", SUBSCRIPTION, who)
        answer = await arm("GET", HUB)
    assert (answer.status, answer.headers[READS]) == (200, "0")


async def test_a_missing_permission_is_named(stand_in: StandIn) -> None:
    """The app, limited to reading, is refused a listsecrets by action and scope; people are not limited."""
    async with stand_in(Options(app_actions=("*/read",))) as arm:
        app = Arm(arm.azure, arm.session, who="app")
        assert (await app("GET", CONNECTION)).status == 200
        refused = await app("POST", f"{CONNECTION}/listsecrets")
        assert (await arm("POST", f"{CONNECTION}/listsecrets")).status == 200
    message = refused.body["error"]["message"]
    assert (refused.status, refused.code) == (403, "AuthorizationFailed")
    assert "'Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action'" in message
    assert f"'{CONNECTION}'" in message


async def test_a_principal_can_ask_what_it_may_do(stand_in: StandIn) -> None:
    """The app sees its action globs at any scope; who is not limited holds `*`."""
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/permissions"
    async with stand_in(Options(app_actions=("*/read", "Microsoft.Resources/tags/*"))) as arm:
        limited = await Arm(arm.azure, arm.session, who="app").ok("GET", path)
        free = await arm.ok("GET", f"{HUB}/providers/Microsoft.Authorization/permissions")
    assert [one["value"][0]["actions"] for one in (limited, free)] == [["*/read", "Microsoft.Resources/tags/*"], ["*"]]


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [
        ({"status": 429}, 429, "1"),
        ({"status": 503, "retryAfter": 7}, 503, "7"),
        ({"status": 500}, 500, None),
        ({"status": 409}, 409, None),
        ({"status": 403}, 403, None),
    ],
)
async def test_planned_faults_strike_the_next_matching_requests(
    arm: Arm, fault: dict[str, int], status: int, retry_after: str | None
) -> None:
    """Two planned refusals strike twice where method and path match, then the plan is spent."""
    planned = {"next": [{"method": "GET", "path": "*/workspaces/HUB-one", "times": 2, **fault}]}
    await arm.ok("POST", f"{arm.azure.url}/_standin/faults", planned)
    answers = [await arm("GET", HUB) for _ in range(3)]
    assert [status, status, 200] == [answer.status for answer in answers]
    assert retry_after == answers[0].headers.get("Retry-After")


async def test_planned_latency_delays_arm(arm: Arm) -> None:
    """The fixed latency passes on the stand-in's clock and shows in the ledger."""
    await arm.ok("POST", f"{arm.azure.url}/_standin/faults", {"latencyMs": 30})
    await arm.ok("GET", HUB)
    assert arm.azure.ledger.requests[-1].milliseconds >= 30


async def test_a_fault_that_cannot_be_read_is_refused(arm: Arm) -> None:
    """An unknown status or field is named; nothing is planned."""
    plans: list[object] = [{"next": [{"status": 418}]}, {"latency": 5}, []]
    for plan in plans:
        assert (await arm("POST", f"{arm.azure.url}/_standin/faults", plan)).status == 400
    assert (await arm("GET", HUB)).status == 200


async def test_the_body_must_be_a_json_object(arm: Arm) -> None:
    """A list where an object belongs is a 400 that says so."""
    answer = await arm("PATCH", HUB, [1])
    assert (answer.status, answer.code) == (400, "InvalidRequestContent")


async def test_the_ledger_knows_who_did_what_without_query_strings(arm: Arm) -> None:
    """Every request is noted with principal and status; signed status URLs are cut at the question mark."""
    answer = await arm("PATCH", HUB, {"tags": {"Owner": "joe"}})
    await arm.done(answer)
    ledger = await arm.ok("GET", f"{arm.azure.url}/_standin/ledger")
    jane = arm.azure.directory.person(arm.who)["oid"]
    assert (jane, "PATCH", HUB, 202) == tuple(
        ledger["requests"][0][name] for name in ("principal", "method", "path", "status")
    )
    assert all("?" not in entry["path"] for entry in ledger["requests"])
    assert ledger["changes"][-1]["leaves"]["tags.Owner"] == ["jane", "joe"]
    assert len(arm.azure.ledger.writes(jane)) == 1
