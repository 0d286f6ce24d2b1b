"""The app's world in a soak: its own adapters, on the stand-in's clock, with the stand-in and Azurite behind them."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

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
from shared.adapters.policy_files import read
from shared.adapters.state_table import StateTable
from shared.adapters.tag_history import HISTORY, TableTagHistory
from shared.adapters.vault_secrets import VaultSecrets
from shared.engine.key_pass import Rotator
from shared.key_ports import KeyRotation
from shared.model.resource_id import ResourceId
from shared.policy.load import load
from shared.ports import World
from shared.rules.catalogue import RULES

POLICY: Final = Path(__file__).parent / "policy"
APP: Final = ResourceId.parse(
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-soak/providers/Microsoft.Web/sites/hubwarden"
)


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
    arm = Arm(credential, azure.url, clock=StandInClock(azure))
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


def soak_rotator(world: World, at_once: int = 0) -> Rotator:
    """The app's rotator under the soak's policy, with room for so many rotations at once where that is given."""
    if world.keys is None or world.rotation is None:
        raise AssertionError("a soak of keys rotates keys")
    policy = load(read(POLICY), RULES, world.clock.now())
    if at_once:
        policy = replace(policy, limits=replace(policy.limits, rotations_at_once=at_once))
    return Rotator(world, world.keys, world.rotation, RULES, policy, APP, "0", enforce=True)
