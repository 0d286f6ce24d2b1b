"""When a rotation begins, and what keeps it from beginning."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.keys.account import Risk, Terms
from shared.model.rotation import Cause, Phase, Record
from tests.keys.interpreter import run
from tests.keys.model import DAY, FIRST, HOUR, QUERY, SECOND, World
from tests.keys.stories import asked, ended, passes

UNAPPROVED = Terms(days=90)
APPROVED = Terms(days=90, approved="CHG-1")


def old(terms: Terms) -> World:
    """An account whose keys are a hundred days old, with one connection."""
    world = World("search", terms)
    world.connect("a")
    return world


def test_age_begins_it_where_policy_approves() -> None:
    """Keys of a hundred days, where ninety are allowed, are rotated without anybody asking."""
    world = old(APPROVED)
    run(world)
    assert world.record.demand is not None
    assert world.record.demand.cause is Cause.AGE
    assert "100 days old" in world.record.demand.reason
    assert ended(world) is False
    passes(world, 2)
    assert ended(world)
    assert set(world.regenerated) == {FIRST, SECOND}


def test_age_alone_begins_nothing() -> None:
    """Where nobody approved, it is told how old the key is and how to approve; nothing is asked for by itself."""
    world = old(UNAPPROVED)
    made = passes(world, 3)
    assert world.regenerated == []
    assert "nobody has approved" in made.trouble
    assert world.record.phase is Phase.RESTING
    assert world.record.demand is None


def test_young_keys_are_left_alone() -> None:
    """Before it is due nothing happens, and nothing holds it up."""
    world = old(replace(APPROVED, days=120))
    made = run(world)
    assert (made.steps, made.trouble, made.last.until) == ([], "", None)


def test_expiry_needs_approval_too() -> None:
    """A vault secret that nears its end is no leave to rotate; the demand waits for one."""
    world = asked(cause=Cause.EXPIRY)
    made = passes(world, 3)
    assert world.regenerated == []
    assert made.trouble.startswith("Jane asked for it; nobody has approved")
    world.terms = APPROVED
    passes(world, 2)
    assert ended(world)
    assert len(world.regenerated) == 2


@pytest.mark.parametrize("cause", [Cause.REQUEST, Cause.EMERGENCY])
def test_who_asks_for_it_has_approved_it(cause: Cause) -> None:
    """A person who asks needs no policy to agree."""
    world = asked(cause=cause)
    passes(world, 2)
    assert ended(world)
    assert set(world.regenerated) == {FIRST, SECOND}


@pytest.mark.parametrize("cause", [Cause.REQUEST, Cause.EXPIRY])
def test_without_room_it_waits_for_its_turn(cause: Cause) -> None:
    """As many as policy allows are under way: this one keeps its demand, and begins when there is room."""
    world = asked(terms=replace(APPROVED, room=False), cause=cause)
    made = run(world)
    assert "as many rotations as policy allows" in made.trouble
    assert (world.record.phase, world.regenerated) == (Phase.RESTING, [])
    world.terms = APPROVED
    passes(world, 2)
    assert ended(world)


def test_an_emergency_needs_no_room() -> None:
    """Whoever is in a hurry waits for nobody."""
    world = asked(terms=replace(APPROVED, room=False), cause=Cause.EMERGENCY)
    run(world)
    assert world.regenerated == [SECOND]


def test_it_does_not_begin_blind() -> None:
    """One consumer that nobody can read: no emergency begins either."""
    for cause in (Cause.REQUEST, Cause.EMERGENCY):
        world = asked(cause=cause)
        world.connect("c").readable = False
        assert "hub/c" in passes(world, 2).trouble
        assert world.regenerated == []


def nobody(cause: Cause = Cause.REQUEST) -> World:
    """An account of which no consumer is known but one with a query key, and a demand."""
    world = World("search", UNAPPROVED)
    world.connect("reader", QUERY)
    world.demand(cause)
    return world


def test_where_nobody_is_known_it_could_only_break_somebody_unknown() -> None:
    """Nobody keeps either key: that needs an acceptance in policy, or somebody's approval."""
    world = nobody()
    assert "nobody is known to keep a key of find" in passes(world, 2).trouble
    assert world.regenerated == []
    world.accept(Risk.UNKNOWN_USERS)
    passes(world, 2)
    assert ended(world)
    assert len(world.regenerated) == 2
    assert world.slot_of(next(iter(world.keepers))) is QUERY


def test_where_nobody_is_known_somebody_may_approve() -> None:
    """The approval that comes with the request counts for the whole rotation."""
    world = nobody()
    world.logs = False
    world.approve()
    passes(world, 2)
    assert ended(world)
    assert len(world.regenerated) == 2


def test_where_nobody_is_known_an_emergency_begins() -> None:
    """A key that leaked dies, whoever uses it."""
    world = nobody(Cause.EMERGENCY)
    run(world)
    run(world)
    assert ended(world)
    assert len(world.regenerated) == 2


def test_an_approval_counts_for_one_rotation() -> None:
    """One that came after the rotation had ended, and one that was used, approve nothing later."""
    world = asked()
    world.logs = False
    world.approve()
    passes(world, 2)
    assert ended(world)
    world.approve()
    run(world)
    world.demand(Cause.REQUEST)
    assert "nobody can tell who else uses" in passes(world, 3).trouble
    assert len(world.regenerated) == 2


def test_who_used_which_key_is_known_only_since_the_account_was_first_seen() -> None:
    """A grace passes first: somebody may have been moved off the idle key a minute ago, and the ledger lost."""
    world = asked()
    world.ledger = Record(world.account, seen=world.now)
    world.demand(Cause.REQUEST)
    assert run(world).last.until == world.record.seen + DAY
    world.pass_time(DAY - HOUR)
    run(world)
    assert world.regenerated == []
    world.pass_time(HOUR)
    run(world)
    assert world.regenerated == [SECOND]


def test_what_would_hold_it_up_is_told_at_first_sight() -> None:
    """Not a day later."""
    world = asked()
    world.logs = False
    world.ledger = None
    world.demand(Cause.REQUEST)
    assert "nobody can tell who else uses" in run(world).trouble


def test_an_emergency_begins_at_first_sight() -> None:
    """It has no grace."""
    world = asked()
    world.ledger = Record(world.account, seen=world.now)
    world.demand(Cause.EMERGENCY)
    run(world)
    assert world.regenerated == [SECOND]


def test_due_waits_for_no_look_at_the_keys() -> None:
    """While nothing is due, an unreadable consumer is no trouble of ours."""
    world = old(replace(APPROVED, days=200, grace=timedelta()))
    world.connect("c").readable = False
    assert run(world).trouble == ""
