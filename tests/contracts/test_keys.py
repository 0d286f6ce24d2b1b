"""What KeyReader promises, held against the fake and against Azure's stand-in behind the adapter."""

import uuid

import pytest

from shared.model.errors import Throttled
from shared.model.facts import Fact, Kind, Seen
from shared.model.key_facts import Held, Slot
from tests.contracts.estate import Names
from tests.contracts.key_worlds import FakeKeyWorld, KeyWorld, Service, StandInKeyWorld, connection_properties
from tests.contracts.worlds import StandInWorld

pytestmark = pytest.mark.asyncio(loop_scope="session")

LISTS = {
    Service.AI: "Microsoft.CognitiveServices/accounts/listKeys/action",
    Service.SEARCH: "Microsoft.Search/searchServices/listAdminKeys/action",
    Service.STORAGE: "Microsoft.Storage/storageAccounts/listKeys/action",
    Service.ONLINE: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/listKeys/action",
    Service.SERVERLESS: "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/listKeys/action",
}

GET_SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"


@pytest.fixture(params=["fake", "azure"])
def world(request: pytest.FixtureRequest) -> KeyWorld:
    """The estate of `estate.py` with keys, in each of the two."""
    if request.param == "fake":
        return FakeKeyWorld(Names(str(uuid.uuid4())))
    stand_in: StandInWorld = request.getfixturevalue("stand_in_world")
    return StandInKeyWorld(stand_in)


async def told(world: KeyWorld, consumer: Fact) -> Held:
    """What is told of one consumer, when nothing is told of others."""
    held = (await world.keys.held([consumer])).held
    assert set(held) == {consumer.id}
    return held[consumer.id]


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("slot", [Slot.FIRST, Slot.SECOND])
async def test_a_connection_keeps_the_key_of_a_slot(world: KeyWorld, service: Service, slot: Slot) -> None:
    """Of each kind of account, and the answer names the account."""
    account = world.account(service)

    assert await told(world, await world.connection(account, slot)) == Held(account, slot)


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("slot", [Slot.FIRST, Slot.SECOND, None])
async def test_a_secret_keeps_the_key_of_a_slot(world: KeyWorld, service: Service, slot: Slot | None) -> None:
    """Of each kind of account, or none of its living ones; what its tags say of the slot decides nothing."""
    account = world.account(service)

    assert await told(world, await world.secret(account, slot)) == Held(account, slot)


async def test_a_secret_keeps_what_it_kept(world: KeyWorld) -> None:
    """A key that is regenerated does not follow, for somebody must put it there."""
    account = world.account(Service.STORAGE)
    first, second = await world.secret(account, Slot.FIRST, "first"), await world.secret(account, Slot.SECOND, "second")
    await world.regenerate(account, Slot.FIRST)

    held = (await world.keys.held([first, second])).held
    assert (held[first.id], held[second.id]) == (Held(account, None), Held(account, Slot.SECOND))


async def test_a_query_key_is_told_from_admin_keys(world: KeyWorld) -> None:
    """It opens the search service for reading, and is in no rotation."""
    service = world.account(Service.SEARCH)

    assert await told(world, await world.connection(service, Slot.QUERY)) == Held(service, Slot.QUERY)


@pytest.mark.parametrize("service", Service)
async def test_another_key_is_in_no_slot(world: KeyWorld, service: Service) -> None:
    """A connection may hold anything, such as a key of another account."""
    account = world.account(service)

    assert await told(world, await world.connection(account, None)) == Held(account, None)


@pytest.mark.parametrize("service", Service)
async def test_a_regenerated_key_is_in_no_slot(world: KeyWorld, service: Service) -> None:
    """What a consumer kept does not follow; the key in the other slot stays as it is."""
    account = world.account(service)
    first = await world.connection(account, Slot.FIRST, "first")
    second = await world.connection(account, Slot.SECOND, "second")
    await world.regenerate(account, Slot.FIRST)

    held = (await world.keys.held([first, second])).held
    assert (held[first.id], held[second.id]) == (Held(account, None), Held(account, Slot.SECOND))


async def test_a_workspace_keeps_the_key_of_its_storage_until_it_learns_another(world: KeyWorld) -> None:
    """After a rotation it holds a dead one, and after resyncKeys the living one."""
    hub = await world.workspace()
    before = await told(world, hub)
    await world.regenerate(world.names.storage, Slot.FIRST)
    after = await told(world, hub)
    await world.resync(hub)
    learned = await told(world, hub)

    slots = [Slot.FIRST, None, Slot.FIRST]
    assert [before, after, learned] == [Held(world.names.storage, slot) for slot in slots]


async def test_who_keeps_no_key_is_left_out(world: KeyWorld) -> None:
    """A workspace without one, a view, a connection by identity, of no account or gone, a secret that is disabled."""
    account = world.account(Service.AI)
    shared = await world.connection(account, Slot.FIRST)
    by_identity = {"id": f"{shared.id}-aad", "properties": connection_properties(account, "AAD")}
    nameless = {"id": f"{shared.id}-other", "properties": connection_properties(account) | {"metadata": None}}
    gone = Fact(shared.id.child("x", "y"), Kind.CONNECTION, shared.raw, seen=Seen.ABSENT)
    disabled = await world.secret(account, Slot.FIRST, enabled=False)
    others = [await world.bare_workspace(), await world.view(shared), gone, Fact.of(by_identity), Fact.of(nameless)]
    others.append(disabled)

    assert set((await world.keys.held([*others, shared])).held) == {shared.id}


async def test_nobody_is_nothing(world: KeyWorld) -> None:
    """Without consumers there is nothing to tell."""
    assert (await world.keys.held([])).held == {}


@pytest.mark.parametrize("service", Service)
async def test_an_account_that_is_gone_is_a_problem(world: KeyWorld, service: Service) -> None:
    """The connection still names it."""
    account = world.account(service)
    connection = await world.connection(account, Slot.FIRST)
    world.delete(account)
    held = await told(world, connection)

    assert (held.account, held.slot, held.permission) == (account, None, "")
    assert "404" in held.problem


@pytest.mark.parametrize("service", Service)
async def test_a_refused_list_names_the_permission(world: KeyWorld, service: Service) -> None:
    """A 403 is told with what would have let us look."""
    connection = await world.connection(world.account(service), Slot.FIRST)
    world.deny(LISTS[service])
    held = await told(world, connection)

    assert (held.slot, held.permission) == (None, LISTS[service])
    assert "403" in held.problem


async def test_refused_consumers_name_the_permission(world: KeyWorld) -> None:
    """The same for what asks a connection, a vault and a workspace."""
    machine_learning = "Microsoft.MachineLearningServices/workspaces"
    connection, hub = await world.connection(world.account(Service.SEARCH), Slot.FIRST), await world.workspace()
    secret = await world.secret(world.account(Service.SEARCH), Slot.FIRST)
    world.deny(f"{machine_learning}/connections/listsecrets/action")
    refused = await told(world, connection)
    world.deny(GET_SECRET)
    refused_secret = await told(world, secret)
    world.deny(f"{machine_learning}/listKeys/action")

    assert (refused_secret.slot, refused_secret.permission) == (None, GET_SECRET)
    assert "403" in refused_secret.problem
    assert refused.permission == f"{machine_learning}/connections/listsecrets/action"
    assert (await told(world, hub)).permission == f"{machine_learning}/listKeys/action"


async def test_an_account_without_keys_is_a_problem(world: KeyWorld) -> None:
    """An AI services account with local authentication off shows none."""
    account = world.account(Service.AI)
    connection = await world.connection(account, Slot.FIRST)
    world.turn_keys_off(account)
    held = await told(world, connection)

    assert (held.slot, held.permission) == (None, "")
    assert "disableLocalAuth" in held.problem


async def test_throttling_is_told(world: KeyWorld) -> None:
    """A 429 that asks for more patience than a run has is raised at once, with the time it asks for."""
    account = world.account(Service.AI)
    connection = await world.connection(account, Slot.FIRST)
    world.throttle(account)

    with pytest.raises(Throttled) as raised:
        await world.keys.held([connection])
    assert raised.value.retry_after == 3600


async def test_one_refused_consumer_does_not_spoil_the_others(world: KeyWorld) -> None:
    """Each has its own answer."""
    account, service = world.account(Service.AI), world.account(Service.SEARCH)
    refused = await world.connection(account, Slot.FIRST, "refused")
    others = [
        (await world.connection(account, Slot.FIRST, "first"), Held(account, Slot.FIRST)),
        (await world.connection(account, Slot.SECOND, "second"), Held(account, Slot.SECOND)),
        (await world.connection(service, Slot.SECOND, "admin"), Held(service, Slot.SECOND)),
        (await world.connection(service, Slot.QUERY, "query"), Held(service, Slot.QUERY)),
        (await world.workspace(), Held(world.names.storage, Slot.FIRST)),
        (await world.secret(service, Slot.FIRST, "open"), Held(service, Slot.FIRST)),
    ]
    closed = await world.secret(service, Slot.FIRST, "closed")
    world.fail(refused)
    world.fail(closed)

    held = dict((await world.keys.held([refused, closed, *(fact for fact, _ in others)])).held)
    assert "503" in held.pop(refused.id).problem
    assert "503" in held.pop(closed.id).problem
    assert held == {fact.id: expected for fact, expected in others}
