"""Rows and alerts as they arrive: through the adapters into Azure's stand-in, and in the fakes."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from local.azure.stand_in import AzureStandIn
from shared.adapters.alert_topic import EventGridTopic, event_id
from shared.adapters.fitting import LONGEST_FIELD
from shared.adapters.log_analytics import LogAnalytics
from shared.adapters.log_query import LogQuery
from shared.model.errors import Forbidden, Rejected
from shared.model.tables import RUNS
from shared.ports import Alert, Row
from tests.contracts.worlds import AppCredential
from tests.fakes import FakeLog, FakeTopic

pytestmark = pytest.mark.asyncio(loop_scope="session")


def run_row(run: str, **more: object) -> Row:
    """A row of the runs table."""
    return {"TimeGenerated": datetime.now(UTC) - timedelta(minutes=1), "RunId": run, **more}  # noqa: TID251 - Azure's clock judges it


async def test_rows_come_back_as_they_were_written(log: LogAnalytics, query: LogQuery) -> None:
    """Text, numbers and lists written to a table are read back by a query; two rows are two rows."""
    run = uuid.uuid4().hex
    await log.write(RUNS, [run_row(run, Judged=1, Coverage=0.5), run_row(run, Judged=2, Trigger="naïve — sweep")])

    rows = await query.rows(
        f"{RUNS} | where RunId == '{run}' | sort by Judged asc | project Judged, Coverage, Trigger", timedelta(hours=1)
    )
    assert rows == [
        {"Judged": 1, "Coverage": 0.5, "Trigger": None},
        {"Judged": 2, "Coverage": None, "Trigger": "naïve — sweep"},
    ]


async def test_no_rows_ask_nothing_of_azure(log: LogAnalytics, azure: AzureStandIn) -> None:
    """Writing no rows sends no request, and so succeeds even where nothing may be written."""
    azure.directory.limit(azure.options.app_object_id, ())

    await log.write(RUNS, [])


@pytest.mark.parametrize("letter", ["x", "\U0001f600"])
async def test_an_overlong_field_says_that_it_was_cut(log: LogAnalytics, query: LogQuery, letter: str) -> None:
    """A text of more than 64 KB is cut by us and says by how much, whatever its letters take; Azure says nothing."""
    run = uuid.uuid4().hex
    await log.write(RUNS, [run_row(run, Trigger=letter * (LONGEST_FIELD + 7))])

    [row] = await query.rows(f"{RUNS} | where RunId == '{run}' | project Trigger", timedelta(hours=1))
    assert row["Trigger"] == letter * LONGEST_FIELD + "… (7 characters cut)"


async def test_an_overlong_list_says_that_it_was_cut(log: LogAnalytics, query: LogQuery) -> None:
    """A list that is too long becomes a text that says so; one that fits stays a list."""
    run, short = uuid.uuid4().hex, ["a" * 36] * 20
    await log.write(RUNS, [run_row(run, Judged=1, CorrelationIds=short)])
    await log.write(RUNS, [run_row(run, Judged=2, CorrelationIds=["ü" * 36] * 2_000)])

    [one, two] = await query.rows(
        f"{RUNS} | where RunId == '{run}' | sort by Judged asc | project CorrelationIds", timedelta(hours=1)
    )
    assert one["CorrelationIds"] == short
    assert two["CorrelationIds"].startswith('["üüü')
    assert two["CorrelationIds"].endswith(" characters cut)")


async def test_many_small_rows(log: LogAnalytics, query: LogQuery, caplog: pytest.LogCaptureFixture) -> None:
    """The SDK does not count the commas between them, and so fills its calls beyond a megabyte: all arrive, once."""
    run = uuid.uuid4().hex
    await log.write(RUNS, [run_row(run, Judged=number) for number in range(12_000)])

    (row,) = await query.rows(
        f"{RUNS} | where RunId == '{run}' | summarize Rows = count(), Sum = sum(Judged)", timedelta(hours=1)
    )
    assert (row["Rows"], row["Sum"]) == (12_000, sum(range(12_000)))
    assert "rows.too_large" in caplog.text


async def test_what_azure_would_lose_of_a_row_is_told(log: LogAnalytics, caplog: pytest.LogCaptureFixture) -> None:
    """A field that is no column, or of another type: Azure says nothing, and the stand-in refuses it."""
    with pytest.raises(Rejected, match="400 InvalidRow"):
        await log.write(RUNS, [run_row("r", Colour="red", Judged="three")])

    assert [record.message.partition(": Azure loses a field of them: ")[2] for record in caplog.records] == [
        "Colour is no column",
        "Judged is no int but str",
    ]


async def test_an_unknown_table_is_rejected(log: LogAnalytics) -> None:
    """Rows for a table that the collection rule does not know are rejected with Azure's reason."""
    with pytest.raises(Rejected, match="404 InvalidStream"):
        await log.write("HubwardenNothing_CL", [run_row("r")])


async def test_writing_without_the_role_is_forbidden(log: LogAnalytics, azure: AzureStandIn) -> None:
    """Without the publisher's role on the collection rule a write is forbidden."""
    azure.directory.limit(azure.options.app_object_id, ())

    with pytest.raises(Forbidden, match="403"):
        await log.write(RUNS, [run_row("r")])


async def test_a_query_that_is_none_is_rejected(query: LogQuery) -> None:
    """A query that Log Analytics cannot parse is rejected with its reason."""
    with pytest.raises(Rejected, match="400"):
        await query.rows("this is no query |", timedelta(hours=1))


async def test_alerts_arrive_as_cloud_events(azure: AzureStandIn) -> None:
    """Each alert is one CloudEvent with its type, subject and data; the same alert has the same id again."""
    alert = Alert(
        "Hubwarden.FindingOpened", "/subscriptions/s", {"rule": "HW-NET-001", "at": datetime(2026, 3, 1, tzinfo=UTC)}
    )
    name = uuid.uuid4().hex
    topic = EventGridTopic(AppCredential(azure), f"{azure.url}/topics/{name}/api/events")
    await topic.publish([])
    await topic.publish([alert, alert])
    await topic.close()

    received = azure.topics.events(name)
    facts = [(event["type"], event["subject"], event["data"], event["id"]) for event in received]
    data = {"rule": "HW-NET-001", "at": "2026-03-01T00:00:00Z"}
    assert facts == [("Hubwarden.FindingOpened", "/subscriptions/s", data, event_id(alert))] * 2


async def test_many_heavy_alerts_arrive(azure: AzureStandIn) -> None:
    """A request takes a megabyte: 150 alerts that weigh twice that arrive all, once and in their order."""
    name = uuid.uuid4().hex
    topic = EventGridTopic(AppCredential(azure), f"{azure.url}/topics/{name}/api/events")
    alerts = [Alert("a", f"/subscriptions/{number}", {"x": "ü" * 2_400}) for number in range(150)]
    await topic.publish(alerts)
    await topic.close()

    assert [event["subject"] for event in azure.topics.events(name)] == [alert.subject for alert in alerts]


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_an_alert_that_no_request_takes_is_rejected(azure: AzureStandIn) -> None:
    """What came before it has arrived."""
    name = uuid.uuid4().hex
    topic = EventGridTopic(AppCredential(azure), f"{azure.url}/topics/{name}/api/events")
    with pytest.raises(Rejected, match="413"):
        await topic.publish([Alert("a", "small", {}), Alert("a", "huge", {"x": "y" * 1_100_000})])
    await topic.close()

    assert [event["subject"] for event in azure.topics.events(name)] == ["small"]


async def test_different_alerts_have_different_ids() -> None:
    """Kind, subject and data each make an alert another one."""
    alerts = [
        Alert("a", "s", {"x": 1}),
        Alert("b", "s", {"x": 1}),
        Alert("a", "t", {"x": 1}),
        Alert("a", "s", {"x": 2}),
        Alert("a", "s", {"x": 1}, "one"),
        Alert("a", "s", {"x": 1}, "two"),
        Alert("a", "t", {"x": 1}, "one"),
    ]

    assert len({event_id(alert) for alert in alerts}) == len(alerts)


async def test_an_alert_with_a_key_is_the_same_whatever_it_says() -> None:
    """Who receives it again, with what has changed since, can tell that they had it."""
    assert event_id(Alert("a", "s", {"x": 1}, "one")) == event_id(Alert("a", "s", {"x": 2}, "one"))


async def test_the_fakes_keep_what_they_are_given() -> None:
    """The fake log appends and removes no duplicates, the fake topic keeps the order; both fail when told to."""
    log, topic = FakeLog(), FakeTopic()
    for _ in range(2):
        await log.write(RUNS, [{"RunId": "r"}])
        await topic.publish([Alert("a", "s", {})])
    log.trouble = topic.trouble = Rejected("no")

    with pytest.raises(Rejected):
        await log.write(RUNS, [{"RunId": "r"}])
    with pytest.raises(Rejected):
        await topic.publish([Alert("a", "s", {})])
    assert log.rows(RUNS) == [{"RunId": "r"}] * 2
    assert topic.alerts == [Alert("a", "s", {})] * 2
