"""The other resources: accounts and their keys, diagnostic settings, locks, and whatever an estate brings along."""

import json
from pathlib import Path

import pytest

from local.azure.options import Options
from tests.local.azure.client import ACCOUNT, CONNECTION, GROUP, HUB, STORAGE, SUBSCRIPTION, Arm
from tests.local.azure.conftest import StandIn

DIAGNOSTICS = f"{HUB}/providers/Microsoft.Insights/diagnosticSettings"
LOCKS = "/providers/Microsoft.Authorization/locks"
SINK = {"properties": {"workspaceId": f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs-one"}}
TAGS = "/providers/Microsoft.Resources/tags/default"


async def test_an_account_lists_the_same_two_keys_each_time(arm: Arm) -> None:
    """Both keys, stable, and never in the account's own document or in the state."""
    first, second = [await arm.ok("POST", f"{ACCOUNT}/listKeys") for _ in range(2)]
    state = await arm.ok("GET", f"{arm.azure.url}/_standin/state")
    assert first == second
    assert (set(first), len(set(first.values()))) == ({"key1", "key2"}, 2)
    assert not any(key in str(state) for key in first.values())


async def test_an_account_without_local_auth_lists_no_keys(arm: Arm) -> None:
    """A PATCH of `disableLocalAuth` merges into the properties and closes listKeys."""
    patched = await arm.ok("PATCH", ACCOUNT, {"properties": {"disableLocalAuth": True}})
    answer = await arm("POST", f"{ACCOUNT}/listKeys")
    assert patched["properties"]["endpoint"] == "https://ai-one.openai.azure.com/"
    assert (answer.status, answer.code) == (400, "BadRequest")


@pytest.mark.parametrize("scope", [f"/subscriptions/{SUBSCRIPTION}", GROUP])
async def test_plain_resources_are_listed(arm: Arm, scope: str) -> None:
    """By subscription and by group."""
    listed = await arm.ok("GET", f"{scope}/providers/microsoft.storage/storageaccounts")
    assert [one["name"] for one in listed["value"]] == ["stone"]


async def test_a_plain_resource_can_be_made_and_removed(arm: Arm) -> None:
    """201 for a new one, 200 for the next write, 204 when there is nothing left to delete."""
    path = f"{GROUP}/providers/Microsoft.Search/searchServices/search-two"
    made = [(await arm("PUT", path, {"location": "eastus2", "properties": {}})).status for _ in range(2)]
    gone = [(await arm("DELETE", path)).status for _ in range(2)]
    assert (made, gone) == ([201, 200], [200, 204])
    assert (await arm("PUT", path, {})).code == "LocationRequired"


async def test_what_no_operation_serves_can_still_be_read(arm: Arm) -> None:
    """A stored id of any type, and the list of its siblings."""
    lock = f"{STORAGE}{LOCKS}/keep"
    assert (await arm.ok("GET", lock))["name"] == "keep"
    endpoints = await arm.ok("GET", f"{HUB}/onlineEndpoints")
    assert [one["name"] for one in endpoints["value"]] == ["chat"]


@pytest.mark.parametrize(
    "kind", ["Microsoft.Network/privateEndpoints", "Microsoft.SaaS/resources", "Contoso.AI/things"]
)
async def test_a_type_that_only_an_estate_knows_can_be_read(stand_in: StandIn, tmp_path: Path, kind: str) -> None:
    """By its id as it was loaded, and in the lists of its group and subscription; another group has no such list."""
    own_id = f"{GROUP}/providers/{kind}/one"
    document = {"id": own_id, "name": "one", "type": kind, "location": "global", "tags": None}
    (tmp_path / "one.json").write_text(json.dumps(document))
    async with stand_in(Options(estate=tmp_path)) as arm:
        assert await arm.ok("GET", own_id.upper().replace("/SUBSCRIPTIONS", "/subscriptions")) == document
        for scope in (GROUP, f"/subscriptions/{SUBSCRIPTION}"):
            assert (await arm.ok("GET", f"{scope}/providers/{kind}"))["value"] == [document]
        assert (await arm("GET", f"{GROUP}-two/providers/{kind}")).status == 404
        assert (await arm("GET", f"{GROUP}/providers/{kind}-two")).status == 404


async def test_diagnostic_settings_live_under_any_resource(arm: Arm) -> None:
    """Put, get, list, delete; a setting that sends nowhere is refused; deletes are told apart by 200 and 204."""
    path = f"{DIAGNOSTICS}/to-logs"
    assert (await arm("PUT", path, {"properties": {}})).status == 400
    written = await arm.ok("PUT", path, SINK)
    listed = await arm.ok("GET", DIAGNOSTICS)
    assert written == await arm.ok("GET", path) == listed["value"][0]
    assert [(await arm("DELETE", path)).status for _ in range(2)] == [200, 204]
    assert (await arm("GET", path)).status == 404
    assert arm.azure.events.raised[0].data["operationName"] == "Microsoft.Insights/diagnosticSettings/write"


async def test_locks_are_listed_for_the_scope_its_parents_and_what_is_below(arm: Arm) -> None:
    """`atScope()` leaves out what is below."""
    below = await arm.ok("GET", f"{GROUP}{LOCKS}")
    at_scope = await arm.ok("GET", f"{GROUP}{LOCKS}", query={"$filter": "atScope()"})
    own = await arm.ok("GET", f"{STORAGE}{LOCKS}")
    assert [[one["name"] for one in answer["value"]] for answer in (below, at_scope, own)] == [["keep"], [], ["keep"]]


async def test_a_lock_refuses_what_it_forbids(arm: Arm) -> None:
    """CanNotDelete stops a delete; ReadOnly, from above, stops tags and POST actions too; reads go on."""
    deleted = await arm("DELETE", STORAGE)
    arm.azure.state.put({"id": f"{HUB}{LOCKS}/frozen", "properties": {"level": "ReadOnly"}})
    tagged = await arm("PATCH", f"{HUB}{TAGS}", {"operation": "Merge", "properties": {"tags": {"a": "b"}}})
    shown = await arm("POST", f"{CONNECTION}/listsecrets")
    assert [(one.status, one.code) for one in (deleted, tagged, shown)] == [(409, "ScopeLocked")] * 3
    assert (await arm("GET", CONNECTION)).status == 200
    assert (await arm("PATCH", STORAGE, {"tags": {"a": "b"}})).status == 200
