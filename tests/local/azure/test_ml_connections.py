"""Connections of every kind: which credentials each takes and shows, what a write loses, what a list leaves out."""

from typing import Any

import pytest

from tests.local.azure.client import CONNECTION, HUB, PROJECT, Arm

PATH = f"{HUB}/connections/fresh"
SHAPES: dict[str, dict[str, Any]] = {
    "AccessKey": {"accessKeyId": "id", "secretAccessKey": "made-up"},
    "AccountKey": {"key": "made-up"},
    "ApiKey": {"key": "made-up"},
    "CustomKeys": {"keys": {"one": "made-up", "two": "made-up-too"}},
    "ManagedIdentity": {"clientId": "id", "resourceId": "/id"},
    "OAuth2": {"clientId": "id", "clientSecret": "made-up", "tenantId": "t"},
    "PAT": {"pat": "made-up"},
    "SAS": {"sas": "made-up"},
    "ServicePrincipal": {"clientId": "id", "clientSecret": "made-up", "tenantId": "t"},
    "UsernamePassword": {"username": "u", "password": "made-up"},
    "AgenticIdentityToken": {"audience": "made-up"},
}


def connection(auth_type: str = "ApiKey", category: str = "CustomKeys", **more: object) -> dict[str, Any]:
    return {"properties": {"authType": auth_type, "category": category, "target": "https://x.example/", **more}}


async def secrets(arm: Arm, path: str = PATH) -> object:
    shown: dict[str, Any] = (await arm.ok("POST", f"{path}/listsecrets"))["properties"]
    return shown.get("credentials", "absent")


@pytest.mark.parametrize("auth_type", SHAPES)
async def test_credentials_of_every_kind_show_in_listsecrets_alone(arm: Arm, auth_type: str) -> None:
    """Each kind of credentials comes back as it was given; a kind Azure ML does not declare too."""
    await arm.ok("PUT", PATH, connection(auth_type, credentials=SHAPES[auth_type]))
    assert (await arm.ok("GET", PATH))["properties"]["credentials"] is None
    assert await secrets(arm) == SHAPES[auth_type]


@pytest.mark.parametrize("auth_type", ["AAD", "None"])
async def test_keyless_kinds_keep_no_credentials(arm: Arm, auth_type: str) -> None:
    """Even when some are given; nothing of them is stored."""
    await arm.ok("PUT", PATH, connection(auth_type, credentials={"key": "made-up"}))
    assert await secrets(arm) == "absent"
    assert "made-up" not in str(arm.azure.state.secrets)


async def test_credentials_of_another_shape_are_refused(arm: Arm) -> None:
    """An ApiKey connection does not take a password, by PUT or by PATCH."""
    wrong = {"credentials": {"password": "made-up"}}
    put = await arm("PUT", PATH, connection(credentials=wrong["credentials"]))
    patched = await arm("PATCH", CONNECTION, {"properties": wrong})
    assert (put.status, patched.status, await secrets(arm, CONNECTION)) == (400, 400, {"key": "loaded-key"})


async def test_a_put_without_credentials_loses_the_key(arm: Arm) -> None:
    """PUT replaces as a whole; PATCH without credentials keeps the key."""
    await arm.ok("PATCH", CONNECTION, {"properties": {"metadata": {"k": "v"}}})
    kept = await secrets(arm, CONNECTION)
    await arm.ok("PUT", CONNECTION, connection())
    assert (kept, await secrets(arm, CONNECTION)) == ({"key": "loaded-key"}, None)


async def test_a_change_of_auth_type_leaves_no_key_of_the_old_one(arm: Arm) -> None:
    """From ApiKey to AAD and back there is no key any more."""
    for auth_type in ("AAD", "ApiKey"):
        await arm.ok("PATCH", CONNECTION, {"properties": {"authType": auth_type}})
    assert await secrets(arm, CONNECTION) is None


async def test_what_the_service_sets_cannot_be_written(arm: Arm) -> None:
    """`group` and `createdByWorkspaceArmId` are ignored in a body."""
    written = await arm.ok("PUT", PATH, connection(group="Odd", createdByWorkspaceArmId="/odd"))
    assert (written["properties"]["group"], written["properties"]["createdByWorkspaceArmId"]) == (
        "GenericProtocol",
        HUB,
    )


async def test_connections_to_data_are_listed_only_when_asked_for(arm: Arm) -> None:
    """Without `includeAll` a blob connection is missing from the list, at the hub and in a project that sees it."""
    await arm.ok("PUT", PATH, connection("SAS", "AzureBlob", credentials={"sas": "s"}, isSharedToAll=True))
    lists = {
        (holder, everything): [
            one["name"]
            for one in (await arm.ok("GET", f"{holder}/connections", query={"includeAll": everything}))["value"]
        ]
        for holder in (HUB, PROJECT)
        for everything in ("false", "true")
    }
    assert lists == {
        (HUB, "false"): ["openai", "private"],
        (HUB, "true"): ["openai", "private", "fresh"],
        (PROJECT, "false"): ["openai"],
        (PROJECT, "true"): ["openai", "fresh"],
    }
    by_category = await arm.ok("GET", f"{HUB}/connections", query={"category": "AzureBlob"})
    assert [one["name"] for one in by_category["value"]] == ["fresh"]


async def test_a_project_may_have_a_connection_of_the_name_of_a_shared_one(arm: Arm) -> None:
    """Its own is the one that is listed and read there; the hub's stays as it was."""
    own = f"{PROJECT}/connections/openai"
    await arm.ok("PUT", own, connection(credentials={"key": "project-key"}))
    listed = (await arm.ok("GET", f"{PROJECT}/connections"))["value"]
    assert [one["properties"]["createdByWorkspaceArmId"] for one in listed] == [PROJECT]
    assert (await secrets(arm, own), await secrets(arm, CONNECTION)) == ({"key": "project-key"}, {"key": "loaded-key"})


@pytest.mark.parametrize("name", ["ab", "-abc", "a.b.c", "c" * 34])
async def test_a_connection_name_azure_does_not_take_is_refused(arm: Arm, name: str) -> None:
    """3 to 33 letters, digits, underscores and hyphens."""
    assert (await arm("PUT", f"{HUB}/connections/{name}", connection())).status == 400
