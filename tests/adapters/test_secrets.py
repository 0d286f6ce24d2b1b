"""No secret leaves an adapter: not in a log at its most talkative, not in an error, not in a repr."""

import logging
import traceback
from datetime import timedelta

import pytest

from shared.adapters.actuator import AzureActuator
from shared.adapters.alert_topic import EventGridTopic
from shared.adapters.arm import Arm
from shared.adapters.cost_management import CostManagement
from shared.adapters.graph import Graph
from shared.adapters.inventory import AzureInventory
from shared.adapters.key_reader import AzureKeyReader
from shared.adapters.log_analytics import LogAnalytics
from shared.adapters.log_query import LogQuery, ResourceLogs
from shared.adapters.report_blobs import ReportBlobs
from shared.adapters.state_table import StateTable
from shared.model.action import PatchConnection
from shared.model.errors import DependencyDown, HubwardenError, Throttled
from shared.model.facts import Fact
from shared.model.key_facts import Held, Slot
from shared.model.plan import Step, StepStatus
from shared.model.resource_id import ResourceId
from shared.ports import Alert
from tests.adapters.cost_answers import october
from tests.adapters.script import TOKEN, FixedCredential, Script
from tests.fakes import FakeClock

SECRET = "S3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3t0123"
CONNECTION = ResourceId.parse(
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/w/connections/c",
)
SEARCH = ResourceId.parse("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Search/searchServices/srch")
CONSUMER = Fact.of(
    {"id": str(CONNECTION), "properties": {"authType": "ApiKey", "metadata": {"ResourceId": str(SEARCH)}}}
)
SECRETS = {"id": str(CONNECTION), "properties": {"authType": "ApiKey", "credentials": {"key": SECRET}}}
ADMIN_KEYS = {"primaryKey": f"{SECRET}1", "secondaryKey": f"{SECRET}2"}
QUERY_KEYS = {"value": [{"name": "app", "key": SECRET}]}
REFUSAL = {"error": {"code": "Bad", "message": f"key {SECRET} and sig={SECRET} are refused", "details": [SECRET]}}


def assert_silent(told: str) -> None:
    """Neither the secret nor the app's token is in a text."""
    assert SECRET not in told
    assert TOKEN not in told


@pytest.mark.parametrize("status", [400, 403, 409, 429, 500])
async def test_a_refusal_that_echoes_a_secret(
    arm: Arm, script: Script, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """A write refused with our own secret in the answer tells why without it, in log, message, repr and traceback."""
    script.answer(200, {"id": str(CONNECTION), "properties": {"authType": "ApiKey", "credentials": {"key": SECRET}}})
    script.answer(status, REFUSAL, Retry_After="0")
    step = Step("HW-T-001", CONNECTION, PatchConnection({"isSharedToAll": False}), None, None, None, StepStatus.READY)
    actuator = AzureActuator(arm)
    with caplog.at_level(logging.DEBUG), pytest.raises(HubwardenError) as raised:
        await actuator.apply(step)

    error = raised.value
    assert len(script.asked) > 1
    assert "are refused" in str(error)
    assert_silent("".join(traceback.format_exception(error)) + repr(error) + repr(error.__dict__))
    assert_silent(caplog.text + "".join(str(vars(record)) for record in caplog.records))
    assert_silent(repr(arm) + repr(actuator))


async def test_a_document_with_a_secret(arm: Arm, script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """A document that holds a secret is a fact whose repr does not."""
    script.answer(200, {"id": str(CONNECTION), "properties": {"credentials": {"key": SECRET}}})
    with caplog.at_level(logging.DEBUG):
        fact = await AzureInventory(arm, Graph(arm, [])).get(CONNECTION)

    assert fact.get("properties", "credentials", "key") == SECRET
    assert_silent(repr(fact) + caplog.text)


async def test_the_other_services_keep_quiet_too(arm: Arm, script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """Rows, alerts, reports and queries that are refused are told without what they carried and without the token."""
    script.answer(400, REFUSAL)
    credential = FixedCredential()
    log = LogAnalytics(credential, script.url, "dcr-1", FakeClock())
    topic = EventGridTopic(credential, f"{script.url}/api/events")
    query = LogQuery(credential, "workspace", script.url)
    logs = ResourceLogs(credential, script.url)
    table = StateTable(script.url, credential)
    costs = CostManagement(credential, arm, script.url)
    reports = ReportBlobs(credential, script.url)
    errors: list[HubwardenError] = []
    with caplog.at_level(logging.DEBUG):
        for asking in (
            log.write("Runs_CL", [{"Before": SECRET}]),
            topic.publish([Alert("k", "s", {"before": SECRET})]),
            query.rows(f"Runs_CL | where Before == '{SECRET}'", timedelta(days=1)),
            logs.rows(CONNECTION, f"StorageBlobLogs | where Before == '{SECRET}'"),
            table.put({"PartitionKey": "p", "RowKey": "r", "Row": SECRET}),
            october(costs),
            reports.publish({"bill.csv": SECRET.encode()}),
        ):
            with pytest.raises(HubwardenError) as raised:
                await asking
            errors.append(raised.value)
    for client in (log, topic, query, logs, table, costs, reports):
        await client.close()

    assert len(script.asked) == 7
    for error in errors:
        assert_silent("".join(traceback.format_exception(error)) + repr(error))
    assert_silent(caplog.text + repr((log, topic, query, logs, table, costs, reports)))


async def test_half_an_answer_is_none(script: Script) -> None:
    """A query that Log Analytics answers in part is a dependency that is down, not a short list."""
    table = {"name": "PrimaryResult", "columns": [{"name": "x", "type": "string"}], "rows": [["a"]]}
    script.answer(200, {"tables": [table], "error": {"code": "PartialError", "message": f"key={SECRET} ran out"}})
    query = LogQuery(FixedCredential(), "workspace", script.url)

    with pytest.raises(DependencyDown, match="only part") as raised:
        await query.rows("x", timedelta(days=1))
    await query.close()
    assert_silent(str(raised.value))


async def test_keys_are_compared_in_silence(arm: Arm, script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """Three lists of keys become a slot; none of them is in the log, nor in what is told."""
    for keys in (SECRETS, ADMIN_KEYS, QUERY_KEYS):
        script.answer(200, keys)
    reader = AzureKeyReader(arm)
    with caplog.at_level(logging.DEBUG):
        told = await reader.held([CONSUMER])

    assert told.held == {CONNECTION: Held(SEARCH, Slot.QUERY)}
    assert [asked.body for asked in script.asked] == [None] * 3
    assert_silent(repr(told) + repr(reader) + repr(vars(reader)))
    assert_silent(caplog.text + "".join(str(vars(record)) for record in caplog.records))


@pytest.mark.parametrize(
    "bad",
    [
        f'{{"primaryKey": "{SECRET}", ',
        [SECRET],
        {"primaryKey": SECRET},
        {"primaryKey": SECRET, "secondaryKey": [SECRET]},
        {"properties": SECRET},
        {"properties": {"credentials": SECRET}},
        {"properties": {"credentials": {"key": ""}, "secret": SECRET}},
        {"properties": {"credentials": {"key": {"key": SECRET}}}},
    ],
)
@pytest.mark.parametrize("before", [[], [SECRETS], [SECRETS, ADMIN_KEYS]], ids=["copy", "keys", "query keys"])
async def test_keys_in_an_answer_that_cannot_be_read(
    arm: Arm, script: Script, caplog: pytest.LogCaptureFixture, bad: object, before: list[object]
) -> None:
    """Wherever it is met, it is a problem, which does not quote the answer."""
    for keys in (*before, bad):
        script.answer(200, keys)
    with caplog.at_level(logging.DEBUG):
        held = (await AzureKeyReader(arm).held([CONSUMER])).held[CONNECTION]

    assert held.slot is None
    assert held.problem
    assert_silent(repr(held) + caplog.text + "".join(str(vars(record)) for record in caplog.records))


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
@pytest.mark.parametrize("before", [[], [SECRETS], [SECRETS, ADMIN_KEYS]], ids=["copy", "keys", "query keys"])
async def test_a_refusal_that_echoes_a_key(
    arm: Arm, script: Script, caplog: pytest.LogCaptureFixture, status: int, before: list[object]
) -> None:
    """It is told without the key."""
    for keys in before:
        script.answer(200, keys)
    script.answer(status, REFUSAL, Retry_After="0")
    with caplog.at_level(logging.DEBUG):
        held = (await AzureKeyReader(arm).held([CONSUMER])).held[CONNECTION]

    assert "are refused" in held.problem
    assert bool(held.permission) is (status == 403)
    assert_silent(repr(held) + caplog.text + "".join(str(vars(record)) for record in caplog.records))


async def test_throttling_that_echoes_a_key(arm: Arm, script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """It is raised without the keys that were read before."""
    script.answer(200, SECRETS)
    script.answer(429, REFUSAL, Retry_After="3600")
    with caplog.at_level(logging.DEBUG), pytest.raises(Throttled) as raised:
        await AzureKeyReader(arm).held([CONSUMER])

    assert_silent("".join(traceback.format_exception(raised.value)) + repr(raised.value.__dict__) + caplog.text)


async def test_some_of_the_query_keys_are_none(arm: Arm, script: Script) -> None:
    """Azure that has more to show has not said that the key is no query key."""
    for keys in (SECRETS, ADMIN_KEYS, {"value": [], "nextLink": "{url}/next"}):
        script.answer(200, keys)
    held = (await AzureKeyReader(arm).held([CONSUMER])).held[CONNECTION]

    assert "only some" in held.problem


async def test_a_workspace_with_the_key_of_another_account(arm: Arm, script: Script) -> None:
    """It is a problem that names both accounts, and neither is asked for its keys."""
    workspace, storage = CONNECTION.parent, f"{SEARCH.group_id}/providers/Microsoft.Storage/storageAccounts/st"
    hub = Fact.of({"id": str(workspace), "kind": "Hub", "properties": {"storageAccount": storage}})
    script.answer(200, {"userStorageKey": SECRET, "userStorageArmId": f"{storage}other"})
    held = (await AzureKeyReader(arm).held([hub])).held[hub.id]

    assert len(script.asked) == 1
    assert f"{storage}other" in held.problem
    assert_silent(repr(held))
