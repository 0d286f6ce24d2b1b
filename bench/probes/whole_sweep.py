"""
The app without a host: a timer's messages, then all of them to `App.answer`, so many at once as one host takes.

A message that should be tried again is, as the queue would bring it again. Prints seconds, those until all was queued
and those of the longest try, messages, how often one was tried again, and processor time; reads nothing.
"""

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

from shared.bootstrap import App
from shared.model.errors import RetryableError

REPOSITORY = Path(__file__).resolve().parent.parent.parent
_QUEUES = json.loads((REPOSITORY / "host.json").read_text(encoding="utf-8"))["extensions"]["queues"]
AT_ONCE: int = _QUEUES["batchSize"] + _QUEUES["newBatchThreshold"]
"""Messages that one instance of the host answers at the same time, as host.json has it."""

TRIES: int = _QUEUES["maxDequeueCount"]
"""How often a message is brought."""
WAIT = sum(int(part) * 60**place for place, part in enumerate(reversed(_QUEUES["visibilityTimeout"].split(":"))))
"""Seconds until one comes again."""


async def main() -> dict[str, Any]:
    """One whole sweep."""
    app, room = App(os.environ, REPOSITORY), asyncio.Semaphore(AT_ONCE)
    tried: list[str] = []
    lost: list[str] = []
    taken: list[float] = []

    async def once(message: str, name: str) -> bool:
        """Whether it was answered, and need not come again."""
        began = time.perf_counter()
        try:
            await app.answer(message, name)
        except RetryableError:
            tried.append(message)
            return False
        finally:
            taken.append(time.perf_counter() - began)
        return True

    async def answer(message: str, number: int) -> None:
        async with room:
            for again in range(TRIES):
                if await once(message, f"bench-{number}-{again}"):
                    return
                await asyncio.sleep(WAIT)
        lost.append(message)

    try:
        wall, cpu = time.perf_counter(), time.process_time()
        messages = await app.sweep_messages(past_due=False)
        queued = time.perf_counter() - wall
        await asyncio.gather(*(answer(message, number) for number, message in enumerate(messages)))
        seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    finally:
        await app.close()
    return {
        "seconds": seconds,
        "queued": queued,
        "longest": max(taken),
        "messages": len(messages),
        "again": len(tried),
        "lost": len(lost),
        "cpu": cpu,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
