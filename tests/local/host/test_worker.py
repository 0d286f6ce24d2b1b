"""Indexing by the real runtime, on a warm start and through the specialisation that clears the environment."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.local.host.driver import APP, REPOSITORY, running

_PROGRAM = """
import asyncio, json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from local.host.worker import Worker
sys.path.remove(sys.argv[1])  # the repository holds a function_app.py of its own

async def main(app, how):
    os.environ["ONLY_BEFORE"] = "1"
    environment = {"MARKER": "after", "PREFIX": "p-", "NIGHTLY": "0 0 3 * * *"}
    worker = Worker()
    if how == "specialise":
        await worker.specialise(app, environment)
    else:
        await worker.start(app)
    functions = await worker.functions(environment)
    await worker.stop()
    print(json.dumps({
        "functions": sorted(function.name for function in functions),
        "environment": sorted(os.environ),
        "position": sys.path.index(str(app)),
        "cwd": os.getcwd(),
    }))

asyncio.run(main(Path(sys.argv[2]), sys.argv[3]))
"""


async def indexed(how: str) -> dict[str, Any]:
    """What a worker process found and what became of its environment."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", _PROGRAM, str(REPOSITORY), str(APP), how,
        env={}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(output)
    return found


async def test_specialisation() -> None:
    """The environment is replaced, the app's folder comes last on the path, and the same functions are found."""
    cold, warm = await asyncio.gather(indexed("specialise"), indexed("start"))
    assert cold["functions"] == warm["functions"]
    assert "on_event" in cold["functions"]
    assert cold["environment"] == ["MARKER", "NIGHTLY", "PREFIX"]
    assert "ONLY_BEFORE" in warm["environment"]
    assert cold["position"] > 0 == warm["position"]
    assert (cold["cwd"], warm["cwd"]) == (str(APP), str(APP))


@pytest.mark.parametrize("specialise", [True, False])
async def test_function_sees_settings_and_folder(storage: str, *, specialise: bool) -> None:
    """Started either way, a function finds its app settings and runs in the app's folder."""
    async with running(storage, settings={"MARKER": "m"}, options={"specialise": specialise}) as host:
        _, text = await host.request("GET", "/api/environment")
        assert json.loads(text) == {"cwd": str(Path(APP)), "marker": "m", "asked": "GET"}
