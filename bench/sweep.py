"""What a sweep costs one hub, in audit, alone and with ten projects: docs/running-costs.md is worked out from it."""

import json
from pathlib import Path

from bench.fresh import probe
from bench.latency import ARM_MILLISECONDS
from bench.result import Result
from local.stage import Stage, StageOptions
from local.synthetic.estate import Size, generate, write
from shared.model.message import sweep_message
from shared.model.resource_id import ResourceId

HUBS, ROUNDS = 5, 3
PROJECTS = (0, 10)
SEED = 7


async def measure(workshop: Path) -> list[Result]:
    """Each hub some times, one after the other, when all were swept before; an estate nobody has looked after."""
    return [result for projects in PROJECTS for result in await _with(workshop / f"sweep-{projects}", projects)]


async def _with(folder: Path, projects: int) -> list[Result]:
    documents = list(generate(Size(HUBS, projects), SEED))
    write(folder / "estate.json", iter(documents))
    hubs = [ResourceId.parse(one["id"]) for one in documents if str(one.get("kind")).casefold() == "hub"]
    messages = [sweep_message(hub) for hub in hubs]
    options = StageOptions(
        directory=folder, estate=folder / "estate.json", subscription=hubs[0].subscription, mode="audit"
    )
    async with Stage(options) as stage:
        await stage.standin("POST", "faults", {"latencyMs": ARM_MILLISECONDS})
        given = json.dumps({"first": messages, "messages": messages * ROUNDS})
        taken = await probe("sweep", stage.app_environment(), given=given)
    what = f"Sweep of a hub with {projects} projects"
    return [
        Result(f"{what} at {ARM_MILLISECONDS} ms ARM latency", "s", tuple(taken["seconds"])),
        Result(f"{what}: own CPU", "ms", tuple(taken["cpu"])),
        Result(f"{what}: table requests", "", (taken["tables"],)),
    ]
