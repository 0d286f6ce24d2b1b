"""What KeyUses promises, held against the fake and against Azure's stand-in behind the adapter."""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.adapters.log_query import ResourceLogs
from shared.model.errors import DependencyDown, Forbidden
from shared.model.facts import Kind
from shared.model.key_facts import Slot
from shared.model.rotation import NO_LOGS, Use
from tests.contracts.estate import Names
from tests.contracts.use_worlds import READ_EVENTS, READ_LOGS, FakeUseWorld, StandInUseWorld, UseWorld
from tests.contracts.worlds import AppCredential, StandInWorld

pytestmark = pytest.mark.asyncio(loop_scope="session")

KINDS = [Kind.AI_ACCOUNT, Kind.SEARCH, Kind.STORAGE]


@pytest_asyncio.fixture(loop_scope="session")
async def stand_in_uses(stand_in_world: StandInWorld) -> AsyncIterator[StandInUseWorld]:
    """The adapter, with a subscription of its own in the stand-in."""
    logs = ResourceLogs(AppCredential(stand_in_world.azure), stand_in_world.azure.url)
    yield StandInUseWorld(stand_in_world, logs)
    await logs.close()


@pytest.fixture(params=["fake", "azure"])
def world(request: pytest.FixtureRequest) -> UseWorld:
    """A subscription with no account yet, in each of the two."""
    if request.param == "fake":
        return FakeUseWorld(Names(str(uuid.uuid4())))
    stand_in: StandInUseWorld = request.getfixturevalue("stand_in_uses")
    return stand_in


async def test_a_use_is_told_with_who_it_was(world: UseWorld) -> None:
    """When it was, and from where, without the port, which is another each time."""
    account = world.account(Kind.STORAGE)
    await world.keep_logs(account)
    begin = world.now()
    await world.call(account, Slot.FIRST, "etl/1.0")
    await world.call(account, Slot.FIRST, "etl/1.0")

    use = await world.uses.since(account, Slot.FIRST, begin)
    assert (use.known, use.callers, use.why) == (True, ("127.0.0.1 etl/1.0",), "")
    assert use.last is not None
    assert begin <= use.last <= world.now()


async def test_each_slot_has_its_own_uses(world: UseWorld) -> None:
    """Who uses the second key does not use the first."""
    account = world.account(Kind.STORAGE)
    await world.keep_logs(account)
    begin = world.now()
    await world.call(account, Slot.SECOND)

    assert await world.uses.since(account, Slot.FIRST, begin) == Use(known=True)
    assert (await world.uses.since(account, Slot.SECOND, begin)).last is not None


async def test_what_was_before_the_moment_is_not_told(world: UseWorld) -> None:
    """The key was used, and is not any more."""
    account = world.account(Kind.STORAGE)
    await world.keep_logs(account)
    await world.call(account, Slot.FIRST)

    assert await world.uses.since(account, Slot.FIRST, world.later()) == Use(known=True)


async def test_an_account_has_its_own_uses(world: UseWorld) -> None:
    """Who calls another account says nothing of this one."""
    account = world.account(Kind.STORAGE)
    await world.keep_logs(account)
    await world.visit(account)

    assert await world.uses.since(account, Slot.FIRST, world.now()) == Use(known=True)


async def test_silence_of_logs_that_are_not_kept_means_nothing(world: UseWorld) -> None:
    """A call that nothing logs is not seen; that is told, with what would let us know."""
    account = world.account(Kind.STORAGE)
    begin = world.now()
    await world.call(account, Slot.FIRST)

    use = await world.uses.since(account, Slot.FIRST, begin)
    assert (use.known, use.last, use.callers) == (False, None, ())
    assert "blob, file, queue, table" in use.why


async def test_logs_that_never_showed_a_row_mean_nothing(world: UseWorld) -> None:
    """They are kept where we may not look, or nobody came at all: nothing tells which. One visit by identity does."""
    account = world.account(Kind.STORAGE)
    await world.keep_logs(account)
    begin = world.now()
    before = await world.uses.since(account, Slot.FIRST, begin)
    await world.visit(account)

    assert (before.known, before.last) == (False, None)
    assert "no row" in before.why
    assert await world.uses.since(account, Slot.FIRST, begin) == Use(known=True)


async def test_callers_are_few_and_the_busiest_come_first(world: UseWorld) -> None:
    """Five, whoever else there was; the last use counts, whoever made it."""
    account = world.account(Kind.STORAGE)
    await world.keep_logs(account)
    begin = world.now()
    for number in range(1, 7):
        for _ in range(number):
            await world.call(account, Slot.FIRST, f"app/{number}")
    before_last = world.now()
    await world.call(account, Slot.FIRST, "app/1")
    await world.call(account, Slot.FIRST, "rare/1")

    use = await world.uses.since(account, Slot.FIRST, begin)
    assert use.callers[:4] == tuple(f"127.0.0.1 app/{number}" for number in (6, 5, 4, 3))
    assert len(use.callers) == 5
    assert use.last is not None
    assert use.last >= before_last


@pytest.mark.parametrize("kind", [Kind.AI_ACCOUNT, Kind.SEARCH])
async def test_other_accounts_log_no_key(world: UseWorld, kind: Kind) -> None:
    """No log tells who uses a key of AI services or search."""
    assert await world.uses.since(world.account(kind), Slot.FIRST, world.now()) == NO_LOGS


async def test_logs_that_may_not_be_read_do_not_tell(world: UseWorld) -> None:
    """It is no error, and no silence: the permission is named."""
    account = world.account(Kind.STORAGE)
    await world.keep_logs(account)
    world.deny(READ_LOGS)
    use = await world.uses.since(account, Slot.FIRST, world.now())

    assert (use.known, use.last) == (False, None)
    assert READ_LOGS in use.why


async def test_logs_that_fail_do_not_tell(world: UseWorld) -> None:
    """A 503 that lasts is a log that does not tell."""
    account = world.account(Kind.STORAGE)
    await world.keep_logs(account)
    world.fail()
    use = await world.uses.since(account, Slot.FIRST, world.now())

    assert (use.known, use.last) == (False, None)
    assert "503" in use.why


@pytest.mark.parametrize("kind", KINDS)
async def test_a_regeneration_is_told(world: UseWorld, kind: Kind) -> None:
    """When it was; of several the last one."""
    account, other = world.account(kind), world.account(next(one for one in KINDS if one is not kind))
    begin = world.now()
    assert await world.uses.keys_made(account, begin) is None

    await world.regenerate(account)
    between = world.now()
    await world.regenerate(account)
    at = await world.uses.keys_made(account, begin)
    assert at is not None
    assert between <= at <= world.now()
    assert await world.uses.keys_made(other, begin) is None


@pytest.mark.parametrize("kind", KINDS)
async def test_a_write_may_have_been_the_creation(world: UseWorld, kind: Kind) -> None:
    """No field of an event tells one from the other; keys of an account that may be that young may be, too."""
    account = world.account(kind)
    begin = world.now()
    await world.write(account)

    at = await world.uses.keys_made(account, begin)
    assert at is not None
    assert begin <= at <= world.now()


async def test_a_regeneration_before_the_moment_is_not_told(world: UseWorld) -> None:
    """What was known already is not news."""
    account = world.account(Kind.STORAGE)
    await world.regenerate(account)

    assert await world.uses.keys_made(account, world.later()) is None


async def test_an_unreadable_activity_log_is_no_empty_one(world: UseWorld) -> None:
    """It raises, or a key that somebody regenerated would be taken for the old one."""
    account = world.account(Kind.STORAGE)
    await world.regenerate(account)
    world.deny(READ_EVENTS)
    with pytest.raises(Forbidden) as refused:
        await world.uses.keys_made(account, world.now())
    assert refused.value.permission == READ_EVENTS


async def test_a_failing_activity_log_is_no_empty_one(world: UseWorld) -> None:
    """A 503 that lasts raises."""
    account = world.account(Kind.STORAGE)
    world.fail()
    with pytest.raises(DependencyDown):
        await world.uses.keys_made(account, world.now())
