"""The app's world in a soak: its own adapters, on the stand-in's clock, with the stand-in and Azurite behind them."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from azure.core.credentials import AccessToken, AzureNamedKeyCredential

from local.azure.stand_in import AzureStandIn
from local.azurite import ACCOUNT, ACCOUNT_KEY, Azurite
from local.soak.estate import SUBSCRIPTION
from shared.adapters.access import AzureAccess
from shared.adapters.actuator import AzureActuator
from shared.adapters.alert_topic import EventGridTopic
from shared.adapters.arm import Arm
from shared.adapters.cost_management import CostManagement
from shared.adapters.finding_store import TableFindingStore
from shared.adapters.graph import Graph
from shared.adapters.hub_lease import TableHubLease
from shared.adapters.inventory import AzureInventory
from shared.adapters.key_ledger import LEDGER, TableKeyLedger
from shared.adapters.key_reader import AzureKeyReader
from shared.adapters.key_rotator import AzureKeyRotator
from shared.adapters.key_uses import AzureKeyUses
from shared.adapters.lineage import TableLineage
from shared.adapters.log_analytics import LogAnalytics
from shared.adapters.log_query import ResourceLogs
from shared.adapters.state_table import StateTable
from shared.adapters.tag_history import HISTORY, TableTagHistory
from shared.adapters.vault_secrets import VaultSecrets
from shared.key_ports import KeyRotation
from shared.ports import World


@dataclass(frozen=True)
class AppCredential:
    """The app's tokens from the stand-in's issuer, a fresh one each time: its clock runs ahead of the SDKs' own."""

    azure: AzureStandIn

    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """A token for the scope."""
        azure = self.azure
        identity = azure.directory.app()
        token = azure.tokens.issue(scopes[0].removesuffix("/.default"), identity)
        return AccessToken(token.value, 0)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class StandInClock:
    """The stand-in's clock as the app's."""

    azure: AzureStandIn

    def now(self) -> datetime:
        """See `Clock.now`."""
        return self.azure.clock.now()

    async def pause(self, seconds: float) -> None:
        """See `Clock.pause`."""
        await self.azure.clock.sleep(seconds)


def soak_world(azure: AzureStandIn, azurite: Azurite, closers: AsyncExitStack) -> World:
    """Every port with its adapter, as `shared.world` makes them."""
    credential = AppCredential(azure)
    arm = Arm(credential, azure.url)
    key = AzureNamedKeyCredential(ACCOUNT, ACCOUNT_KEY)
    table, history, ledger = (StateTable(azurite.table_service_uri, key, name) for name in ("soak", HISTORY, LEDGER))
    logs = LogAnalytics(credential, azure.url, azure.options.dcr_immutable_id)
    topic = EventGridTopic(credential, f"{azure.url}/topics/hubwarden/api/events")
    costs = CostManagement(credential, arm, azure.url)
    planes = f"{azure.url}/dataplane"
    vaults = VaultSecrets(credential, data_plane=planes)
    inventory, reader = AzureInventory(arm, Graph(arm, [SUBSCRIPTION])), AzureKeyReader(arm, vaults)
    rotator = AzureKeyRotator(arm, planes, vaults=vaults)
    resource_logs = ResourceLogs(credential, f"{azure.url}/v1")
    for client in (arm, vaults, resource_logs, table, history, ledger, logs, topic, costs):
        closers.push_async_callback(client.close)
    return World(
        inventory=inventory,
        actuator=AzureActuator(arm),
        access=AzureAccess(arm, [SUBSCRIPTION]),
        store=TableFindingStore(table),
        lease=TableHubLease(table),
        lineage=TableLineage(table),
        history=TableTagHistory(history),
        log=logs,
        topic=topic,
        costs=costs,
        reports=None,
        keys=reader,
        clock=StandInClock(azure),
        rotation=KeyRotation(inventory, rotator, AzureKeyUses(arm, resource_logs), TableKeyLedger(ledger)),
    )
