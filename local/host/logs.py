"""Log lines that say which invocation they belong to.

The runtime pipes no logs; the process that drives it does. As in Microsoft's worker, one handler on the root logger
sees every record. A contextvar set around an invocation follows its task and all that it starts; for a synchronous
function, which runs in a thread pool, the runtime sets its own contextvar there, and we look that id up.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from azure_functions_runtime import invocation_id_cv

_SYSTEM: Final = ("azure.functions", "azure_functions_runtime")
_HOST: Final = "local.host"
# The host polls through the same SDKs as the app uses; their line per request would bury everything else.
_CHATTY: Final = ("azure.core.pipeline.policies.http_logging_policy", "azure.identity", "aiohttp.access")


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of one function, as its log lines name it."""

    id: str
    function: str


_current: ContextVar[Invocation | None] = ContextVar("invocation", default=None)
_running: dict[str, Invocation] = {}


@contextmanager
def correlated(invocation: Invocation) -> Iterator[None]:
    """Everything logged inside, also by tasks and pool threads started inside, belongs to `invocation`."""
    token = _current.set(invocation)
    _running[invocation.id] = invocation
    try:
        yield
    finally:
        del _running[invocation.id]
        _current.reset(token)


def configure(*, as_json: bool, verbose: bool) -> None:
    """Send every record to standard error, one line each, or with `as_json` one JSON object each.

    Standard output stays free for the one line that says the host is ready.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if as_json else _TextFormatter())
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if verbose else logging.INFO, force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    # The runtime logs each failure with its stack, and also answers with it; the host reports the answer, once.
    logging.getLogger("azure.functions").setLevel(logging.DEBUG if verbose else logging.CRITICAL)


def _invocation() -> Invocation | None:
    return _current.get() or _running.get(invocation_id_cv.get() or "")


def _category(record: logging.LogRecord) -> str:
    if record.name.startswith(_SYSTEM):
        return "System"
    return "Host" if record.name.startswith(_HOST) else "User"


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _stack(record: logging.LogRecord) -> str | None:
    """The traceback as text: as the app has cleaned it, where it did."""
    if record.exc_text or not record.exc_info:
        return record.exc_text
    return logging.Formatter().formatException(record.exc_info)


class _TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        invocation = _invocation()
        scope = f" [{invocation.function} {invocation.id}]" if invocation else ""
        stack = f"\n{told}" if (told := _stack(record)) else ""
        line = f"{_time(record)} {record.levelname:<7} {_category(record)}{scope} {record.getMessage()}{stack}"
        return line.replace("\n", "\n    ")  # what a message quotes can never pass for a line of its own


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        invocation = _invocation()
        fields = {
            "time": _time(record),
            "level": record.levelname,
            "category": _category(record),
            "logger": record.name,
            "function": invocation.function if invocation else None,
            "invocation": invocation.id if invocation else None,
            "message": record.getMessage(),
            "exception": _stack(record),
        }
        return json.dumps({name: value for name, value in fields.items() if value is not None})
