"""A key got out: what an emergency skips, what it does not, and that both keys are dead in the end."""

import pytest

from shared.keys.account import Risk, Terms
from shared.keys.step import Ask
from shared.model.rotation import Cause, Phase
from tests.keys.interpreter import run
from tests.keys.model import FIRST, HOUR, SECOND
from tests.keys.stories import PHASES, asked, ended, in_phase, passes, reach


def test_no_grace_and_no_log() -> None:
    """Two runs, a moment apart, whoever else uses the keys and whatever is signed with them."""
    world = asked(terms=Terms(days=90), cause=Cause.EMERGENCY)
    world.connect("c", SECOND)
    world.signed.add(world.connect("signed", None).id)
    world.logs = False
    world.use(FIRST)
    world.use(SECOND)
    steps = [*run(world).steps, *run(world).steps]
    assert not any(isinstance(step, Ask) for step in steps)
    assert len(world.regenerated) == 2
    assert world.record.phase is Phase.RESTING
    assert world.crimes == []


def test_known_consumers_still_count() -> None:
    """One that cannot be read holds it up, at its begin and at its end."""
    world = asked(cause=Cause.EMERGENCY)
    world.connect("c").readable = False
    assert "hub/c" in run(world).trouble
    assert world.regenerated == []
    world.connect("c").readable = True
    run(world)
    world.connect("c").readable = False
    assert "hub/c" in run(world).trouble
    assert world.regenerated == [SECOND]


def test_a_workspace_still_counts() -> None:
    """Its storage's key dies under it only where policy accepts that."""
    world = asked("storage", cause=Cause.EMERGENCY)
    world.open_workspace("w")
    assert "resync_gap" in passes(world, 1).trouble
    assert world.regenerated == [SECOND]
    world.accept(Risk.RESYNC_GAP)
    passes(world, 1)
    assert ended(world)


@pytest.mark.parametrize("phase", PHASES)
def test_both_keys_are_new_since_it_was_asked_for(phase: Phase) -> None:
    """The key that leaked may be the one that a rotation under way has just made: then that begins anew."""
    world = in_phase(phase)
    world.pass_time(HOUR)
    asked_at = world.now
    world.demand(Cause.EMERGENCY)
    passes(world, 2)
    assert ended(world)
    assert all(world.made[slot] >= asked_at for slot in (FIRST, SECOND))


def test_a_key_that_was_just_made_was_kept_by_nobody() -> None:
    """Somebody asks for one more rotation right after: the idle key needs no grace, unless a log shows its slot."""
    world = asked(cause=Cause.EMERGENCY)
    world.logs = False
    world.accept(Risk.UNKNOWN_USERS)
    run(world)
    run(world)
    world.demand(Cause.REQUEST)
    run(world)
    assert world.regenerated == [SECOND, FIRST, FIRST]


def test_one_that_came_before_the_new_key_was_made_is_done_with_it() -> None:
    """It does not begin anew for ever."""
    world = asked()
    reach(world, Phase.RENEWING)
    world.demand(Cause.EMERGENCY)
    passes(world, 1)
    assert ended(world)
    assert world.regenerated == [SECOND, FIRST]
