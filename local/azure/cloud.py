"""Everything one pretended Azure consists of; each handler is given it with the request."""

from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from local.azure.arm.costs.export_runs import ExportRuns
from local.azure.arm.costs.quota import QueryUnits
from local.azure.arm.operations import Operations
from local.azure.arm.throttling import Throttle
from local.azure.clock import Clock
from local.azure.directory import Directory
from local.azure.events.delivery import EventGrid
from local.azure.faults import Faults
from local.azure.graph.index import GraphIndex
from local.azure.keyring import KeyRing
from local.azure.keyvault.events import VaultEvents
from local.azure.ledger import Ledger
from local.azure.monitor.tables import LogTables
from local.azure.options import Options
from local.azure.store import Store
from local.azure.tokens import TokenIssuer

PRINCIPAL = web.RequestKey("principal", str)


@dataclass(slots=True)
class Cloud:
    """The parts, wired once. `url` is known when the stand-in listens."""

    options: Options
    clock: Clock
    tables: LogTables
    url: str = ""
    store: Store = field(default_factory=Store)
    ledger: Ledger = field(init=False)
    tokens: TokenIssuer = field(init=False)
    directory: Directory = field(init=False)
    operations: Operations = field(init=False)
    throttle: Throttle = field(init=False)
    faults: Faults = field(init=False)
    events: EventGrid = field(init=False)
    graph: GraphIndex = field(init=False)
    keys: KeyRing = field(init=False)
    vaults: VaultEvents = field(init=False)
    query_units: QueryUnits = field(init=False)
    exports: ExportRuns = field(init=False)
    started: datetime = field(init=False)
    """When this Azure began; what time does to a loaded resource counts from here."""

    def __post_init__(self) -> None:
        options, clock = self.options, self.clock
        self.started = clock.now()
        self.ledger = Ledger(clock)
        self.tokens = TokenIssuer(options.tenant, clock)
        self.directory = Directory(options)
        self.faults = Faults(options.app_object_id)
        self.faults.choose(options.faults, options.seed)
        self.faults.plan({"latencyMs": options.latency_seconds * 1000} if options.latency_seconds else {})
        self.operations = Operations(clock, options.operation_seconds, self.faults, self.store.mark_failed)
        self.throttle = Throttle(clock, enforced=options.throttle)
        self.events = EventGrid(clock, self.faults, options.time_scale, options.retry_jitter, options.seed)
        self.graph = GraphIndex(clock, options.graph_lag_seconds)
        self.keys = KeyRing(clock, options.seed)
        self.vaults = VaultEvents(clock, self.events)
        self.query_units = QueryUnits(clock, enforced=options.throttle)
        self.exports = ExportRuns(clock, options.operation_seconds)
        self.store.on_change(self.graph.change)
        self.store.on_change(self.ledger.change)
        self.store.on_change(self.events.change)
