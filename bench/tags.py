"""How long it takes to find what the tags of 100,000 resources should say, and whom their costs belong to."""

import os
from pathlib import Path

from bench.fresh import compiled, probe
from bench.result import BenchError, Result, column

RUNS = 3
SECONDS = 5.0
RESOURCES = 100_000


async def measure(workshop: Path) -> list[Result]:
    """Fresh processes, each with the same estate. Raises BenchError when it is smaller than it should be."""
    environment = compiled(workshop / "pycache") | {"PATH": os.environ.get("PATH", "")}
    runs = [await probe("tags", environment) for _ in range(RUNS)]
    count = int(runs[0]["resources"])
    if count < RESOURCES:
        raise BenchError(f"the estate has {count} resources, and {RESOURCES} were to be measured")
    return [
        Result(f"Effective tags of {count:,} resources", "s", column(runs, "tags"), SECONDS),
        Result("The same, with whom their costs belong to", "s", column(runs, "both")),
    ]
