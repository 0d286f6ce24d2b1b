"""Where ports meet adapters, here and nowhere else."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.credentials_async import AsyncTokenCredential

from shared.adapters.access import AzureAccess
from shared.adapters.actuator import AzureActuator
from shared.adapters.alert_topic import EventGridTopic
from shared.adapters.arm import Arm
from shared.adapters.clock import SystemClock
from shared.adapters.cost_management import CostManagement
from shared.adapters.directory import MicrosoftGraph
from shared.adapters.finding_store import TableFindingStore
from shared.adapters.fleet_history import TableFleetHistory
from shared.adapters.graph import Graph
from shared.adapters.hub_lease import TableHubLease
from shared.adapters.identity import app_identity
from shared.adapters.inventory import AzureInventory
from shared.adapters.key_ledger import LEDGER, TableKeyLedger
from shared.adapters.key_reader import AzureKeyReader
from shared.adapters.key_rotator import AzureKeyRotator
from shared.adapters.key_uses import AzureKeyUses
from shared.adapters.lineage import TableLineage
from shared.adapters.log_analytics import LogAnalytics
from shared.adapters.log_query import ResourceLogs
from shared.adapters.outbox import OUTBOX, Outbox
from shared.adapters.release_calendar import TableReleaseCalendar
from shared.adapters.report_blobs import ReportBlobs
from shared.adapters.state_table import StateTable
from shared.adapters.tag_history import HISTORY, TableTagHistory
from shared.adapters.vault_secrets import VaultSecrets
from shared.key_ports import KeyRotation
from shared.ports import Clock, World
from shared.settings import Keys, Settings


def azure_world(settings: Settings, closers: AsyncExitStack) -> World:
    """The app's own world, in the machine's time; each client is closed by the stack, the credential last."""
    credential = app_identity(settings.client_id)
    closers.push_async_callback(credential.close)
    return world_of(settings, Means(credential, credential, SystemClock()), closers)


@dataclass(frozen=True)
class Means:
    """Who the adapters are to Azure, and what time it is to them; soaks live faster than the machine."""

    credential: AsyncTokenCredential
    storage: AsyncTokenCredential | AzureNamedKeyCredential
    """For the app's own tables and reports."""
    clock: Clock


def world_of(settings: Settings, means: Means, closers: AsyncExitStack) -> World:
    """Every port with its adapter; each client is closed by the stack."""
    credential, clock = means.credential, means.clock
    scope = f"{settings.arm_audience}/.default"
    arm = Arm(credential, settings.arm_endpoint, scope, clock=clock)
    costs = CostManagement(credential, arm, settings.arm_endpoint, scope, clock)
    table = StateTable(settings.table_endpoint, means.storage)
    logs = LogAnalytics(credential, settings.logs_endpoint, settings.logs_rule_id, clock)
    topic = EventGridTopic(credential, settings.alert_topic_endpoint)
    history, outbox = (StateTable(settings.table_endpoint, means.storage, name) for name in (HISTORY, OUTBOX))
    vaults = VaultSecrets(credential, data_plane=settings.data_plane)
    for client in (arm, costs, table, history, outbox, logs, topic, vaults):
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
        log=Outbox(logs, outbox, clock),
        topic=topic,
        costs=costs,
        reports=_reports(settings, means, closers),
        keys=AzureKeyReader(arm, vaults) if settings.keys is not Keys.OFF else None,
        clock=clock,
        rotation=_rotation(settings, means, _Azure(arm, vaults, inventory), closers) if rotates else None,
        releases=TableReleaseCalendar(table, clock),
        fleet=TableFleetHistory(table),
        directory=_directory(settings, means, closers),
    )


@dataclass(frozen=True)
class _Azure:
    """What several adapters speak through."""

    arm: Arm
    vaults: VaultSecrets
    inventory: AzureInventory


def _rotation(settings: Settings, means: Means, azure: _Azure, closers: AsyncExitStack) -> KeyRotation:
    """What a rotation needs; its memory is a table of its own."""
    ledger = StateTable(settings.table_endpoint, means.storage, LEDGER)
    logs = ResourceLogs(means.credential, settings.logs_query_endpoint)
    for client in (ledger, logs):
        closers.push_async_callback(client.close)
    rotator = AzureKeyRotator(azure.arm, settings.data_plane, means.clock, azure.vaults)
    return KeyRotation(azure.inventory, rotator, AzureKeyUses(azure.arm, logs, means.clock), TableKeyLedger(ledger))


def _directory(settings: Settings, means: Means, closers: AsyncExitStack) -> MicrosoftGraph | None:
    """Where people are looked up, if anywhere."""
    if not settings.directory_endpoint:
        return None
    directory = MicrosoftGraph(means.credential, settings.directory_endpoint, means.clock)
    closers.push_async_callback(directory.close)
    return directory


def _reports(settings: Settings, means: Means, closers: AsyncExitStack) -> ReportBlobs | None:
    """Where reports go, if anywhere."""
    if not settings.reports_endpoint:
        return None
    reports = ReportBlobs(means.storage, settings.reports_endpoint, settings.reports_container)
    closers.push_async_callback(reports.close)
    return reports
