"""
Child processes that say when they are ready and that cannot outlive us.

A child prints one line of JSON when it listens. It gets a process group of its own, so that Ctrl-C reaches us alone and
we stop the children in order; should we be killed, the kernel ends them (Linux: PR_SET_PDEATHSIG).
"""

import asyncio
import ctypes
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

START_SECONDS = 30
STOP_SECONDS = 15
_PR_SET_PDEATHSIG = 1
_LAST_LINES = 3


class ProcessError(Exception):
    """A child that did not start or did not stop as it should; the message says which and where its log is."""


class Child:
    """One `python -m local …` process; entered, it is ready and `ready` holds what it said."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        patience: float = START_SECONDS,
    ) -> None:
        """`environment` is all the child gets; `patience` is how many seconds it may take to be ready."""
        self.name = name
        self.ready: dict[str, Any] = {}
        self._command = [sys.executable, "-m", "local", *arguments]
        self._environment = dict(environment)
        self._log = log
        self._patience = patience

    @property
    def pid(self) -> int:
        """The process id, for measuring."""
        return self._process.pid

    async def __aenter__(self) -> Self:
        """Start it and wait until it is ready. Raises ProcessError."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                process_group=0,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        try:
            async with asyncio.timeout(self._patience):
                self.ready = await self._first_line()
        except BaseException as error:
            await self._stop()
            if isinstance(error, TimeoutError):
                raise ProcessError(
                    f"{self.name} was not ready within {self._patience:.0f} s; see {self._log}"
                ) from None
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ask it to stop, and make sure it does."""
        await self._stop()

    async def _first_line(self) -> dict[str, Any]:
        output = self._process.stdout
        line = b"" if output is None else await output.readline()
        if not line:
            raise ProcessError(f"{self.name} did not start: {self._last_words()}; see {self._log}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return " | ".join(lines[-_LAST_LINES:]) or "it said nothing"

    async def _stop(self) -> None:
        if self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
