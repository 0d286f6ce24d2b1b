"""How long `python -m local plan` takes over 1,000 hubs in a file, and how much memory."""

import sys
from pathlib import Path

from bench import estate, fresh
from bench.result import BenchError, Result

HUBS = 1000
RUNS = 5
SECONDS, MIB = 3.0, 300.0
_NOW = "2026-01-15T09:00:00Z"
_FINDINGS = 2


async def measure(workshop: Path) -> list[Result]:
    """The command as people run it, in fresh processes. Raises BenchError when it finds nothing to say."""
    file = workshop / "estate.json"
    count = estate.write(file, HUBS, flawed=True)
    command = [sys.executable, "-m", "local", "plan", "--estate", str(file), "--now", _NOW]
    environment = fresh.compiled(workshop / "pycache")
    runs = []
    for _ in range(1 + RUNS):
        ended = fresh.run(command, environment, workshop / "plan.txt")
        if ended.status != _FINDINGS:
            raise BenchError(f"python -m local plan ended with {ended.status}: {ended.output[-200:].decode()}")
        runs.append(ended)
    del runs[0]  # it compiled the code for the others
    what = f"{HUBS:,} hubs, {count:,} documents"
    return [
        Result(f"Offline plan, {what}", "s", tuple(run.seconds for run in runs), SECONDS),
        Result("Offline plan, peak RSS", "MiB", tuple(run.peak_mib for run in runs), MIB),
    ]
