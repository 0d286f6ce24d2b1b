"""
A whole sweep of a thousand workspaces in one subscription: how long it takes at Azure's pace, and what it reads.

Ninety hubs with ten projects each, with their connections, computes and endpoints and what they lean on, and ten plain
workspaces; nobody has looked at any of it before. The app is one process without a host, the stand-in another: it
refuses what is above ARM's limits, as ARM does.
"""

import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from bench.fresh import probe
from bench.latency import ARM_MILLISECONDS
from bench.result import BenchError, Result
from local.azure.ledger.ledger import KEPT
from local.azure.options import APP_OBJECT_ID
from local.stage import Stage, StageOptions
from local.synthetic import documents
from local.synthetic.documents import Document
from local.synthetic.estate import Size, generate
from shared.adapters.pace import READS
from shared.model.facts import WORKSPACE_TYPE
from shared.model.resource_id import ResourceId

HUBS, PROJECTS, PLAIN = 90, 10, 10
WORKSPACES = HUBS + HUBS * PROJECTS + PLAIN
SEED = 7
LONGEST = 300.0
"""Seconds that an invocation may take (host.json); none may need more while others wait for the same reads."""
PATIENCE = 1200.0
ELSE_TAKES = 60
"""Seconds for all but waiting for reads."""


async def measure(workshop: Path) -> list[Result]:
    """One sweep. Raises BenchError when not every family was asked for, or the stand-in no longer knows all reads."""
    folder = workshop / "whole-sweep"
    folder.mkdir(parents=True, exist_ok=True)
    found = list(estate())
    (folder / "estate.json").write_text(json.dumps({"value": found}), encoding="utf-8")
    subscription = ResourceId.parse(found[0]["id"]).subscription
    options = StageOptions(directory=folder, estate=folder / "estate.json", subscription=subscription, mode="audit")
    async with Stage(options) as stage:
        await stage.standin("POST", "faults", {"latencyMs": ARM_MILLISECONDS})
        before = len((await stage.standin("GET", "ledger"))["requests"])
        taken = await probe("whole_sweep", stage.app_environment(), patience=PATIENCE)
        requests = (await stage.standin("GET", "ledger"))["requests"][before:]
    if len(requests) + before >= KEPT:
        raise BenchError(f"the stand-in keeps {KEPT:,} requests, and there were more")
    if taken["lost"]:
        raise BenchError(f"{taken['lost']} messages were not answered however often they came")
    if (asked := taken["messages"]) < HUBS + PLAIN:
        raise BenchError(f"the timer asked for {asked} families, and there are {HUBS + PLAIN} without hubs")
    return _results(taken, [one for one in requests if one["principal"] == APP_OBJECT_ID])


def estate() -> Iterator[Document]:
    """The made-up estate, all of it in one subscription: that is where ARM's limits are reached first."""
    text = json.dumps(list(generate(Size(HUBS, PROJECTS), SEED)))
    made: list[Document] = json.loads(text)
    first = ResourceId.parse(made[0]["id"]).subscription
    for other in {ResourceId.parse(one["id"]).subscription for one in made} - {first}:
        text = text.replace(other, first)
    yield from {one["id"].casefold(): one for one in json.loads(text)}.values()
    group = f"/subscriptions/{first}/resourceGroups/rg-plain"
    for number in range(PLAIN):
        plain = f"{group}/providers/{WORKSPACE_TYPE}/plain-{number}"
        yield documents.workspace(plain, "Default", {}, {"publicNetworkAccess": "Disabled"})
        inner = documents.instance("25.11.03", "25.12.03")
        yield documents.compute(f"{plain}/computes/ci-0", "ComputeInstance", inner)


def _results(taken: dict[str, Any], requests: list[dict[str, Any]]) -> list[Result]:
    arm = [one for one in requests if one["path"].casefold().startswith("/subscriptions/")]
    reads = sum(one["method"] in {"GET", "HEAD"} for one in arm)
    asked = [one for one in requests if "microsoft.resourcegraph" in one["path"].casefold()]
    too_many, too_often = (sum(one["status"] == HTTPStatus.TOO_MANY_REQUESTS for one in some) for some in (arm, asked))
    at_pace = max(0.0, reads - READS.at_once) / READS.a_second
    what = f"Whole sweep of {WORKSPACES:,} workspaces"
    return [
        Result(f"{what} at {ARM_MILLISECONDS} ms ARM latency", "s", (taken["seconds"],), at_pace + ELSE_TAKES),
        Result(f"{what}: the longest try of {taken['messages']} messages", "s", (taken["longest"],), LONGEST),
        Result(f"{what}: until all was queued", "s", (taken["queued"],), LONGEST),
        Result(f"{what}: reads of ARM", "", (float(reads),)),
        Result(f"{what}: what those take at ARM's pace", "s", (at_pace,)),
        Result(f"{what}: questions to Resource Graph", "", (float(len(asked)),)),
        Result(f"{what}: refusals of ARM for too many requests (429)", "", (float(too_many),), 0),
        Result(f"{what}: refusals of Resource Graph (429)", "", (float(too_often),)),
        Result(f"{what}: messages that came again", "", (float(taken["again"]),), 0),
        Result(f"{what}: own CPU", "s", (taken["cpu"],)),
    ]
