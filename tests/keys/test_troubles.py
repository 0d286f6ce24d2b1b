"""
Whatever can hold a rotation up, in one file: for a person to read, and to see what to do next.

After an intended change: `HUBWARDEN_GOLDEN=write pytest tests/keys/test_troubles.py`, and read the diff.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from inspect import getmembers, isfunction
from pathlib import Path

import pytest

from shared.keys import trouble
from shared.keys.account import Risk, Terms
from shared.model.facts import Seen
from shared.model.rotation import Cause, Phase
from tests.keys.interpreter import run
from tests.keys.model import DAY, FIRST, HOUR, SECOND, World
from tests.keys.stories import asked, in_phase, passes, reach

GOLDEN = Path(__file__).parent / "golden" / "troubles.txt"


def storage(*workspaces: str) -> World:
    """A storage account under some workspaces, one connection, and a request."""
    world = asked("storage")
    for name in workspaces:
        world.open_workspace(name)
    return world


def unread(*names: str, of: str = "hub") -> World:
    """Consumers that cannot be read."""
    world = asked()
    for name in names:
        world.connect(name, of=of).readable = False
    return world


def hidden(cause: Cause = Cause.REQUEST) -> World:
    """A list that cannot be read."""
    world = asked(cause=cause)
    world.connect("c").listed = False
    return world


def at_age() -> World:
    """Nobody has asked."""
    world = World("account", Terms(days=90))
    world.connect("a")
    return world


def ending() -> World:
    """A copy of its key ends."""
    world = World("search", Terms(days=90))
    world.connect("a")
    world.demand(Cause.EXPIRY, "its copy kv-prod/search-key ends on 2026-03-20")
    return world


def without(service: str) -> World:
    """No log tells."""
    world = asked(service)
    world.logs = False
    return world


def waiting(world: World) -> World:
    """All have moved, and the grace is over."""
    reach(world, Phase.WAITING)
    world.pass_time(2 * DAY)
    return world


def used(*, named: bool = True) -> World:
    """A stranger comes while we wait."""
    world = asked("storage")
    reach(world, Phase.WAITING)
    world.pass_time(DAY - HOUR)
    world.use(FIRST, "10.1.2.3 (azcopy 10)" if named else "")
    world.pass_time(2 * HOUR)
    return world


def refused() -> World:
    """The new key does not open."""
    world = asked("account")
    world.opens = False
    return world


def apart() -> World:
    """Two workspaces with different keys."""
    world = storage("hub-a")
    world.open_workspace("hub-b", SECOND)
    return world


def second() -> World:
    """A workspace with the second key, after all others have moved to the first."""
    world = World("storage", Terms(days=90))
    world.connect("a", SECOND)
    world.open_workspace("hub-a", SECOND)
    world.demand(Cause.REQUEST)
    return waiting(world)


def signed() -> World:
    """Two connections with a signature."""
    world = storage()
    world.signed |= {world.connect(name, None).id for name in ("blob", "files")}
    return world


def unreadable() -> World:
    """The account itself."""
    world = in_phase(Phase.MOVING)
    world.gone = Seen.UNREADABLE
    return world


def lone() -> World:
    """Nobody is known."""
    world = World("account", Terms(days=90))
    world.demand(Cause.REQUEST)
    return world


def shared_key() -> World:
    """A workspace keeps the old key to its end, and policy accepts that, but no unknown users."""
    world = storage("hub-a")
    world.accept(Risk.RESYNC_GAP)
    return waiting(world)


def full() -> World:
    """No room."""
    world = asked()
    world.terms = replace(world.terms, room=False)
    return world


STORIES: dict[str, Callable[[], World]] = {
    "unapproved: by age": at_age,
    "unapproved: a vault secret that ends": ending,
    "full: others are under way": full,
    "nobody: no consumer is known": lone,
    "untold: one consumer cannot be read": lambda: unread("openai"),
    "untold: several cannot be read": lambda: unread("openai", "search", "blob"),
    "unclear: a list cannot be read": hidden,
    "unreadable: the account cannot be read": unreadable,
    "apart: workspaces keep both keys": apart,
    "refused: the new key does not open": refused,
    "stuck: a workspace keeps the first key": lambda: waiting(storage("hub-a")),
    "stuck: many workspaces keep the first key": lambda: waiting(storage("hub-a", "hub-b", "hub-c", "hub-d", "hub-e")),
    "stuck: a workspace keeps the second key": second,
    "signed: two connections come with a signature": signed,
    "unsure: a service that logs no key": lambda: without("search"),
    "unsure: a workspace keeps the key to its end": shared_key,
    "used: the logs name somebody": used,
    "used: the logs name nobody": lambda: used(named=False),
}


def told(world: World) -> str:
    """What holds it up, in the end."""
    made = run(world)
    return made.trouble or passes(world, 1).trouble


def test_troubles() -> None:
    """Each says what holds it up, who, and what to do next."""
    lines = [f"{title}\n    {told(story())}\n" for title, story in STORIES.items()]
    text = "\n".join(lines)
    if os.environ.get("HUBWARDEN_GOLDEN") == "write":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("title", STORIES)
def test_each_holds_it_up(title: str) -> None:
    """No story ends without a text."""
    assert told(STORIES[title]())


def test_every_text_is_read() -> None:
    """None of those that can be said is missing here."""
    public = {name for name, made in getmembers(trouble, isfunction) if made.__module__ == trouble.__name__}
    words = {name for name in public if not name.startswith("_")}
    assert {title.partition(":")[0] for title in STORIES} == words
