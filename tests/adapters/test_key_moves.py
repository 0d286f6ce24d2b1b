"""Letting consumers keep another key: what is sent, to whom not, and how much at once."""

import asyncio
from typing import Any

import pytest

from shared.adapters.arm import Arm
from shared.adapters.key_reader import AzureKeyReader
from shared.adapters.key_rotator import AzureKeyRotator
from shared.model.errors import HubwardenError, Rejected, Throttled
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from tests.adapters.script import Script
from tests.builders import vault_secret

GROUP = "/subscriptions/s/resourceGroups/rg/providers"
HUB = f"{GROUP}/Microsoft.MachineLearningServices/workspaces/hub"
CONNECTION = f"{HUB}/connections/aoai"
AI = Fact.of({"id": f"{GROUP}/Microsoft.CognitiveServices/accounts/ai"})
STORAGE = Fact.of({"id": f"{GROUP}/Microsoft.Storage/storageAccounts/st"})
KEYS = {"key1": "first-key", "key2": "second-key"}
STORAGE_KEYS = {"keys": [{"keyName": "KEY2", "value": "second-key"}, {"keyName": "key1", "value": "first-key"}]}
PROPERTIES: dict[str, Any] = {
    "authType": "ApiKey",
    "category": "AzureOpenAI",
    "target": "https://ai.openai.azure.com/",
    "metadata": {"ApiType": "Azure", "ResourceId": str(AI.id)},
    "isSharedToAll": True,
    "sharedUserList": ["ana"],
    "expiryTime": "2027-01-01T00:00:00Z",
    "useWorkspaceManagedIdentity": False,
    "group": "AzureAI",
    "createdByWorkspaceArmId": HUB,
    "isDefault": True,
    "peStatus": "NotApplicable",
    "error": None,
    "credentials": None,
}
SET_BY_AZURE = ("group", "createdByWorkspaceArmId", "isDefault", "peStatus", "error", "credentials")


def connection(name: str = "aoai", **properties: object) -> Fact:
    """A connection with a key of the account, but for what is said otherwise."""
    return Fact.of({"id": f"{HUB}/connections/{name}", "properties": PROPERTIES | properties})


async def most_under_way(asking: asyncio.Future[Any], script: Script, expected: int) -> int:
    """How many requests arrive while the last of them are not answered: as many as expected, and who comes after."""
    await script.arrived(expected)
    await asyncio.wait([asking], timeout=0.3)
    asking.cancel()
    return len(script.asked)


@pytest.fixture
def rotator(arm: Arm) -> AzureKeyRotator:
    """The adapter, speaking to the script."""
    return AzureKeyRotator(arm)


@pytest.mark.parametrize(("slot", "key"), [(Slot.FIRST, "first-key"), (Slot.SECOND, "second-key")])
async def test_a_connection_is_sent_all_that_it_has(
    rotator: AzureKeyRotator, script: Script, slot: Slot, key: str
) -> None:
    """As it is now, not as it was when it was seen; what Azure sets itself is left out."""
    now = connection(target="https://ai.cognitiveservices.azure.com/", expiryTime=None)
    for body in (KEYS, now.raw, {}):
        script.answer(200, body)
    told = await rotator.move(AI, slot, [connection()])

    kept = {name: value for name, value in now.raw["properties"].items() if name not in SET_BY_AZURE}
    del kept["expiryTime"]
    assert told == {}
    assert [(one.method, one.path) for one in script.asked[1:]] == [("GET", CONNECTION), ("PATCH", CONNECTION)]
    assert script.asked[2].body == {"properties": {**kept, "credentials": {"key": key}}}


async def test_without_vaults_no_secret_is_moved(rotator: AzureKeyRotator, script: Script) -> None:
    """It says so, and the connection beside it moves."""
    secret = Fact.of(vault_secret(account=str(AI.id)))
    for body in (KEYS, connection().raw, {}):
        script.answer(200, body)
    told = await rotator.move(AI, Slot.SECOND, [secret, connection()])

    assert told == {secret.id: "ai-key: nobody here writes secrets in vaults"}
    assert [one.method for one in script.asked] == ["POST", "GET", "PATCH"]


async def test_a_storage_key_goes_where_an_api_key_goes(rotator: AzureKeyRotator, script: Script) -> None:
    """`AccountKey` has a field of the same name (CONTRACTS §3); the list of keys is in no order."""
    kept = connection(
        authType="AccountKey",
        target="https://st.blob.core.windows.net/c",
        metadata={"ResourceId": str(STORAGE.id)},
    )
    for body in (STORAGE_KEYS, kept.raw, {}):
        script.answer(200, body)
    await rotator.move(STORAGE, Slot.SECOND, [kept])

    assert script.asked[2].body["properties"]["credentials"] == {"key": "second-key"}


async def test_a_workspace_is_let_learn_its_key(rotator: AzureKeyRotator, script: Script) -> None:
    """One POST, which carries no key."""
    hub = Fact.of({"id": HUB, "kind": "Hub", "properties": {"storageAccount": str(STORAGE.id)}})
    script.answer(200, STORAGE_KEYS)
    script.answer(202, None, Location="{url}/somewhere")
    told = await rotator.move(STORAGE, Slot.FIRST, [hub])

    _, sent = script.asked
    assert (told, sent.method, sent.path, sent.body) == ({}, "POST", f"{HUB}/resyncKeys", None)


async def test_a_workspace_that_is_busy_is_told(rotator: AzureKeyRotator, script: Script) -> None:
    """A 409 while something else runs on it."""
    hub = Fact.of({"id": HUB, "kind": "Hub", "properties": {"storageAccount": str(STORAGE.id)}})
    script.answer(200, STORAGE_KEYS)
    script.answer(409, {"error": {"code": "Conflict", "message": "provisioning state Updating"}})

    assert "Updating" in (await rotator.move(STORAGE, Slot.FIRST, [hub]))[hub.id]


@pytest.mark.parametrize(
    ("status", "now", "told"),
    [
        (404, {"error": {"code": "UserError", "message": "can't be found"}}, "404"),
        (200, connection(authType="AAD").raw, "AAD"),
        (200, connection(authType="CustomKeys").raw, "CustomKeys"),
        (200, {"id": CONNECTION}, "unknown"),
        (200, connection(metadata={"ResourceId": f"{AI.id}x"}).raw, "no key of ai"),
        (200, connection(metadata=None).raw, "no key of ai"),
        (200, connection(target="https://gateway.azure-api.net/").raw, "no key of ai"),
        (200, connection(createdByWorkspaceArmId=f"{HUB}x").raw, "no key of ai"),
    ],
)
async def test_who_keeps_no_key_of_this_account_now_is_left_alone(
    rotator: AzureKeyRotator, script: Script, status: int, now: object, told: str
) -> None:
    """Whatever it was when it was seen: gone, another auth type or account, a gateway, what a project only sees."""
    script.answer(200, KEYS)
    script.answer(status, now)
    said = await rotator.move(AI, Slot.FIRST, [connection()])

    assert told in said[connection().id]
    assert [one.method for one in script.asked] == ["POST", "GET"]


async def test_what_keeps_no_key_at_all_is_left_alone(rotator: AzureKeyRotator, script: Script) -> None:
    """Such as a compute that somebody took for a consumer."""
    compute = Fact.of({"id": f"{HUB}/computes/c", "properties": PROPERTIES})
    script.answer(200, KEYS)
    script.answer(200, compute.raw)

    assert set(await rotator.move(AI, Slot.FIRST, [compute])) == {compute.id}
    assert [one.method for one in script.asked] == ["POST", "GET"]


async def test_the_same_one_twice_is_moved_once(rotator: AzureKeyRotator, script: Script) -> None:
    """Ids compare as Azure compares them."""
    again = Fact.of({**connection().raw, "id": CONNECTION.upper()})
    for body in (KEYS, connection().raw, {}):
        script.answer(200, body)
    await rotator.move(AI, Slot.FIRST, [connection(), again])

    assert len(script.asked) == 3


async def test_nobody_is_begun_with_once_azure_throttles(rotator: AzureKeyRotator, script: Script) -> None:
    """Of many, a few are under way; the 429 is raised with the time it asks for."""
    script.answer(200, KEYS)
    script.answer(429, None, Retry_After="3600")
    with pytest.raises(Throttled) as raised:
        await rotator.move(AI, Slot.FIRST, [connection(f"c{number}") for number in range(20)])

    assert raised.value.retry_after == 3600
    assert 1 < len(script.asked) <= 5


async def test_few_are_moved_at_once(rotator: AzureKeyRotator, script: Script) -> None:
    """Of all accounts together: four connections are read while none is answered."""
    script.answer(200, KEYS)
    script.answer(200, KEYS)
    script.fall_silent()
    moves = [rotator.move(AI, slot, [connection(f"{slot}{n}") for n in range(4)]) for slot in (Slot.FIRST, Slot.SECOND)]
    assert await most_under_way(asyncio.gather(*moves), script, 2 + 4) == 2 + 4


async def test_the_reader_and_the_rotator_share_their_lists(arm: Arm, rotator: AzureKeyRotator, script: Script) -> None:
    """Four lists of keys are under way in a process, whoever asks for them."""
    script.fall_silent()
    seen = [connection(f"c{number}") for number in range(3)]
    asking = asyncio.gather(
        AzureKeyReader(arm).held(seen), *(rotator.move(AI, Slot.FIRST, [one]) for one in seen), return_exceptions=True
    )
    assert await most_under_way(asking, script, 4) == 4


@pytest.mark.parametrize("answer", [{"key1": "first-key"}, {"key1": "first-key", "key2": ["x"]}, "{", [], {}])
async def test_without_both_keys_nobody_is_moved(rotator: AzureKeyRotator, script: Script, answer: object) -> None:
    """It is raised, and no consumer is asked for."""
    script.answer(200, answer)
    with pytest.raises(HubwardenError):
        await rotator.move(AI, Slot.FIRST, [connection()])

    assert len(script.asked) == 1


async def test_a_query_key_is_moved_to_nobody(rotator: AzureKeyRotator, script: Script) -> None:
    """It is none of the two."""
    script.answer(200, KEYS)
    with pytest.raises(Rejected, match="query key"):
        await rotator.move(AI, Slot.QUERY, [connection()])
