"""The machine's line: numbers mean nothing without it."""

import os
import platform
from pathlib import Path

import psutil

from local.told import clock

MIB = 1024 * 1024


def line() -> str:
    """What ran the benchmarks, when, and how busy it was with other things."""
    memory = round(psutil.virtual_memory().total / MIB / 1024)
    load = os.getloadavg()[0]
    return (
        f"{clock():%Y-%m-%d %H:%M} UTC, {_processor()}, {os.cpu_count()} cores, {memory} GiB, "
        f"{platform.system()} {platform.release()}, CPython {platform.python_version()}, load {load:.1f} at the start"
    )


def _processor() -> str:
    """The model's name where the system tells it, else the architecture."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    named = (text.partition(":")[2].strip() for text in lines if text.startswith("model name"))
    return next(named, platform.machine())
