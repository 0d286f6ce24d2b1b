"""The page on images as the app writes it by itself: a sweep counts, the timer tells, and it lies in the container."""

from collections.abc import Awaitable, Callable
from typing import Any

from local.certificates import trust
from local.demo import estate
from local.demo.watch import Watch
from local.stage import Stage
from shared.adapters.report_blobs import ReportBlobs
from shared.images.page import CSV, PAGE

type Play = Callable[..., Awaitable[Stage]]
type Until = Callable[..., Awaitable[Any]]


async def test_the_app_writes_its_page(play: Play, until: Until) -> None:
    """In audit, with the identity that it is deployed with: a sweep of all hubs, one invocation, and both files."""
    stage = await play(mode="audit")
    trust(stage.options.directory / "tls" / "ca.pem")
    async with Watch(stage) as watch:
        store = ReportBlobs(watch.person, stage.azurite.blob_service_uri)
        await stage.invoke("sweep")

        async def swept() -> bool:
            (row,) = await watch.rows("HubwardenRuns_CL | where Trigger == 'sweep' | summarize Hubs = dcount(Hub)")
            return bool(row["Hubs"] == 2)

        await until(swept, 60.0)

        async def noted() -> str:
            log = (stage.options.directory / "host.log").read_text("utf-8")
            return log if log.count("run.ended") >= 2 else ""

        await until(noted, 60.0)
        await stage.invoke("report_images")
        page = await until(lambda: store.read(PAGE), 60.0)
        lines = (await until(lambda: store.read(CSV), 60.0)).decode("utf-8-sig").splitlines()
        await store.close()

    assert b'<h2 id="all">1 compute instance</h2>' in page
    assert b"Week by week" in page
    assert [line.split(",")[1].casefold() for line in lines[1:]] == [estate.HUB.casefold()]
