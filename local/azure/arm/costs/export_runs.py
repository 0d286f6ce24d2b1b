"""Runs of cost exports: each goes on beside the request that began it and leaves one CSV file in a container.

The file goes to the storage account that stands for all, or, without one, stays here to be read under `/_standin`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from local.azure.clock import Clock
from local.azure.faults.fates import Ending

type Deliver = Callable[[str, str, bytes], Awaitable[int]]
"""Writes container, name and content into real storage; the HTTP status of the answer, 0 without one."""
type Ended = Callable[[bool], None]

CREATED = 201


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file an export wrote: in which container, under which name."""

    container: str
    name: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class ExportRuns:
    """All runs on their way, and the files of those that had no real storage to go to."""

    clock: Clock
    seconds: float
    """How long a run takes."""
    files: dict[tuple[str, str], ExportFile] = field(default_factory=dict)
    _deliver: Deliver | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def open(self, deliver: Deliver) -> None:
        """From now on files go to real storage."""
        self._deliver = deliver

    def start(self, make: Callable[[], ExportFile], ending: Ending, ended: Ended) -> None:
        """Begins a run: `make` gives its file once it is done, and `ended` is told whether it was delivered."""
        if ending is Ending.NEVER:
            return
        task = self.clock.start(self._run(make, ended, fails=ending is Ending.FAILS))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ends the runs still on their way, without a file."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, make: Callable[[], ExportFile], ended: Ended, *, fails: bool) -> None:
        await self.clock.sleep(self.seconds)
        ended(not fails and await self._write(make()))

    async def _write(self, file: ExportFile) -> bool:
        if self._deliver is not None:
            return await self._deliver(file.container, file.name, file.content) == CREATED
        self.files[file.container, file.name] = file
        return True
