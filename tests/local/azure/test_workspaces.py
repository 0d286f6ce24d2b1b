"""Workspaces over the wire: lists, and writes that answer an empty 202 and take effect when the operation ends."""

from typing import Any

import pytest

from local.azure.options import Options
from tests.local.azure.client import GROUP, HUB, PROJECT, SUBSCRIPTION, WORKSPACES, Arm
from tests.local.azure.conftest import StandIn

PROVIDER = "providers/Microsoft.MachineLearningServices/workspaces"


def new_project(hub: str = HUB) -> dict[str, Any]:
    return {"location": "eastus2", "kind": "project", "properties": {"hubResourceId": hub}}


async def test_lists_by_subscription_and_group_can_ask_for_one_kind(arm: Arm) -> None:
    """Both lists hold every workspace; `kind` filters without caring for case."""
    everything = await arm.ok("GET", f"/subscriptions/{SUBSCRIPTION}/{PROVIDER}")
    hubs = await arm.ok("GET", f"{GROUP}/{PROVIDER}", query={"kind": "hub"})
    assert [one["name"] for one in everything["value"]] == ["hub-one", "project-one"]
    assert [one["name"] for one in hubs["value"]] == ["hub-one"]


async def test_a_long_list_is_paged_by_absolute_next_links(stand_in: StandIn) -> None:
    """A `nextLink` is a full URL that leads on until the last page, which has none."""
    async with stand_in(Options(page_size=1)) as arm:
        first = await arm.ok("GET", WORKSPACES)
        second = await arm.ok("GET", first["nextLink"])
        refused = await arm("GET", WORKSPACES, query={"$skip": "nonsense"})
    assert [page["value"][0]["name"] for page in (first, second)] == ["hub-one", "project-one"]
    assert "nextLink" not in second
    assert (refused.status, refused.code) == (400, "InvalidSkipToken")


async def test_patch_answers_an_empty_202_with_two_long_signed_urls(stand_in: StandIn) -> None:
    """No body, no Retry-After, both headers, about 3 kB each; the poll says InProgress, then Succeeded and 100."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        answer = await arm("PATCH", HUB, {"properties": {"publicNetworkAccess": "Disabled"}})
        status, location = answer.headers["Azure-AsyncOperation"], answer.headers["Location"]
        running = [await arm("GET", url) for url in (status, location)]
        arm.azure.clock.advance(60)
        assert await arm.done(answer) == {"status": "Succeeded", "percentComplete": 100.0}
        assert (await arm("GET", location)).status == 200
    assert (answer.status, answer.body, answer.headers.get("Retry-After")) == (202, None, None)
    assert [2_000 < len(url) < 4_000 for url in (status, location)] == [True, True]
    assert ["type=async" in status, "type=location" in location] == [True, True]
    assert [(poll.status, poll.body) for poll in running] == [(200, {"status": "InProgress"}), (202, None)]


async def test_a_status_url_must_be_replayed_verbatim(arm: Arm) -> None:
    """A poll that lost the signature is refused."""
    answer = await arm("PATCH", HUB, {"tags": {}})
    shortened = answer.headers["Azure-AsyncOperation"].partition("&t=")[0]
    refused = await arm("GET", shortened)
    assert (refused.status, refused.code) == (400, "InvalidOperationStatusUrl")


async def test_a_patch_takes_effect_when_its_operation_ends(stand_in: StandIn) -> None:
    """Until then the resource is `Updating` with its old values; time passes on the stand-in's clock."""
    async with stand_in(Options(operation_seconds=3600)) as arm:
        answer = await arm("PATCH", HUB, {"properties": {"publicNetworkAccess": "Disabled"}})
        during = (await arm.ok("GET", HUB))["properties"]
        arm.azure.clock.advance(3600)
        await arm.done(answer)
        after = (await arm.ok("GET", HUB))["properties"]
    assert (during["provisioningState"], during["publicNetworkAccess"]) == ("Updating", "Enabled")
    assert (after["provisioningState"], after["publicNetworkAccess"]) == ("Succeeded", "Disabled")


async def test_patch_replaces_tags_and_ignores_what_cannot_be_patched(arm: Arm) -> None:
    """Old tags are lost; `kind`, `location` and `storageAccount` stay."""
    before = await arm.ok("GET", HUB)
    body = {"tags": {"k": "v"}, "kind": "Project", "location": "westus", "properties": {"storageAccount": "/other"}}
    await arm.done(await arm("PATCH", HUB, body))
    after = await arm.ok("GET", HUB)
    assert after["tags"] == {"k": "v"}
    assert (before["kind"], before["location"]) == (after["kind"], after["location"])
    assert before["properties"] == after["properties"]


async def test_a_new_project_inherits_from_its_hub_and_joins_it(arm: Arm) -> None:
    """Storage and vault come from the hub, whose `associatedWorkspaces` gains the project's id."""
    path = f"{WORKSPACES}/Project-Two"
    await arm.done(await arm("PUT", path, new_project()))
    project, hub = await arm.ok("GET", path), await arm.ok("GET", HUB)
    assert ("Project", path) == (project["kind"], project["id"])
    assert [hub["properties"][name] for name in ("storageAccount", "keyVault")] == [
        project["properties"][name] for name in ("storageAccount", "keyVault")
    ]
    assert [PROJECT, path] == hub["properties"]["associatedWorkspaces"]


async def test_a_project_of_no_hub_is_refused(arm: Arm) -> None:
    """Azure ML answers 400 in its own error shape."""
    answer = await arm("PUT", f"{WORKSPACES}/lonely", new_project(f"{WORKSPACES}/nowhere"))
    assert (answer.status, answer.code, answer.body["componentName"]) == (400, "UserError", "account-rp")


async def test_a_new_hub_has_its_hub_fields_and_no_managed_network(arm: Arm) -> None:
    """A fresh hub names no projects and its group; `managedNetwork` is absent, not null."""
    path = f"{WORKSPACES}/hub-two"
    await arm.done(await arm("PUT", path, {"location": "eastus2", "kind": "hub", "properties": {}}))
    properties = (await arm.ok("GET", path))["properties"]
    assert (
        properties["associatedWorkspaces"],
        properties["workspaceHubConfig"],
    ) == ([], {"defaultWorkspaceResourceGroup": GROUP})
    assert "managedNetwork" not in properties


async def test_what_a_workspace_is_cannot_be_changed(arm: Arm) -> None:
    """A PUT that turns a hub into a project is refused and changes nothing."""
    answer = await arm("PUT", HUB, new_project())
    assert (answer.status, (await arm.ok("GET", HUB))["kind"]) == (400, "Hub")


async def test_a_hub_with_projects_is_not_deleted(arm: Arm) -> None:
    """Azure refuses with 409; once the project is gone the hub can go, with everything in it."""
    assert (await arm("DELETE", HUB)).status == 409
    await arm.done(await arm("DELETE", PROJECT))
    assert (await arm.ok("GET", HUB))["properties"]["associatedWorkspaces"] == []
    await arm.done(await arm("DELETE", HUB))
    assert (await arm("GET", f"{HUB}/connections/openai")).code == "ParentResourceNotFound"
    assert (await arm("GET", HUB)).code == "ResourceNotFound"
    assert (await arm("DELETE", HUB)).status == 204


async def test_an_operation_whose_resource_went_away_fails(stand_in: StandIn) -> None:
    """A PATCH overtaken by a delete ends Failed with an error, and raises the event of a failed write."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        answer = await arm("PATCH", HUB, {"tags": {}})
        arm.azure.state.remove(HUB)
        arm.azure.clock.advance(60)
        status = await arm.done(answer)

    assert status["error"]["code"] == "ResourceNotFound"
    assert [event.type for event in arm.azure.events.raised] == ["Microsoft.Resources.ResourceWriteFailure"]


@pytest.mark.parametrize(
    ("method", "path", "body", "missing"),
    [
        ("PATCH", HUB, {"tags": {}}, "hubs/write"),
        ("PUT", f"{WORKSPACES}/hub-two", {"location": "eastus2", "kind": "Hub"}, "hubs/write"),
        ("DELETE", HUB, None, "hubs/delete"),
        ("PUT", f"{WORKSPACES}/project-two", new_project(), "hubs/join/action"),
    ],
)
async def test_a_hub_asks_for_its_own_permission(
    stand_in: StandIn, method: str, path: str, body: dict[str, Any] | None, missing: str
) -> None:
    """Being allowed to write workspaces is not enough; the 403 names what is missing, and nothing changes."""
    actions = (
        "Microsoft.MachineLearningServices/workspaces/write",
        "Microsoft.MachineLearningServices/workspaces/delete",
    )
    async with stand_in(Options(app_actions=actions)) as arm:
        count = len(arm.azure.state)
        answer = await Arm(arm.azure, arm.session, who="app")(method, path, body)
        assert (answer.status, answer.code) == (403, "AuthorizationFailed")
        assert f"'Microsoft.MachineLearningServices/workspaces/{missing}'" in answer.body["error"]["message"]
        assert len(arm.azure.state) == count
