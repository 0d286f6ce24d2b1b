"""Online, batch and serverless endpoints: made over a while, traffic that must fit, and keys that die when rotated."""

from typing import Any

import pytest

from local.azure.keyring import Standing
from local.azure.options import Options
from tests.local.azure.client import HUB, Answer, Arm
from tests.local.azure.conftest import StandIn

ONLINE = f"{HUB}/onlineEndpoints/chat"
SCORER = f"{HUB}/onlineEndpoints/scorer"
BATCH = f"{HUB}/batchEndpoints/nightly"
SERVERLESS = f"{HUB}/serverlessEndpoints/llama"
BLUE = f"{SCORER}/deployments/blue"
DEPLOYMENT = {"location": "eastus2", "properties": {"model": "azureml:m:1"}, "sku": {"name": "Default", "capacity": 2}}


def endpoint(mode: str = "Key", **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - properties hold any JSON
    return {"location": "eastus2", "tags": {"k": "v"}, "properties": {"authMode": mode, **properties}}


async def made(arm: Arm, path: str, body: dict[str, Any]) -> Answer:
    answer = await arm("PUT", path, body)
    await arm.done(answer)
    return answer


async def keys(arm: Arm, path: str) -> dict[str, str]:
    found: dict[str, str] = await arm.ok("POST", f"{path}/listKeys")
    return found


@pytest.mark.parametrize(
    ("path", "mode", "added"),
    [
        (SCORER, "Key", {"scoringUri": "https://scorer.eastus2.inference.ml.azure.com/score", "traffic": {}}),
        (BATCH, "AADToken", {"scoringUri": "https://nightly.eastus2.inference.ml.azure.com/jobs"}),
        (SERVERLESS, "Key", {"endpointState": "Online"}),
    ],
)
async def test_an_endpoint_is_made_over_a_while(
    stand_in: StandIn, path: str, mode: str, added: dict[str, object]
) -> None:
    """201 with the resource `Creating` and the documented headers; then Succeeded, with its address."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        answer = await arm("PUT", path, endpoint(mode))
        arm.azure.clock.advance(60)
        await arm.done(answer)
        after = await arm.ok("GET", path)
        again = await arm("PUT", path, endpoint(mode))
    assert (answer.status, again.status) == (201, 200)
    assert answer.headers["x-ms-async-operation-timeout"] == "PT1H"
    assert (answer.body["properties"]["provisioningState"], after["properties"]["provisioningState"]) == (
        "Creating",
        "Succeeded",
    )
    assert {name: after["properties"][name] for name in added} == added


@pytest.mark.parametrize("path", [SCORER, BATCH, SERVERLESS])
async def test_patch_and_delete_answer_an_empty_202(arm: Arm, path: str) -> None:
    """`Location` and `Retry-After`; PATCH replaces tags and ignores properties, DELETE of nothing is 204."""
    await made(arm, path, endpoint())
    patched = await arm("PATCH", path, {"tags": {"new": "1"}, "properties": {"authMode": "AAD"}})
    await arm.done(patched)
    after = await arm.ok("GET", path)
    deleted = await arm("DELETE", path)
    await arm.done(deleted)
    assert [(one.status, one.body) for one in (patched, deleted)] == [(202, None), (202, None)]
    assert all(
        {"Location", "Retry-After", "x-ms-async-operation-timeout"} <= set(one.headers) for one in (patched, deleted)
    )
    assert (after["tags"], after["properties"]["authMode"]) == ({"new": "1"}, "Key")
    assert [(await arm("GET", path)).status, (await arm("DELETE", path)).status] == [404, 204]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (SCORER, endpoint("Password")),
        (SERVERLESS, endpoint("AMLToken")),
        (SCORER, {"properties": {"authMode": "Key"}}),
        (f"{HUB}/onlineEndpoints/1st", endpoint()),
        (SCORER, endpoint(traffic={"blue": 100})),
    ],
    ids=["mode", "serverless mode", "no location", "name", "traffic to nothing"],
)
async def test_an_endpoint_azure_would_not_take_is_refused(arm: Arm, path: str, body: dict[str, Any]) -> None:
    """400, and nothing is made."""
    assert [(await arm("PUT", path, body)).status, (await arm("GET", path)).status] == [400, 404]


async def test_a_missing_endpoint_is_told_by_the_management_front_end(arm: Arm) -> None:
    """`NotFound`, said again as a detail, with the component's name: another shape than a missing connection's."""
    answer = await arm("GET", SCORER)
    assert (answer.status, answer.code) == (404, "NotFound")
    assert answer.body["error"]["details"][0]["code"] == "InferencingClientCallFailed"


async def test_traffic_adds_up_and_holds_its_deployment(arm: Arm) -> None:
    """90 percent is refused; a deployment that gets traffic cannot be deleted, one that gets none can."""
    await made(arm, SCORER, endpoint())
    await made(arm, BLUE, DEPLOYMENT)
    uneven = await arm("PUT", SCORER, endpoint(traffic={"blue": 90}))
    await made(arm, SCORER, endpoint(traffic={"blue": 100}))
    held = await arm("DELETE", BLUE)
    await made(arm, SCORER, endpoint(traffic={"blue": 0}))
    free = await arm("DELETE", BLUE)
    assert [one.status for one in (uneven, held, free)] == [400, 400, 202]


async def test_deployments_have_their_defaults_and_go_with_their_endpoint(arm: Arm) -> None:
    """A managed deployment is listed with its defaults, has a log and sizes; it goes with its endpoint."""
    await made(arm, SCORER, endpoint())
    await made(arm, BLUE, DEPLOYMENT)
    listed = (await arm.ok("GET", f"{SCORER}/deployments"))["value"]
    log, skus = await arm.ok("POST", f"{BLUE}/getLogs", {}), await arm.ok("GET", f"{BLUE}/skus")
    await arm.done(await arm("DELETE", SCORER))
    assert [(one["name"], one["sku"]["capacity"], one["properties"]["endpointComputeType"]) for one in listed] == [
        ("blue", 2, "Managed")
    ]
    assert (log, skus["value"][0]["sku"]) == ({"content": ""}, {"name": "Default", "tier": "Standard"})
    assert (await arm("GET", BLUE)).status == 404


async def test_a_batch_deployment_has_its_own_defaults(arm: Arm) -> None:
    """`miniBatchSize` and the like come from the service."""
    await made(arm, BATCH, endpoint("AADToken"))
    await made(arm, f"{BATCH}/deployments/first", DEPLOYMENT)
    assert (await arm.ok("GET", f"{BATCH}/deployments/first"))["properties"]["miniBatchSize"] == 10


async def test_an_online_key_dies_when_its_rotation_ends(stand_in: StandIn) -> None:
    """202 with `Location`; until the end the old key is live, then it is dead and the other slot is untouched."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        before, ring = await keys(arm, ONLINE), arm.azure.cloud.keys
        answer = await arm("POST", f"{ONLINE}/regenerateKeys", {"keyType": "Primary"})
        during = ring.standing(ONLINE, before["primaryKey"])
        arm.azure.clock.advance(60)
        await arm.done(answer)
        after = await keys(arm, ONLINE)
        assert (answer.status, answer.body, "Location" in answer.headers) == (202, None, True)
        assert (during, ring.standing(ONLINE, before["primaryKey"])) == (Standing.LIVE, Standing.REGENERATED)
        assert ring.standing(ONLINE, after["primaryKey"]) is Standing.LIVE
        assert before["secondaryKey"] == after["secondaryKey"]


async def test_a_serverless_key_dies_at_once(arm: Arm) -> None:
    """200 with both keys; the other slot stays."""
    await made(arm, SERVERLESS, endpoint())
    before = await keys(arm, SERVERLESS)
    answer = await arm("POST", f"{SERVERLESS}/regenerateKeys", {"keyType": "Secondary"})
    ring = arm.azure.cloud.keys
    assert (answer.status, answer.body) == (200, await keys(arm, SERVERLESS))
    assert ring.standing(SERVERLESS, before["secondaryKey"]) is Standing.REGENERATED
    assert answer.body["primaryKey"] == before["primaryKey"]


async def test_an_owner_may_choose_a_key(arm: Arm) -> None:
    """`keyValue` becomes the key; keys given with a new endpoint are its keys, and no GET shows them."""
    await made(arm, SCORER, endpoint(keys={"primaryKey": "first-choice"}))
    chosen = await keys(arm, SCORER)
    await arm.done(await arm("POST", f"{SCORER}/regenerateKeys", {"keyType": "primary", "keyValue": "second-choice"}))
    assert (chosen["primaryKey"], (await keys(arm, SCORER))["primaryKey"]) == ("first-choice", "second-choice")
    assert "choice" not in str(await arm.ok("GET", SCORER))


async def test_a_remade_endpoint_has_other_keys(arm: Arm) -> None:
    """The keys of a deleted endpoint do not open the next one of the same name."""
    await made(arm, SCORER, endpoint())
    before = await keys(arm, SCORER)
    await arm.done(await arm("DELETE", SCORER))
    await made(arm, SCORER, endpoint())
    assert not set(before.values()) & set((await keys(arm, SCORER)).values())


async def test_an_endpoint_without_keys_lists_and_rotates_none(arm: Arm) -> None:
    """Token authentication has tokens instead, which a keyed endpoint has not; a third key slot is unknown."""
    await made(arm, SCORER, endpoint("AMLToken"))
    refused = [
        await arm("POST", f"{SCORER}/listKeys"),
        await arm("POST", f"{SCORER}/regenerateKeys", {"keyType": "Primary"}),
        await arm("POST", f"{ONLINE}/token"),
        await arm("POST", f"{ONLINE}/regenerateKeys", {"keyType": "Tertiary"}),
    ]
    token = await arm.ok("POST", f"{SCORER}/token")
    assert [one.status for one in refused] == [400, 400, 400, 400]
    assert token["expiryTimeUtc"] - token["refreshAfterTimeUtc"] == 3600


async def test_an_endpoint_being_changed_takes_no_second_change(stand_in: StandIn) -> None:
    """409 until the operation has ended."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        await arm("PATCH", ONLINE, {"tags": {}})
        refused = [await arm("PATCH", ONLINE, {"tags": {}}), await arm("DELETE", ONLINE)]
    assert [one.status for one in refused] == [409, 409]


async def test_marketplace_subscriptions_are_listed(arm: Arm) -> None:
    """A workspace that has none answers an empty list."""
    assert await arm.ok("GET", f"{HUB}/marketplaceSubscriptions") == {"value": []}
