"""The requests that change keys: which, with what, and that none which kills a key is ever sent twice."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.adapters.arm import Arm
from shared.adapters.key_rotator import LONGEST_OPERATION, AzureKeyRotator
from shared.adapters.retries import TRIES
from shared.model.errors import Conflict, Forbidden, HubwardenError, Rejected, Throttled, Unsure
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from tests.adapters.script import FixedCredential, Script
from tests.fakes import FakeClock

GROUP = "/subscriptions/s/resourceGroups/rg/providers"
WORKSPACE = f"{GROUP}/Microsoft.MachineLearningServices/workspaces/w"
AI = f"{GROUP}/Microsoft.CognitiveServices/accounts/ai"
SEARCH = f"{GROUP}/Microsoft.Search/searchServices/srch"
STORAGE = f"{GROUP}/Microsoft.Storage/storageAccounts/st"
ONLINE = f"{WORKSPACE}/onlineEndpoints/chat"
SERVERLESS = f"{WORKSPACE}/serverlessEndpoints/llama"
KEYS = {"key1": "a" * 32, "key2": "b" * 32}
POLL = f"{GROUP}/Microsoft.MachineLearningServices/locations/we/mfeOperationsStatus/1"
FAILED = {"status": "Failed", "error": {"code": "Bad", "message": "the endpoint is frozen"}}


def fact(resource: str) -> Fact:
    """A fact of which nothing is known but its id."""
    return Fact.of({"id": resource})


@pytest.fixture
def rotator(arm: Arm, clock: FakeClock) -> AzureKeyRotator:
    """The adapter, speaking to the script and waiting on the clock."""
    return AzureKeyRotator(arm, clock=clock)


@pytest_asyncio.fixture
async def hasty(script: Script, clock: FakeClock) -> AsyncIterator[AzureKeyRotator]:
    """The same, with little patience for an answer."""
    arm = Arm(FixedCredential(), script.url, longest_call=0.2)
    yield AzureKeyRotator(arm, clock=clock)
    await arm.close()


@pytest.mark.parametrize(
    ("account", "slot", "wanted"),
    [
        (AI, Slot.FIRST, ("regenerateKey", {"keyName": "Key1"})),
        (AI, Slot.SECOND, ("regenerateKey", {"keyName": "Key2"})),
        (SEARCH, Slot.FIRST, ("regenerateAdminKey/primary", None)),
        (SEARCH, Slot.SECOND, ("regenerateAdminKey/secondary", None)),
        (STORAGE, Slot.FIRST, ("regenerateKey", {"keyName": "key1"})),
        (STORAGE, Slot.SECOND, ("regenerateKey", {"keyName": "key2"})),
        (ONLINE, Slot.FIRST, ("regenerateKeys", {"keyType": "Primary"})),
        (ONLINE, Slot.SECOND, ("regenerateKeys", {"keyType": "Secondary"})),
        (SERVERLESS, Slot.FIRST, ("regenerateKeys", {"keyType": "Primary"})),
        (SERVERLESS, Slot.SECOND, ("regenerateKeys", {"keyType": "Secondary"})),
    ],
)
async def test_each_service_is_asked_in_its_own_words(
    rotator: AzureKeyRotator, script: Script, account: str, slot: Slot, wanted: tuple[str, object]
) -> None:
    """One POST, with the slot as the service calls it (CONTRACTS §5 and §6)."""
    script.answer(200, KEYS)
    await rotator.regenerate(fact(account), slot)

    path, body = wanted
    assert [(one.method, one.path, one.body) for one in script.asked] == [("POST", f"{account}/{path}", body)]


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@pytest.mark.parametrize("account", [AI, SEARCH, STORAGE, ONLINE, SERVERLESS])
async def test_a_failure_of_the_service_is_met_once(
    rotator: AzureKeyRotator, script: Script, account: str, status: int
) -> None:
    """It may have been done before it failed: nobody can tell, and nothing is sent again."""
    script.answer(status, None, Retry_After="0")

    with pytest.raises(Unsure, match=str(status)):
        await rotator.regenerate(fact(account), Slot.FIRST)
    assert len(script.asked) == 1


@pytest.mark.parametrize("status", [408, 503])
async def test_anything_else_is_sent_again(arm: Arm, script: Script, status: int) -> None:
    """So that the test above could fail."""
    script.answer(status, None, Retry_After="0")

    with pytest.raises(HubwardenError):
        await arm.send("POST", f"{AI}/regenerateKey", "2025-06-01", {})
    assert len(script.asked) == TRIES


async def test_a_cut_connection_is_met_once(rotator: AzureKeyRotator, script: Script) -> None:
    """The request arrived, and its answer did not."""
    script.cut()

    with pytest.raises(Unsure, match="nobody can tell"):
        await rotator.regenerate(fact(STORAGE), Slot.FIRST)
    assert len(script.asked) == 1


async def test_silence_is_met_once(hasty: AzureKeyRotator, script: Script) -> None:
    """The request arrived, and no answer came in time."""
    script.fall_silent()

    with pytest.raises(Unsure, match=r"no answer within 0\.2 s"):
        await hasty.regenerate(fact(STORAGE), Slot.FIRST)
    assert len(script.asked) == 1


@pytest.mark.parametrize("body", ["<html>", "[1]", "{", b"\xff\xfe{"])
async def test_an_answer_that_cannot_be_read_is_none(rotator: AzureKeyRotator, script: Script, body: object) -> None:
    """Somebody said 200, and it need not have been Azure."""
    script.answer(200, body)

    with pytest.raises(Unsure, match="200"):
        await rotator.regenerate(fact(AI), Slot.FIRST)
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("status", "raised"), [(400, Rejected), (401, Rejected), (404, Rejected), (409, Conflict), (412, Conflict)]
)
async def test_a_refusal_is_met_once(
    rotator: AzureKeyRotator, script: Script, status: int, raised: type[HubwardenError]
) -> None:
    """It says that nothing was done."""
    script.answer(status, {"error": {"code": "Bad", "message": "no"}})

    with pytest.raises(raised, match=str(status)):
        await rotator.regenerate(fact(AI), Slot.FIRST)
    assert len(script.asked) == 1


async def test_throttling_is_met_once(rotator: AzureKeyRotator, script: Script) -> None:
    """Even where Azure asks for no more patience than a call has."""
    script.answer(429, None, Retry_After="1")

    with pytest.raises(Throttled) as raised:
        await rotator.regenerate(fact(AI), Slot.FIRST)
    assert (raised.value.retry_after, len(script.asked)) == (1.0, 1)


@pytest.mark.parametrize(
    ("account", "permission"),
    [
        (AI, "Microsoft.CognitiveServices/accounts/regenerateKey/action"),
        (SEARCH, "Microsoft.Search/searchServices/regenerateAdminKey/action"),
        (STORAGE, "Microsoft.Storage/storageAccounts/regenerateKey/action"),
        (ONLINE, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/regenerateKeys/action"),
        (SERVERLESS, "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/regenerateKeys/action"),
    ],
)
async def test_a_403_names_the_permission(
    rotator: AzureKeyRotator, script: Script, account: str, permission: str
) -> None:
    """Also where Azure does not."""
    script.answer(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})

    with pytest.raises(Forbidden) as raised:
        await rotator.regenerate(fact(account), Slot.FIRST)
    assert raised.value.permission == permission


@pytest.mark.parametrize(
    ("account", "slot"),
    [(SEARCH, Slot.QUERY), (f"{WORKSPACE}/batchEndpoints/b", Slot.FIRST), (f"{GROUP}/M.X/y/z", Slot.FIRST)],
)
async def test_what_has_no_such_request_is_refused(
    rotator: AzureKeyRotator, script: Script, account: str, slot: Slot
) -> None:
    """Nothing is sent."""
    with pytest.raises(Rejected, match="regenerated"):
        await rotator.regenerate(fact(account), slot)
    assert script.asked == []


@pytest.mark.parametrize("place", ["Location", "Azure-AsyncOperation"])
async def test_an_accepted_one_is_followed(
    rotator: AzureKeyRotator, script: Script, clock: FakeClock, place: str
) -> None:
    """As long as Azure asks us to wait, by the link as it came; the POST is sent once."""
    begun, link = clock.now(), f"{{url}}{POLL}?t=1&s=a%2Bb"
    script.answer(202, None, **{place: link}, Retry_After="7")
    script.answer(*((202, None) if place == "Location" else (200, {"status": "InProgress"})), Retry_After="9")
    script.answer(*((200, KEYS) if place == "Location" else (200, {"status": "Succeeded"})))
    await rotator.regenerate(fact(ONLINE), Slot.FIRST)

    assert [(one.method, one.path) for one in script.asked] == [
        ("POST", f"{ONLINE}/regenerateKeys"),
        ("GET", POLL),
        ("GET", POLL),
    ]
    assert [one.query for one in script.asked[1:]] == [{"t": "1", "s": "a+b"}] * 2
    assert (clock.now() - begun).total_seconds() == 16


async def test_one_that_never_ends_is_given_up(rotator: AzureKeyRotator, script: Script, clock: FakeClock) -> None:
    """After a bounded time, with a last look at its end."""
    begun = clock.now()
    script.answer(202, None, Location=f"{{url}}{POLL}", Retry_After="25")
    with pytest.raises(Unsure, match="not ended"):
        await rotator.regenerate(fact(ONLINE), Slot.FIRST)

    assert (clock.now() - begun).total_seconds() == LONGEST_OPERATION
    assert [one.method for one in script.asked] == ["POST", "GET", "GET", "GET"]


@pytest.mark.parametrize("status", ["Failed", "Canceled"])
async def test_one_that_failed_says_why(rotator: AzureKeyRotator, script: Script, status: str) -> None:
    """It was not done."""
    script.answer(202, None, Azure_AsyncOperation=f"{{url}}{POLL}", Retry_After="0")
    script.answer(200, FAILED | {"status": status})

    with pytest.raises(Rejected, match="frozen"):
        await rotator.regenerate(fact(ONLINE), Slot.FIRST)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500])
async def test_one_that_cannot_be_asked_about_is_unsure(rotator: AzureKeyRotator, script: Script, status: int) -> None:
    """Whatever keeps the answer from us: Azure had accepted it."""
    script.answer(202, None, Location=f"{{url}}{POLL}")
    script.answer(status, None, Retry_After="0")

    with pytest.raises(Unsure, match=str(status)):
        await rotator.regenerate(fact(ONLINE), Slot.FIRST)
    assert [one.method for one in script.asked].count("POST") == 1


@pytest.mark.parametrize("headers", [{}, {"Location": "https://evil.example/x"}, {"Location": "{url}.evil.example/x"}])
async def test_one_that_is_told_of_elsewhere_is_unsure(
    rotator: AzureKeyRotator, script: Script, headers: dict[str, str]
) -> None:
    """Our token goes to no other host."""
    script.answer(202, None, **headers)

    with pytest.raises(Unsure, match="accepted"):
        await rotator.regenerate(fact(ONLINE), Slot.FIRST)
    assert len(script.asked) == 1
