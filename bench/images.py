"""
What images cost: judging ten thousand computes, and reading those of a thousand workspaces as fast as Azure lets us.

Judging is measured in fresh processes. For reading, the app's own adapters speak to the stand-in over TLS, both in this
process; the stand-in refuses what is above ARM's limits, as ARM does.
"""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from bench.fresh import compiled, probe
from bench.result import BenchError, Result, column
from local.azure.arm.containers import imply
from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.certificates import trust
from local.soak.world import AppCredential
from local.synthetic import documents
from shared.adapters.arm import Arm
from shared.adapters.graph import Graph
from shared.adapters.inventory import AzureInventory
from shared.adapters.pace import READS
from shared.model.facts import Gap, Kind
from shared.model.resource_id import ResourceId

RUNS = 3
COMPUTES = 10_000
SECONDS = 2.0
LATENCY = 0.06
"""Seconds that every request to ARM takes."""
EACH = 10
"""Computes of each workspace."""
FEW, MANY = 200, 1000
FEW_SECONDS = 2.0
MANY_SECONDS = (MANY - READS.at_once) / READS.a_second + 5
"""What is above the reads that Azure takes at once comes at its rate; five seconds for all else."""
_ML = "resourceGroups/rg-bench/providers/Microsoft.MachineLearningServices/workspaces"


@dataclass(frozen=True)
class _Read:
    """What it took to read the computes of some workspaces."""

    seconds: float
    refused: int


async def measure(workshop: Path) -> list[Result]:
    """Judging, then reading. Raises BenchError when computes are missing, or a list could not be read."""
    environment = compiled(workshop / "pycache") | {"PATH": os.environ.get("PATH", "")}
    runs = [await probe("images", environment) for _ in range(RUNS)]
    if (count := int(runs[0]["computes"])) != COMPUTES:
        raise BenchError(f"the estate has {count} computes, and {COMPUTES} were to be measured")
    few = [await _read(FEW) for _ in range(RUNS)]
    many = await _read(MANY)
    what = f"at {LATENCY * 1000:.0f} ms ARM latency"
    refused = sum(one.refused for one in (*few, many))
    return [
        Result(f"Judge {count:,} computes by {runs[0]['rules']:.0f} rules", "s", column(runs, "seconds"), SECONDS),
        Result(
            f"Computes of {FEW} workspaces {what}",
            "s",
            tuple(one.seconds for one in few),
            FEW_SECONDS,
            peer="13.6 s, one request at a time",
        ),
        Result(f"Computes of {MANY:,} workspaces {what}, at Azure's pace", "s", (many.seconds,), MANY_SECONDS),
        Result("Refusals for too many requests (429) in all of these", "", (float(refused),), 0),
    ]


async def _read(workspaces: int) -> _Read:
    """All lists at once, in front of a stand-in that nobody has asked anything yet."""
    async with AsyncExitStack() as closers:
        azure = await closers.enter_async_context(AzureStandIn(Options(latency_seconds=LATENCY)))
        trust(azure.ca_file)
        asked = [_fill(azure, number) for number in range(workspaces)]
        arm = Arm(AppCredential(azure), azure.url)
        closers.push_async_callback(arm.close)
        inventory = AzureInventory(arm, Graph(arm, []))
        began = time.perf_counter()
        lists = await asyncio.gather(*(inventory.children(workspace, Kind.COMPUTE) for workspace in asked))
        seconds = time.perf_counter() - began
        if any(isinstance(found, Gap) or len(found) != EACH for found in lists):
            raise BenchError(f"not every list of {workspaces} workspaces could be read to its end")
        refused = azure.ledger.refused(azure.options.app_object_id).get(HTTPStatus.TOO_MANY_REQUESTS, 0)
        return _Read(seconds, refused)


def _fill(azure: AzureStandIn, number: int) -> ResourceId:
    """Put a workspace with its computes into the stand-in."""
    workspace = f"/subscriptions/5f3c0d1e-0000-4000-8000-00000000be7c/{_ML}/project-{number:04}"
    found = [documents.workspace(workspace, "Project", {}, {})]
    inner = documents.instance("25.11.03", "25.12.03")
    found += [documents.compute(f"{workspace}/computes/ci-{one}", "ComputeInstance", inner) for one in range(EACH)]
    for document in found:
        imply(azure.state, document, azure.options.tenant)
        azure.state.put(document)
    return ResourceId.parse(workspace)
