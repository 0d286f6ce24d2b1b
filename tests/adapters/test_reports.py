"""Blobs by script: what a report costs in requests, when it shows, and what is said when it may not be put."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.adapters.report_blobs import ReportBlobs
from shared.model.errors import Forbidden
from tests.adapters.script import FixedCredential, Script

MEBIBYTE = 2**20
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers"


@pytest_asyncio.fixture
async def reports(script: Script) -> AsyncIterator[ReportBlobs]:
    """Reports, speaking to the script."""
    own = ReportBlobs(FixedCredential(), script.url, "reports")
    yield own
    await own.close()


def asked(script: Script) -> list[tuple[str, str, str]]:
    """Method, path and kind of operation of every request."""
    return [(one.method, one.path, one.query.get("comp", one.query.get("restype", ""))) for one in script.asked]


async def test_a_report_is_looked_at_and_put(reports: ReportBlobs, script: Script) -> None:
    """The container is made once, whoever made it; each file is asked about and put in one request."""
    script.answer(409, None, x_ms_error_code="ContainerAlreadyExists")
    for _ in range(2):
        script.answer(404, None, x_ms_error_code="BlobNotFound")
        script.answer(201)
    await reports.publish({"a.csv": b"1"})
    await reports.publish({"b/c.csv": b"1"})

    assert asked(script) == [
        ("PUT", "/reports", "container"),
        ("HEAD", "/reports/a.csv", ""),
        ("PUT", "/reports/a.csv", ""),
        ("HEAD", "/reports/b/c.csv", ""),
        ("PUT", "/reports/b/c.csv", ""),
    ]


async def test_a_large_report_shows_when_it_is_whole(reports: ReportBlobs, script: Script) -> None:
    """Blocks go first and show nothing; the request that makes them the file comes last."""
    script.answer(201)
    script.answer(404)
    script.answer(201)
    await reports.publish({"large.csv": b"x" * (2 * MEBIBYTE + 1)})

    kinds = [kind for *_, kind in asked(script)]
    assert kinds == ["container", "", "block", "block", "block", "blocklist"]


@pytest.mark.parametrize(("done", "permission"), [(0, "write"), (1, "blobs/read"), (2, "blobs/write")])
async def test_a_report_that_may_not_be_put(reports: ReportBlobs, script: Script, done: int, permission: str) -> None:
    """A 403 names the permission that was missing: to make the container, to look at a blob, or to write it."""
    for status in (201, 404)[:done]:
        script.answer(status)
    script.answer(403, None, x_ms_error_code="AuthorizationPermissionMismatch")

    with pytest.raises(Forbidden, match="AuthorizationPermissionMismatch") as told:
        await reports.publish({"a.csv": b"1"})
    assert told.value.permission == f"{BLOBS}/{permission}"
