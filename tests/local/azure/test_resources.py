"""Groups, flat lists of resources, provider registration, and the Activity Log."""

import pytest

from tests.local.azure.client import ACCOUNT, GROUP, HUB, JANE, STORAGE, SUBSCRIPTION, Arm

SCOPE = f"/subscriptions/{SUBSCRIPTION}"
NEW = f"{SCOPE}/resourceGroups/rg-new"
LOG = f"{SCOPE}/providers/Microsoft.Insights/eventtypes/management/values"
TAGS = "/providers/Microsoft.Resources/tags/default"


async def test_a_group_is_made_tagged_and_removed_with_what_is_in_it(arm: Arm) -> None:
    """201, 200; HEAD tells whether it is there; nothing in it survives; it never moves."""
    body = {"location": "eastus2", "tags": {"a": "b"}}
    told = [(await arm("PUT", NEW, body)).status for _ in range(2)]
    path = f"{NEW}/providers/Microsoft.Search/searchServices/search-new"
    await arm.ok("PUT", path, {"location": "eastus2"})
    assert (told, (await arm("HEAD", NEW)).status) == ([201, 200], 204)
    assert (await arm("PUT", NEW, {"location": "westus"})).code == "InvalidResourceGroupLocation"
    assert (await arm.ok("PATCH", NEW, {"tags": {"c": "d"}}))["tags"] == {"c": "d"}
    assert (await arm("DELETE", NEW)).status == 200
    assert [(await arm("GET", path)).code, (await arm("DELETE", NEW)).code] == ["ResourceGroupNotFound"] * 2
    assert arm.azure.state.get(path) is None


async def test_a_group_is_told_by_its_id_however_it_was_asked_for(arm: Arm) -> None:
    """Also one that an estate brought along without a location."""
    arm.azure.state.put({"id": NEW, "name": "rg-new"})
    answer = await arm("PUT", NEW.replace("resourceGroups", "resourcegroups"), {"location": "eastus2"})
    assert (answer.status, answer.body["id"]) == (200, NEW)


async def test_a_group_with_a_lock_in_it_stays(arm: Arm) -> None:
    """409, and nothing is gone."""
    refused = await arm("DELETE", GROUP)
    assert (refused.status, refused.code) == (409, "ScopeLocked")
    assert (await arm("GET", STORAGE)).status == 200


async def test_all_resources_of_a_scope_are_listed_without_their_properties(arm: Arm) -> None:
    """Top-level ones only, unless a type is asked for; by tag too."""
    await arm.ok("PATCH", f"{ACCOUNT}{TAGS}", {"operation": "Merge", "properties": {"tags": {"team": "ai"}}})

    async def listed(wanted: str) -> list[str]:
        query = {"$filter": wanted} if wanted else None
        return [one["id"] for one in (await arm.ok("GET", f"{SCOPE}/resources", query=query))["value"]]

    everything = await arm.ok("GET", f"{GROUP}/resources")
    assert {HUB, ACCOUNT, STORAGE} <= set(await listed("")) == {one["id"] for one in everything["value"]}
    assert not any("properties" in one or "/computes/" in one["id"] for one in everything["value"])
    assert await listed("resourceType eq 'Microsoft.Storage/storageAccounts'") == [STORAGE]
    assert await listed("tagName eq 'TEAM' and tagValue eq 'ai'") == [ACCOUNT]
    assert (await arm("GET", f"{SCOPE}/resources", query={"$filter": "x"})).status == 400


async def test_a_provider_is_registered_and_unregistered(arm: Arm) -> None:
    """It tells its types and versions; a namespace nobody has is a 404."""
    path = f"{SCOPE}/providers/microsoft.machinelearningservices"
    first = await arm.ok("GET", path)
    gone = await arm.ok("POST", f"{path}/unregister")
    assert (first["registrationState"], gone["registrationState"]) == ("Registered", "NotRegistered")
    assert "2025-12-01" in first["resourceTypes"][0]["apiVersions"]
    assert (await arm.ok("GET", path))["registrationState"] == "NotRegistered"
    assert (await arm.ok("POST", f"{path}/register"))["registrationState"] == "Registered"
    listed = await arm.ok("GET", f"{SCOPE}/providers")
    assert first["namespace"] in [one["namespace"] for one in listed["value"]]
    assert (await arm("GET", f"{SCOPE}/providers/Microsoft.Nothing")).code == "InvalidResourceNamespace"


async def test_an_unregistered_provider_changes_nothing(arm: Arm) -> None:
    """409 that names it as the target of a detail; reads go on, other providers too, and registering heals it."""
    provider = f"{SCOPE}/providers/Microsoft.CognitiveServices"
    await arm.ok("POST", f"{provider}/unregister")
    refused = [
        await arm("PUT", ACCOUNT.replace("CognitiveServices", "cognitiveservices"), {"location": "eastus2"}),
        await arm("POST", f"{ACCOUNT}/listKeys"),
        await arm("DELETE", ACCOUNT),
    ]
    assert {(one.status, one.code) for one in refused} == {(409, "MissingSubscriptionRegistration")}
    assert refused[0].body["error"]["details"][0]["target"] == "Microsoft.CognitiveServices"
    assert (await arm("GET", ACCOUNT)).status == 200
    await arm.ok("PATCH", f"{ACCOUNT}{TAGS}", {"operation": "Merge", "properties": {"tags": {"a": "b"}}})
    await arm.ok("POST", f"{STORAGE}/listKeys")
    await arm.ok("POST", f"{provider}/register")
    await arm.ok("POST", f"{ACCOUNT}/listKeys")


async def test_a_query_of_an_unregistered_provider_still_reads(arm: Arm) -> None:
    """As does what hangs on a resource of another provider that is registered."""
    await arm.ok("POST", f"{SCOPE}/providers/Microsoft.Storage/unregister")
    setting = f"{STORAGE}/providers/Microsoft.Insights/diagnosticSettings/one"
    await arm.ok("PUT", setting, {"properties": {"workspaceId": f"{GROUP}/x"}})
    assert (await arm("GET", f"{GROUP}/providers/Microsoft.Storage/storageAccounts")).status == 200


async def test_a_resource_tells_what_it_can_log(arm: Arm) -> None:
    """Categories of its own kind, groups of logs, and metrics; none for a kind that is not known."""
    kind = "providers/Microsoft.Insights/diagnosticSettingsCategories"

    async def named(resource: str) -> dict[str, str]:
        listed = (await arm.ok("GET", f"{resource}/{kind}"))["value"]
        return {one["name"]: one["properties"]["categoryType"] for one in listed}

    assert (await named(HUB))["AmlComputeClusterEvent"] == "Logs"
    assert (await named(ACCOUNT))["AllMetrics"] == "Metrics"
    assert await named(STORAGE) == {"Capacity": "Metrics", "Transaction": "Metrics"}
    assert await named(GROUP) == {}
    audit = await arm.ok("GET", f"{ACCOUNT}/{kind}/audit")
    assert (audit["name"], audit["properties"]["categoryGroups"]) == ("Audit", ["audit", "allLogs"])
    assert (await arm("GET", f"{ACCOUNT}/{kind}/none")).code == "ResourceNotFound"


async def test_the_activity_log_tells_who_did_what(arm: Arm) -> None:
    """Newest first, chosen by time, resource, group and caller; reads are not in it."""
    await arm.ok("POST", f"{ACCOUNT}/listKeys")
    await arm.ok("PATCH", f"{HUB}{TAGS}", {"operation": "Merge", "properties": {"tags": {"a": "b"}}})
    await arm.ok("GET", HUB)

    async def told(more: str) -> list[str]:
        wanted = f"eventTimestamp ge '2020-01-01T00:00:00Z'{more}"
        found = (await arm.ok("GET", LOG, query={"$filter": wanted}))["value"]
        assert {one["caller"] for one in found} <= {JANE}
        return [one["operationName"]["value"] for one in found]

    tagged, listed = "Microsoft.Resources/tags/write", "Microsoft.CognitiveServices/accounts/listKeys/action"
    assert await told("") == [tagged, listed]
    assert await told(f" and resourceUri eq '{ACCOUNT.upper()}'") == [listed]
    assert await told(f" and resourceGroupName eq 'RG-AI' and caller eq '{JANE}'") == [tagged, listed]
    assert await told(" and resourceProvider eq 'Microsoft.Search'") == []
    assert await told(" and eventTimestamp le '2021-01-01T00:00:00Z'") == []


@pytest.mark.parametrize("wanted", ["", "caller eq 'x'", "eventTimestamp ge '2020-01-01' and colour eq 'red'", "x"])
async def test_the_activity_log_wants_to_know_since_when(arm: Arm, wanted: str) -> None:
    """A filter without a time, or with what it does not know, is refused."""
    assert (await arm("GET", LOG, query={"$filter": wanted})).status == 400
