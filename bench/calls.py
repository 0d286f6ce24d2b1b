"""How many requests to ARM one event costs, by kind, as the stand-in's ledger counts them for the app's identity."""

from pathlib import Path

from bench.changes import KINDS, SOMEBODY, Kind, event, remove_tag
from bench.estate import Names
from bench.ground import Calls, Ground
from bench.result import BenchError, Result

HUBS = 3
READS = 2.0


async def measure(workshop: Path) -> list[Result]:
    """One event about each kind on each hub, first harmless, then with one fix. Raises BenchError."""
    async with Ground(workshop / "calls", HUBS) as ground:
        await ground.sweep()
        asked = [await _kind(ground, kind) for kind in KINDS]
    reads = [result for results, _ in asked for result in results]
    writes = tuple(count for _, counts in asked for count in counts)
    tagging = tuple(count for kind, (_, counts) in zip(KINDS, asked, strict=True) if _retags(kind) for count in counts)
    return [
        *reads,
        Result("ARM writes for one fix, every kind", "", writes, 1),
        Result("ARM calls to tag one changed resource", "", tagging, 1),
    ]


def _retags(kind: Kind) -> bool:
    return kind.harm is remove_tag


async def _kind(ground: Ground, kind: Kind) -> tuple[list[Result], list[float]]:
    """Reads of both sorts, and how many writes each fix took."""
    calm = [await _calm(ground, kind, hub) for hub in ground.hubs]
    fixed = [await _fixed(ground, kind, hub) for hub in ground.hubs]
    if any(calls.writes for calls in calm) or not all(calls.writes for calls in fixed):
        raise BenchError(f"a {kind.name} event was answered otherwise than it should: {calm} and {fixed}")
    peer_calm, peer_fixed = ("2", "3 with its write") if kind.name in {"project", "hub", "dependent"} else ("", "")
    results = [
        Result(f"ARM reads, {kind.name} event, all well", "", _reads(calm), READS, peer=peer_calm),
        Result(f"ARM reads, {kind.name} event, one fix", "", _reads(fixed), READS, peer=peer_fixed),
    ]
    return results, [float(len(calls.writes)) for calls in fixed]


async def _calm(ground: Ground, kind: Kind, hub: Names) -> Calls:
    before, counts = len(await ground.ledger()), await ground.counts()
    await ground.standin("POST", "events", [event(kind.resource(hub))])
    await ground.quiet(counts, 1)
    return await ground.calls(before)


async def _fixed(ground: Ground, kind: Kind, hub: Names) -> Calls:
    before, counts = len(await ground.ledger()), await ground.counts()
    await ground.arm(SOMEBODY, *kind.harm(kind.resource(hub)))
    # The event of the change, and the echo of our fix.
    await ground.quiet(counts, 2)
    return await ground.calls(before)


def _reads(calls: list[Calls]) -> tuple[float, ...]:
    return tuple(float(one.reads) for one in calls)
