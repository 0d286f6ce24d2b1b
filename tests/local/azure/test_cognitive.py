"""AI services accounts and what is in them: projects, connections, deployments, content filter policies."""

from typing import Any

import pytest

from tests.local.azure.client import ACCOUNT, GROUP, SUBSCRIPTION, Arm, eventually

FOUNDRY = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/foundry"
PROJECT = f"{FOUNDRY}/projects/chat"
BODY: dict[str, Any] = {
    "location": "eastus2",
    "kind": "AIServices",
    "sku": {"name": "S0"},
    "identity": {"type": "SystemAssigned"},
    "properties": {"allowProjectManagement": True, "customSubDomainName": "foundry"},
}
KEY_CONNECTION = {
    "properties": {
        "category": "AzureOpenAI",
        "authType": "ApiKey",
        "target": "https://foundry.openai.azure.com/",
        "credentials": {"key": "first-key"},
        "isSharedToAll": True,
    }
}


@pytest.fixture
async def foundry(arm: Arm) -> Arm:
    """Jane, with a Foundry account and one project in it."""
    await arm.ok("PUT", FOUNDRY, BODY)
    await arm.ok("PUT", PROJECT, {"location": "eastus2", "identity": {"type": "SystemAssigned"}})
    return arm


async def settled(arm: Arm, path: str) -> Any:  # noqa: ANN401 - any JSON
    """A resource once it has left `Accepted`."""

    async def probe() -> Any:  # noqa: ANN401 - any JSON
        document = await arm.ok("GET", path)
        return None if document["properties"]["provisioningState"] == "Accepted" else document

    return await eventually(probe)


async def test_an_account_is_accepted_first_and_succeeds_later(arm: Arm) -> None:
    """201 with its endpoint and identity at once; the second PUT answers 200 under a new etag."""
    made = await arm("PUT", FOUNDRY, BODY)
    account = await settled(arm, FOUNDRY)
    replaced = await arm("PUT", FOUNDRY, BODY)
    assert (made.status, made.body["properties"]["provisioningState"], replaced.status) == (201, "Accepted", 200)
    assert account["properties"]["endpoint"] == "https://foundry.cognitiveservices.azure.com/"
    assert (account["properties"]["provisioningState"], bool(account["identity"]["principalId"])) == ("Succeeded", True)
    assert replaced.body["etag"] != account["etag"] == made.body["etag"]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"kind": "OpenAI"}, "AccountKindChangeNotAllowed"), ({"sku": None}, "InvalidRequestContent")],
)
async def test_an_account_cannot_change_its_kind_or_lack_a_sku(foundry: Arm, change: dict[str, Any], code: str) -> None:
    """400 with the reason."""
    answer = await foundry("PUT", FOUNDRY, {**BODY, **change})
    assert (answer.status, answer.code) == (400, code)


async def test_read_only_properties_of_an_account_are_ignored(arm: Arm) -> None:
    """A PATCH cannot move the endpoint; what may be changed beside it is."""
    patched = await arm.ok(
        "PATCH", ACCOUNT, {"properties": {"endpoint": "https://x/", "publicNetworkAccess": "Disabled"}}
    )
    told = patched["properties"]
    assert (told["endpoint"], told["publicNetworkAccess"]) == ("https://ai-one.openai.azure.com/", "Disabled")


async def test_a_deleted_account_keeps_its_name_until_it_is_purged(arm: Arm) -> None:
    """Listed as deleted; made again only with `restore` or after a purge; its old keys are dead."""
    old = await arm.ok("POST", f"{ACCOUNT}/listKeys")
    await arm.ok("DELETE", ACCOUNT)
    listed = await arm.ok("GET", f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/deletedAccounts")
    gone = listed["value"][0]
    refused = await arm("PUT", ACCOUNT, BODY)
    assert ([one["name"] for one in listed["value"]], refused.code) == (["ai-one"], "FlagMustBeSetForRestore")
    assert [(await arm("DELETE", gone["id"])).status for _ in range(2)] == [200, 204]
    assert (await arm("GET", gone["id"])).status == 404
    assert (await arm("PUT", ACCOUNT, BODY)).status == 201
    new = await arm.ok("POST", f"{ACCOUNT}/listKeys")
    assert not set(old.values()) & set(new.values())


async def test_a_deleted_account_can_be_restored(arm: Arm) -> None:
    """`restore: true` takes it out of the deleted ones."""
    await arm.ok("DELETE", ACCOUNT)
    assert (await arm("PUT", ACCOUNT, {**BODY, "properties": {"restore": True}})).status == 201
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/deletedAccounts"
    assert (await arm.ok("GET", path))["value"] == []


async def test_a_project_is_named_after_its_account_too(foundry: Arm) -> None:
    """`account/project`, its endpoint on the account's host, and the account names it as its default."""
    project, account = await settled(foundry, PROJECT), await foundry.ok("GET", FOUNDRY)
    assert (project["name"], project["properties"]["isDefault"]) == ("foundry/chat", True)
    assert project["properties"]["endpoints"] == {
        "AI Foundry API": "https://foundry.services.ai.azure.com/api/projects/chat"
    }
    assert (account["properties"]["associatedProjects"], account["properties"]["defaultProject"]) == (["chat"], "chat")
    patched = await foundry.ok("PATCH", PROJECT, {"properties": {"displayName": "Chat"}, "tags": {"a": "b"}})
    assert (patched["properties"]["displayName"], patched["tags"]) == ("Chat", {"a": "b"})


async def test_an_account_with_projects_is_not_deleted(foundry: Arm) -> None:
    """409 that names one; once the projects are gone, so can the account."""
    refused = await foundry("DELETE", FOUNDRY)
    assert (refused.status, refused.code, PROJECT in str(refused.body)) == (409, "CannotDeleteResource", True)
    assert [(await foundry("DELETE", PROJECT)).status for _ in range(2)] == [200, 204]
    assert (await foundry.ok("GET", FOUNDRY))["properties"]["defaultProject"] is None
    assert (await foundry("DELETE", FOUNDRY)).status == 200


async def test_only_a_foundry_account_has_projects(arm: Arm) -> None:
    """An Azure OpenAI account refuses one."""
    assert (await arm("PUT", f"{ACCOUNT}/projects/chat", {"location": "eastus2"})).status == 400


async def test_connections_of_an_account_are_seen_in_its_projects(foundry: Arm) -> None:
    """Under the project's id, hidden by GET, shown by listsecrets, and written only at the account."""
    written = await foundry.ok("PUT", f"{FOUNDRY}/connections/model", KEY_CONNECTION)
    listed = await foundry.ok("GET", f"{PROJECT}/connections")
    shown = await foundry.ok("POST", f"{PROJECT}/connections/model/listsecrets")
    assert written["type"] == "Microsoft.CognitiveServices/accounts/connections"
    assert [(one["id"], one["properties"]["credentials"]) for one in listed["value"]] == [
        (f"{PROJECT}/connections/model", None)
    ]
    assert shown["properties"]["credentials"] == {"key": "first-key"}
    assert (await foundry("PATCH", f"{PROJECT}/connections/model", {"properties": {}})).status == 404


async def test_a_project_has_connections_of_its_own_with_the_same_traps(foundry: Arm) -> None:
    """PATCH starts `createdAt` anew and drops `isDefault` when sharing begins; 404 says `UserError`."""
    path = f"{PROJECT}/connections/own"
    private = {"properties": {**KEY_CONNECTION["properties"], "isSharedToAll": False}}
    before = await foundry.ok("PUT", path, private)
    after = await foundry.ok("PATCH", path, {"properties": {"authType": "ApiKey", "isSharedToAll": True}})
    assert after["systemData"]["createdAt"] > before["systemData"]["createdAt"]
    assert (before["properties"]["isDefault"], after["properties"]["isDefault"]) == (True, False)
    assert (await foundry("GET", f"{PROJECT}/connections/none")).code == "UserError"
    assert [(await foundry("DELETE", path)).status for _ in range(2)] == [200, 204]


async def test_a_model_is_deployed_over_a_while(arm: Arm) -> None:
    """201 and `Accepted` first; capacity can be patched; a policy that does not exist is refused."""
    path = f"{ACCOUNT}/deployments/gpt"
    model = {"model": {"format": "OpenAI", "name": "gpt-4o", "version": "1"}}
    made = await arm("PUT", path, {"sku": {"name": "Standard", "capacity": 1}, "properties": model})
    await settled(arm, path)
    patched = await arm.ok("PATCH", path, {"sku": {"capacity": 5}})
    assert (made.status, patched["sku"]) == (201, {"name": "Standard", "capacity": 5})
    refused = await arm("PUT", path, {"properties": {**model, "raiPolicyName": "none"}})
    assert (refused.status, refused.code) == (400, "InvalidResourceProperties")
    assert [one["name"] for one in (await arm.ok("GET", f"{ACCOUNT}/deployments"))["value"]] == ["gpt"]
    assert [(await arm("DELETE", path)).status for _ in range(2)] == [200, 204]


async def test_a_policy_in_use_stays(arm: Arm) -> None:
    """Own policies are written and deleted; Microsoft's are listed and never change."""
    policy, deployment = f"{ACCOUNT}/raiPolicies/strict", f"{ACCOUNT}/deployments/gpt"
    filters = [{"name": "Hate", "source": "Prompt", "severityThreshold": "Low", "enabled": True, "blocking": True}]
    written = await arm("PUT", policy, {"properties": {"contentFilters": filters, "mode": "Blocking"}})
    model = {"format": "OpenAI", "name": "gpt-4o", "version": "1"}
    await arm.ok("PUT", deployment, {"properties": {"model": model, "raiPolicyName": "strict"}})
    listed = [one["name"] for one in (await arm.ok("GET", f"{ACCOUNT}/raiPolicies"))["value"]]
    assert (written.status, written.body["properties"]["contentFilters"]) == (201, filters)
    assert listed == ["Microsoft.Default", "Microsoft.DefaultV2", "strict"]
    assert (await arm("DELETE", policy)).status == 409
    await arm.ok("DELETE", deployment)
    assert [(await arm("DELETE", policy)).status for _ in range(2)] == [200, 204]
    assert (await arm("PUT", f"{ACCOUNT}/raiPolicies/microsoft.default", {})).status == 400
    assert (await arm.ok("GET", f"{ACCOUNT}/raiPolicies/microsoft.default"))["properties"]["type"] == "SystemManaged"
