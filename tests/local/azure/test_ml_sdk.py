"""The ML client against endpoints, computes, keys and rules: its pollers follow every kind of operation to the end."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity.aio import ManagedIdentityCredential
from azure.mgmt.machinelearningservices.aio import MachineLearningServicesMgmtClient
from azure.mgmt.machinelearningservices.models import DiagnoseWorkspaceParameters, RegenerateEndpointKeysRequest

from local.azure.keyring import Standing
from tests.local.azure.client import HUB, SUBSCRIPTION, VERSION, Arm

WHERE = ("rg-ai", "hub-one")


@pytest.fixture
async def machine_learning(
    arm: Arm, app_credential: ManagedIdentityCredential
) -> AsyncIterator[MachineLearningServicesMgmtClient]:
    async with MachineLearningServicesMgmtClient(
        app_credential,
        SUBSCRIPTION,
        base_url=arm.azure.url,
        api_version=VERSION,
        transport=AioHttpTransport(connection_verify=str(arm.azure.ca_file)),
        polling_interval=0,
    ) as client:
        yield client


async def test_an_online_key_is_rotated(arm: Arm, machine_learning: MachineLearningServicesMgmtClient) -> None:
    """The poller ends when the old key is dead; the new one is listed."""
    ring, chat = arm.azure.cloud.keys, f"{HUB}/onlineEndpoints/chat"
    before = await machine_learning.online_endpoints.list_keys(*WHERE, "chat")
    wanted = RegenerateEndpointKeysRequest(key_type="Primary")
    poller = await machine_learning.online_endpoints.begin_regenerate_keys(*WHERE, "chat", wanted)
    await poller.result()
    after = await machine_learning.online_endpoints.list_keys(*WHERE, "chat")
    assert ring.standing(chat, before.primary_key or "") is Standing.REGENERATED
    assert ring.standing(chat, after.primary_key or "") is Standing.LIVE


async def test_keys_are_resynced_and_a_workspace_is_diagnosed(
    machine_learning: MachineLearningServicesMgmtClient,
) -> None:
    """Both pollers end; the diagnosis carries its result."""
    await (await machine_learning.workspaces.begin_resync_keys(*WHERE)).result()
    poller = await machine_learning.workspaces.begin_diagnose(*WHERE, DiagnoseWorkspaceParameters())
    found: Any = await poller.result()
    assert [one.level for one in found.value.key_vault_results] == ["Error"]


async def test_a_cluster_is_made_listed_and_deleted(machine_learning: MachineLearningServicesMgmtClient) -> None:
    """The poller of a PUT ends with the compute as it is then."""
    body = b'{"properties": {"computeType": "AmlCompute", "properties": {"vmSize": "standard_ds3_v2"}}}'
    poller = await machine_learning.compute.begin_create_or_update(*WHERE, "batch", BytesIO(body))
    made: Any = await poller.result()
    names = [one.name async for one in machine_learning.compute.list(*WHERE)]
    gone = await machine_learning.compute.begin_delete(*WHERE, "batch", "Delete")
    await gone.result()
    assert (made.properties.properties.vm_size, "batch" in names) == ("STANDARD_DS3_V2", True)
    assert "batch" not in [one.name async for one in machine_learning.compute.list(*WHERE)]
