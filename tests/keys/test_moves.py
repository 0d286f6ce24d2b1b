"""The way of a rotation in a calm world: gather, renew, prove, move, wait, renew the other."""

from datetime import timedelta

import pytest

from shared.keys.account import Terms
from shared.keys.step import Move, Prove, Regenerate
from shared.model.rotation import Cause, Phase
from tests.keys.interpreter import Fault, run
from tests.keys.model import DAY, FIRST, HOUR, SECOND, World
from tests.keys.stories import asked, ended, passes, reach

SERVICES = ["search", "account", "storage", "endpoint"]


@pytest.mark.parametrize("service", SERVICES)
def test_both_keys_are_new_in_the_end(service: str) -> None:
    """The idle key first, then the one that was in use; nobody was cut off, and all keep the key that came first."""
    world = asked(service)
    before = dict(world.secrets)
    passes(world, 2)
    assert ended(world)
    assert world.regenerated == [SECOND, FIRST]
    assert {world.slot_of(keeper) for keeper in world.keepers.values()} == {SECOND}
    assert all(world.secrets[slot] != before[slot] for slot in (FIRST, SECOND))
    assert world.record.ended is not None
    assert world.record.trouble == ""


def test_the_idle_key_is_renewed_whichever_that_is() -> None:
    """Consumers keep the second: the first is idle."""
    world = World("search", Terms(days=90, approved="CHG-1"))
    world.connect("a", SECOND)
    run(world)
    assert world.regenerated == [FIRST]


def test_mixed_slots_gather_first() -> None:
    """Nothing is regenerated while consumers keep both keys; the one that falls idle has its grace before it dies."""
    world = asked()
    world.connect("c", SECOND)
    run(world)
    assert {world.slot_of(keeper) for keeper in world.keepers.values()} == {FIRST}
    assert world.regenerated == []
    world.pass_time(DAY - HOUR)
    run(world)
    assert world.regenerated == []
    world.pass_time(HOUR)
    run(world)
    assert world.regenerated == [SECOND]
    passes(world, 2)
    assert ended(world)


def test_they_gather_on_the_younger_key() -> None:
    """So that the older one dies first, whoever keeps it."""
    world = asked("storage")
    world.regenerate_by_hand(SECOND)
    world.connect("c", SECOND)
    run(world)
    assert {world.slot_of(keeper) for keeper in world.keepers.values()} == {SECOND}
    passes(world, 3)
    assert ended(world)
    assert world.regenerated == [FIRST, SECOND]


def test_of_two_that_are_as_old_they_gather_on_the_one_that_more_keep() -> None:
    """The fewer moves, the better."""
    world = asked()
    world.connect("c", SECOND)
    made = run(world)
    assert made.steps == [Move(FIRST, (world.connect("c", SECOND).id,))]


def test_prove_before_move() -> None:
    """The new key opens the account before anybody gets it."""
    world = asked()
    made = run(world)
    assert [type(step) for step in made.steps[-3:]] == [Regenerate, Prove, Move]
    assert world.secrets[SECOND] in world.proved


def test_a_refused_proof_waits() -> None:
    """Nobody moves to a key that is refused; each pass tries it again, and goes on when it opens."""
    world = asked()
    world.opens = False
    made = passes(world, 2)
    assert made.trouble.startswith("the new secondary admin key is refused")
    assert {world.slot_of(keeper) for keeper in world.keepers.values()} == {FIRST}
    assert world.regenerated == [SECOND]
    world.opens = True
    passes(world, 2)
    assert ended(world)


def test_where_no_call_can_tell_they_move_all_the_same() -> None:
    """An endpoint has no harmless call."""
    world = asked("endpoint")
    world.opens = None
    passes(world, 2)
    assert ended(world)


def test_the_old_key_lives_for_its_grace() -> None:
    """To the hour: whoever else used it has that long to be seen."""
    world = asked(terms=Terms(days=90, grace=timedelta(days=3)))
    made = run(world)
    moved = world.record.since
    assert moved is not None
    assert made.last.until == moved + timedelta(days=3)
    world.pass_time(moved + timedelta(days=3) - world.now - HOUR)
    run(world)
    assert (world.record.phase, world.regenerated) == (Phase.WAITING, [SECOND])
    world.pass_time(HOUR)
    run(world)
    assert ended(world)
    assert world.regenerated == [SECOND, FIRST]


@pytest.mark.parametrize("cause", [Cause.REQUEST, Cause.EMERGENCY])
def test_never_both_keys_in_one_run(cause: Cause) -> None:
    """Also without any grace the second waits for a run that has looked at everybody anew."""
    world = asked(terms=Terms(days=90, grace=timedelta()), cause=cause)
    run(world)
    assert world.regenerated == [SECOND]
    assert world.record.phase is Phase.CLOSING
    run(world)
    assert ended(world)


def test_an_emergency_that_is_called_off_gets_its_grace_back() -> None:
    """The old key was about to die; in no hurry it lives on for the grace."""
    world = asked(cause=Cause.EMERGENCY)
    run(world)
    assert world.record.phase is Phase.CLOSING
    world.demand(Cause.REQUEST)
    assert run(world).last.until is not None
    assert world.regenerated == [SECOND]
    passes(world, 2)
    assert ended(world)


def test_storage_tells_what_is_new_and_is_not_regenerated_twice() -> None:
    """The answer was lost, the key was made: its creation time says so, for either key."""
    world = asked("storage")
    run(world, None, Fault.LOST_AFTER)
    assert world.record.phase is Phase.RENEWING
    assert run(world).last.record.phase is Phase.WAITING
    world.pass_time(DAY + HOUR)
    run(world, None, Fault.LOST_AFTER)
    assert run(world).last.record.phase is Phase.RESTING
    assert ended(world)
    assert world.regenerated == [SECOND, FIRST]


def test_an_old_key_that_a_person_renewed_meanwhile_is_not_regenerated_again() -> None:
    """While we waited: both keys are new, and it is over."""
    world = asked("storage")
    reach(world, Phase.WAITING)
    world.pass_time(HOUR)
    world.regenerate_by_hand(FIRST)
    run(world)
    assert ended(world)
    assert world.regenerated == [SECOND]


def test_an_account_known_only_since_it_was_first_seen_is_never_taken_for_new() -> None:
    """The ledger's clock began with the rotation; that says nothing of how old the keys are, so both are made anew."""
    world = asked("search", cause=Cause.EMERGENCY)
    world.ledger = None
    world.demand(Cause.EMERGENCY)
    assert world.record.seen == world.now
    run(world)
    run(world)
    assert ended(world)
    assert world.regenerated == [SECOND, FIRST]


def test_where_nobody_tells_an_idle_key_is_made_twice_rather_than_never() -> None:
    """The answer was lost, and a search service tells no age: nobody keeps it, so that harms nobody."""
    world = asked("search")
    run(world, None, Fault.LOST_AFTER)
    run(world)
    assert world.regenerated == [SECOND, SECOND]
    passes(world, 2)
    assert ended(world)
