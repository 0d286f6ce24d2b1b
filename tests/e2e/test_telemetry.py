"""How much the app says in an execution, on the real Functions worker's runtime: what its bill goes by."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from local.certificates import trust
from local.demo import estate
from local.demo.watch import Watch
from local.running_costs import Measured
from local.stage import Stage
from local.telemetry import execution, lines_of, weight

type Play = Callable[..., Awaitable[Stage]]
type Until = Callable[..., Awaitable[Any]]

RUN_ENDED = re.compile(r"run\.ended .* invocation=(\S+)")


async def test_an_execution_weighs_what_is_reckoned(play: Play, until: Until) -> None:
    """Runs after an event and of a sweep, each within a tenth of the telemetry that the bill counts for it."""
    stage = await play()
    trust(stage.options.directory / "tls" / "ca.pem")
    path = f"{estate.PROJECT}/providers/Microsoft.Resources/tags/default"
    body = {"operation": "Merge", "properties": {"tags": {"Purpose": "x"}}}
    await stage.arm("kim@contoso.example", "PATCH", path, body, "2021-04-01")
    log = stage.options.directory / "host.log"

    async with Watch(stage) as watch:
        await until(lambda: watch.rows("HubwardenRuns_CL | where Trigger == 'event'"))
        await stage.invoke("sweep")
        runs = await until(lambda: watch.rows("HubwardenRuns_CL | where Trigger == 'sweep' | distinct Hub"))

    async def ended() -> list[str]:
        found = RUN_ENDED.findall(log.read_text())
        return found if len(found) > len(runs) else []

    invocations = await until(ended)
    text = log.read_text()
    weights = [weight(execution("on_change", "changes", lines_of(text, "on_change", one))) for one in invocations]
    assert weights == pytest.approx([Measured().execution_bytes] * len(weights), rel=0.1)
