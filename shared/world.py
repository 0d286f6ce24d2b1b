"""Where ports meet adapters, here and nowhere else."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from shared.adapters.access import AzureAccess
from shared.adapters.actuator import AzureActuator
from shared.adapters.alert_topic import EventGridTopic
from shared.adapters.arm import Arm
from shared.adapters.clock import SystemClock
from shared.adapters.cost_management import CostManagement
from shared.adapters.finding_store import TableFindingStore
from shared.adapters.graph import Graph
from shared.adapters.hub_lease import TableHubLease
from shared.adapters.identity import Credential, app_identity
from shared.adapters.inventory import AzureInventory
from shared.adapters.key_ledger import LEDGER, TableKeyLedger
from shared.adapters.key_reader import AzureKeyReader
from shared.adapters.key_rotator import AzureKeyRotator
from shared.adapters.key_uses import AzureKeyUses
from shared.adapters.lineage import TableLineage
from shared.adapters.log_analytics import LogAnalytics
from shared.adapters.log_query import ResourceLogs
from shared.adapters.report_blobs import ReportBlobs
from shared.adapters.state_table import StateTable
from shared.adapters.tag_history import HISTORY, TableTagHistory
from shared.adapters.vault_secrets import VaultSecrets
from shared.key_ports import KeyRotation
from shared.ports import World
from shared.settings import Keys, Settings


def azure_world(settings: Settings, closers: AsyncExitStack) -> World:
    """Every port with its adapter; each client is closed by the stack, the credential last."""
    credential = app_identity(settings.client_id)
    closers.push_async_callback(credential.close)
    scope = f"{settings.arm_audience}/.default"
    arm = Arm(credential, settings.arm_endpoint, scope)
    costs = CostManagement(credential, arm, settings.arm_endpoint, scope)
    table = StateTable(settings.table_endpoint, credential)
    logs = LogAnalytics(credential, settings.logs_endpoint, settings.logs_rule_id)
    topic = EventGridTopic(credential, settings.alert_topic_endpoint)
    history = StateTable(settings.table_endpoint, credential, HISTORY)
    vaults = VaultSecrets(credential, data_plane=settings.data_plane)
    for client in (arm, costs, table, history, logs, topic, vaults):
        closers.push_async_callback(client.close)
    inventory = AzureInventory(arm, Graph(arm, settings.subscriptions))
    rotates = settings.keys is Keys.ROTATE
    return World(
        inventory=inventory,
        actuator=AzureActuator(arm),
        access=AzureAccess(arm, settings.subscriptions),
        store=TableFindingStore(table),
        lease=TableHubLease(table),
        lineage=TableLineage(table),
        history=TableTagHistory(history),
        log=logs,
        topic=topic,
        costs=costs,
        reports=_reports(settings, credential, closers),
        keys=AzureKeyReader(arm, vaults) if settings.keys is not Keys.OFF else None,
        clock=SystemClock(),
        rotation=_rotation(settings, _Azure(credential, arm, vaults), inventory, closers) if rotates else None,
    )


@dataclass(frozen=True)
class _Azure:
    """What several adapters speak through."""

    credential: Credential
    arm: Arm
    vaults: VaultSecrets


def _rotation(settings: Settings, azure: _Azure, inventory: AzureInventory, closers: AsyncExitStack) -> KeyRotation:
    """What a rotation needs; its memory is a table of its own."""
    ledger = StateTable(settings.table_endpoint, azure.credential, LEDGER)
    logs = ResourceLogs(azure.credential, settings.logs_query_endpoint)
    for client in (ledger, logs):
        closers.push_async_callback(client.close)
    rotator = AzureKeyRotator(azure.arm, settings.data_plane, vaults=azure.vaults)
    return KeyRotation(inventory, rotator, AzureKeyUses(azure.arm, logs), TableKeyLedger(ledger))


def _reports(settings: Settings, credential: Credential, closers: AsyncExitStack) -> ReportBlobs | None:
    """Where reports go, if anywhere."""
    if not settings.reports_endpoint:
        return None
    reports = ReportBlobs(credential, settings.reports_endpoint, settings.reports_container)
    closers.push_async_callback(reports.close)
    return reports
