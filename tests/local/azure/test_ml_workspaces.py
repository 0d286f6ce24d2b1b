"""Workspaces beyond being written: what a write may not do, conflicts, keys they hold, managed network and rules."""

from typing import Any

import pytest

from local.azure.options import Options
from tests.local.azure.client import HUB, PROJECT, STORAGE, WORKSPACES, Answer, Arm, eventually
from tests.local.azure.conftest import StandIn

LOADED_REGISTRY = f"{HUB.partition('/providers/')[0]}/providers/Microsoft.ContainerRegistry/registries/images"
FQDN = {"type": "FQDN", "destination": "pkg.contoso.example"}
TAG = {"type": "ServiceTag", "destination": {"serviceTag": "AzureMonitor", "protocol": "TCP", "portRanges": "443"}}


async def patch(arm: Arm, path: str, **properties: object) -> Answer:
    return await arm("PATCH", path, {"properties": properties})


async def isolate(arm: Arm, mode: str = "AllowOnlyApprovedOutbound") -> dict[str, Any]:
    await arm.done(await patch(arm, HUB, managedNetwork={"isolationMode": mode}))
    network: dict[str, Any] = (await arm.ok("GET", HUB))["properties"]["managedNetwork"]
    return network


async def located(arm: Arm, answer: Answer) -> Any:  # noqa: ANN401 - any JSON
    """What `Location` answers once it no longer says 202."""

    async def ended() -> Answer | None:
        poll = await arm("GET", answer.headers["Location"])
        return poll if poll.status == 200 else None

    found = await eventually(ended)
    assert found is not None
    return found.body


async def test_a_second_operation_on_a_workspace_is_refused_until_the_first_has_ended(stand_in: StandIn) -> None:
    """PATCH, PUT, DELETE and resyncKeys answer 409 Conflict; afterwards they are taken."""
    async with stand_in(Options(operation_seconds=60)) as arm:
        first = await patch(arm, PROJECT, description="one")
        body = {"location": "eastus2", "kind": "Project", "properties": {}}
        refused = [
            await patch(arm, PROJECT, description="two"),
            await arm("PUT", PROJECT, body),
            await arm("DELETE", PROJECT),
            await arm("POST", f"{PROJECT}/resyncKeys"),
        ]
        arm.azure.clock.advance(60)
        await arm.done(first)
        taken = await patch(arm, PROJECT, description="two")
        described = (await arm.ok("GET", PROJECT))["properties"]["description"]
    assert [one.status for one in refused] == [409, 409, 409, 409]
    assert (taken.status, described) == (202, "one")


@pytest.mark.parametrize("name", ["ab", "_hub", "hub.one", "h" * 34])
async def test_a_workspace_name_azure_does_not_take_is_refused(arm: Arm, name: str) -> None:
    """3 to 33 letters, digits, underscores and hyphens, no hyphen or underscore first."""
    answer = await arm("PUT", f"{WORKSPACES}/{name}", {"location": "eastus2", "kind": "hub", "properties": {}})
    assert (answer.status, (await arm("GET", f"{WORKSPACES}/{name}")).status) == (400, 404)


async def test_data_isolation_is_fixed_at_creation(arm: Arm) -> None:
    """Saying what already is changes nothing and is taken; the opposite is refused."""
    same, other = await patch(arm, HUB, enableDataIsolation=True), await patch(arm, PROJECT, enableDataIsolation=False)
    assert (same.status, other.status) == (202, 400)


async def test_a_new_workspace_answers_undeclared_fields_too(arm: Arm) -> None:
    """As recorded: networkAcls, ipAllowlist, softDeleteEnabled, EnableSoftwareBillOfMaterials and a null etag."""
    path = f"{WORKSPACES}/hub-two"
    await arm.done(await arm("PUT", path, {"location": "eastus2", "kind": "hub", "properties": {}}))
    hub = await arm.ok("GET", path)
    undeclared = {"networkAcls", "ipAllowlist", "softDeleteEnabled", "EnableSoftwareBillOfMaterials", "creationTime"}
    assert undeclared <= set(hub["properties"])
    assert hub["etag"] is None


async def test_identities_get_their_principals_and_keep_them(arm: Arm) -> None:
    """A user assigned identity is added beside the system's, whose principal stays what it was."""
    before = (await arm.ok("GET", HUB))["identity"]
    wanted = {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": {"/id": {}}}
    await arm.done(await arm("PATCH", HUB, {"identity": wanted}))
    after = (await arm.ok("GET", HUB))["identity"]
    assert (after["type"], after["principalId"]) == ("SystemAssigned,UserAssigned", before["principalId"])
    assert set(after["userAssignedIdentities"]["/id"]) == {"principalId", "clientId"}


async def test_isolation_cannot_be_turned_off(arm: Arm) -> None:
    """Once on, `Disabled` is refused with 400; the other mode is taken."""
    network = await isolate(arm, "AllowInternetOutbound")
    off = await patch(arm, HUB, managedNetwork={"isolationMode": "Disabled"})
    wrong = await patch(arm, HUB, managedNetwork={"isolationMode": "Some"})
    assert network["changeableIsolationModes"] == ["AllowOnlyApprovedOutbound"]
    assert network["status"] == {"status": "Inactive", "sparkReady": False}
    assert (off.status, wrong.status) == (400, 400)
    assert (await isolate(arm))["isolationMode"] == "AllowOnlyApprovedOutbound"


async def test_projects_live_in_the_network_of_their_hub(arm: Arm) -> None:
    """What the hub gets they get, later projects too; a project's own managed network is refused."""
    await isolate(arm)
    await arm.done(await patch(arm, HUB, publicNetworkAccess="Disabled"))
    later = f"{WORKSPACES}/project-two"
    await arm.done(
        await arm("PUT", later, {"location": "eastus2", "kind": "project", "properties": {"hubResourceId": HUB}})
    )
    seen = [(await arm.ok("GET", path))["properties"] for path in (PROJECT, later)]
    refused = await patch(arm, PROJECT, managedNetwork={"isolationMode": "AllowInternetOutbound"})
    assert [(one["managedNetwork"]["isolationMode"], one["publicNetworkAccess"]) for one in seen] == [
        ("AllowOnlyApprovedOutbound", "Disabled")
    ] * 2
    assert refused.status == 400


async def test_provisioning_answers_its_status_in_the_end(arm: Arm) -> None:
    """400 without a managed network; 202 whose `Location` tells the status; 200 when it stands already."""
    nothing = await arm("POST", f"{HUB}/provisionManagedNetwork", {"includeSpark": False})
    await isolate(arm)
    answer = await arm("POST", f"{HUB}/provisionManagedNetwork", {"includeSpark": True})
    told = await located(arm, answer)
    again = await arm("POST", f"{HUB}/provisionManagedNetwork", {"includeSpark": False})
    assert (nothing.status, answer.status, again.status) == (400, 202, 200)
    assert told == {"status": "Active", "sparkReady": True} == again.body
    assert (await arm.ok("GET", HUB))["properties"]["managedNetwork"]["status"] == told


async def test_a_rule_is_provisioning_then_inactive_until_the_network_stands(arm: Arm) -> None:
    """Its status follows its operation and then the network's; the hub's own document shows the same rule."""
    await isolate(arm)
    arm.azure.cloud.operations.seconds = 60
    answer = await arm("PUT", f"{HUB}/outboundRules/pypi", {"properties": FQDN})
    states = [(await arm.ok("GET", f"{HUB}/outboundRules/pypi"))["properties"]["status"]]
    arm.azure.clock.advance(60)
    await arm.done(answer)
    states.append((await arm.ok("GET", f"{HUB}/outboundRules/pypi"))["properties"]["status"])
    provisioning = await arm("POST", f"{HUB}/provisionManagedNetwork")
    arm.azure.clock.advance(60)
    await located(arm, provisioning)
    listed = (await arm.ok("GET", f"{HUB}/outboundRules"))["value"]
    inside = (await arm.ok("GET", HUB))["properties"]["managedNetwork"]["outboundRules"]
    assert answer.status == 202
    assert [*states, listed[0]["properties"]["status"]] == ["Provisioning", "Inactive", "Active"]
    assert inside == {"pypi": {"category": "UserDefined", **FQDN, "status": "Active"}}


async def test_a_rule_is_deleted_over_a_while(arm: Arm) -> None:
    """202, then it is gone from both views; a second delete is 204."""
    await isolate(arm)
    await arm.done(await arm("PUT", f"{HUB}/outboundRules/pypi", {"properties": FQDN}))
    await arm.done(await arm("DELETE", f"{HUB}/outboundRules/PyPI"))
    assert (await arm("GET", f"{HUB}/outboundRules/pypi")).status == 404
    assert (await arm.ok("GET", HUB))["properties"]["managedNetwork"]["outboundRules"] == {}
    assert (await arm("DELETE", f"{HUB}/outboundRules/pypi")).status == 204


async def test_rules_that_azure_would_not_take_are_refused(arm: Arm) -> None:
    """No network, an FQDN where the internet is open, an unknown type, a rule of the service, a bad name."""
    refused = [await arm("PUT", f"{HUB}/outboundRules/monitor", {"properties": TAG})]
    await isolate(arm, "AllowInternetOutbound")
    for name, rule in (
        ("pypi", FQDN),
        ("odd", {"type": "Wish", "destination": "x"}),
        ("own", {**TAG, "category": "Required"}),
        ("a", TAG),
    ):
        refused.append(await arm("PUT", f"{HUB}/outboundRules/{name}", {"properties": rule}))
    assert [one.status for one in refused] == [400] * 5
    assert (await arm("PUT", f"{HUB}/outboundRules/monitor", {"properties": TAG})).status == 202


async def test_a_workspace_holds_the_storage_key_it_last_saw(arm: Arm) -> None:
    """After a rotation it holds a dead key until resyncKeys, an empty 202 with both headers and no Retry-After."""
    ring = arm.azure.cloud.keys
    before = await arm.ok("POST", f"{HUB}/listKeys")
    ring.regenerate(STORAGE, 1)
    stale = await arm.ok("POST", f"{HUB}/listStorageAccountKeys")
    answer = await arm("POST", f"{HUB}/resyncKeys")
    await arm.done(answer)
    after = await arm.ok("POST", f"{HUB}/listKeys")
    assert before["userStorageArmId"] == STORAGE
    assert stale["userStorageKey"] == before["userStorageKey"] != after["userStorageKey"]
    assert after["userStorageKey"] == ring.live(STORAGE).first.value
    assert (answer.status, answer.body, "Retry-After" in answer.headers) == (202, None, False)
    assert {"Location", "Azure-AsyncOperation"} <= set(answer.headers)


async def test_list_keys_has_the_recorded_names(arm: Arm) -> None:
    """`userStorageArmId`, not the specification's name; a registry with its admin user off has no credentials."""
    keys = await arm.ok("POST", f"{HUB}/listKeys")
    notebooks = await arm.ok("POST", f"{HUB}/listNotebookKeys")
    token = await arm.ok("POST", f"{HUB}/listNotebookAccessToken")
    assert set(keys) == {
        "userStorageKey",
        "userStorageArmId",
        "appInsightsInstrumentationKey",
        "containerRegistryCredentials",
        "notebookAccessKeys",
    }
    assert (keys["containerRegistryCredentials"], keys["notebookAccessKeys"]) == (None, notebooks)
    assert token["tokenType"] == "Bearer"


async def test_a_registry_with_an_admin_user_lends_the_workspace_its_passwords(arm: Arm) -> None:
    """Both passwords are those the registry has now."""
    body = {"location": "eastus2", "properties": {"adminUserEnabled": True}, "sku": {"name": "Basic"}}
    await arm.ok("PUT", LOADED_REGISTRY, body)
    await arm.done(await patch(arm, HUB, containerRegistry=LOADED_REGISTRY))
    credentials = (await arm.ok("POST", f"{HUB}/listKeys"))["containerRegistryCredentials"]
    live = arm.azure.cloud.keys.live(LOADED_REGISTRY)
    assert credentials["username"] == "images"
    assert [one["value"] for one in credentials["passwords"]] == [live.first.value, live.second.value]


async def test_a_diagnosis_names_what_is_not_there(arm: Arm) -> None:
    """202; `Location` then tells of the vault the small estate does not hold, and of nothing else."""
    answer = await arm("POST", f"{HUB}/diagnose", {"value": {}})
    told = (await located(arm, answer))["value"]
    assert answer.status == 202
    assert [name for name, results in told.items() if results] == ["keyVaultResults"]
    assert "kvone" in told["keyVaultResults"][0]["message"]


async def test_lists_that_never_change_are_served(arm: Arm) -> None:
    """Private link groups, outbound dependencies of the region, features."""
    links = await arm.ok("GET", f"{HUB}/privateLinkResources")
    outbound = await arm.ok("GET", f"{HUB}/outboundNetworkDependenciesEndpoints")
    assert links["value"][0]["properties"]["groupId"] == "amlworkspace"
    assert "eastus2.api.azureml.ms" in str(outbound)
    assert await arm.ok("GET", f"{HUB}/features") == {"value": []}
