"""One harmless call with a key: where it goes, what it carries, and what each service's answer says of the key."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.adapters.arm import Arm
from shared.adapters.key_rotator import AzureKeyRotator
from shared.model.errors import Forbidden, Rejected
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from shared.model.rotation import Proof
from tests.adapters.script import Script

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
GROUP = "/subscriptions/s/resourceGroups/rg/providers"
AI = f"{GROUP}/Microsoft.CognitiveServices/accounts/ai"
SEARCH = f"{GROUP}/Microsoft.Search/searchServices/srch"
STORAGE = f"{GROUP}/Microsoft.Storage/storageAccounts/st"
ENDPOINT = f"{GROUP}/Microsoft.MachineLearningServices/workspaces/w/onlineEndpoints/chat"
FIRST, SECOND = "Zmlyc3Qta2V5LWZpcnN0LWtleQ==", "c2Vjb25kLWtleS1zZWNvbmQta2V5"
LISTED: dict[str, object] = {
    AI: {"key1": FIRST, "key2": SECOND},
    SEARCH: {"primaryKey": FIRST, "secondaryKey": SECOND},
    STORAGE: {"keys": [{"keyName": "key1", "value": FIRST}, {"keyName": "key2", "value": SECOND}]},
}
CONTAINERS = "<?xml version='1.0'?><EnumerationResults><Containers/><NextMarker/></EnumerationResults>"
WRONG_SEARCH_KEY = "The given API key doesn't match service's internal, primary or secondary keys."
FIREWALL = "Access denied due to Virtual Network/Firewall rules."


def account(resource: str, url: str) -> Fact:
    """An account whose document says that it listens at a URL."""
    blob = {"primaryEndpoints": {"blob": f"{url}/"}}
    return Fact.of({"id": resource, "properties": blob if resource == STORAGE else {"endpoint": f"{url}/"}})


def refused(code: str, message: str = "") -> object:
    """The body of a refusal."""
    return {"error": {"code": code, "message": message}}


async def proven(arm: Arm, script: Script, resource: str, slot: Slot = Slot.FIRST) -> Proof:
    """What is told of a key in a slot, once the answers are written down."""
    return await AzureKeyRotator(arm).prove(account(resource, script.url), slot, NOW)


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        (AI, ("GET", "/openai/models", {"api-version": "2024-10-21"})),
        (SEARCH, ("GET", "/indexes", {"api-version": "2024-07-01", "$select": "name"})),
    ],
)
@pytest.mark.parametrize("slot", [Slot.FIRST, Slot.SECOND])
async def test_a_list_is_asked_for_with_the_key(
    arm: Arm, script: Script, resource: str, wanted: object, slot: Slot
) -> None:
    """One GET with the slot's key in a header, and without our own token."""
    script.answer(200, LISTED[resource])
    script.answer(200, {})
    proof = await proven(arm, script, resource, slot)

    _, call = script.asked
    assert (proof.opened, proof.at) == (True, NOW)
    assert (call.method, call.path, call.query) == wanted
    assert call.headers["api-key"] == (FIRST if slot is Slot.FIRST else SECOND)
    assert "Authorization" not in call.headers


async def test_a_storage_account_lists_a_container(arm: Arm, script: Script) -> None:
    """Signed with the key, which is not sent itself."""
    script.answer(200, LISTED[STORAGE])
    script.answer(200, CONTAINERS, Content_Type="application/xml")
    proof = await proven(arm, script, STORAGE)

    _, call = script.asked
    assert proof.opened is True
    assert (call.method, call.path, call.query["comp"], call.query["maxresults"]) == ("GET", "/", "list", "1")
    assert call.headers["Authorization"].startswith("SharedKey st:")
    assert FIRST not in str(vars(call))


@pytest.mark.parametrize(
    ("resource", "answer", "verdict"),
    [
        (AI, (401, refused("401", "Access denied due to invalid subscription key or wrong API endpoint.")), False),
        (AI, (403, refused("AuthenticationTypeDisabled", "Key based authentication is disabled.")), False),
        (AI, (403, refused("403", FIREWALL)), None),
        (AI, (403, refused("403", "Public access is disabled. Please configure private endpoint.")), None),
        (AI, (403, "<html>proxy</html>"), None),
        (AI, (404, refused("404", "Resource not found")), None),
        (AI, (429, refused("429", "slow down")), None),
        (AI, (500, None), None),
        (SEARCH, (403, refused("", WRONG_SEARCH_KEY)), False),
        (SEARCH, (403, refused("", "Authorization failed.")), None),
        (SEARCH, (403, None), None),
        (SEARCH, (503, None), None),
        (STORAGE, (403, "AuthenticationFailed"), False),
        (STORAGE, (403, "KeyBasedAuthenticationNotPermitted"), False),
        (STORAGE, (403, "AuthorizationFailure"), None),
        (STORAGE, (403, "AccountIsDisabled"), None),
        (STORAGE, (403, "SomethingNew"), None),
        (STORAGE, (404, "ResourceNotFound"), None),
        (STORAGE, (503, "ServerBusy"), None),
    ],
)
async def test_only_what_is_about_the_key_refuses_it(
    arm: Arm, script: Script, resource: str, answer: tuple[int, Any], verdict: object
) -> None:
    """Each service in its own words; network rules and failures tell nothing. It is asked once."""
    status, body = answer
    script.answer(200, LISTED[resource])
    if resource == STORAGE:
        text = f"<?xml version='1.0'?><Error><Code>{body}</Code><Message>no</Message></Error>"
        script.answer(status, text, x_ms_error_code=body, Content_Type="application/xml")
    else:
        script.answer(status, body, Retry_After="0")
    proof = await proven(arm, script, resource)

    assert (proof.opened, len(script.asked)) == (verdict, 2)
    assert str(status) in proof.told
    assert ("not reachable from here" in proof.told) is (status == 403 and verdict is None)


@pytest.mark.parametrize("resource", [AI, SEARCH, STORAGE])
async def test_a_cut_connection_tells_nothing(arm: Arm, script: Script, resource: str) -> None:
    """A GET over a fresh connection is not sent again either."""
    script.answer(200, LISTED[resource])
    script.cut()
    proof = await proven(arm, script, resource)

    assert proof.opened is None
    assert "not reached from here" in proof.told


@pytest.mark.parametrize("resource", [AI, SEARCH, STORAGE])
async def test_a_redirect_is_not_followed(arm: Arm, script: Script, resource: str) -> None:
    """Whoever answers so does not get the key."""
    script.answer(200, LISTED[resource])
    script.answer(307, None, Location="{url}/elsewhere")
    proof = await proven(arm, script, resource)

    assert (proof.opened, len(script.asked)) == (None, 2)


@pytest.mark.parametrize("body", ["<html", "<html/>", "{}", ""])
async def test_an_answer_of_storage_that_is_no_list_tells_nothing(arm: Arm, script: Script, body: str) -> None:
    """Somebody said 200, and it need not have been Azure."""
    script.answer(200, LISTED[STORAGE])
    script.answer(200, body, Content_Type="application/xml")

    assert (await proven(arm, script, STORAGE)).opened is None


@pytest.mark.parametrize("key", ["with\r\nnewline", "ключ", "\ud800", "with blank"])
async def test_a_key_that_no_header_carries(arm: Arm, script: Script, key: str) -> None:
    """It is not sent, and not shown."""
    script.answer(200, {"key1": key, "key2": SECOND})
    proof = await proven(arm, script, AI)

    assert (proof.opened, len(script.asked)) == (None, 1)
    assert key not in proof.told


async def test_a_storage_key_that_signs_nothing(arm: Arm, script: Script) -> None:
    """It is not Base64."""
    script.answer(200, {"keys": [{"keyName": "key1", "value": "a"}, {"keyName": "key2", "value": SECOND}]})
    proof = await proven(arm, script, STORAGE)

    assert (proof.opened, len(script.asked)) == (None, 1)


@pytest.mark.parametrize(
    "fact",
    [
        Fact.of({"id": ENDPOINT, "properties": {"scoringUri": "https://chat.westeurope.inference.ml.azure.com/score"}}),
        Fact.of({"id": ENDPOINT.replace("online", "serverless")}),
        Fact.of({"id": AI}),
        Fact.of({"id": STORAGE, "properties": {"primaryEndpoints": {"file": "https://st.file.core.windows.net/"}}}),
        account(AI, "http://ai.openai.azure.com"),
        account(AI, "https://someone@evil.example"),
        account(AI, "https://ai.openai.azure.com/path"),
        account(SEARCH, "ftp://srch"),
        Fact.of({"id": f"{GROUP}/Microsoft.Search/searchServices/someone@evil"}),
    ],
)
async def test_where_there_is_nobody_to_ask_no_key_is_listed(arm: Arm, script: Script, fact: Fact) -> None:
    """An endpoint, whose calls do work, and an account that does not say where it listens."""
    proof = await AzureKeyRotator(arm).prove(fact, Slot.FIRST, NOW)

    assert (proof.opened, script.asked) == (None, [])
    assert "call" in proof.told


async def test_what_listing_meets_is_raised(arm: Arm, script: Script) -> None:
    """With the permission, where it is forbidden."""
    script.answer(403, refused("AuthorizationFailed"))
    with pytest.raises(Forbidden) as raised:
        await proven(arm, script, AI)

    assert raised.value.permission == "Microsoft.CognitiveServices/accounts/listKeys/action"


async def test_a_query_key_is_in_no_rotation(arm: Arm, script: Script) -> None:
    """Nothing is proven of it."""
    script.answer(200, LISTED[SEARCH])
    with pytest.raises(Rejected, match="query key"):
        await proven(arm, script, SEARCH, Slot.QUERY)
