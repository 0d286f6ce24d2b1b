"""Throttling: whose bucket a request empties, what a full one tells, and when it is full again."""

import json
from collections.abc import AsyncIterator

import pytest

from local.azure.arm.errors import ArmError
from local.azure.arm.throttling import Amount, Throttle
from local.azure.clock import Clock
from local.azure.options import Options
from tests.local.azure.client import ACCOUNT, CONNECTION, HUB, STORAGE, SUBSCRIPTION, Answer, Arm
from tests.local.azure.conftest import StandIn

PREFIX = "x-ms-ratelimit-remaining-"
COLUMNS = [{"name": "TimeGenerated", "type": "datetime"}]


@pytest.fixture
def throttle() -> Throttle:
    clock = Clock()
    clock.freeze()
    return Throttle(clock, enforced=True)


@pytest.fixture
async def frozen(stand_in: StandIn) -> AsyncIterator[Arm]:
    """Jane, where no token comes back by itself."""
    async with stand_in(Options(tables={"Rows_CL": COLUMNS})) as arm:
        arm.azure.clock.freeze()
        yield arm


def remaining(answer: Answer) -> dict[str, str]:
    """The rate limit headers of an answer by the rest of their names."""
    names = [name for name in answer.headers if name.lower().startswith(PREFIX)]
    return {name.lower().removeprefix(PREFIX): answer.headers[name] for name in names}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", HUB, {"subscription-reads": "249", "subscription-global-reads": "3749"}),
        ("PATCH", STORAGE, {"subscription-writes": "199", "subscription-global-writes": "2999"}),
        ("DELETE", CONNECTION, {"subscription-deletes": "199", "subscription-global-deletes": "2999"}),
        ("POST", f"{ACCOUNT}/listKeys", {"subscription-writes": "199", "subscription-global-writes": "2999"}),
        ("GET", "/subscriptions", {"tenant-reads": "249", "tenant-global-reads": "3749"}),
    ],
)
async def test_each_kind_has_its_two_headers(frozen: Arm, method: str, path: str, expected: dict[str, str]) -> None:
    """Six headers in all; listKeys is a write; what lies in no subscription counts for the tenant."""
    assert remaining(await frozen(method, path, {} if method == "PATCH" else None)) == expected


async def test_an_empty_bucket_says_when_to_come_back(frozen: Arm) -> None:
    """The 201st write is a 429 for as long as Retry-After says; reads, and writes of another, go on."""
    for _ in range(200):
        frozen.azure.cloud.throttle.charge("PATCH", SUBSCRIPTION, frozen.azure.directory.person(frozen.who)["oid"])
    refused = await frozen("PATCH", STORAGE, {})
    other = Arm(frozen.azure, frozen.session, who="joe@contoso.example")
    assert (refused.status, refused.code) == (429, "SubscriptionRequestsThrottled")
    assert [(await frozen("GET", HUB)).status, (await other("PATCH", STORAGE, {})).status] == [200, 200]
    frozen.azure.clock.advance(int(refused.headers["Retry-After"]))
    assert (await frozen("PATCH", STORAGE, {})).status == 200


def test_all_principals_together_have_fifteen_times_as_much(throttle: Throttle) -> None:
    """The 3,751st read of a subscription is refused, whoever asks, and takes nothing from the asker's own bucket."""
    for number in range(3750):
        throttle.charge("GET", SUBSCRIPTION, f"principal {number // 250}")
    with pytest.raises(ArmError, match=f"'reads' for subscription '{SUBSCRIPTION}'"):
        throttle.charge("GET", SUBSCRIPTION, "newcomer")
    throttle.clock.advance(1)
    left = throttle.charge("GET", SUBSCRIPTION, "newcomer")
    assert left["x-ms-ratelimit-remaining-subscription-reads"] == "249"
    assert left["x-ms-ratelimit-remaining-subscription-global-reads"] == "374"


def test_a_quota_is_taken_whole_or_not_at_all(throttle: Throttle) -> None:
    """Where one of two buckets is short, neither is charged; the wait is that of the shorter one."""
    calls, content = Amount(1, 10, 10), Amount(80, 100, 10)
    assert [throttle.quota("service", (calls, content)) for _ in range(2)] == [0, 6]
    assert [throttle.quota("service", (calls,)) for _ in range(10)] == [0] * 9 + [1]
    throttle.clock.advance(6)
    assert throttle.quota("service", (calls, content)) == 0


async def upload(arm: Arm, content: bytes) -> tuple[int, str, str | None]:
    """Status, error code and Retry-After of one call to the ingestion endpoint."""
    url = f"{arm.azure.url}/dataCollectionRules/{arm.azure.options.dcr_immutable_id}/streams/Custom-Rows_CL"
    headers = {
        "Authorization": f"Bearer {arm.token('https://monitor.azure.com')}",
        "Content-Type": "application/json",
    }
    query = {"api-version": "2023-01-01"}
    async with arm.session.post(url, data=content, headers=headers, params=query) as answer:
        return answer.status, answer.headers.get("x-ms-error-code", ""), answer.headers.get("Retry-After")


@pytest.mark.parametrize(("calls", "size"), [(12_000, 0), (1, 2 * 1024**3)])
async def test_ingestion_has_two_quotas_a_minute(frozen: Arm, calls: int, size: int) -> None:
    """12,000 calls, or 2 GiB: then 429 with Retry-After, and after that time it takes rows again."""
    rule = frozen.azure.options.dcr_immutable_id
    whole_minute = (Amount(calls, 12_000, 60), Amount(size, 2 * 1024**3, 60))
    assert frozen.azure.cloud.throttle.quota(f"ingestion {rule}", whole_minute) == 0
    content = json.dumps([{"TimeGenerated": "2026-11-21T12:00:00Z"}]).encode()
    refused = await upload(frozen, content)
    assert refused[:2] == (429, "TooManyRequests")
    frozen.azure.clock.advance(int(refused[2] or 0))
    assert (await upload(frozen, content))[0] == 204
