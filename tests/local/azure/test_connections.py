"""Connections: credentials hidden and shown, full replacement, and what PATCH does to `systemData`."""

from typing import Any

from tests.local.azure.client import CONNECTION, HUB, PROJECT, Arm

KEYED = {"authType": "ApiKey", "category": "AzureOpenAI", "target": "https://x.openai.azure.com/"}


def keyed(**more: object) -> dict[str, Any]:
    return {"properties": {**KEYED, "credentials": {"key": "made-up-key"}, **more}}


async def test_credentials_show_only_in_listsecrets(arm: Arm) -> None:
    """PUT, GET and list answer null; listsecrets answers the key, in any letter case of its name."""
    path = f"{HUB}/connections/fresh"
    written = await arm.ok("PUT", path, keyed())
    read = await arm.ok("GET", path)
    listed = (await arm.ok("GET", f"{HUB}/connections"))["value"]
    shown = await arm.ok("POST", f"{path}/listSecrets")
    assert [one["properties"]["credentials"] for one in (written, read)] == [None, None]
    assert "made-up-key" not in str(listed)
    assert shown["properties"]["credentials"] == {"key": "made-up-key"}


async def test_a_loaded_key_shows_in_listsecrets(arm: Arm) -> None:
    """The estate's own credentials are served as if they had been written."""
    assert (await arm.ok("POST", f"{CONNECTION}/listsecrets"))["properties"]["credentials"] == {"key": "loaded-key"}


async def test_a_connection_without_key_has_no_credentials_field(arm: Arm) -> None:
    """For AAD and None the field is absent, not null, also after a change from a key."""
    await arm.ok("PATCH", CONNECTION, {"properties": {"authType": "AAD"}})
    read = await arm.ok("GET", CONNECTION)
    shown = await arm.ok("POST", f"{CONNECTION}/listsecrets")
    assert "credentials" not in read["properties"]
    assert "credentials" not in shown["properties"]


async def test_put_replaces_as_a_whole(arm: Arm) -> None:
    """What the body leaves out falls back to the service's defaults."""
    path = f"{HUB}/connections/fresh"
    await arm.ok("PUT", path, keyed(isSharedToAll=True, metadata={"ResourceId": "x"}))
    again = await arm.ok("PUT", path, keyed())
    assert (again["properties"]["isSharedToAll"], again["properties"]["metadata"]) == (False, {})


async def test_patch_resets_created_at_and_sharing_drops_is_default(arm: Arm) -> None:
    """`createdAt` equals `lastModifiedAt` afterwards: the age of a key cannot be read from it."""
    path = f"{HUB}/connections/private"
    before = await arm.ok("GET", path)
    after = await arm.ok("PATCH", path, {"properties": {"isSharedToAll": True}})
    assert before["systemData"]["createdAt"] != after["systemData"]["createdAt"]
    assert after["systemData"]["createdAt"] == after["systemData"]["lastModifiedAt"]
    assert (before["properties"]["isDefault"], after["properties"]["isDefault"]) == (True, False)
    assert before["properties"]["target"] == after["properties"]["target"]


async def test_a_shared_connection_of_the_hub_is_seen_in_its_projects(arm: Arm) -> None:
    """It is listed and read under the project's id, says the hub made it, and is written only at the hub."""
    seen = (await arm.ok("GET", f"{PROJECT}/connections"))["value"]
    path = f"{PROJECT}/connections/openai"
    shown = await arm.ok("POST", f"{path}/listsecrets")
    assert [(path, HUB)] == [(one["id"], one["properties"]["createdByWorkspaceArmId"]) for one in seen]
    assert shown["properties"]["credentials"] == {"key": "loaded-key"}
    assert (await arm("PATCH", path, {"properties": {"isSharedToAll": False}})).status == 404


async def test_lists_filter_by_category_and_target(arm: Arm) -> None:
    """Both filters narrow the list."""
    path = f"{HUB}/connections"
    await arm.ok("PUT", f"{path}/fresh", keyed())
    by_target = await arm.ok("GET", path, query={"target": KEYED["target"]})
    by_category = await arm.ok("GET", path, query={"category": "Git"})
    assert ([one["name"] for one in by_target["value"]], by_category["value"]) == (["fresh"], [])


async def test_a_missing_connection_is_a_user_error(arm: Arm) -> None:
    """404 in Azure ML's shape: the code is `UserError`, the cause is inside, the header says error."""
    answer = await arm("GET", f"{HUB}/connections/nope")
    assert (answer.status, answer.code) == (404, "UserError")
    assert answer.body["error"]["innerError"] == {"code": "NotFoundError", "innerError": None}
    assert answer.headers["x-ms-response-type"] == "error"


async def test_delete_answers_200_then_204(arm: Arm) -> None:
    """The key goes with the connection: one of the same name made later does not inherit it."""
    assert [(await arm("DELETE", CONNECTION)).status for _ in range(2)] == [200, 204]
    await arm.ok("PUT", CONNECTION, {"properties": KEYED})
    shown = await arm.ok("POST", f"{CONNECTION}/listsecrets")
    assert shown["properties"]["credentials"] is None


async def test_an_incomplete_connection_is_refused(arm: Arm) -> None:
    """Without `authType` there is nothing to store."""
    answer = await arm("PUT", f"{HUB}/connections/bad", {"properties": {"category": "Git", "target": "x"}})
    assert answer.status == 400
    assert "'authType'" in answer.body["error"]["message"]
