"""What was taken back, line by line in a file: a workspace goes away with the app, and this stays."""

import json
from pathlib import Path
from types import TracebackType
from typing import Self

from local.take_back.decide import Resource
from local.take_back.hands import Attempt
from shared.model.errors import SettingsInvalid
from shared.model.plan import Result
from shared.ports import Clock

ANNOUNCED = "announced"
"""What a line says whose write is about to be sent; one with what became of it follows, unless the process dies."""


class Record:
    """A file of JSON lines that only grows. Enter it before anything is written."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Write to a file, with the clock's moments."""
        self._path = path
        self._clock = clock

    def __enter__(self) -> Self:
        """Raises SettingsInvalid where it cannot be written."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
        except OSError as error:
            raise self._unwritten(error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def announce(self, resource: Resource) -> None:
        """See `Book.announce`. Raises SettingsInvalid when the disk is full: then nothing more is sent."""
        self._line(resource, ANNOUNCED, "")

    def close(self, attempt: Attempt) -> None:
        """See `Book.close`. Raises as `announce` does."""
        result = Result.FAILED if attempt.problem else Result.DONE
        self._line(attempt.resource, result.value, attempt.problem)

    def _line(self, resource: Resource, result: str, reason: str) -> None:
        line = {
            "at": self._clock.now().isoformat(),
            "resource": resource.id.text,
            "result": result,
            "reason": reason,
            "before": resource.before,
            "after": resource.after,
        }
        try:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
        except OSError as error:
            raise self._unwritten(error) from None

    def _unwritten(self, error: OSError) -> SettingsInvalid:
        return SettingsInvalid(
            f"--record: {self._path} cannot be written ({error.strerror}); nothing more is taken back"
        )
