"""
The app without a host: one message after the other straight to `App.answer`, with the real adapters, each timed.

Reads a JSON object from standard input: `first` (messages to warm up with) and `messages` (those to measure).
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from bench.probes.engine import counted
from shared.bootstrap import App

REPOSITORY = Path(__file__).resolve().parent.parent.parent


async def main(asked: dict[str, list[str]]) -> dict[str, Any]:
    """Seconds, milliseconds of processor time, and requests to tables, of each message."""
    app = App(os.environ, REPOSITORY)
    try:
        for number, message in enumerate(asked["first"]):
            await app.answer(message, f"first-{number}")
        with counted() as tables:
            taken = [await _answer(app, message, number) for number, message in enumerate(asked["messages"])]
    finally:
        await app.close()
    seconds, cpu = zip(*taken, strict=True)
    return {"seconds": seconds, "cpu": cpu, "tables": tables.requests / len(taken)}


async def _answer(app: App, message: str, number: int) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    await app.answer(message, f"bench-{number}")
    return time.perf_counter() - wall, (time.process_time() - cpu) * 1000


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.load(sys.stdin)))))
