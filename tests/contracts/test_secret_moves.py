"""What KeyRotator promises of vault secrets, held against the fake and against the stand-in behind the adapter."""

import uuid

import pytest

from shared.keys.account import other
from shared.model.key_facts import Slot
from tests.contracts.estate import Names
from tests.contracts.key_worlds import Service
from tests.contracts.rotation_worlds import FakeRotationWorld, RotationWorld, StandInRotationWorld, slots
from tests.contracts.worlds import StandInWorld
from tests.fakes.keys import CHANGES

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(params=["fake", "azure"])
def world(request: pytest.FixtureRequest) -> RotationWorld:
    """The estate of `estate.py` with keys, in each of the two."""
    if request.param == "fake":
        return FakeRotationWorld(Names(str(uuid.uuid4())))
    stand_in: StandInWorld = request.getfixturevalue("stand_in_world")
    return StandInRotationWorld(stand_in)


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("slot", [Slot.FIRST, Slot.SECOND])
async def test_a_secret_is_moved_with_its_label(world: RotationWorld, service: Service, slot: Slot) -> None:
    """It holds the other key, which opens, and says so under its tag; the other tags stay."""
    account = world.account(service)
    kept = await world.secret(account, other(slot))
    told = await world.rotator.move(await world.fact(account), slot, [kept])
    label = {Slot.FIRST: "key1", Slot.SECOND: "key2"}[slot]

    assert (told, await slots(world, kept), await world.opens(kept)) == ({}, [slot], True)
    assert (await world.now(kept)).tags == {**kept.tags, "CredentialId": label}
    assert kept.tags["CredentialId"] != label


async def test_a_secret_that_may_not_be_set_is_told(world: RotationWorld) -> None:
    """It keeps what it kept, and a connection moves all the same."""
    account = world.account(Service.STORAGE)
    secret, connection = await world.secret(account, Slot.FIRST), await world.connection(account, Slot.FIRST)
    world.refuse(secret.id, 403)
    told = await world.rotator.move(await world.fact(account), Slot.SECOND, [secret, connection])

    assert set(told) == {secret.id}
    assert CHANGES[secret.id.type] in told[secret.id]
    assert await slots(world, secret, connection) == [Slot.FIRST, Slot.SECOND]
    assert (await world.now(secret)).tags == secret.tags


async def test_a_secret_of_no_key_of_its_is_left_alone(world: RotationWorld) -> None:
    """Gone since it was seen, or given another account's key."""
    account, another = world.account(Service.AI), world.account(Service.SEARCH)
    gone, elsewhere = [await world.secret(account, Slot.FIRST, name) for name in ("gone", "elsewhere")]
    await world.gone(gone)
    moved_away = await world.secret(another, Slot.FIRST, "elsewhere")
    told = await world.rotator.move(await world.fact(account), Slot.SECOND, [gone, elsewhere])

    assert set(told) == {gone.id, elsewhere.id}
    assert "404" in told[gone.id]
    assert await slots(world, moved_away) == [Slot.FIRST]
