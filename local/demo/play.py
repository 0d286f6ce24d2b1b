"""
`make demo`: the main job on real parts, in under a minute, told as it happens.

Exit 0 and `demo: ok` when everything in the story came true, 1 with the reason when not; either way nothing is left
running, `summary.json` holds what the tables show, and `rows` all that is in them.
"""

import asyncio
import json
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from local.azure.documents import EstateError
from local.azurite import AzuriteError
from local.demo import estate
from local.demo.finance import finance
from local.demo.images import ImagesAct
from local.demo.keys import KeysAct
from local.demo.rotation import RotationAct, expecting
from local.demo.story import MALFORMED, SCENES, Scene, flood
from local.demo.summary import Summary, gather, show
from local.demo.timeline import Timeline
from local.demo.watch import DemoFailed, Watch, until
from local.processes import ProcessError
from local.rows import keep
from local.stage import REPOSITORY, Stage, StageOptions
from shared.images.page import PAGE
from shared.model.errors import HubwardenError
from shared.model.tables import TABLES

EXPECTED = (DemoFailed, ProcessError, AzuriteError, EstateError, HubwardenError)

FLOOD_PATIENCE = 60.0
"""Seconds; a slow machine may take its time over 200 events."""


def play(directory: Path, faults: str = "none", seed: int = 0) -> int:
    """Play the story, in fair weather or with faults, and return the exit code."""
    console = Console(highlight=False)
    try:
        summary = asyncio.run(_play(directory, console, faults, seed))
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("\n[red]demo: stopped by Ctrl-C[/]; every process it started has ended")
        return 1
    except EXPECTED as error:
        console.print(f"\n[red]demo: failed:[/] {error}\nThe logs are in {directory}")
        return 1
    (directory / "summary.json").write_text(json.dumps(summary.as_json(), indent=2) + "\n")
    show(summary, console)
    console.print(f"\nFor finance: {directory / 'reports'}, the page of each month under allocation/", soft_wrap=True)
    console.print(f"For ops: {directory / 'reports' / PAGE}, the page on images", soft_wrap=True)
    console.print("The rows, for queries: python -m local query open-findings", soft_wrap=True)
    console.print("\n[bold green]demo: ok[/]")
    return 0


async def _play(directory: Path, console: Console, faults: str, seed: int) -> Summary:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _current_task().cancel)
    began = time.monotonic()
    files = estate.write(directory / "estate", _now())
    options = StageOptions(
        directory=directory,
        estate=files,
        subscription=estate.SUBSCRIPTION,
        weather=("--faults", faults, "--seed", str(seed)),
        policy=expecting(REPOSITORY / "policy", directory / "policy"),
        environment={"HUBWARDEN_KEYS": "rotate"},
    )
    console.print("[dim]Starting Azurite, the Azure stand-in and the Functions host …[/]")
    async with Stage(options) as stage, Watch(stage) as watch:
        console.print(f"[dim]On stage after {time.monotonic() - began:.1f} s; logs in {directory}[/]\n")
        timeline = Timeline(console)
        summary = await perform(stage, watch, timeline, ImagesAct(directory, timeline, faults, seed))
        keep(directory / "rows", {name: await watch.rows(name) for name in TABLES}, _now())
        return summary


async def perform(stage: Stage, watch: Watch, timeline: Timeline, images: ImagesAct) -> Summary:
    """The whole story. Raises DemoFailed for the first thing that does not come true."""
    for scene in SCENES:
        await _scene(scene, stage, watch, timeline)
    await _flood(stage, watch, timeline)
    await _malformed(stage, watch, timeline)
    swept = [await _sweep(number, stage, watch, timeline) for number in (1, 2)]
    if swept[1]:
        raise DemoFailed(f"the second sweep wrote {swept[1]} times, and a second run must write nothing")
    await KeysAct(stage, watch, timeline, _now).play()
    calls = await RotationAct(stage, watch, timeline, _now).play()
    reported = await finance(stage, watch, timeline, _now())
    shown = await images.play()
    return await gather(watch, stage, second_sweep_writes=swept[1], months=reported, calls=calls, images=shown)


async def _scene(scene: Scene, stage: Stage, watch: Watch, timeline: Timeline) -> None:
    since = timeline.change(scene.who, scene.does, _now())
    await scene.act(stage)
    events = await until(f"an event about {scene.resource}", lambda: watch.events(scene.resource, since))
    timeline.event(events[0])

    async def found() -> list[dict[str, Any]] | None:
        rows = await watch.findings(scene.resource, since)
        return rows if set(scene.finds) <= {row["Rule"] for row in rows if row["Change"] == "opened"} else None

    async def done() -> list[dict[str, Any]] | None:
        rows = await watch.actions(scene.resource, since)
        return rows if set(scene.does_then) <= {(row["Rule"], row["Result"]) for row in rows} else None

    findings = await until(f"findings {', '.join(scene.finds)} on {scene.resource}", found)
    timeline.findings([row for row in findings if row["Change"] == "opened"])
    if scene.does_then:
        timeline.actions(await until(f"steps on {scene.resource}", done))
    timeline.findings([row for row in findings if row["Change"] == "resolved"])
    await until("the queue to be answered", watch.idle)


async def _flood(stage: Stage, watch: Watch, timeline: Timeline) -> None:
    raised = (await stage.standin("GET", "events"))["raised"]
    events, before, writes = flood(raised), await watch.counts(), await watch.writes()
    since = timeline.change("Event Grid", f"delivers {len(events)} duplicate and out-of-order events", _now())
    await stage.standin("POST", "events", events)

    async def all_in() -> bool:
        counts = await watch.counts()
        return counts["received"] - before["received"] >= len(events) and await watch.idle()

    await until("the flood to be answered", all_in, FLOOD_PATIENCE)
    after = await watch.counts()
    new = {name: after[name] - before[name] for name in after}
    wrote = await watch.writes() - writes
    timeline.told(
        since,
        _now(),
        f"{new['queued']} queued, {new['echoed']} dropped as our own echo, {new['runs']} runs, {wrote} writes",
    )
    if wrote:
        raise DemoFailed(f"the flood of old news caused {wrote} writes, and it must cause none")


async def _malformed(stage: Stage, watch: Watch, timeline: Timeline) -> None:
    since = timeline.change("Somebody", "sends a malformed event", _now())
    await stage.standin("POST", "events", [MALFORMED])
    resource = stage.app_id
    timeline.findings(await until("a finding about the malformed event", lambda: watch.findings(resource, since)))


async def _sweep(number: int, stage: Stage, watch: Watch, timeline: Timeline) -> int:
    before = await watch.writes()
    since = timeline.change("The timer", f"starts sweep {number}", _now())
    await stage.invoke("sweep")

    async def swept() -> list[dict[str, Any]] | None:
        rows = await watch.sweeps(since)
        return rows if {row["Hub"] for row in rows} >= {estate.HUB.lower(), estate.LAB.lower()} else None

    rows = await until("the sweep of both hubs", swept)
    await until("the queue to be answered", watch.idle)
    wrote = await watch.writes() - before
    judged = sum(row["Judged"] for row in rows)
    timeline.told(since, _now(), f"{len(rows)} hubs, {judged} resources judged, {wrote} writes")
    return wrote


def _current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise DemoFailed("the demo runs outside of a task")
    return task


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a demo plays in real time
