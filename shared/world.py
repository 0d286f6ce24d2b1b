"""Where ports meet adapters, here and nowhere else."""

from contextlib import AsyncExitStack

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
from shared.adapters.key_reader import AzureKeyReader
from shared.adapters.lineage import TableLineage
from shared.adapters.log_analytics import LogAnalytics
from shared.adapters.report_blobs import ReportBlobs
from shared.adapters.state_table import StateTable
from shared.adapters.tag_history import HISTORY, TableTagHistory
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
    for client in (arm, costs, table, history, logs, topic):
        closers.push_async_callback(client.close)
    return World(
        inventory=AzureInventory(arm, Graph(arm, settings.subscriptions)),
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
        keys=AzureKeyReader(arm) if settings.keys is not Keys.OFF else None,
        clock=SystemClock(),
    )


def _reports(settings: Settings, credential: Credential, closers: AsyncExitStack) -> ReportBlobs | None:
    """Where reports go, if anywhere."""
    if not settings.reports_endpoint:
        return None
    reports = ReportBlobs(credential, settings.reports_endpoint, settings.reports_container)
    closers.push_async_callback(reports.close)
    return reports
