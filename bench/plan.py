"""How long `python -m local plan` takes over 1,000 hubs in a file, and how much memory."""

import sys
from pathlib import Path

from bench import estate, fresh
from bench.result import BenchError, Result

HUBS = 1000
RUNS = 5
FORMS = ("json", "text")
SECONDS, MIB = 3.0, 300.0
_NOW = "2026-01-15T09:00:00Z"
_FINDINGS = 2


async def measure(workshop: Path) -> list[Result]:
    """The command as people run it, in fresh processes. Raises BenchError when it finds nothing to say."""
    file = workshop / "estate.json"
    count = estate.write(file, HUBS, flawed=True)
    command = [sys.executable, "-m", "local", "plan", "--estate", str(file), "--now", _NOW]
    _run([*command, "--format", "json"], workshop)  # it compiles the code for the others
    return [result for form in FORMS for result in _results(form, count, [*command, "--format", form], workshop)]


def _results(form: str, count: int, command: list[str], workshop: Path) -> list[Result]:
    runs = [_run(command, workshop) for _ in range(RUNS)]
    what = f"Offline plan as {form}, {HUBS:,} hubs, {count:,} documents"
    return [
        Result(what, "s", tuple(run.seconds for run in runs), SECONDS),
        Result(f"Offline plan as {form}, peak RSS", "MiB", tuple(run.peak_mib for run in runs), MIB),
    ]


def _run(command: list[str], workshop: Path) -> fresh.Ended:
    ended = fresh.run(command, fresh.compiled(workshop / "pycache"), workshop / "plan.txt")
    if ended.status != _FINDINGS:
        raise BenchError(f"python -m local plan ended with {ended.status}: {ended.output[-200:].decode()}")
    return ended
