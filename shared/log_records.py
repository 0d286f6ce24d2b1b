"""
Every line that this process logs is cleaned where it comes to be: ours, the SDKs', and the runtime's.

A filter would have to sit on each handler, and the platform brings its own (the Python worker hands on the formatted
text alone; of `extra` it takes nothing). A record that is made clean is clean for all of them.
"""

import logging
from typing import Any

from shared.log_context import named
from shared.redaction import redacted

_formatter = logging.Formatter()


class CleanRecord(logging.LogRecord):
    """A log record without secrets and addresses, in its message, its arguments and its traceback."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever logging makes one of
        """Make it as logging does; then nothing is left in it but text that was cleaned."""
        super().__init__(*args, **kwargs)
        self.msg, self.args = _message(self), ()
        if self.exc_info and self.exc_info[0] is not None:
            self.exc_text = redacted(_formatter.formatException(self.exc_info))
        self.exc_info = None
        if self.stack_info is not None:
            self.stack_info = redacted(self.stack_info)


def install() -> None:
    """Have all records of this process made clean from now on."""
    logging.setLogRecordFactory(CleanRecord)


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - a str of somebody else's may raise anything, and logging would print the arguments
        text = f"{record.msg if isinstance(record.msg, str) else '?'} (its arguments do not fit)"
    told = named()
    return redacted(text) + "".join(f" {part}" for part in told.split() if part not in text)
