"""What KeyRotator promises, held against the fake and against Azure's stand-in behind the adapter."""

import uuid
from datetime import UTC, datetime

import pytest

from shared.adapters.data_planes import DataPlanes
from shared.adapters.secret import Secret
from shared.model.errors import Conflict, Forbidden, Rejected, Throttled, Unsure
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from tests.contracts.estate import Names
from tests.contracts.key_worlds import Service
from tests.contracts.rotation_worlds import FakeRotationWorld, RotationWorld, StandInRotationWorld, slots
from tests.contracts.worlds import StandInWorld
from tests.fakes.keys import CHANGES, LISTS

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
OTHER = {Slot.FIRST: Slot.SECOND, Slot.SECOND: Slot.FIRST}


@pytest.fixture(params=["fake", "azure"])
def world(request: pytest.FixtureRequest) -> RotationWorld:
    """The estate of `estate.py` with keys, in each of the two."""
    if request.param == "fake":
        return FakeRotationWorld(Names(str(uuid.uuid4())))
    stand_in: StandInWorld = request.getfixturevalue("stand_in_world")
    return StandInRotationWorld(stand_in)


async def both(world: RotationWorld, account: ResourceId) -> dict[Slot, Fact]:
    """A connection with the key in each slot."""
    return {slot: await world.connection(account, slot, f"kept-{slot}") for slot in (Slot.FIRST, Slot.SECOND)}


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("slot", [Slot.FIRST, Slot.SECOND])
async def test_one_key_is_new_and_the_other_stays(world: RotationWorld, service: Service, slot: Slot) -> None:
    """Once it returns, who kept the one keeps a dead key, and who kept the other a living one."""
    account = world.account(service)
    kept = await both(world, account)
    await world.rotator.regenerate(await world.fact(account), slot)

    assert await slots(world, kept[slot], kept[OTHER[slot]]) == [None, OTHER[slot]]
    assert [await world.opens(kept[slot]), await world.opens(kept[OTHER[slot]])] == [False, True]


@pytest.mark.parametrize("service", [Service.AI, Service.SEARCH, Service.STORAGE])
async def test_who_kept_the_key_is_cut_off(world: RotationWorld, service: Service) -> None:
    """So that the tests below which say that nobody was could fail."""
    account = world.account(service)
    kept = await world.connection(account, Slot.FIRST)
    await world.rotator.regenerate(await world.fact(account), Slot.FIRST)

    assert (await world.opens(kept), world.cut_off()) == (False, 1)


async def test_a_query_key_is_not_regenerated(world: RotationWorld) -> None:
    """Neither it nor any other."""
    service = world.account(Service.SEARCH)
    kept = await both(world, service)
    with pytest.raises(Rejected):
        await world.rotator.regenerate(await world.fact(service), Slot.QUERY)

    assert await slots(world, *kept.values()) == [Slot.FIRST, Slot.SECOND]


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
async def test_a_lost_answer_is_unsure(world: RotationWorld, service: Service, *, done: bool) -> None:
    """Whether it was done or not, nobody was told; it was asked for once, so the key there is now stays."""
    account = world.account(service)
    kept = await both(world, account)
    world.lose_answer(account, done=done)
    with pytest.raises(Unsure):
        await world.rotator.regenerate(await world.fact(account), Slot.FIRST)
    await world.settle()
    after = await slots(world, *kept.values())
    await world.rotator.move(await world.fact(account), Slot.FIRST, [kept[Slot.FIRST]])

    assert after == [None if done else Slot.FIRST, Slot.SECOND]
    assert await world.opens(kept[Slot.FIRST])


async def test_an_endpoint_that_never_ends_is_unsure(world: RotationWorld) -> None:
    """It is not waited for without end; nothing has happened yet."""
    endpoint = world.account(Service.ONLINE)
    kept = await both(world, endpoint)
    world.never_end(endpoint)
    with pytest.raises(Unsure):
        await world.rotator.regenerate(await world.fact(endpoint), Slot.FIRST)

    assert await slots(world, *kept.values()) == [Slot.FIRST, Slot.SECOND]


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize(("status", "raised"), [(403, Forbidden), (409, Conflict), (429, Throttled)])
async def test_a_refusal_changes_nothing(
    world: RotationWorld, service: Service, status: int, raised: type[Exception]
) -> None:
    """It says so, and what is needed."""
    account = world.account(service)
    kept = await both(world, account)
    world.refuse(account, status)
    with pytest.raises(raised) as told:
        await world.rotator.regenerate(await world.fact(account), Slot.FIRST)

    wanted = {403: CHANGES[account.type], 429: 3600.0}.get(status)
    assert getattr(told.value, "permission", getattr(told.value, "retry_after", None)) == wanted
    assert await slots(world, *kept.values()) == [Slot.FIRST, Slot.SECOND]


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("slot", [Slot.FIRST, Slot.SECOND])
async def test_who_is_moved_keeps_the_key_in_the_slot(world: RotationWorld, service: Service, slot: Slot) -> None:
    """Whichever they kept before, a dead one too; the service lets them in, and nobody was ever kept out."""
    account = world.account(service)
    kept = [*(await both(world, account)).values(), await world.connection(account, None, "foreign")]
    told = await world.rotator.move(await world.fact(account), slot, kept)

    assert (told, await slots(world, *kept)) == ({}, [slot] * 3)
    assert [await world.opens(one) for one in kept] == [True] * 3
    assert world.cut_off() == 0


async def test_a_whole_rotation_cuts_nobody_off(world: RotationWorld) -> None:
    """The idle key anew, everyone to it, the other anew: whoever keeps a key keeps a living one all the time."""
    account = world.account(Service.AI)
    kept = [await world.connection(account, Slot.FIRST, name) for name in ("one", "two")]
    seen = await world.fact(account)
    await world.rotator.regenerate(seen, Slot.SECOND)
    before = [await world.opens(one) for one in kept]
    await world.rotator.move(seen, Slot.SECOND, kept)
    between = [await world.opens(one) for one in kept]
    await world.rotator.regenerate(seen, Slot.FIRST)

    assert before + between + [await world.opens(one) for one in kept] == [True] * 6
    assert (await slots(world, *kept), world.cut_off()) == ([Slot.SECOND] * 2, 0)


@pytest.mark.parametrize("service", Service)
async def test_all_else_about_a_connection_survives(world: RotationWorld, service: Service) -> None:
    """Its metadata, its target, and that the hub's projects see it, where it opens with the new key too."""
    account = world.account(service)
    kept = await world.connection(account, Slot.FIRST)
    await world.rotator.move(await world.fact(account), Slot.SECOND, [kept])

    assert (await world.now(kept)).get("properties") == kept.get("properties")
    assert (await world.now(kept)).tags == kept.tags
    assert (await world.view(kept)).get("properties") == kept.get("properties")


async def test_a_workspace_learns_the_first_key(world: RotationWorld) -> None:
    """Over a while, and whichever was meant."""
    hub, storage = await world.workspace(), await world.fact(world.names.storage)
    await world.regenerate(storage.id, Slot.FIRST)
    dead = await slots(world, hub)
    told = await world.rotator.move(storage, Slot.SECOND, [hub])
    await world.settle()

    assert (told, dead, await slots(world, hub)) == ({}, [None], [Slot.FIRST])


async def test_a_workspace_that_is_busy_is_told(world: RotationWorld) -> None:
    """It keeps what it kept."""
    hub, storage = await world.workspace(), await world.fact(world.names.storage)
    world.refuse(hub.id, 409)
    told = await world.rotator.move(storage, Slot.FIRST, [hub])

    assert "409" in told[hub.id]
    assert await slots(world, hub) == [Slot.FIRST]


async def test_one_that_is_refused_does_not_keep_the_others_back(world: RotationWorld) -> None:
    """Of three, two move; of the third is told what would have let us."""
    account = world.account(Service.AI)
    kept = [await world.connection(account, Slot.FIRST, name) for name in ("one", "two", "three")]
    world.refuse(kept[1].id, 403)
    told = await world.rotator.move(await world.fact(account), Slot.SECOND, kept)

    assert set(told) == {kept[1].id}
    assert CHANGES[kept[1].id.type] in told[kept[1].id]
    assert await slots(world, *kept) == [Slot.SECOND, Slot.FIRST, Slot.SECOND]


async def test_who_keeps_none_of_its_keys_is_left_alone(world: RotationWorld) -> None:
    """Gone, turned to Entra ID, or given another account's key, since they were seen."""
    account, other = world.account(Service.AI), world.account(Service.SEARCH)
    gone, by_identity, elsewhere, still = [
        await world.connection(account, Slot.FIRST, name) for name in ("gone", "identity", "elsewhere", "still")
    ]
    await world.gone(gone)
    await world.by_identity(by_identity)
    moved_away = await world.connection(other, Slot.FIRST, "elsewhere")
    told = await world.rotator.move(await world.fact(account), Slot.SECOND, [gone, by_identity, elsewhere, still])

    assert set(told) == {gone.id, by_identity.id, elsewhere.id}
    assert "404" in told[gone.id]
    assert await slots(world, moved_away, still) == [Slot.FIRST, Slot.SECOND]


async def test_throttling_of_a_consumer_is_raised(world: RotationWorld) -> None:
    """Azure that throttles is not asked on."""
    account = world.account(Service.AI)
    kept = await world.connection(account, Slot.FIRST)
    world.refuse(kept.id, 429)

    with pytest.raises(Throttled) as raised:
        await world.rotator.move(await world.fact(account), Slot.SECOND, [kept])
    assert raised.value.retry_after == 3600


@pytest.mark.parametrize("service", [Service.AI, Service.SEARCH, Service.STORAGE])
async def test_what_listing_meets_is_raised(world: RotationWorld, service: Service) -> None:
    """Forbidden with its permission, throttled with its time; nobody is moved, nothing is proven."""
    account = world.account(service)
    kept = await world.connection(account, Slot.FIRST)
    seen = await world.fact(account)
    world.deny(LISTS[account.type])
    with pytest.raises(Forbidden) as forbidden:
        await world.rotator.move(seen, Slot.SECOND, [kept])
    with pytest.raises(Forbidden):
        await world.rotator.prove(seen, Slot.SECOND, NOW)
    world.throttle_lists(account)
    with pytest.raises(Throttled) as throttled:
        await world.rotator.prove(seen, Slot.SECOND, NOW)

    assert (forbidden.value.permission, throttled.value.retry_after) == (LISTS[account.type], 3600)


async def test_nobody_is_moved_without_harm(world: RotationWorld) -> None:
    """An account that nobody keeps a key of."""
    account = world.account(Service.AI)

    assert await world.rotator.move(await world.fact(account), Slot.FIRST, []) == {}


@pytest.mark.parametrize("service", [Service.AI, Service.SEARCH, Service.STORAGE])
@pytest.mark.parametrize("slot", [Slot.FIRST, Slot.SECOND])
async def test_a_living_key_opens(world: RotationWorld, service: Service, slot: Slot) -> None:
    """Also right after it was made anew."""
    account = world.account(service)
    seen = await world.fact(account)
    await world.rotator.regenerate(seen, slot)
    proof = await world.rotator.prove(seen, slot, NOW)

    assert (proof.opened, proof.at, world.cut_off()) == (True, NOW, 0)
    assert account.name in proof.told


@pytest.mark.parametrize("service", [Service.SEARCH, Service.STORAGE])
async def test_a_key_that_is_not_taken_does_not_open(world: RotationWorld, service: Service) -> None:
    """Either may list keys that it does not take."""
    account = world.account(service)
    world.shut(account)

    assert (await world.rotator.prove(await world.fact(account), Slot.FIRST, NOW)).opened is False


@pytest.mark.parametrize("service", [Service.AI, Service.SEARCH, Service.STORAGE])
async def test_a_dead_key_is_refused_as_a_key(stand_in_world: StandInWorld, service: Service) -> None:
    """In each service's own words; the port cannot tell, for it tries no other key than one that ARM lists."""
    world = StandInRotationWorld(stand_in_world)
    account = world.account(service)
    dead = Secret(stand_in_world.azure.keys.live(str(account)).first.value)
    await world.regenerate(account, Slot.FIRST)
    opened, told = await DataPlanes(world.planes).opened(await world.fact(account), dead)

    assert (opened, dead.reveal() in told) == (False, False)


@pytest.mark.parametrize("service", [Service.AI, Service.SEARCH, Service.STORAGE])
async def test_behind_network_rules_nobody_can_tell(world: RotationWorld, service: Service) -> None:
    """Their refusal is not the key's."""
    account = world.account(service)
    world.fence(account)

    assert (await world.rotator.prove(await world.fact(account), Slot.FIRST, NOW)).opened is None


@pytest.mark.parametrize("service", [Service.ONLINE, Service.SERVERLESS])
async def test_an_endpoint_is_not_called(world: RotationWorld, service: Service) -> None:
    """A call would run its model."""
    endpoint = world.account(service)
    proof = await world.rotator.prove(await world.fact(endpoint), Slot.FIRST, NOW)

    assert (proof.opened, endpoint.name in proof.told) == (None, True)
