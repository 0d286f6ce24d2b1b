"""
The app without a host: events straight to `App.answer`, with the real adapters, all servers in other processes.

So the processor time of this process is what one event costs the app itself: our code, the SDKs and TLS. Reads a JSON
object from standard input: `first` (events to warm up with) and `rounds` (lists of events to measure).
"""

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.bootstrap import App

REPOSITORY = Path(__file__).resolve().parent.parent.parent
_WIRE = "azure.core.pipeline.policies.http_logging_policy"


class _Counter(logging.Handler):
    """Counts the requests to tables, which the SDK logs one by one."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.requests = 0

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        self.requests += text.startswith("Request URL") and ("hubwarden" in text or "$batch" in text)


async def main(asked: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds of processor time an event, by round, and requests to tables an event in the first of them."""
    app = App(os.environ, REPOSITORY)
    try:
        await _answer(app, asked["first"])
        cpu = [await _cpu(app, events) for events in asked["rounds"]]
        tables = [await _table_requests(app, event) for event in asked["rounds"][0]]
    finally:
        await app.close()
    return {"cpu": cpu, "tables": tables}


async def _cpu(app: App, events: list[Any]) -> float:
    began = time.process_time()
    await _answer(app, events)
    return (time.process_time() - began) * 1000 / len(events)


@contextmanager
def counted() -> Iterator[_Counter]:
    """Count the requests to tables that are made within."""
    counter, wire = _Counter(), logging.getLogger(_WIRE)
    wire.addHandler(counter)
    wire.setLevel(logging.INFO)
    try:
        yield counter
    finally:
        wire.removeHandler(counter)
        wire.setLevel(logging.NOTSET)


async def _table_requests(app: App, event: object) -> int:
    with counted() as tables:
        await _answer(app, [event])
    return tables.requests


async def _answer(app: App, events: list[Any]) -> None:
    for number, event in enumerate(events):
        await app.answer(json.dumps(event), f"bench-{number}")


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.load(sys.stdin)))))
