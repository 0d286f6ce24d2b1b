"""
What a line in the log belongs to, and what a run costs: known to whoever asks, without being handed through.

Both follow the task of an invocation and all that it starts. The platform names the invocation of a line itself, as
`InvocationId`; the text names it as well, for lines are also read where only the text arrives.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

invocation: ContextVar[str] = ContextVar("invocation", default="")
"""The platform's id of the invocation; empty outside of any."""
run: ContextVar[str] = ContextVar("run", default="")
"""The id of the run that goes on, or went on last; empty before the first."""
queued: ContextVar[datetime | None] = ContextVar("queued", default=None)
"""When the message that is answered came into its queue; None for what no message started."""


@dataclass
class Effort:
    """Requests to Azure: each try counts, those to tables and queues do not."""

    calls: int = 0
    throttled: int = 0
    """Answers 429."""
    waited: float = 0.0
    """Seconds that were waited before tries, and for room to write."""

    def __str__(self) -> str:
        """As lines in the log tell it."""
        return f"calls={self.calls} throttled={self.throttled} waited={self.waited:.1f}"


_effort: ContextVar[Effort | None] = ContextVar("effort", default=None)


def begin_run(run_id: str) -> None:
    """What follows belongs to this run, until the next begins."""
    run.set(run_id)
    _effort.set(Effort())


def effort() -> Effort:
    """The effort of the run that goes on, to be added to; of nothing where none does."""
    return _effort.get() or Effort()


def effort_columns(started: datetime) -> Mapping[str, int | float]:
    """What a run that started then took so far, as its row tells it."""
    spent, since = effort(), queued.get()
    told = {"Calls": spent.calls, "Throttled": spent.throttled, "WaitedSeconds": round(spent.waited, 3)}
    age = {} if since is None else {"QueueAgeSeconds": round(max(0.0, (started - since).total_seconds()), 3)}
    return told | age


def named() -> str:
    """The run and the invocation of a line, as ` run=… invocation=…`; empty outside of both."""
    both = {"run": run.get(), "invocation": invocation.get()}
    return "".join(f" {name}={value}" for name, value in both.items() if value)
