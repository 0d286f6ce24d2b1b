"""What the app tells about itself on real parts: what a run took, and lines that name it and nobody else."""

from collections.abc import Awaitable, Callable
from typing import Any

from local.certificates import trust
from local.demo import estate
from local.demo.watch import Watch
from local.stage import Stage

type Play = Callable[..., Awaitable[Stage]]
type Until = Callable[..., Awaitable[Any]]


async def test_a_run_tells_what_it_took_and_its_lines_whose_they_are(play: Play, until: Until) -> None:
    """Its row counts requests and how old its message was; its last line names run and invocation."""
    stage = await play()
    trust(stage.options.directory / "tls" / "ca.pem")
    body = {"operation": "Delete", "properties": {"tags": {"Owner": "jane@contoso.example"}}}
    path = f"{estate.PROJECT}/providers/Microsoft.Resources/tags/default"
    await stage.arm("kim@contoso.example", "PATCH", path, body, "2021-04-01")

    async with Watch(stage) as watch:
        row = (await until(lambda: watch.rows("HubwardenRuns_CL | sort by TimeGenerated asc")))[0]
    assert row["Calls"] > 0
    assert (row["Throttled"], row["WaitedSeconds"]) == (0, 0.0)
    assert 0 <= row["QueueAgeSeconds"] < 60

    log = stage.options.directory / "host.log"

    async def ended() -> str:
        return next((line for line in log.read_text().splitlines() if f"run.ended run={row['RunId']}" in line), "")

    line = await until(ended)
    named, _, text = line.partition("] ")
    assert text.endswith(f"waited=0.0 invocation={named.rsplit(' ', 1)[1]}")
    assert "contoso.example" not in log.read_text()
