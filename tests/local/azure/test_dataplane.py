"""The data planes: only a live key or a token with the role opens them, and the ledger counts who was turned away."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobServiceClient

from tests.local.azure.client import ACCOUNT, GROUP, HUB, STORAGE, Arm

SEARCH = f"{GROUP}/providers/Microsoft.Search/searchServices/search-two"
ENDPOINT = f"{HUB}/onlineEndpoints/chat"
MODELS = "/dataplane/cognitiveservices/ai-one/openai/models"
INDEXES = "/dataplane/search/search-two/indexes"
SCORE = "/dataplane/endpoints/hub-one/chat/score"


async def call(arm: Arm, path: str, headers: Mapping[str, str], method: str = "GET") -> int:
    """The status a data plane answers."""
    url = f"{arm.azure.url}{path}"
    async with arm.session.request(method, url, headers=headers, json={} if method == "POST" else None) as answer:
        return answer.status


def turned_away(arm: Arm) -> list[tuple[str, str]]:
    """Whom the ledger says was refused where, and why."""
    return [(one.resource_id, one.reason) for one in arm.azure.ledger.turned_away]


async def test_a_rotation_shows_in_the_ledger_only_when_it_cuts_somebody_off(arm: Arm) -> None:
    """The other slot works throughout; the regenerated key is refused at once, and counted as what it is."""
    keys = await arm.ok("POST", f"{ACCOUNT}/listKeys")
    before = [await call(arm, MODELS, {"api-key": keys[slot]}) for slot in ("key1", "key2")]
    fresh = await arm.ok("POST", f"{ACCOUNT}/regenerateKey", {"keyName": "Key2"})
    after = [await call(arm, MODELS, {"api-key": key}) for key in (keys["key1"], fresh["key2"])]
    assert (before, after, turned_away(arm)) == ([200, 200], [200, 200], [])
    assert await call(arm, MODELS, {"Ocp-Apim-Subscription-Key": keys["key2"]}) == 401
    assert turned_away(arm) == [(ACCOUNT, "regenerated key")]
    told = await arm.ok("GET", f"{arm.azure.url}/_standin/ledger", query={"ask": "turnedAway"})
    assert [one["reason"] for one in told["turnedAway"]] == ["regenerated key"]


async def test_a_key_opens_its_own_account_only_and_none_while_keys_are_off(arm: Arm) -> None:
    """A stranger's key is unknown; with local authentication off even a live key is refused."""
    key = (await arm.ok("POST", f"{ACCOUNT}/listKeys"))["key1"]
    assert await call(arm, MODELS, {"api-key": arm.azure.keys.live(STORAGE).first.value}) == 401
    await arm.ok("PATCH", ACCOUNT, {"properties": {"disableLocalAuth": True}})
    assert await call(arm, MODELS, {"api-key": key}) == 403
    assert [reason for _, reason in turned_away(arm)] == ["unknown key", "keys are off"]


async def test_a_token_opens_where_the_role_allows(arm: Arm) -> None:
    """Of the right audience, and with the data action; a refusal names what is missing."""
    right = {"Authorization": f"Bearer {arm.token('https://cognitiveservices.azure.com')}"}
    assert await call(arm, MODELS, right) == 200
    assert await call(arm, MODELS, {"Authorization": f"Bearer {arm.token()}"}) == 401
    app = replace(arm, who="app")
    arm.azure.directory.limit(arm.azure.options.app_object_id, ("*/read",))
    limited = {"Authorization": f"Bearer {app.token('https://cognitiveservices.azure.com')}"}
    assert await call(arm, MODELS, limited) == 200
    arm.azure.directory.limit(arm.azure.options.app_object_id, ())
    assert await call(arm, MODELS, limited) == 401
    assert [reason for _, reason in turned_away(arm)] == ["bad token", "no role"]


async def test_search_opens_to_admin_keys_and_to_tokens_where_it_takes_them(arm: Arm) -> None:
    """A query key does not list indexes; tokens need `authOptions.aadOrApiKey`; keys end with local authentication."""
    await arm.ok("PUT", SEARCH, {"location": "eastus2", "sku": {"name": "standard"}})
    keys = await arm.ok("POST", f"{SEARCH}/listAdminKeys")
    query = await arm.ok("POST", f"{SEARCH}/createQueryKey/browser")
    token = {"Authorization": f"Bearer {arm.token('https://search.azure.com')}"}
    told = [await call(arm, INDEXES, headers) for headers in ({"api-key": keys["primaryKey"]}, token)]
    assert (told, await call(arm, INDEXES, {"api-key": query["key"]})) == ([200, 403], 403)
    await arm.ok("PATCH", SEARCH, {"properties": {"authOptions": {"aadOrApiKey": {}}}})
    assert await call(arm, INDEXES, token) == 200
    await arm.ok("POST", f"{SEARCH}/regenerateAdminKey/primary")
    assert await call(arm, INDEXES, {"api-key": keys["primaryKey"]}) == 403
    await arm.ok("PATCH", SEARCH, {"properties": {"disableLocalAuth": True}})
    assert await call(arm, INDEXES, {"api-key": keys["secondaryKey"]}) == 403
    reasons = [reason for _, reason in turned_away(arm)]
    assert reasons == ["tokens are off", "query key", "regenerated key", "keys are off"]


async def test_the_blob_sdk_signs_with_a_live_key(arm: Arm) -> None:
    """Shared Key as the real client computes it; after the rotation the same client is refused."""
    keys = (await arm.ok("POST", f"{STORAGE}/listKeys"))["keys"]
    arm.azure.state.put({"id": f"{STORAGE}/blobServices/default/containers/docs", "name": "docs"})
    credential = {"account_name": "stone", "account_key": keys[0]["value"]}
    url = f"{arm.azure.url}/dataplane/storage/stone"
    async with BlobServiceClient(url, credential, connection_verify=str(arm.azure.ca_file)) as client:
        assert [one.name async for one in client.list_containers()] == ["docs"]
        await arm.ok("POST", f"{STORAGE}/regenerateKey", {"keyName": "key1"})
        with pytest.raises(HttpResponseError) as refused:
            _ = [one async for one in client.list_containers()]
    assert refused.value.status_code == 403
    assert turned_away(arm) == [(STORAGE, "regenerated key")]


async def test_shared_keys_can_be_off_and_tokens_go_on(arm: Arm) -> None:
    """`allowSharedKeyAccess: false` refuses a right signature; a token with the role still lists."""
    key = (await arm.ok("POST", f"{STORAGE}/listKeys"))["keys"][0]["value"]
    await arm.ok("PATCH", STORAGE, {"properties": {"allowSharedKeyAccess": False}})
    path, token = "/dataplane/storage/stone/?comp=list", arm.token("https://storage.azure.com")
    assert await call(arm, path, {"Authorization": f"SharedKey stone:{key}"}) == 403
    assert await call(arm, path, {"Authorization": f"Bearer {token}"}) == 200
    assert turned_away(arm) == [(STORAGE, "keys are off")]


async def test_an_online_endpoint_scores_for_a_live_key(arm: Arm) -> None:
    """By its key, or where it wants tokens by the role."""
    live = arm.azure.keys.live(ENDPOINT).first.value
    assert await call(arm, SCORE, {"Authorization": f"Bearer {live}"}, "POST") == 200
    assert await call(arm, SCORE, {}, "POST") == 401
    arm.azure.keys.regenerate(ENDPOINT, 1)
    assert await call(arm, SCORE, {"Authorization": f"Bearer {live}"}, "POST") == 401
    assert [reason for _, reason in turned_away(arm)] == ["no key", "regenerated key"]


async def test_what_does_not_exist_has_no_data_plane(arm: Arm) -> None:
    """404, and nobody is counted as turned away."""
    gone = [MODELS.replace("ai-one", "none"), INDEXES, "/dataplane/storage/none/?comp=list"]
    assert [await call(arm, path, {"api-key": "x"}) for path in gone] == [404, 404, 404]
    assert await call(arm, SCORE.replace("chat", "none"), {}, "POST") == 404
    assert turned_away(arm) == []
