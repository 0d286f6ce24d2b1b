"""A live subscription for `rotate`: the app's own eyes, as whoever is signed in, and its ledger, read only."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from local.live import signed_in
from local.rotation.look import Sources
from shared.adapters.key_ledger import LEDGER, TableKeyLedger
from shared.adapters.key_uses import AzureKeyUses
from shared.adapters.log_query import PUBLIC_CLOUD, ResourceLogs
from shared.adapters.state_table import StateTable


@asynccontextmanager
async def sources(subscriptions: tuple[str, ...], table: str) -> AsyncIterator[Sources]:
    """The app's own eyes on some subscriptions, and its ledger where somebody says where that is."""
    async with signed_in() as cloud:
        inventory = cloud.inventory(subscriptions)
        logs = ResourceLogs(cloud.credential, os.environ.get("HUBWARDEN_LOGS_QUERY_ENDPOINT", PUBLIC_CLOUD))
        cloud.closers.push_async_callback(logs.close)
        ledger = None
        if table:
            rows = StateTable(table, cloud.credential, LEDGER, reads_only=True)
            cloud.closers.push_async_callback(rows.close)
            ledger = TableKeyLedger(rows)
        uses, governed = AzureKeyUses(cloud.arm, logs), tuple(one.casefold() for one in subscriptions)
        yield Sources(inventory, inventory, cloud.key_reader(), uses, ledger, governed)
