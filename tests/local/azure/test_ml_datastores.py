"""Datastores: written at once, listed by name, their secrets shown by listSecrets alone."""

import pytest

from tests.local.azure.client import HUB, SUBSCRIPTION, Arm

STORE = f"{HUB}/datastores/blobs"
PROPERTIES = {
    "datastoreType": "AzureBlob",
    "accountName": "stone",
    "containerName": "data",
    "credentials": {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": "store-key"}},
}
SHOWN = {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey"}}


async def put(arm: Arm, name: str = "blobs", **changes: object) -> int:
    answer = await arm("PUT", f"{HUB}/datastores/{name}", {"properties": {**PROPERTIES, **changes}})
    return answer.status


async def test_a_datastore_hides_its_secrets_and_lists_them_when_asked(arm: Arm) -> None:
    """201, then 200; GET shows the kind of credentials and of secrets, listSecrets the key."""
    assert [await put(arm), await put(arm)] == [201, 200]
    shown = (await arm.ok("GET", STORE))["properties"]
    assert (shown["credentials"], shown["subscriptionId"]) == (SHOWN, SUBSCRIPTION)
    assert await arm.ok("POST", f"{STORE}/listSecrets") == {"secretsType": "AccountKey", "key": "store-key"}


async def test_a_keyless_datastore_has_no_secrets_to_list(arm: Arm) -> None:
    """Replacing it by one with credentials None forgets the key."""
    await put(arm)
    await put(arm, credentials={"credentialsType": "None"})
    assert (await arm("POST", f"{STORE}/listSecrets")).status == 400
    assert "store-key" not in str(arm.azure.state.secrets)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["blobs", "files"]),
        ({"names": "files,other"}, ["files"]),
        ({"isDefault": "true"}, ["files"]),
        ({"searchText": "LOB"}, ["blobs"]),
    ],
)
async def test_datastores_are_listed_as_asked(arm: Arm, query: dict[str, str], found: list[str]) -> None:
    """By names, default or part of the name."""
    await put(arm)
    await put(arm, "files", datastoreType="AzureFile", isDefault=True)
    listed = await arm.ok("GET", f"{HUB}/datastores", query=query)
    assert [one["name"] for one in listed["value"]] == found


async def test_a_deleted_datastore_is_gone(arm: Arm) -> None:
    """200, then 204 and a 404 in the management front end's shape; a type Azure does not know is refused."""
    await put(arm)
    assert [(await arm("DELETE", STORE)).status, (await arm("DELETE", STORE)).status] == [200, 204]
    assert (await arm("GET", STORE)).code == "NotFound"
    assert await put(arm, datastoreType="Attic") == 400
