"""
Indexes the app once in this process, as a worker does when it starts, then opens it, as its first invocation does.

Microsoft's runtime is loaded before the clock starts: in Azure it waits in a placeholder for an app to be given to it.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import psutil

from bench.machine import MIB
from local.host.worker import Worker

REPOSITORY = Path(__file__).resolve().parent.parent.parent


async def main() -> dict[str, float]:
    """What it took, in seconds and MiB."""
    process, worker = psutil.Process(), Worker()
    began = time.perf_counter()
    await worker.start(REPOSITORY)
    functions = await worker.functions(os.environ)
    indexed = time.perf_counter()
    resident = process.memory_info().rss / MIB
    opened = await _open()
    seen = {"functions": len(functions), "index": indexed - began, "rss": resident, "modules": len(sys.modules)}
    result = {**seen, "open": opened, "open_rss": process.memory_info().rss / MIB}
    await worker.stop()
    return result


async def _open() -> float:
    from shared.bootstrap import App  # noqa: PLC0415 - loading it before the app is indexed would hide what that costs

    began = time.perf_counter()
    app = App(os.environ, REPOSITORY)
    await app.open()
    seconds = time.perf_counter() - began
    await app.close()
    return seconds


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
