"""What KeyInventory promises, and what Inventory does of Foundry, held against the fake and the stand-in."""

from typing import Any

import pytest

from shared.model.errors import Forbidden
from shared.model.facts import Gap, Kind, Seen, Source
from shared.model.key_facts import account_of, is_view
from shared.model.resource_id import ResourceId
from tests.contracts.estate import Names
from tests.contracts.worlds import CloudWorld

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOUNDRY = "Microsoft.CognitiveServices/accounts"
SEARCH = "Microsoft.Search/searchServices"


@pytest.fixture
def keyed(cloud: CloudWorld) -> CloudWorld:
    """The estate of `estate.py` with a Foundry account, its project, and one account of each other kind."""
    names = cloud.names
    cloud.put(_document(_foundry(names), {"kind": "AIServices", "properties": {"allowProjectManagement": True}}))
    cloud.put(_document(_project(names), {"name": "foundry/chat", "properties": {"isDefault": True}}))
    cloud.put(_document(_named(names, f"{FOUNDRY}/plain"), {"kind": "OpenAI", "properties": {}}))
    cloud.put(_document(_named(names, f"{SEARCH}/srch"), {"location": "West Europe", "properties": {}}))
    cloud.put(_document(_named(names, "Microsoft.Web/sites/app"), {"properties": {}}))
    cloud.put(_connection(_foundry(names), "shared", shared=True))
    cloud.put(_connection(_project(names), "own", shared=False))
    return cloud


async def test_every_account_with_keys_is_found(keyed: CloudWorld) -> None:
    """AI services of whatever kind, search and storage, and nothing else; from the index, over many pages."""
    accounts = await keyed.holders.accounts()

    names = keyed.names
    plain, search = _named(names, f"{FOUNDRY}/plain"), _named(names, f"{SEARCH}/srch")
    assert {fact.id: fact.kind for fact in accounts} == {
        _foundry(names): Kind.AI_ACCOUNT,
        plain: Kind.AI_ACCOUNT,
        names.account: Kind.AI_ACCOUNT,
        search: Kind.SEARCH,
        names.search: Kind.SEARCH,
        names.storage: Kind.STORAGE,
    }
    assert {fact.source for fact in accounts} == {Source.INDEX}


async def test_whatever_may_keep_a_key_is_found(keyed: CloudWorld) -> None:
    """Hubs, projects, workspaces of other kinds, Foundry accounts and their projects; an account without is none."""
    names = keyed.names
    alone = ResourceId.parse(f"{names.hub}-alone")
    keyed.put(_document(alone, {"kind": "Default", "properties": {}}))
    keepers = await keyed.holders.keepers()

    workspaces = {names.hub, names.other_hub, names.project, names.other_project, alone}
    assert {fact.id for fact in keepers} == {*workspaces, _foundry(names), _project(names)}
    assert {fact.id: fact.kind for fact in keepers}[names.project] is Kind.PROJECT
    assert {fact.source for fact in keepers} == {Source.INDEX}


async def test_an_index_that_refuses_is_an_error(keyed: CloudWorld) -> None:
    """Half of those who keep a key would be taken for all of them."""
    keyed.deny_graph()

    with pytest.raises(Forbidden):
        await keyed.holders.accounts()
    with pytest.raises(Forbidden):
        await keyed.holders.keepers()


async def test_connections_of_a_foundry_account(keyed: CloudWorld) -> None:
    """They are connections like a hub's: read by themselves, and kept where they are listed."""
    listed = await keyed.inventory.children(_foundry(keyed.names), Kind.CONNECTION)

    assert not isinstance(listed, Gap)
    (connection,) = listed
    assert (connection.id, connection.kind) == (_foundry(keyed.names).child("connections", "shared"), Kind.CONNECTION)
    assert (is_view(connection), account_of(connection)) == (False, _named(keyed.names, f"{SEARCH}/srch"))
    assert (await keyed.inventory.get(connection.id)).raw == connection.raw


async def test_connections_of_a_foundry_project(keyed: CloudWorld) -> None:
    """A project has its own, which keep a key, and a view of what its account shares, which keeps none."""
    listed = await keyed.inventory.children(_project(keyed.names), Kind.CONNECTION)

    assert not isinstance(listed, Gap)
    search = _named(keyed.names, f"{SEARCH}/srch")
    expected = {"own": (False, search), "shared": (True, None)}
    assert {fact.id.name: (is_view(fact), account_of(fact)) for fact in listed} == expected
    assert {fact.id.parent for fact in listed} == {_project(keyed.names)}


async def test_a_connection_that_does_not_say_who_made_it_keeps_its_key(keyed: CloudWorld) -> None:
    """As Foundry's recorded connections; nobody could tell that it is a view, so it counts."""
    silent = _connection(_project(keyed.names), "silent", shared=False)
    del silent["properties"]["createdByWorkspaceArmId"]
    keyed.put(silent)

    fact = await keyed.inventory.get(_project(keyed.names).child("connections", "silent"))
    assert (fact.seen, is_view(fact)) == (Seen.PRESENT, False)
    assert account_of(fact) == _named(keyed.names, f"{SEARCH}/srch")


async def test_a_foundry_list_that_may_not_be_read_is_a_gap(keyed: CloudWorld) -> None:
    """It names the permission of its own provider, and spoils no list of a hub."""
    keyed.deny_reads(f"{FOUNDRY}/connections")
    gap = await keyed.inventory.children(_foundry(keyed.names), Kind.CONNECTION)
    hub = await keyed.inventory.children(keyed.names.hub, Kind.CONNECTION)

    assert isinstance(gap, Gap)
    assert gap.permission == f"{FOUNDRY}/connections/read"
    assert not isinstance(hub, Gap)


async def test_a_foundry_account_without_connections(keyed: CloudWorld) -> None:
    """Has an empty list, and so has one that is gone."""
    gone = ResourceId.parse(f"{_foundry(keyed.names)}-gone")

    assert await keyed.inventory.children(_named(keyed.names, f"{FOUNDRY}/plain"), Kind.CONNECTION) == ()
    assert await keyed.inventory.children(gone, Kind.CONNECTION) == ()
    assert await keyed.inventory.children(gone.child("projects", "p"), Kind.CONNECTION) == ()


def _named(names: Names, tail: str) -> ResourceId:
    return ResourceId.parse(f"{names.group}/providers/{tail}")


def _foundry(names: Names) -> ResourceId:
    return _named(names, f"{FOUNDRY}/foundry")


def _project(names: Names) -> ResourceId:
    return _foundry(names).child("projects", "chat")


def _document(resource: ResourceId, more: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(resource), "name": resource.name, "type": resource.type, "location": "westeurope", **more}


def _connection(holder: ResourceId, name: str, *, shared: bool) -> dict[str, Any]:
    service = ResourceId.parse(f"{holder.group_id}/providers/{SEARCH}/srch")
    properties = {
        "authType": "ApiKey",
        "category": "CognitiveSearch",
        "target": "https://srch.search.windows.net/",
        "metadata": {"ResourceId": str(service)},
        "isSharedToAll": shared,
        "createdByWorkspaceArmId": str(holder),
    }
    return _document(holder.child("connections", name), {"location": None, "tags": None, "properties": properties})
