"""What people do in the middle of a rotation, and what becomes of it."""

import pytest

from shared.keys.account import Risk
from shared.keys.step import Prove
from shared.model.rotation import Cause, Phase
from tests.keys.interpreter import Fault, run
from tests.keys.model import DAY, FIRST, HOUR, QUERY, SECOND
from tests.keys.stories import PHASES, asked, ended, in_phase, passes, reach


def test_a_consumer_that_appears_with_the_old_key_is_moved_and_the_grace_begins_anew() -> None:
    """Its users have read the old key a minute ago."""
    world = asked()
    reach(world, Phase.WAITING)
    world.pass_time(DAY - HOUR)
    late = world.connect("late", FIRST)
    run(world)
    assert world.slot_of(late) is SECOND
    moved = world.now
    world.pass_time(DAY - HOUR)
    run(world)
    assert world.regenerated == [SECOND]
    passes(world, 1)
    assert world.now - moved >= DAY
    assert ended(world)


def test_a_consumer_that_appears_with_the_fresh_key_before_it_is_regenerated_goes_back_first() -> None:
    """Somebody took the idle key: it is moved to the one that lives on, and the idle one has its grace anew."""
    world = asked()
    run(world, None, Fault.LOST_BEFORE)
    assert world.record.phase is Phase.RENEWING
    early = world.connect("early", SECOND)
    run(world)
    assert world.slot_of(early) is FIRST
    assert world.regenerated == []
    passes(world, 3)
    assert ended(world)


def test_a_consumer_that_a_person_moves_off_the_idle_key_leaves_its_grace_behind() -> None:
    """Some time between two looks: the grace counts from the one that finds it gone."""
    world = asked()
    world.connect("c", SECOND)
    run(world, Fault.DIED_BEFORE)
    world.pass_time(6 * HOUR)
    world.connect("c", FIRST)
    world.pass_time(6 * HOUR)
    found = world.now
    assert run(world).last.until == found + DAY
    assert world.regenerated == []


def test_a_person_regenerates_the_new_key_and_ours_are_moved_again() -> None:
    """All are cut off by that person; they get the key that lives, once a call with it was answered."""
    world = asked()
    reach(world, Phase.WAITING)
    world.regenerate_by_hand(SECOND)
    made = run(world)
    assert {world.slot_of(keeper) for keeper in world.keepers.values()} == {SECOND}
    assert Prove(SECOND) in made.steps
    passes(world, 2)
    assert ended(world)


def test_a_person_regenerates_the_old_key_and_ours_are_moved() -> None:
    """Before anybody has moved: all are dead, and the new key mends them."""
    world = asked()
    world.opens = False
    run(world)
    world.regenerate_by_hand(FIRST)
    world.opens = True
    run(world)
    assert {world.slot_of(keeper) for keeper in world.keepers.values()} == {SECOND}
    passes(world, 2)
    assert ended(world)


def test_a_person_regenerates_the_new_key_at_the_very_end() -> None:
    """The old key is dead already, in doubt or not: ours are mended before it is over."""
    world = asked("storage")
    reach(world, Phase.WAITING)
    world.pass_time(2 * DAY)
    run(world, None, Fault.LOST_AFTER)
    world.regenerate_by_hand(SECOND)
    run(world)
    assert ended(world)
    assert {world.slot_of(keeper) for keeper in world.keepers.values()} == {SECOND}


def test_a_foreign_key_is_none_of_our_business() -> None:
    """A connection that never kept one of the two keys keeps what it has."""
    world = asked()
    foreign = world.connect("foreign", None)
    passes(world, 2)
    assert world.slot_of(foreign) is None
    assert world.crimes == []
    assert world.record.phase is Phase.RESTING


def test_whoever_took_a_query_key_gets_no_admin_key() -> None:
    """It kept an admin key once; when its query key dies it is its owner who gives it another."""
    world = asked()
    run(world, Fault.DIED_BEFORE)
    reader = world.connect("a", QUERY)
    run(world, Fault.DIED_BEFORE)
    world.connect("a", None)
    passes(world, 2)
    assert world.slot_of(reader.id) is None
    assert world.record.phase is Phase.RESTING


def test_whoever_was_out_of_sight_is_still_ours() -> None:
    """Its list could not be read for a while, and a person killed its key meanwhile: it is moved when it is seen."""
    world = asked()
    reach(world, Phase.WAITING)
    hidden = next(iter(world.keepers.values()))
    hidden.listed = False
    run(world)
    world.regenerate_by_hand(SECOND)
    run(world)
    hidden.listed = True
    passes(world, 2)
    assert ended(world)


@pytest.mark.parametrize("phase", PHASES)
def test_keys_are_switched_off(phase: Phase) -> None:
    """There is nothing to rotate any more: it ends where it stands. Switched on again, the next one ends well."""
    world = in_phase(phase)
    regenerated = list(world.regenerated)
    world.keyless = True
    made = run(world)
    assert made.steps == []
    assert (world.record.phase, world.record.demand, world.record.trouble) == (Phase.RESTING, None, "")
    world.keyless = False
    world.resync_by_hand(next(one for one, keeper in world.keepers.items() if keeper.anchored))
    world.demand(Cause.REQUEST)
    passes(world, 5)
    assert ended(world)
    assert len(world.regenerated) == len(regenerated) + 2


def test_keys_that_were_off_for_an_hour_cut_no_grace_short() -> None:
    """Whoever read the old key just before may still use it: a rotation that is asked for at once waits with it."""
    world = asked()
    reach(world, Phase.WAITING)
    world.keyless = True
    run(world)
    world.keyless = False
    world.demand(Cause.REQUEST)
    world.pass_time(HOUR)
    run(world)
    assert world.regenerated == [SECOND]
    passes(world, 3)
    assert ended(world)


@pytest.mark.parametrize("phase", PHASES)
def test_the_ledger_is_lost(phase: Phase) -> None:
    """Whoever comes to know the account again finds both keys in use, or one: it ends safely all the same."""
    world = in_phase(phase)
    world.ledger = None
    world.victims.clear()
    run(world)
    if phase is Phase.RESYNCING:
        world.resync_by_hand(next(one for one, keeper in world.keepers.items() if keeper.anchored))
    world.demand(Cause.REQUEST)
    passes(world, 5)
    assert ended(world)
    assert len(world.regenerated) >= 2


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("phase", PHASES)
def test_whatever_fails_it_ends(phase: Phase, fault: Fault) -> None:
    """Each step fails once in each way, and all that was begun ends."""
    world = in_phase(phase)
    for ahead in range(4):
        run(world, *[None] * ahead, fault)
        world.pass_time(HOUR)
    passes(world, 4)
    assert ended(world)


def test_a_consumer_that_is_deleted_holds_nothing_up() -> None:
    """Nobody waits for what is gone."""
    world = asked()
    stubborn = world.connect("stubborn")
    stubborn.writable = False
    run(world)
    assert "stubborn could not be moved" in world.record.trouble
    world.remove(stubborn.id)
    passes(world, 2)
    assert ended(world)


def test_one_that_cannot_be_moved_keeps_its_key_alive() -> None:
    """Azure refuses the write: the nine others move, and the old key does not die."""
    world = asked()
    for number in range(7):
        world.connect(f"c{number}")
    stubborn = world.connect("stubborn")
    stubborn.writable = False
    passes(world, 5)
    assert world.regenerated == [SECOND]
    assert [keeper.id.name for keeper in world.keepers.values() if world.slot_of(keeper) is FIRST] == ["stubborn"]
    stubborn.writable = True
    passes(world, 2)
    assert ended(world)


def test_somebody_asks_again_in_the_middle() -> None:
    """A rotation that is under way is the answer."""
    world = asked()
    world.accept(Risk.UNKNOWN_USERS)
    reach(world, Phase.WAITING)
    world.demand(Cause.REQUEST)
    passes(world, 2)
    assert ended(world)
    assert world.regenerated == [SECOND, FIRST]
