"""The logs of a storage account: who came with which key, told only where a setting sends them, and only of itself."""

import base64
import hashlib
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobServiceClient

from local.azure.keyring import Slot
from tests.local.azure.client import GROUP, STORAGE, Answer, Arm

SETTINGS = "providers/Microsoft.Insights/diagnosticSettings"
BLOBS = f"{STORAGE}/blobServices/default"
LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs"
COUNT = "StorageBlobLogs | count"


async def send_logs(arm: Arm, *, to: str = "workspaceId", service: str = BLOBS, **log: Any) -> Answer:  # noqa: ANN401 - any JSON
    """Someone makes a diagnostic setting for a service of the account."""
    entry = {"categoryGroup": "allLogs", "enabled": True} | log
    return await arm("PUT", f"{service}/{SETTINGS}/all", {"properties": {to: LOGS, "logs": [entry]}})


async def call(arm: Arm, slot: Slot = 1, agent: str = "") -> None:
    """Someone lists the containers with the key in a slot."""
    credential = {"account_name": "stone", "account_key": arm.azure.keys.live(STORAGE).of(slot).value}
    url = f"{arm.azure.url}/dataplane/storage/stone"
    ca = str(arm.azure.ca_file)
    async with BlobServiceClient(url, credential, connection_verify=ca, user_agent=agent) as client:
        _ = [one async for one in client.list_containers()]


async def query(arm: Arm, text: str, about: str = STORAGE, who: str = "jane@contoso.example", **more: str) -> Answer:
    """Someone asks for the logs of a resource, or of the workspace."""
    asking = Arm(arm.azure, arm.session, who)
    header = {"Authorization": f"Bearer {asking.token('https://api.loganalytics.io')}"}
    path = f"/v1{about}/query" if about else f"/v1/workspaces/{arm.azure.options.workspace_id}/query"
    return await asking("POST", path, {"query": text, **more}, version="", headers=header)


async def rows(arm: Arm, text: str, about: str = STORAGE, **more: str) -> Any:  # noqa: ANN401 - any JSON
    """What came back."""
    answer = await query(arm, text, about, **more)
    assert answer.status == 200, answer
    return answer.body["tables"][0]["rows"]


async def test_a_row_tells_which_key_was_used_and_by_whom(arm: Arm) -> None:
    """The slot with the hash of its key as Azure has it, the caller's address with its port, and its user agent."""
    await send_logs(arm)
    await call(arm, 1, "etl/1.0")
    await call(arm, 2)

    columns = "AuthenticationType, AuthenticationHash, CallerIpAddress, UserAgentHeader, Category, AccountName"
    first, second = await rows(arm, f"StorageBlobLogs | order by TimeGenerated asc | project {columns}")
    key = base64.b64decode(arm.azure.keys.live(STORAGE).first.value)
    assert first[:2] == ["AccountKey", f"key1({hashlib.sha256(key).hexdigest().upper()})"]
    assert first[2].startswith("127.0.0.1:")
    assert first[3].startswith("etl/1.0 ")
    assert first[4:] == ["StorageRead", "stone"]
    assert second[1].startswith("key2(")


async def test_a_token_is_logged_as_one(arm: Arm) -> None:
    """Its hash names no key."""
    await send_logs(arm)
    header = {"Authorization": f"Bearer {arm.token('https://storage.azure.com')}"}
    async with arm.session.get(f"{arm.azure.url}/dataplane/storage/stone/?comp=list", headers=header) as answer:
        assert answer.status == 200

    assert await rows(arm, "StorageBlobLogs | project AuthenticationType") == [["OAuth"]]
    assert await rows(arm, "StorageBlobLogs | where AuthenticationHash startswith 'key' | count") == [[0]]


@pytest.mark.parametrize(
    "setting",
    [
        None,
        {"enabled": False},
        {"categoryGroup": None, "category": "StorageWrite"},
        {"to": "storageAccountId"},
        {"service": STORAGE},
        {"service": f"{STORAGE}/queueServices/default"},
    ],
    ids=str,
)
async def test_without_a_setting_for_reads_nothing_is_told(arm: Arm, setting: dict[str, Any] | None) -> None:
    """None, one that is off, one for writes, one that sends elsewhere, one of the account, one of another service."""
    if setting is not None:
        assert (await send_logs(arm, **setting)).status == 200
    await call(arm)

    assert await rows(arm, COUNT) == [[0]]


async def test_who_is_turned_away_is_not_logged(arm: Arm) -> None:
    """A key that is dead leaves no row."""
    await send_logs(arm)
    await arm.ok("PATCH", STORAGE, {"properties": {"allowSharedKeyAccess": False}})
    with pytest.raises(HttpResponseError):
        await call(arm)

    assert await rows(arm, COUNT) == [[0]]


async def test_a_resource_sees_its_own_rows(arm: Arm) -> None:
    """Asked about an account, however its id is spelled, or about the workspace; another resource has none."""
    await send_logs(arm)
    await call(arm)

    assert await rows(arm, COUNT, STORAGE.upper().replace("/SUBSCRIPTIONS", "/subscriptions")) == [[1]]
    assert await rows(arm, COUNT, about="") == [[1]]
    other = f"{GROUP}/providers/Microsoft.Search/searchServices/other"
    await arm.ok("PUT", other, {"location": "eastus2"})
    assert await rows(arm, COUNT, other) == [[0]]
    assert await rows(arm, COUNT, timespan="2020-01-01T00:00:00Z/2020-02-01T00:00:00Z") == [[0]]


async def test_four_tables_are_asked_at_once(arm: Arm) -> None:
    """As a union, one of whose parts may not exist."""
    await send_logs(arm)
    await call(arm)
    arm.azure.cloud.tables.emit(
        "StorageTableLogs", [{"TimeGenerated": "2026-01-01T00:00:00Z", "_ResourceId": STORAGE.casefold()}]
    )

    tables = "StorageBlobLogs, StorageFileLogs, StorageQueueLogs, StorageTableLogs, StorageMoonLogs"
    assert await rows(arm, f"union isfuzzy=true {tables} | count") == [[2]]


async def test_who_may_not_read_logs_is_refused(arm: Arm) -> None:
    """403 for the resource, 404 for one that is not there, and 401 without a token."""
    arm.azure.directory.limit(arm.azure.options.app_object_id, ("Microsoft.Storage/storageAccounts/read",))
    assert (await query(arm, COUNT, who="app")).code == "InsufficientAccessError"
    arm.azure.directory.limit(arm.azure.options.app_object_id, ("Microsoft.Insights/logs/*/read",))
    assert (await query(arm, COUNT, who="app")).status == 200
    assert (await query(arm, COUNT, f"{STORAGE}-gone")).code == "ResourceNotFoundError"
    assert (await arm("POST", f"/v1{STORAGE}/query", {"query": COUNT}, version="")).status == 401


async def test_every_account_has_services_to_set(arm: Arm) -> None:
    """A setting is listed where it was made; categories are told; another name and a missing account are not there."""
    await send_logs(arm)
    assert [one["name"] for one in (await arm.ok("GET", f"{BLOBS}/{SETTINGS}"))["value"]] == ["all"]
    assert (await arm.ok("GET", f"{STORAGE}/{SETTINGS}"))["value"] == []
    told = await arm.ok(
        "GET", f"{STORAGE}/tableServices/default/providers/Microsoft.Insights/diagnosticSettingsCategories"
    )
    assert [one["name"] for one in told["value"]][:3] == ["StorageRead", "StorageWrite", "StorageDelete"]
    for missing in (f"{STORAGE}/blobServices/other", f"{STORAGE}-gone/blobServices/default"):
        assert (await arm("GET", f"{missing}/{SETTINGS}")).status == 404


async def test_nobody_else_writes_azures_tables(arm: Arm) -> None:
    """Not through a data collection rule; and they are counted only once they hold something."""
    app = Arm(arm.azure, arm.session, who="app")
    path = f"/dataCollectionRules/{arm.azure.options.dcr_immutable_id}/streams/Custom-StorageBlobLogs"
    header = {"Authorization": f"Bearer {app.token('https://monitor.azure.com')}"}
    assert (await app("POST", path, [], version="2023-01-01", headers=header)).status == 404

    assert arm.azure.cloud.tables.counts() == {}
    await send_logs(arm)
    await call(arm)
    assert arm.azure.cloud.tables.counts() == {"StorageBlobLogs": 1}
