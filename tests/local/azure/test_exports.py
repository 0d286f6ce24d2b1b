"""Cost exports: kept at a scope, run when asked, and each run leaves a CSV of the usage that a query tells too."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob.aio import ContainerClient

from local.azure.arm.costs.period import month_end
from local.azure.options import Options, StoragePlaces
from local.azurite import Azurite, Tls
from local.certificates import ensure_certificates
from tests.local.azure.client import ACCOUNT, GROUP, HUB, JANE, STORAGE, SUBSCRIPTION, Arm, eventually
from tests.local.azure.conftest import StandIn

SCOPE = f"/subscriptions/{SUBSCRIPTION}"
EXPORTS = f"{SCOPE}/providers/Microsoft.CostManagement/exports"
EXPORT = f"{EXPORTS}/monthly"
QUERY = f"{SCOPE}/providers/Microsoft.CostManagement/query"
DESTINATION = {"resourceId": STORAGE, "container": "costs", "rootFolderPath": "ai"}


def body(timeframe: str = "TheLastMonth", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """An export of last month into the estate's storage account."""
    definition = {"type": "ActualCost", "timeframe": timeframe, "dataSet": {"granularity": "Daily"}}
    return {"properties": {"definition": definition, "deliveryInfo": {"destination": DESTINATION}, **more}}


async def last_run(arm: Arm, export: str = EXPORT) -> dict[str, Any]:
    """The properties of the newest run, once it has ended."""

    async def ended() -> dict[str, Any]:
        (newest, *_) = (await arm.ok("GET", f"{export}/runHistory"))["value"]
        return dict(newest["properties"]) if newest["properties"]["status"] != "InProgress" else {}

    return await eventually(ended)


async def download(arm: Arm, name: str) -> list[dict[str, str]]:
    """The rows of a file that has no real storage to lie in."""
    async with arm.session.get(f"{arm.azure.url}/_standin/exports/costs/{name}") as answer:
        assert (answer.status, answer.content_type) == (200, "text/csv"), await answer.text()
        return list(csv.DictReader(io.StringIO(await answer.text())))


async def test_a_run_writes_what_a_query_tells(arm: Arm) -> None:
    """A row for each meter and day, in the folder of the month; their sum is the query's."""
    await arm.ok("PUT", EXPORT, body())
    assert await arm.ok("POST", f"{EXPORT}/run") is None
    run = await last_run(arm)
    asked = {"type": "ActualCost", "timeframe": "TheLastMonth", "dataset": {"granularity": "None"}}
    (total,) = (await arm.ok("POST", QUERY, asked))["properties"]["rows"]
    rows = await download(arm, run["fileName"])
    last = arm.azure.clock.now().date().replace(day=1) - timedelta(days=1)
    assert run["fileName"].startswith(f"ai/monthly/{last:%Y%m}01-{last:%Y%m%d}/monthly_")
    assert (run["status"], run["executionType"], run["submittedBy"]) == ("Completed", "OnDemand", JANE)
    assert sum(float(row["CostInBillingCurrency"]) for row in rows) == pytest.approx(total[0])
    assert {f"{last.replace(day=1):%m/%d/%Y}", f"{last:%m/%d/%Y}"} <= {row["Date"] for row in rows}
    assert {ACCOUNT, STORAGE} <= {row["ResourceId"] for row in rows}
    assert run["runSettings"]["definition"] == body()["properties"]["definition"]


async def test_only_the_asked_columns_and_group_are_written(arm: Arm) -> None:
    """A group's export tells nothing of other groups; a month to date lies in the folder of the whole month."""
    other = f"{SCOPE}/resourceGroups/rg-other"
    await arm.ok("PUT", other, {"location": "eastus2"})
    await arm.ok("PUT", f"{other}/providers/Microsoft.Search/searchServices/other", {"location": "eastus2"})
    path = f"{other}/providers/Microsoft.CostManagement/exports/mine"
    given = body("MonthToDate")
    given["properties"]["definition"]["dataSet"]["configuration"] = {"columns": ["ResourceName", "Date"]}
    await arm.ok("PUT", path, given)
    await arm.ok("POST", f"{path}/run")
    run = await last_run(arm, path)
    rows = await download(arm, run["fileName"])
    today = arm.azure.clock.now().date()
    assert f"/{today:%Y%m}01-{month_end(today):%Y%m%d}/" in run["fileName"]
    assert rows[0] == {"Date": f"{today.replace(day=1):%m/%d/%Y}", "ResourceName": "other"}
    assert len(rows) == today.day


async def test_an_export_is_changed_only_by_who_saw_it_last(arm: Arm) -> None:
    """201, then 400 without its eTag, 200 with it; ids have no leading slash; a delete takes its runs along."""
    made = await arm("PUT", EXPORT, body())
    stale = await arm("PUT", EXPORT, body())
    changed = await arm("PUT", EXPORT, {**body(partitionData=True), "eTag": made.body["eTag"]})
    await arm.ok("POST", f"{EXPORT}/run")
    await last_run(arm)
    (listed,) = (await arm.ok("GET", EXPORTS))["value"]
    assert (made.status, stale.status, stale.code, changed.status) == (201, 400, "400", 200)
    assert made.body["id"] == EXPORT[1:]
    assert listed == changed.body == await arm.ok("GET", EXPORT)
    assert listed["properties"]["format"] == "Csv"
    assert (await arm.ok("GET", f"{GROUP}/providers/Microsoft.CostManagement/exports"))["value"] == []
    assert (await arm("DELETE", EXPORT)).status == 200
    assert [(await arm("GET", EXPORT)).status, (await arm("DELETE", EXPORT)).status] == [404, 404]
    assert [one["id"] for one in arm.azure.state if "/exports/" in one["id"]] == []


async def test_the_last_runs_are_told_with_an_export_if_asked(arm: Arm) -> None:
    """All of one export, the newest first; one of each in a list."""
    await arm.ok("PUT", EXPORT, body())
    for _ in range(2):
        await arm.ok("POST", f"{EXPORT}/run")
        await last_run(arm)
    history = (await arm.ok("GET", f"{EXPORT}/runHistory"))["value"]
    query = {"$expand": "runHistory"}
    one = (await arm.ok("GET", EXPORT, query=query))["properties"]["runHistory"]["value"]
    (listed,) = (await arm.ok("GET", EXPORTS, query=query))["value"]
    assert one == history
    assert listed["properties"]["runHistory"]["value"] == history[:1]
    assert history[0]["id"].startswith(f"{EXPORT[1:]}/run/")


async def test_a_run_can_fail_or_never_end(arm: Arm) -> None:
    """By the plan of faults that other operations follow; a failed run says so and leaves no file."""
    await arm.ok("PUT", EXPORT, body())
    for share in ("fail", "hang"):
        arm.azure.cloud.faults.clear()
        arm.azure.cloud.faults.plan({"operations": {share: 1.0}})
        await arm.ok("POST", f"{EXPORT}/run")
        if share == "fail":
            run = await last_run(arm)
            assert (run["status"], run["error"]["code"]) == ("Failed", "DeliveryFailed")
    newest = (await arm.ok("GET", f"{EXPORT}/runHistory"))["value"][0]
    async with arm.session.get(f"{arm.azure.url}/_standin/exports") as answer:
        assert (newest["properties"]["status"], await answer.json()) == ("InProgress", [])


@pytest.mark.parametrize(
    "given",
    [
        {"format": "Parquet"},
        {"definition": {"type": "Other", "timeframe": "TheLastMonth"}},
        {"definition": {"type": "Usage", "timeframe": "Other"}},
        {"definition": {"type": "Usage", "timeframe": "MonthToDate", "dataSet": {"granularity": "Hourly"}}},
        {
            "definition": {
                "type": "Usage",
                "timeframe": "MonthToDate",
                "dataSet": {"configuration": {"columns": ["Colour"]}},
            }
        },
        {"deliveryInfo": {}},
        {"deliveryInfo": {"destination": {"resourceId": STORAGE}}},
        {"deliveryInfo": {"destination": {"resourceId": HUB, "container": "costs"}}},
        {"deliveryInfo": {"destination": {"resourceId": "stone", "container": "costs"}}},
        {"deliveryInfo": {"destination": {**DESTINATION, "sasToken": "secret"}}},
    ],
)
async def test_an_export_that_could_not_run_is_refused(arm: Arm, given: dict[str, Any]) -> None:
    """400, and nothing is kept."""
    assert (await arm("PUT", EXPORT, body(**given))).status == 400
    assert arm.azure.state.get(EXPORT) is None


async def test_exports_lie_at_subscriptions_and_groups(arm: Arm) -> None:
    """400 on a resource, 404 in a group that is not there."""
    kind = "providers/Microsoft.CostManagement/exports"
    assert (await arm("GET", f"{HUB}/{kind}")).status == 400
    assert (await arm("GET", f"{SCOPE}/resourceGroups/none/{kind}")).status == 404


@pytest.fixture
async def azurite(certificates: Path) -> AsyncIterator[Azurite]:
    """A storage account."""
    made = ensure_certificates(certificates)
    async with Azurite(Tls(made.server, made.key)) as started:
        yield started


async def test_with_real_storage_the_file_lies_in_its_container(
    stand_in: StandIn, azurite: Azurite, certificates: Path
) -> None:
    """The container is made when it is missing; a storage account out of reach fails the run."""
    connection = azurite.connection_string
    places = StoragePlaces(azurite.queue_service_uri, azurite.blob_service_uri, connection)
    trust: dict[str, Any] = {"connection_verify": str(ensure_certificates(certificates).ca)}
    async with stand_in(Options(storage=places, operation_seconds=0.0)) as arm:
        await arm.ok("PUT", EXPORT, body())
        await arm.ok("POST", f"{EXPORT}/run")
        run = await last_run(arm)
    async with ContainerClient.from_connection_string(connection, "costs", **trust) as container:
        content = await (await container.download_blob(run["fileName"])).readall()
    assert (run["status"], content.startswith(b"Date,SubscriptionId,")) == ("Completed", True)
    nowhere = StoragePlaces(azurite.queue_service_uri, "https://127.0.0.1:1/devstoreaccount1", connection)
    async with stand_in(Options(storage=nowhere, operation_seconds=0.0)) as arm:
        await arm.ok("PUT", EXPORT, body())
        await arm.ok("POST", f"{EXPORT}/run")
        assert (await last_run(arm))["status"] == "Failed"


@pytest.mark.parametrize(
    ("day", "end"), [(date(2026, 2, 1), date(2026, 2, 28)), (date(2026, 12, 31), date(2026, 12, 31))]
)
def test_a_month_ends_on_its_last_day(day: date, end: date) -> None:
    """Also February, and December."""
    assert month_end(day) == end
