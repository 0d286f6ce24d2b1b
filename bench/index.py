"""How long a fresh worker takes to index the app, with compiled code and without, and what it then weighs."""

import shutil
import sysconfig
from pathlib import Path

from bench.fresh import REPOSITORY, compiled, probe
from bench.result import Result, column

WARM_RUNS, COLD_RUNS = 9, 5
SECONDS, MIB = 0.45, 75.0
SETTINGS = {
    "IDENTITY_ENDPOINT": "http://127.0.0.1:9/token",
    "IDENTITY_HEADER": "none",
    "AzureWebJobsStorage__tableServiceUri": "https://127.0.0.1:9/tables",
    "HUBWARDEN_SUBSCRIPTIONS": "00000000-0000-4000-8000-000000000000",
    "HUBWARDEN_PRINCIPAL_ID": "00000000-0000-4000-8000-000000000001",
    "HUBWARDEN_LOGS_ENDPOINT": "https://127.0.0.1:9",
    "HUBWARDEN_LOGS_RULE_ID": "dcr-00000000000000000000000000000001",
    "HUBWARDEN_ALERT_TOPIC_ENDPOINT": "https://127.0.0.1:9/api/events",
    "HUBWARDEN_APP_ID": "/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/rg"
    "/providers/Microsoft.Web/sites/func",
    "HUBWARDEN_SWEEP_SCHEDULE": "0 0 0 29 2 *",
    "HUBWARDEN_COSTS_SCHEDULE": "0 0 0 29 2 *",
    "HUBWARDEN_KEYS_SCHEDULE": "0 0 0 29 2 *",
    "HUBWARDEN_ROTATION_SCHEDULE": "0 0 0 29 2 *",
}
"""What the app needs to open; nothing answers there, and opening asks nobody."""


async def measure(workshop: Path) -> list[Result]:
    """Index and open the app in fresh processes. Raises BenchError when it cannot be indexed."""
    cache = workshop / "pycache"
    environment = compiled(cache) | SETTINGS
    await probe("index", environment)  # it compiles the code for the others
    warm = [await probe("index", environment) for _ in range(WARM_RUNS)]
    _forget_what_is_deployed(cache)
    cold = [await probe("index", environment, options=("-B",)) for _ in range(COLD_RUNS)]
    both = tuple(run["index"] + run["open"] for run in warm)
    return [
        Result("Index the app, warm", "s", column(warm, "index"), SECONDS, peer="0.96 - 1.15 s"),
        Result("Index the app, packages and own code without .pyc", "s", column(cold, "index"), peer="3.8 - 4.9 s"),
        Result("Index and open, warm: until the first event can be answered", "s", both),
        Result("RSS once indexed, warm", "MiB", column(warm, "rss"), MIB, peer="110 MB peak"),
        Result("RSS once open, warm", "MiB", column(warm, "open_rss")),
    ]


def _forget_what_is_deployed(cache: Path) -> None:
    """Drop the compiled code of the packages and of our own; the standard library's is part of the platform."""
    for brought in (Path(sysconfig.get_path("purelib")), REPOSITORY):
        shutil.rmtree(cache / brought.relative_to(brought.anchor), ignore_errors=True)
