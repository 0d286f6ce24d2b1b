"""The app as the real Functions runtime indexes it; one bad function would leave the platform with none."""

import json
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

INDEX = """
import asyncio, json, sys
from pathlib import Path
from local.host.worker import Worker

async def main():
    never = "0 0 0 29 2 *"
    timers = ("SWEEP", "COSTS", "KEYS", "ROTATION")
    worker, settings = Worker(), {f"HUBWARDEN_{timer}_SCHEDULE": never for timer in timers}
    if sys.argv[2] == "specialised":
        await worker.specialise(Path(sys.argv[1]), settings)
    else:
        await worker.start(Path(sys.argv[1]))
    found = await worker.functions(settings)
    print(json.dumps({f.name: [f.trigger.type.lower(), sorted(f.outputs)] for f in found}))
    await worker.stop()

asyncio.run(main())
"""


@pytest.mark.parametrize("way", ["started", "specialised"])
def test_the_real_runtime_finds_every_function(way: str) -> None:
    """Both when started for the app, and on the path of a cold start that clears the environment first."""
    command = [sys.executable, "-c", INDEX, str(REPOSITORY), way]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603 - our own Python

    assert done.returncode == 0, done.stderr
    expected = {
        "on_resource_event": ["eventgridtrigger", ["changes", "refused"]],
        "on_change": ["queuetrigger", ["refused"]],
        "on_poison_change": ["queuetrigger", []],
        "sweep": ["timertrigger", ["changes"]],
        "check_keys": ["timertrigger", ["changes"]],
        "rotate_keys": ["timertrigger", []],
        "report_costs": ["timertrigger", []],
        "report_images": ["timertrigger", []],
        "plan": ["httptrigger", ["$return"]],
        "health": ["httptrigger", ["$return"]],
    }
    assert expected == json.loads(done.stdout.splitlines()[-1])


def test_an_event_loads_nothing_of_the_reports() -> None:
    """What only a month's costs need is not loaded with the first message, for it takes more than a hundred MiB."""
    heavy = ("azure.storage", "duckdb", "jinja2", "pyarrow", "pygal")
    look = f"import sys, function_app, shared.world; print([n for n in sys.modules if n.startswith({heavy})])"
    done = subprocess.run([sys.executable, "-c", look], cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603 - our own Python

    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_no_dependency_takes_our_package_names() -> None:
    """A cold start appends the app to sys.path, so a dependency named like a package of ours would shadow it."""
    taken = {"functions", "shared", "function_app"} & set(packages_distributions())

    assert set() == taken
