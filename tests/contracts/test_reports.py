"""What ReportStore promises, held against the fake and against blobs on Azurite."""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob.aio import ContainerClient

from local.azurite import ACCOUNT, ACCOUNT_KEY, Azurite
from shared.adapters.report_blobs import ReportBlobs
from shared.cost_ports import ReportStore
from tests.fakes import FakeReports

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = AzureNamedKeyCredential(ACCOUNT, ACCOUNT_KEY)


@pytest_asyncio.fixture(loop_scope="session")
async def container(azurite: Azurite) -> AsyncIterator[ContainerClient]:
    """A container that nobody has made, to look into."""
    async with ContainerClient(azurite.blob_service_uri, f"c{uuid.uuid4().hex}", credential=KEY) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def blobs(azurite: Azurite, container: ContainerClient) -> AsyncIterator[ReportBlobs]:
    """Reports in that container."""
    own = ReportBlobs(KEY, azurite.blob_service_uri, container.container_name)
    yield own
    await own.close()


@pytest.fixture(params=["fake", "azurite"])
def reports(request: pytest.FixtureRequest) -> ReportStore:
    """An empty store."""
    if request.param == "fake":
        return FakeReports()
    store: ReportBlobs = request.getfixturevalue("blobs")
    return store


async def test_what_is_published_is_read(reports: ReportStore) -> None:
    """Files come back as they were put, by their whole names, empty ones too."""
    files = {"2026-10/bill.csv": "Größe,1\n".encode(), "2026-10/bill.parquet": b"PAR1\x00", "empty.html": b""}
    await reports.publish(files)

    assert {name: await reports.read(name) for name in files} == files


async def test_what_was_not_published_is_none(reports: ReportStore) -> None:
    """A name that nobody used gives None, before anything was published and after."""
    assert await reports.read("bill.csv") is None
    await reports.publish({"bill.csv": b"1"})
    assert await reports.read("2026-10/bill.csv") is None


async def test_a_file_is_replaced(reports: ReportStore) -> None:
    """The same name again holds the new content, and no other file changes."""
    await reports.publish({"a.csv": b"a longer one", "b.csv": b"b"})
    await reports.publish({"a.csv": b"a"})

    assert [await reports.read(name) for name in ("a.csv", "b.csv")] == [b"a", b"b"]


async def test_nothing_is_nothing(reports: ReportStore) -> None:
    """To publish no files does nothing."""
    await reports.publish({})

    assert await reports.read("bill.csv") is None


async def test_the_fake_counts_what_is_written() -> None:
    """A second run of the same files writes nothing in the fake either."""
    reports = FakeReports()
    for content in (b"1", b"1", b"2"):
        await reports.publish({"bill.csv": content})

    assert (reports.writes, reports.files) == (2, {"bill.csv": b"2"})


async def test_a_second_run_writes_nothing(blobs: ReportBlobs, azurite: Azurite, container: ContainerClient) -> None:
    """What is there with this content keeps its etag, also when another process comes; what changed gets a new one."""
    names = ("a.csv", "b.csv")
    again = ReportBlobs(KEY, azurite.blob_service_uri, container.container_name)
    etags = []
    for store, content in ((blobs, b"1"), (blobs, b"1"), (again, b"1"), (again, b"2")):
        await store.publish({"a.csv": b"as ever", "b.csv": content})
        etags.append([(await container.get_blob_client(name).get_blob_properties()).etag for name in names])
    await again.close()

    first, second, third, last = etags
    assert first == second == third
    assert (last[0], last[1] == first[1]) == (first[0], False)


async def test_somebody_elses_blob_is_replaced(blobs: ReportBlobs, container: ContainerClient) -> None:
    """A blob under our name that we did not write is put right, whatever it holds."""
    await container.create_container()
    await container.upload_blob("bill.csv", b"1")
    before = await container.get_blob_client("bill.csv").get_blob_properties()
    await blobs.publish({"bill.csv": b"1"})

    assert (await container.get_blob_client("bill.csv").get_blob_properties()).etag != before.etag


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("2026-10/bill.csv", "text/csv; charset=utf-8"),
        ("bill.PARQUET", "application/vnd.apache.parquet"),
        ("index.html", "text/html; charset=utf-8"),
        ("bill", "application/octet-stream"),
    ],
)
async def test_a_blob_says_what_it_is(blobs: ReportBlobs, container: ContainerClient, name: str, kind: str) -> None:
    """A browser shows a page, a spreadsheet opens a table: the content type goes by the name's ending."""
    await blobs.publish({name: b"1"})

    assert (await container.get_blob_client(name).get_blob_properties()).content_settings.content_type == kind


async def test_a_large_file_arrives_whole(blobs: ReportBlobs) -> None:
    """A file too large for one request is read as it was put."""
    content = bytes(range(251)) * 20_000
    await blobs.publish({"large.parquet": content})

    assert await blobs.read("large.parquet") == content
