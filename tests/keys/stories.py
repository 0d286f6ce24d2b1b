"""How a rotation on the small world is brought to where a test begins."""

from shared.keys.account import Risk, Terms
from shared.model.rotation import Cause, Phase
from tests.keys.interpreter import Fault, Run, run
from tests.keys.model import DAY, FIRST, HOUR, SECOND, World

PHASES = [phase for phase in Phase if phase is not Phase.RESTING]


def asked(service: str = "search", terms: Terms | None = None, cause: Cause = Cause.REQUEST) -> World:
    """An account whose first key two connections keep, and somebody who wants its keys rotated."""
    world = World(service, terms or Terms(days=90))
    world.connect("a")
    world.connect("b")
    world.demand(cause)
    return world


def in_phase(phase: Phase) -> World:
    """A storage account with all kinds of consumers, on both keys, in the middle of a rotation."""
    world = asked("storage")
    world.accept(*Risk)
    world.connect("c", SECOND)
    world.store("s", FIRST)
    world.open_workspace("w")
    reach(world, phase)
    return world


def reach(world: World, phase: Phase) -> None:
    """Run, a step or two at a time, until the record says so."""
    for _ in range(40):
        for steps in (0, 1, 2):
            run(world, *[None] * steps, Fault.DIED_BEFORE)
            if world.record.phase is phase:
                return
        world.pass_time(6 * HOUR)
    raise AssertionError(f"never came to be {phase}: {world.record}")


def passes(world: World, days: float) -> Run:
    """Runs every six hours for so many days; the last one."""
    for _ in range(int(days * 4)):
        run(world)
        world.pass_time(DAY / 4)
    return run(world)


def ended(world: World) -> bool:
    """Whether nothing is under way, and all consumers of ours keep a living key."""
    alive = all(world.slot_of(keeper) for keeper in world.keepers.values())
    return alive and world.crimes == [] and world.record.phase is Phase.RESTING and world.record.demand is None
