"""A live subscription for `rotate`: the app's own eyes, as whoever is signed in, and its ledger, read only."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from local.live import SignedIn
from local.rotation.look import Sources
from shared.adapters.arm import Arm
from shared.adapters.arm_wire import PUBLIC_CLOUD
from shared.adapters.graph import Graph
from shared.adapters.inventory import AzureInventory
from shared.adapters.key_ledger import LEDGER, TableKeyLedger
from shared.adapters.key_reader import AzureKeyReader
from shared.adapters.key_uses import AzureKeyUses
from shared.adapters.log_query import PUBLIC_CLOUD as LOGS
from shared.adapters.log_query import ResourceLogs
from shared.adapters.state_table import StateTable
from shared.adapters.vault_secrets import VaultSecrets
from shared.model.resource_id import ResourceId


@asynccontextmanager
async def sources(subscriptions: tuple[str, ...], table: str) -> AsyncIterator[Sources]:
    """The app's own eyes on some subscriptions, and its ledger where somebody says where that is."""
    async with AsyncExitStack() as closers:
        credential = await closers.enter_async_context(SignedIn())
        endpoint = os.environ.get("HUBWARDEN_ARM_ENDPOINT", PUBLIC_CLOUD)
        arm = Arm(credential, endpoint, f"{os.environ.get('HUBWARDEN_ARM_AUDIENCE', PUBLIC_CLOUD)}/.default")
        closers.push_async_callback(arm.close)
        vaults = VaultSecrets(credential, data_plane=os.environ.get("HUBWARDEN_DATA_PLANE", ""))
        closers.push_async_callback(vaults.close)
        governed = tuple(ResourceId.parse(f"/subscriptions/{one}").subscription for one in subscriptions)
        vaults = VaultSecrets(credential, data_plane=os.environ.get("HUBWARDEN_DATA_PLANE", ""))
        closers.push_async_callback(vaults.close)
        inventory = AzureInventory(arm, Graph(arm, governed))
        logs = ResourceLogs(credential, os.environ.get("HUBWARDEN_LOGS_QUERY_ENDPOINT", LOGS))
        closers.push_async_callback(logs.close)
        ledger = None
        if table:
            rows = StateTable(table, credential, LEDGER, reads_only=True)
            closers.push_async_callback(rows.close)
            ledger = TableKeyLedger(rows)
        yield Sources(inventory, inventory, AzureKeyReader(arm, vaults), AzureKeyUses(arm, logs), ledger, governed)
