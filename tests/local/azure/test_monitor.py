"""Log Analytics: which calls and rows are taken, which are refused and how, what queries see."""

import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from local.azure.monitor.logs_query import timespan
from local.azure.monitor.tables import LogTables, SchemaError, load_schemas
from local.azure.options import Options
from tests.local.azure.client import Answer, Arm
from tests.local.azure.conftest import StandIn

TODAY = f"{datetime.now(UTC):%Y-%m-%d}"  # noqa: TID251 - what is older than two days is dated anew
NOON = f"{TODAY}T12:00:00Z"
SCHEMA = {
    "TimeGenerated": "datetime",
    "Text": "string",
    "Whole": "int",
    "Long": "long",
    "Real": "real",
    "Flag": "boolean",
    "Any": "dynamic",
    "Key": "guid",
}
COLUMNS = [{"name": name, "type": kind} for name, kind in SCHEMA.items()]
GUID = "5f0c0000-0000-4000-8000-000000000001"
STREAM = "/streams/Custom-Rows_CL"


@pytest.fixture
async def arm(stand_in: StandIn) -> AsyncIterator[Arm]:
    async with stand_in(Options(tables={"Rows_CL": COLUMNS})) as started:
        yield started


async def send(
    arm: Arm,
    rows: object,
    *,
    rule: str = "",
    stream: str = STREAM,
    version: str = "2023-01-01",
    audience: str = "https://monitor.azure.com",
) -> Answer:
    """One upload as the app."""
    app = Arm(arm.azure, arm.session, who="app")
    path = f"/dataCollectionRules/{rule or arm.azure.options.dcr_immutable_id}{stream}"
    return await app("POST", path, rows, version=version, headers={"Authorization": f"Bearer {app.token(audience)}"})


async def query(arm: Arm, text: str, **more: str) -> Answer:
    header = {"Authorization": f"Bearer {arm.token('https://api.loganalytics.io')}"}
    path = f"/v1/workspaces/{arm.azure.options.workspace_id}/query"
    return await arm("POST", path, {"query": text, **more}, version="", headers=header)


async def rows(arm: Arm, text: str, **more: str) -> Any:  # noqa: ANN401 - any JSON
    answer = await query(arm, text, **more)
    assert answer.status == 200, answer
    return answer.body["tables"][0]["rows"]


async def test_every_type_goes_in_and_comes_out(arm: Arm) -> None:
    """The answer names each column's Kusto type; times come back in UTC, dynamic as JSON, nothing as null."""
    row = {
        "TimeGenerated": f"{TODAY}T13:00:00+01:00",
        "Text": "a",
        "Whole": 1,
        "Long": 2**40,
        "Real": 1.5,
        "Flag": True,
        "Any": {"a": [1, None]},
        "Key": GUID,
    }
    sent = await send(arm, [row, {"TimeGenerated": NOON}])
    table = (await query(arm, "Rows_CL | order by Text desc")).body["tables"][0]
    assert (sent.status, sent.body) == (204, None)
    assert [column["type"] for column in table["columns"]] == [
        "datetime",
        "string",
        "int",
        "long",
        "real",
        "bool",
        "dynamic",
        "guid",
    ]
    assert table["rows"][0] == [f"{TODAY}T12:00:00.0000000Z", *list(row.values())[1:]]
    assert table["rows"][1][1:] == [None] * 7


async def test_what_is_two_days_old_is_dated_anew(arm: Arm) -> None:
    """Such a row has the time at which it came; one that is a little younger keeps its own."""
    now = arm.azure.clock.now()
    young, old = (f"{now - timedelta(days=2, minutes=minutes):%Y-%m-%dT%H:%M:%S.000000}0Z" for minutes in (-5, 5))
    await send(arm, [{"TimeGenerated": moment} for moment in (old, young)])

    first, second = (row[0] for row in await rows(arm, "Rows_CL | order by TimeGenerated asc"))
    assert first == young
    assert abs(datetime.fromisoformat(second) - now) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"Nope": 1}, "row 1, column 'Nope': unknown"),
        ({"Text": 1}, "row 1, column 'Text': expected a string, found 1"),
        ({"Text": "x" * 65_537}, "row 1, column 'Text': expected at most 65536 bytes"),
        ({"Whole": 2**31}, "row 1, column 'Whole': expected a 32-bit whole number"),
        ({"Long": 1.0}, "row 1, column 'Long': expected a 64-bit whole number"),
        ({"Real": True}, "row 1, column 'Real': expected a number"),
        ({"Flag": "yes"}, "row 1, column 'Flag': expected true or false"),
        ({"Key": "x"}, "row 1, column 'Key': expected a GUID"),
        ({"TimeGenerated": "2026-11-21T12:00:00"}, "row 1, column 'TimeGenerated': expected an ISO 8601 time"),
        ({"TimeGenerated": None}, "row 1, column 'TimeGenerated': expected a time, found nothing"),
    ],
)
async def test_a_row_that_does_not_fit_is_named_and_nothing_is_stored(
    arm: Arm, row: dict[str, object], reason: str
) -> None:
    """400 names row, column and what was expected; the good rows of the call are not stored either."""
    answer = await send(arm, [{"TimeGenerated": NOON}, {"TimeGenerated": NOON, **row}])
    assert (answer.status, answer.headers["x-ms-error-code"]) == (400, "InvalidRow")
    assert reason in answer.body["error"]["message"]
    assert await rows(arm, "Rows_CL | count") == [[0]]


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        ({"rule": "dcr-ffffffffffffffffffffffffffffffff"}, 404, "NotFound"),
        ({"stream": "/streams/Custom-Other_CL"}, 404, "InvalidStream"),
        ({"stream": "/streams/Rows_CL"}, 404, "InvalidStream"),
        ({"version": "2021-11-01"}, 400, "InvalidApiVersion"),
        ({"audience": "https://management.azure.com"}, 401, "InvalidToken"),
    ],
)
async def test_a_wrong_call_is_refused(arm: Arm, call: dict[str, str], status: int, code: str) -> None:
    """Rule, stream, api-version and token audience each have their own answer."""
    answer = await send(arm, [], **call)
    assert (answer.status, answer.headers["x-ms-error-code"]) == (status, code)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_call_of_more_than_a_megabyte_is_refused(arm: Arm, encoding: str) -> None:
    """413, also when it is small while compressed."""
    content = json.dumps([{"TimeGenerated": NOON, "Text": "x" * 1_048_576}]).encode()
    header = {
        "Authorization": f"Bearer {arm.token('https://monitor.azure.com')}",
        "Content-Encoding": encoding,
        "Content-Type": "application/json",
    }
    body = BytesIO(gzip.compress(content) if encoding == "gzip" else content)
    url = f"{arm.azure.url}/dataCollectionRules/{arm.azure.options.dcr_immutable_id}{STREAM}?api-version=2023-01-01"
    async with arm.session.post(url, data=body, headers=header) as answer:
        assert (answer.status, answer.headers["x-ms-error-code"]) == (413, "ContentLengthLimitExceeded")


async def test_what_is_no_list_of_rows_is_refused(arm: Arm) -> None:
    """An object, or a list of something else."""
    assert (await send(arm, {"TimeGenerated": NOON})).headers["x-ms-error-code"] == "InvalidPayload"
    assert (await send(arm, ["text"])).headers["x-ms-error-code"] == "InvalidRow"


async def test_ingestion_needs_its_permission(arm: Arm) -> None:
    """Without Monitoring Metrics Publisher the app gets a 403 that names the action."""
    arm.azure.directory.limit(arm.azure.options.app_object_id, ("*/read",))
    answer = await send(arm, [])
    assert answer.status == 403
    assert "'Microsoft.Insights/Telemetry/Write'" in answer.body["error"]["message"]


async def test_a_repeated_upload_duplicates_rows(arm: Arm) -> None:
    """Nothing is deduplicated: `arg_max` at query time is the reader's work."""
    for _ in range(2):
        await send(arm, [{"TimeGenerated": NOON, "Text": "same"}])
    assert await rows(arm, "Rows_CL | count") == [[2]]
    assert await rows(arm, "Rows_CL | summarize arg_max(TimeGenerated, *) by Text | count") == [[1]]


async def test_ago_follows_the_stand_ins_clock_and_timespan_limits(arm: Arm) -> None:
    """An hour later the row is older than `ago(1h)`, and outside a `timespan` of one hour."""
    await send(arm, [{"TimeGenerated": arm.azure.clock.now().isoformat()}])
    recent = "Rows_CL | where TimeGenerated > ago(1h) | count"
    before = [await rows(arm, recent), await rows(arm, "Rows_CL | count", timespan="PT1H")]
    arm.azure.clock.advance(3601)
    after = [await rows(arm, recent), await rows(arm, "Rows_CL | count", timespan="PT1H")]
    assert (before, after) == ([[[1]], [[1]]], [[[0]], [[0]]])


async def test_an_unknown_workspace_a_wrong_token_and_a_wrong_query_are_refused(arm: Arm) -> None:
    """404, 401 and 400, each with one line."""
    header = {"Authorization": f"Bearer {arm.token('https://api.loganalytics.io')}"}
    unknown = await arm("POST", "/v1/workspaces/other/query", {"query": "x"}, version="", headers=header)
    own = f"/v1/workspaces/{arm.azure.options.workspace_id}/query"
    foreign = await arm("POST", own, {"query": "Rows_CL"}, version="")
    shapeless = await arm("POST", own, [1], version="", headers=header)
    wrong = await query(arm, "Rows_CL | where Nope == 1")
    assert [one.status for one in (unknown, foreign, shapeless, wrong)] == [404, 401, 400, 400]
    assert "Nope" in wrong.body["error"]["message"]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("PT90M", (10.5, 12)),
        ("P1DT2H", (-14, 12)),
        ("2026-11-21T01:00:00Z/2026-11-21T02:00:00Z", (1, 2)),
        ("2026-11-21T01:00:00Z/PT2H", (1, 3)),
        ("PT2H/2026-11-21T05:00:00Z", (3, 5)),
    ],
)
def test_a_timespan_is_read_in_all_its_forms(text: str, hours: tuple[float, float]) -> None:
    """Durations end now; intervals name one or both ends."""
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    expected = tuple(midnight + timedelta(hours=hour) for hour in hours)
    assert timespan(text, midnight + timedelta(hours=12)) == expected


@pytest.mark.parametrize(
    ("table", "column", "reason"),
    [
        ("Rows", {"name": "A", "type": "string"}, "ends in '_CL'"),
        ("Rows_CL", {"name": "Title", "type": "string"}, "reserved"),
        ("Rows_CL", {"name": "_A", "type": "string"}, "reserved, or not a letter"),
        ("Rows_CL", {"name": "A" * 46, "type": "string"}, "reserved, or not a letter"),
        ("Rows_CL", {"name": "A", "type": "text"}, "unknown type 'text'"),
        ("Rows_CL", {"name": "A", "type": "string"}, "TimeGenerated"),
    ],
)
def test_a_table_that_azure_would_not_take_is_refused_at_start(table: str, column: dict[str, str], reason: str) -> None:
    """Table, column and the rule broken are named."""
    with pytest.raises(SchemaError, match=reason):
        LogTables({table: [column]})


def test_schemas_come_from_a_file_too(tmp_path: Path) -> None:
    """A JSON file holds the same mapping; a broken one is named."""
    file = tmp_path / "tables.json"
    file.write_text(json.dumps({"Rows_CL": COLUMNS}))
    assert LogTables(load_schemas(file)).counts() == {"Rows_CL": 0}
    file.write_text("{")
    with pytest.raises(SchemaError, match=str(file)):
        load_schemas(file)
