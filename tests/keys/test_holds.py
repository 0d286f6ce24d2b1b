"""What holds a rotation up in the middle, and that it goes on by itself once that is mended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.keys.account import Risk, Terms
from shared.model.facts import Seen
from shared.model.rotation import Cause, Phase
from tests.keys.interpreter import run
from tests.keys.keepers import LISTSECRETS
from tests.keys.model import DAY, FIRST, HOUR, SECOND
from tests.keys.stories import PHASES, asked, ended, in_phase, passes, reach


def test_403_on_one_of_ten_moves_nine_and_holds_with_its_name_and_permission() -> None:
    """Whoever can be read is moved, and the old key lives on for the one that cannot."""
    world = asked()
    for number in range(8):
        world.connect(f"c{number}")
    reach(world, Phase.MOVING)
    world.keepers[world.connect("c3").id].readable = False
    made = passes(world, 3)
    moved = [keeper for keeper in world.keepers.values() if world.slot_of(keeper) is SECOND]
    assert len(moved) == 9
    assert world.regenerated == [SECOND]
    assert "hub/c3" in made.trouble
    assert LISTSECRETS in made.trouble
    world.keepers[world.connect("c3").id].readable = True
    passes(world, 2)
    assert ended(world)


@pytest.mark.parametrize("phase", PHASES)
def test_a_list_that_nobody_can_read_holds(phase: Phase) -> None:
    """A consumer may be in it: no key dies, in any phase."""
    world = in_phase(phase)
    regenerated = list(world.regenerated)
    for keeper in world.keepers.values():
        keeper.listed = False
    made = passes(world, 4)
    assert world.regenerated == regenerated
    assert "hub-b could not be listed" in made.trouble
    for keeper in world.keepers.values():
        keeper.listed = True
    passes(world, 4)
    assert ended(world)


@pytest.mark.parametrize("phase", PHASES)
def test_an_account_that_nobody_can_read_holds(phase: Phase) -> None:
    """Losing read access causes no step, and ends nothing."""
    world = in_phase(phase)
    world.gone = Seen.UNREADABLE
    made = run(world)
    assert made.steps == []
    assert world.record.phase is phase
    assert "the account could not be read: no answer" in made.trouble
    world.gone = Seen.PRESENT
    passes(world, 4)
    assert ended(world)


def test_an_account_that_is_gone_has_no_rotation() -> None:
    """It takes no place of others that wait for one."""
    world = in_phase(Phase.MOVING)
    world.gone = Seen.ABSENT
    assert run(world).steps == []
    assert (world.record.phase, world.record.demand) == (Phase.RESTING, None)


@pytest.mark.parametrize("phase", [Phase.RESTING, Phase.WAITING])
def test_signed_urls_hold(phase: Phase) -> None:
    """They die with the key that made them, and nobody can tell which: neither key dies before policy accepts that."""
    world = asked()
    signed = world.connect("signed", None)
    world.signed.add(signed.id)
    if phase is Phase.WAITING:
        world.signed.clear()
        reach(world, phase)
        world.signed.add(signed.id)
    made = passes(world, 3)
    assert len(world.regenerated) == (phase is Phase.WAITING)
    assert "shared access signature" in made.trouble
    assert "hub/signed" in made.trouble
    world.accept(Risk.SIGNED_URLS)
    passes(world, 2)
    assert len(world.regenerated) == 2
    assert world.record.phase is Phase.RESTING


def test_a_log_that_names_a_caller_holds_and_names_it_and_silence_lets_go() -> None:
    """A stranger uses the old key while both live: it lives on until that has not happened for a grace."""
    world = asked(terms=Terms(days=90))
    reach(world, Phase.WAITING)
    world.pass_time(DAY - HOUR)
    world.use(FIRST, "10.1.2.3 (curl)")
    world.pass_time(2 * HOUR)
    made = run(world)
    assert world.regenerated == [SECOND]
    assert "10.1.2.3 (curl)" in made.trouble
    assert "take the secondary admin key" in made.trouble
    world.pass_time(DAY - 2 * HOUR)
    run(world)
    assert ended(world)


def test_a_log_that_names_a_caller_of_the_idle_key_holds() -> None:
    """Nobody we know keeps it, and somebody uses it: it is not touched."""
    world = asked()
    world.use(SECOND, "10.1.2.3")
    made = run(world)
    assert world.regenerated == []
    assert "secondary admin key was used on 2026-03-01 09:00 UTC by 10.1.2.3" in made.trouble
    world.pass_time(DAY)
    run(world)
    assert world.regenerated == [SECOND]


def test_silence_that_policy_wants_is_waited_for_once() -> None:
    """A week without use, from when all had moved; that is a wait, and no trouble."""
    world = asked(terms=Terms(days=90, silence=timedelta(days=7)))
    reach(world, Phase.WAITING)
    begun = world.record.since
    assert begun is not None
    world.pass_time(2 * DAY)
    made = run(world)
    assert (made.trouble, made.last.until) == ("", begun + timedelta(days=7))
    world.pass_time(5 * DAY)
    run(world)
    assert ended(world)


def test_unknown_use_needs_an_acceptance() -> None:
    """Where no log tells who uses a key, policy must say that it may die all the same."""
    world = asked()
    world.logs = False
    made = passes(world, 3)
    assert world.regenerated == []
    assert "nobody can tell who else uses the secondary admin key (its logs name no key)" in made.trouble
    world.accept(Risk.UNKNOWN_USERS)
    passes(world, 2)
    assert ended(world)


@pytest.mark.parametrize("phase", [Phase.RESTING, Phase.RENEWING, Phase.WAITING])
def test_unknown_use_may_be_approved(phase: Phase) -> None:
    """Somebody who knows says so, with the request or later; that counts for both keys of this rotation."""
    world = asked()
    if phase is not Phase.RESTING:
        reach(world, phase)
    world.logs = False
    if phase is not Phase.RESTING:
        assert "nobody can tell" in passes(world, 3).trouble
    world.approve()
    passes(world, 2)
    assert ended(world)
    assert world.record.approved == ""


@pytest.mark.parametrize("phase", PHASES)
def test_an_opt_out_holds(phase: Phase) -> None:
    """The owner's tag leaves its keys alone, in the words of the tag; but whoever we cut off learns the new key."""
    world = in_phase(phase)
    regenerated = list(world.regenerated)
    world.terms = replace(world.terms, kept="its tag leaves its keys alone until 2027-01-31")
    made = passes(world, 3)
    assert world.regenerated == regenerated
    assert world.crimes == []
    if phase is Phase.RESYNCING:
        assert ended(world)
        return
    assert made.trouble == "its tag leaves its keys alone until 2027-01-31"
    world.terms = replace(world.terms, kept="")
    passes(world, 4)
    assert ended(world)


def test_an_opt_out_does_not_hide_that_somebody_keeps_the_old_key_again() -> None:
    """The record says where its consumers are, whoever holds it up."""
    world = asked()
    reach(world, Phase.WAITING)
    world.terms = replace(world.terms, kept="its tag leaves its keys alone")
    world.connect("late", FIRST)
    run(world)
    assert world.record.phase is Phase.MOVING


def test_an_opt_out_does_not_hold_an_emergency() -> None:
    """A key that leaked is nobody's to keep."""
    world = asked(terms=Terms(days=90, kept="its tag leaves its keys alone"), cause=Cause.EMERGENCY)
    run(world)
    run(world)
    assert ended(world)
    assert len(world.regenerated) == 2


def test_what_holds_it_up_is_forgotten_when_it_is_mended() -> None:
    """No trouble outlives its cause."""
    world = asked()
    world.connect("c").readable = False
    assert run(world).trouble
    world.connect("c").readable = True
    run(world)
    assert world.record.trouble == ""
