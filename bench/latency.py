"""How long a change stands before Hubwarden has undone it, with every request to ARM slowed down as in Azure."""

from datetime import datetime
from pathlib import Path
from typing import Any

from bench.changes import SOMEBODY, remove_tag
from bench.ground import Ground, until
from bench.result import Result

HUBS = 4
ROUNDS = 4
ARM_MILLISECONDS = 60
SECONDS = 1.0


async def measure(workshop: Path) -> list[Result]:
    """Remove a tag from project after project, one at a time, and read both times off the stand-in's ledger."""
    async with Ground(workshop / "latency", HUBS) as ground:
        await ground.sweep()
        await ground.standin("POST", "faults", {"latencyMs": ARM_MILLISECONDS})
        projects = [hub.project(which) for hub in ground.hubs for which in (0, 1)] * (ROUNDS // 2)
        samples = tuple([await _heal(ground, project) for project in projects])
    what = f"Event to applied fix at {ARM_MILLISECONDS} ms ARM latency"
    return [
        Result(what, "s", samples, SECONDS, peer="0.13 s, its handler alone"),
        Result(f"{what}, p95", "s", samples, SECONDS, quantile=0.95),
    ]


async def _heal(ground: Ground, project: str) -> float:
    """Seconds from the answer to the person to the answer to us."""
    before, counts = len(await ground.ledger()), await ground.counts()
    method, path, body, version = remove_tag(project)
    await ground.arm(SOMEBODY, method, path, body, version)

    async def healed() -> bool:
        return len(_writes(await ground.ledger(), before, path)) > 1

    await until(f"{project} to have its tag back", healed)
    await ground.quiet(counts, 2)
    changed, fixed = _writes(await ground.ledger(), before, path)[:2]
    return (datetime.fromisoformat(fixed["time"]) - datetime.fromisoformat(changed["time"])).total_seconds()


def _writes(ledger: list[dict[str, Any]], since: int, path: str) -> list[dict[str, Any]]:
    return [r for r in ledger[since:] if r["method"] == "PATCH" and r["path"].casefold() == path.casefold()]
