"""The app's own SDK clients, unpatched but for endpoint and authority."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, MutableMapping
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.messaging import CloudEvent
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import HttpRequest
from azure.eventgrid.aio import EventGridPublisherClient
from azure.identity import ClientSecretCredential
from azure.identity.aio import ManagedIdentityCredential
from azure.mgmt.machinelearningservices.aio import MachineLearningServicesMgmtClient
from azure.monitor.ingestion.aio import LogsIngestionClient
from azure.monitor.query import LogsQueryResult
from azure.monitor.query.aio import LogsQueryClient

from local.azure.options import Options
from tests.local.azure.client import HUB, INSTANCE, SUBSCRIPTION, VERSION, Arm
from tests.local.azure.conftest import StandIn

TAGS = "/providers/Microsoft.Resources/tags/default"
TABLES = {
    "Findings_CL": [
        {"name": "TimeGenerated", "type": "datetime"},
        {"name": "Rule", "type": "string"},
        {"name": "Count", "type": "long"},
        {"name": "Details", "type": "dynamic"},
    ]
}


@pytest.fixture
async def arm(stand_in: StandIn) -> AsyncIterator[Arm]:
    async with stand_in(Options(operation_seconds=0.02, tables=TABLES)) as started:
        yield started


def transport(arm: Arm) -> AioHttpTransport:
    return AioHttpTransport(connection_verify=str(arm.azure.ca_file))


@pytest.fixture
async def machine_learning(
    arm: Arm, app_credential: ManagedIdentityCredential
) -> AsyncIterator[MachineLearningServicesMgmtClient]:
    async with MachineLearningServicesMgmtClient(
        app_credential,
        SUBSCRIPTION,
        base_url=arm.azure.url,
        api_version=VERSION,
        transport=transport(arm),
        polling_interval=0,
    ) as client:
        yield client


def raw(response: Any, _: object, __: object) -> dict[str, Any]:  # noqa: ANN401 - the SDK's own pipeline response
    return dict(json.loads(response.http_response.text()))


async def test_the_ml_client_reads_and_updates_a_hub(machine_learning: MachineLearningServicesMgmtClient) -> None:
    """A list, a get, and an update that polls its signed URL to the end."""
    names = [one.name async for one in machine_learning.workspaces.list_by_subscription()]
    change = BytesIO(b'{"properties": {"publicNetworkAccess": "Disabled"}}')
    poller = await machine_learning.workspaces.begin_update("rg-ai", "hub-one", change, cls=raw)
    after: Any = await poller.result()
    assert names == ["hub-one", "project-one"]
    assert after["properties"]["publicNetworkAccess"] == "Disabled"
    with pytest.raises(ResourceNotFoundError):
        await machine_learning.workspaces.get("rg-ai", "nowhere")


async def test_the_ml_client_starts_a_compute(machine_learning: MachineLearningServicesMgmtClient) -> None:
    """A 202 that names only `Azure-AsyncOperation` is enough for its poller."""
    await (await machine_learning.compute.begin_start("rg-ai", "hub-one", "ci-jane")).result()
    instance: Any = await machine_learning.compute.get("rg-ai", "hub-one", "ci-jane", cls=raw)
    assert instance["id"] == INSTANCE
    assert instance["properties"]["properties"]["state"] == "Running"


async def test_the_ml_client_deletes_a_project(arm: Arm, machine_learning: MachineLearningServicesMgmtClient) -> None:
    """The delete's operation is polled to its end, and the project is gone."""
    await (await machine_learning.workspaces.begin_delete("rg-ai", "project-one")).result()
    assert [workspace["name"] for workspace in (await arm.ok("GET", HUB.rpartition("/")[0]))["value"]] == ["hub-one"]


async def test_a_throttled_request_is_retried_by_the_pipeline(
    arm: Arm, machine_learning: MachineLearningServicesMgmtClient
) -> None:
    """The SDK honours Retry-After of a 429 and gets through."""
    arm.azure.cloud.faults.plan({"next": [{"status": 429, "retryAfter": 0}]})
    assert (await machine_learning.workspaces.get("rg-ai", "hub-one")).name == "hub-one"
    assert [entry.status for entry in arm.azure.ledger.requests] == [429, 200]


async def test_raw_requests_go_through_the_same_pipeline(machine_learning: MachineLearningServicesMgmtClient) -> None:
    """What the client lacks (tags, listsecrets) works with `_send_request`."""
    path = f"{HUB}/connections/openai/listsecrets?api-version={VERSION}"
    response = await machine_learning._send_request(HttpRequest("POST", path))  # noqa: SLF001 - the SDK's escape hatch
    assert json.loads(response.text())["properties"]["credentials"] == {"key": "loaded-key"}


async def test_rows_go_in_and_come_back(arm: Arm, app_credential: ManagedIdentityCredential) -> None:
    """LogsIngestionClient uploads, LogsQueryClient reads back: types kept, `timespan` applied."""
    now = arm.azure.clock.now()
    rows: list[MutableMapping[str, Any]] = [
        {"TimeGenerated": now.isoformat(), "Rule": "HW-NET-001", "Count": 2, "Details": {"a": [1]}},
        {"TimeGenerated": (now - timedelta(days=1, hours=20)).isoformat(), "Rule": "old", "Count": None},
    ]
    options = arm.azure.options
    async with LogsIngestionClient(arm.azure.url, app_credential, transport=transport(arm)) as ingestion:
        await ingestion.upload(options.dcr_immutable_id, "Custom-Findings_CL", rows)
    async with LogsQueryClient(app_credential, endpoint=f"{arm.azure.url}/v1", transport=transport(arm)) as logs:
        query = "Findings_CL | order by TimeGenerated desc | project Rule, Count, Details, TimeGenerated"
        recent = await logs.query_workspace(options.workspace_id, query, timespan=timedelta(days=1))
        everything = await logs.query_workspace(options.workspace_id, query, timespan=None)
        with pytest.raises(HttpResponseError, match="cannot run this query"):
            await logs.query_workspace(options.workspace_id, "Findings_CL | nonsense", timespan=None)
    assert isinstance(recent, LogsQueryResult)
    assert isinstance(everything, LogsQueryResult)
    assert recent.tables[0].columns_types == ["string", "long", "dynamic", "datetime"]
    assert [list(row)[:2] for row in recent.tables[0].rows] == [["HW-NET-001", 2]]
    assert recent.tables[0].rows[0]["TimeGenerated"] == now
    assert [row["Rule"] for row in everything.tables[0].rows] == ["HW-NET-001", "old"]


async def test_a_refused_row_is_named_to_the_uploader(arm: Arm, app_credential: ManagedIdentityCredential) -> None:
    """The SDK raises with the row, the column and what was expected."""
    rows: list[MutableMapping[str, Any]] = [{"TimeGenerated": "2026-01-01T00:00:00Z", "Count": "two"}]
    async with LogsIngestionClient(arm.azure.url, app_credential, transport=transport(arm)) as ingestion:
        with pytest.raises(HttpResponseError, match="row 0, column 'Count': expected a 64-bit whole number"):
            await ingestion.upload(arm.azure.options.dcr_immutable_id, "Custom-Findings_CL", rows)


async def test_alerts_reach_a_custom_topic(arm: Arm, app_credential: ManagedIdentityCredential) -> None:
    """EventGridPublisherClient sends a batch of CloudEvents, which can be read back."""
    endpoint = f"{arm.azure.url}/topics/alerts/api/events"
    events = [CloudEvent("hubwarden", "Finding", data={"rule": name}) for name in ("a", "b")]
    async with EventGridPublisherClient(endpoint, app_credential, transport=transport(arm)) as publisher:
        await publisher.send(events)
    kept: list[Mapping[str, Any]] = await arm.ok("GET", f"{arm.azure.url}/_standin/topics/alerts")
    assert [event["data"]["rule"] for event in kept] == ["a", "b"]


def sign_in(arm: Arm) -> AccessToken:
    with ClientSecretCredential(
        arm.azure.options.tenant,
        "jane@contoso.example",
        "any password",
        authority=arm.azure.url,
        disable_instance_discovery=True,
        connection_verify=str(arm.azure.ca_file),
    ) as credential:
        return credential.get_token("https://management.azure.com/.default")


async def test_a_person_signs_in_with_azure_identity(arm: Arm) -> None:
    """MSAL's discovery and token request lead to a token that ARM takes, with the person's name in it."""
    token = await asyncio.to_thread(sign_in, arm)
    answer = await arm(
        "PUT", f"{HUB}{TAGS}", {"properties": {"tags": {}}}, headers={"Authorization": f"Bearer {token.token}"}
    )
    assert answer.status == 200
    claims = arm.azure.events.raised[-1].data["claims"]
    assert claims["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"] == "jane@contoso.example"
