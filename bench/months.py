"""How long it takes to lay a month of 1,000,000 charges to whom they belong and to split it, and how much memory."""

import json
from pathlib import Path

from bench.charges import FAMILY
from bench.fresh import compiled, probe
from bench.result import Result, column

CHARGES, RESOURCES = 1_000_000, 100_000
RUNS = 3
SECONDS, MIB = 20.0, 1024.0


async def measure(workshop: Path) -> list[Result]:
    """The month in fresh processes. Raises BenchError when it cannot be allocated."""
    environment = compiled(workshop / "pycache")
    asked = json.dumps({"families": RESOURCES // FAMILY, "charges": CHARGES})
    runs = [await probe("months", environment, given=asked) for _ in range(RUNS)]
    what = f"A month of {CHARGES:,} charges of {RESOURCES:,} resources"
    return [
        Result(f"{what}, joined and allocated", "s", column(runs, "seconds"), SECONDS),
        Result(f"{what}, peak RSS", "MiB", column(runs, "peak"), MIB),
    ]
