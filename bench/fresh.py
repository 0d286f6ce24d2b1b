"""Fresh processes: what is measured there has been warmed by nothing that ran before."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import MIB
from bench.result import BenchError

REPOSITORY = Path(__file__).resolve().parent.parent
_LONGEST = 120
MAXRSS = 1 if sys.platform == "darwin" else 1024
"""Bytes that one unit of `ru_maxrss` stands for."""


def compiled(cache: Path) -> dict[str, str]:
    """An environment in which Python keeps compiled code in a folder of ours, whatever it was told about its own."""
    return {**os.environ, "PYTHONPYCACHEPREFIX": str(cache), "PYTHONDONTWRITEBYTECODE": ""}


@dataclass(frozen=True)
class Ended:
    """A process that ran to its end."""

    output: bytes
    seconds: float
    peak_mib: float
    status: int


async def probe(
    module: str,
    environment: Mapping[str, str],
    *,
    options: Sequence[str] = (),
    given: str = "",
    patience: float = _LONGEST,
) -> dict[str, Any]:
    """
    Run a probe, `given` on its standard input, and return the JSON it prints.

    Raises BenchError with the probe's last words when it fails, and TimeoutError when it takes more than `patience`
    seconds.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *options,
        "-m",
        f"bench.probes.{module}",
        cwd=REPOSITORY,
        env=dict(environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(patience):
            output, errors = await process.communicate(given.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        words = errors.decode(errors="replace").strip().splitlines()
        raise BenchError(f"probe {module} ended with {process.returncode}: {' | '.join(words[-2:])}")
    said: dict[str, Any] = json.loads(output)
    return said


def run(command: Sequence[str], environment: Mapping[str, str], output: Path) -> Ended:
    """
    Run a command to its end, its output to a file.

    The peak is the kernel's own, of the one process. It starts from ours, so it is right only for commands that need
    more memory than this process has.
    """
    began = time.perf_counter()
    with output.open("wb") as sink:
        child = os.posix_spawn(
            command[0],
            list(command),
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, sink.fileno(), 1), (os.POSIX_SPAWN_DUP2, sink.fileno(), 2)],
        )
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    return Ended(output.read_bytes(), seconds, usage.ru_maxrss * MAXRSS / MIB, os.waitstatus_to_exitcode(status))
