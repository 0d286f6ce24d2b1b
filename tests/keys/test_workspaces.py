"""Workspaces: by a resync they learn the first key of their storage account, and no other."""

from shared.keys.account import Risk, Terms
from shared.model.rotation import Cause, Phase
from tests.keys.interpreter import run
from tests.keys.model import DAY, FIRST, HOUR, SECOND, World
from tests.keys.stories import asked, ended, passes, reach


def storage(*risks: Risk) -> World:
    """A storage account whose first key a workspace and two connections keep."""
    world = asked("storage")
    world.accept(*risks)
    world.open_workspace("w")
    return world


def test_its_key_does_not_die_under_it() -> None:
    """All others move; then it is held, and says what to do: come with an identity."""
    world = storage()
    made = passes(world, 3)
    assert world.regenerated == [SECOND]
    assert "key1 is still kept by w" in made.trouble
    assert "systemDatastoresAuthMode" in made.trouble
    world.open_workspace("w").by_identity = True
    passes(world, 2)
    assert world.record.phase is Phase.RESTING
    assert world.regenerated == [SECOND, FIRST]
    assert world.crimes == []


def test_with_the_gap_accepted_it_learns_the_new_key_right_after() -> None:
    """Its calls fail from the regeneration to the end of the resync, and no longer."""
    world = storage(Risk.RESYNC_GAP, Risk.UNKNOWN_USERS)
    reach(world, Phase.WAITING)
    world.pass_time(DAY + HOUR)
    run(world)
    assert world.regenerated == [SECOND, FIRST]
    passes(world, 1)
    assert ended(world)
    assert world.slot_of(world.open_workspace("w")) is FIRST


def test_its_own_calls_hide_those_of_strangers() -> None:
    """It uses the old key to its end, so a log never falls silent: that needs what a log that does not tell needs."""
    world = storage(Risk.RESYNC_GAP)
    made = passes(world, 3)
    assert world.regenerated == [SECOND]
    assert "the calls of w hide all others" in made.trouble
    world.approve()
    passes(world, 2)
    assert ended(world)


def test_whoever_keeps_the_other_key_gathers_on_the_workspaces_key() -> None:
    """Whichever of the two is younger: from its key only a resync takes it."""
    world = storage(*Risk)
    world.regenerate_by_hand(SECOND)
    late = world.connect("c", SECOND)
    world.pass_time(HOUR)
    run(world)
    assert world.slot_of(late) is FIRST
    passes(world, 4)
    assert ended(world)


def test_one_that_comes_to_keep_the_idle_key_turns_the_rotation_around() -> None:
    """A workspace is resynced while the first key is about to be renewed: the second is renewed instead."""
    world = asked("storage")
    world.accept(*Risk)
    for name in ("a", "b"):
        world.connect(name, SECOND)
    reach(world, Phase.RENEWING)
    assert world.record.fresh is FIRST
    world.open_workspace("w")
    passes(world, 4)
    assert ended(world)
    assert world.regenerated == [SECOND, FIRST]


def test_two_with_different_keys_hold() -> None:
    """Only people can let the one with the second key resync."""
    world = storage(*Risk)
    other = world.open_workspace("v", SECOND)
    made = passes(world, 2)
    assert world.regenerated == []
    assert "workspaces keep both keys, and the key2 is kept by v" in made.trouble
    world.resync_by_hand(other.id)
    passes(world, 3)
    assert ended(world)


def test_two_with_different_keys_do_not_keep_a_third_from_its_new_key() -> None:
    """It was cut off by us: it is let learn the new key, whatever else holds."""
    world = storage(*Risk)
    reach(world, Phase.RESYNCING)
    world.open_workspace("u")
    world.open_workspace("v", SECOND)
    passes(world, 1)
    assert ended(world)


def test_one_with_the_second_key_is_told_to_resync() -> None:
    """That takes it to the first, which is new and alive: no gap, and no acceptance."""
    world = asked("storage", Terms(days=90), Cause.REQUEST)
    for name in ("a", "b"):
        world.connect(name, SECOND)
    kept = world.open_workspace("w", SECOND)
    made = passes(world, 3)
    assert world.regenerated == [FIRST]
    assert "key2 is still kept by w: let it resync its keys" in made.trouble
    world.resync_by_hand(kept.id)
    passes(world, 2)
    assert ended(world)


def test_one_out_of_sight_at_the_end_is_waited_for() -> None:
    """It was cut off by us, and its list cannot be read now: it is not over before it has learnt the new key."""
    world = storage(*Risk)
    reach(world, Phase.RESYNCING)
    workspace = next(keeper for keeper in world.keepers.values() if keeper.anchored)
    workspace.listed = False
    assert "could not be listed" in passes(world, 1).trouble
    assert world.record.phase is Phase.RESYNCING
    workspace.listed = True
    passes(world, 1)
    assert ended(world)


def test_one_that_cannot_be_read_at_the_end_is_waited_for() -> None:
    """Nobody can tell whether it has learnt the new key."""
    world = storage(*Risk)
    reach(world, Phase.RESYNCING)
    workspace = next(keeper for keeper in world.keepers.values() if keeper.anchored)
    workspace.readable = False
    assert "nobody can tell which key w keeps" in passes(world, 1).trouble
    assert world.record.phase is Phase.RESYNCING
