"""The page on images as the app writes it by itself: a sweep counts, the timer tells, and it lies in the container."""

from collections.abc import Awaitable, Callable
from typing import Any

from azure.core.credentials import AzureNamedKeyCredential

from local.azurite import ACCOUNT, ACCOUNT_KEY
from local.stage import Stage
from shared.adapters.report_blobs import ReportBlobs
from shared.images.page import CSV, PAGE

type Play = Callable[..., Awaitable[Stage]]
type Until = Callable[..., Awaitable[Any]]


async def test_the_app_writes_its_page(play: Play, until: Until) -> None:
    """In audit, with the identity that it is deployed with: one row of a week for each hub, then both files."""
    stage = await play(mode="audit")
    key = AzureNamedKeyCredential(ACCOUNT, ACCOUNT_KEY)
    store = ReportBlobs(key, stage.azurite.blob_service_uri)
    try:
        await stage.invoke("sweep")

        async def told() -> bytes | None:
            await stage.invoke("report_images")
            page = await store.read(PAGE)
            return page if page and b"compute instance" in page and b"No sweep has counted" not in page else None

        page = await until(told, 60.0)
        lines = (await store.read(CSV) or b"").decode("utf-8-sig").splitlines()
    finally:
        await store.close()

    assert b"Week by week" in page
    assert lines[0].startswith("Week,Hub,Owner,Instances")
    assert len(lines) > 1
