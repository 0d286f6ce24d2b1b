"""
Indexes the app once in this process, as a worker does when it starts, then opens it, as its first invocation does.

Microsoft's runtime is loaded before the clock starts: in Azure it waits in a placeholder for an app to be given to it.
"""

import asyncio
import json
import os
import time
from pathlib import Path

from local.host.worker import Worker

REPOSITORY = Path(__file__).resolve().parent.parent.parent
_STATM = Path("/proc/self/statm")
_MIB = 1024 * 1024


async def main() -> dict[str, float]:
    """What it took, in seconds and MiB."""
    worker = Worker()
    began = time.perf_counter()
    await worker.start(REPOSITORY)
    await worker.functions(os.environ)
    indexed = time.perf_counter() - began
    resident = _resident()
    opened = await _open()
    await worker.stop()
    return {"index": indexed, "rss": resident, "open": opened, "open_rss": _resident()}


def _resident() -> float:
    """MiB this process holds now; read without a library, whose own weight would count."""
    if not _STATM.exists():
        import psutil  # noqa: PLC0415 - where there is no /proc

        return float(psutil.Process().memory_info().rss / _MIB)
    return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / _MIB


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
