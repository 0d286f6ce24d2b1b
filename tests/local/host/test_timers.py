"""The timer trigger: past due on start, retries, no overlap, and a schedule that survives failures and changes."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from local.host.ncrontab import parse
from local.host.timers import Status
from tests.local.host.driver import MASTER, eventually, running

DAILY = parse("0 0 3 * * *")
MORNING = datetime(2026, 11, 21, 9, tzinfo=UTC)
LAST_YEAR = {"Last": "2025-11-20T03:00:00+00:00", "Next": "2025-11-21T03:00:00+00:00"}


def status_blob(service: BlobServiceClient, host_id: str) -> BlobClient:
    return service.get_blob_client("azure-webjobs-hosts", f"timers/{host_id}/Host.Functions.nightly/status")


async def missed_a_run(service: BlobServiceClient, host_id: str) -> BlobClient:
    """Storage as a host leaves it that was off when its timer should have fired."""
    with suppress(ResourceExistsError):
        await service.create_container("azure-webjobs-hosts")
    blob = status_blob(service, host_id)
    await blob.upload_blob(json.dumps({**LAST_YEAR, "LastUpdated": LAST_YEAR["Last"]}))
    return blob


async def test_missed_run_is_made_up_once_with_its_retries(storage: str) -> None:
    """A timer whose time passed while no host ran runs at start, past due, with its retries, and only once."""
    host_id = "missed"
    settings = {"AzureFunctionsWebHost__hostid": host_id, "AzureWebJobs.nightly.Disabled": ""}
    async with BlobServiceClient.from_connection_string(storage) as service:
        blob = await missed_a_run(service, host_id)
        async with running(storage, settings=settings) as host:
            (tick,) = await host.take_json("nightly")
            assert (tick["past_due"], tick["retries"]) == (True, 2)
            assert tick["schedule_status"]["Last"] == LAST_YEAR["Last"]

            async def written() -> bool:
                status = Status.read((await (await blob.download_blob()).readall()).decode())
                return status.next > status.last > datetime.fromisoformat(LAST_YEAR["Next"])

            await eventually(written, "the status of the run to be written")
            assert await host.stop() == 0
        async with running(storage, settings={**settings, "AzureWebJobs.every_second.Disabled": ""}) as again:
            await again.logged(lambda record: "Executing 'Functions.every_second'" in record["message"])
            assert not [record for record in again.records if record.get("function") == "nightly"]


async def test_runs_do_not_overlap_and_go_on_after_a_failure(storage: str) -> None:
    """A run longer than its interval delays the next one; a run that fails does not end the schedule."""
    async with running(storage, settings={"AzureWebJobs.every_second.Disabled": ""}) as host:
        await host.logged(lambda record: "the first run fails" in record["message"])
        assert await host.take_json("seconds") == [{"run": 2, "at_once": 1, "past_due": False}]


async def test_timer_by_hand(storage: str) -> None:
    """The admin API runs a timer now, with its retries, and not as past due."""
    async with running(storage, settings={"AzureWebJobs.nightly.Disabled": ""}) as host:
        access = {"headers": {"x-functions-key": MASTER}, "json": {"input": ""}}
        assert await host.request("POST", "/admin/functions/nightly", **access) == (202, "")
        (tick,) = await host.take_json("nightly")
        assert (tick["past_due"], tick["retries"]) == (False, 2)


@pytest.mark.parametrize(
    ("last", "following", "expected"),
    [
        ("2026-11-20T03:00:00", "2026-11-21T03:00:00", "2026-11-21T03:00:00"),
        ("2026-11-20T03:00:00", "2026-11-20T15:00:00", "2026-11-22T03:00:00"),
        ("2026-11-21T05:00:00", "2026-11-21T06:00:00", "2026-11-22T03:00:00"),
    ],
    ids=["same-schedule-is-past-due", "changed-schedule-is-not-past-due", "changed-schedule-takes-its-next-time"],
)
def test_stored_status_meets_the_schedule(last: str, following: str, expected: str) -> None:
    """Only a time the present schedule would have given counts as missed."""
    ran, due = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (last, following))
    assert Status(ran, due, ran).under(DAILY, MORNING).next == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_new_timer_waits_for_its_time() -> None:
    """A timer that never ran is not past due, also when the host restarts before its first time."""
    status = Status.new(DAILY, MORNING)
    restarted = Status.read(json.dumps(status.document())).under(DAILY, MORNING + timedelta(hours=1))
    assert restarted == status


def test_status_that_is_none() -> None:
    """A blob that holds no status is refused with a ValueError."""
    with pytest.raises(ValueError, match="no timer status"):
        Status.read("{}")
