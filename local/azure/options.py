"""What the stand-in can be told at start; the command line and the tests fill the same frozen class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.azure.arm.costs.billing import Billing
from local.azure.events.subscription import EventSubscription
from local.azure.images import GAP_DAYS

TENANT = "7a9c0d52-0000-4000-8000-3f2a51c0ffee"
APP_OBJECT_ID = "b0b0b0b0-0000-4000-8000-000000000001"
APP_CLIENT_ID = "b0b0b0b0-0000-4000-8000-000000000002"

type TableSchemas = Mapping[str, Sequence[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class StoragePlaces:
    """One storage account that stands for all: Azurite's queue and blob URIs, as Azurite tells them."""

    queue_uri: str
    blob_uri: str
    connection_string: str = field(default="", repr=False)
    """With the account's key; empty: Event Grid's own token opens it, which needs TLS."""


@dataclass(frozen=True, slots=True)
class Options:
    """How one stand-in behaves. Durations are seconds."""

    seed: int = 0
    """What keys, and all else that is drawn by chance, are drawn from: the same seed gives the same stand-in."""
    faults: str = "none"
    """The named plan of faults in force from the start: none, slow, throttled, flaky or storm."""
    latency_seconds: float = 0.0
    """How long every request waits, besides what the faults add."""
    estate: Path | None = None
    """A JSON file, or a folder of them, of ARM documents as Azure returns them."""
    port: int = 0
    """TLS port on 127.0.0.1; 0 takes a free one."""
    identity_port: int = 0
    """Plain HTTP port of the managed identity endpoint; 0 takes a free one."""
    certificates: Path | None = None
    """Where the local authority's files lie; None keeps them in a temporary folder."""
    tenant: str = TENANT
    app_object_id: str = APP_OBJECT_ID
    app_client_id: str = APP_CLIENT_ID
    app_resource_id: str = ""
    """ARM id of the function app, told in its tokens as `xms_mirid`."""
    app_actions: tuple[str, ...] | None = None
    """Action globs the app's identity may perform; None allows all."""
    graph_permissions: tuple[str, ...] = ()
    """Microsoft Graph's application permissions that the app's identity has, such as `Directory.Read.All`."""
    role_based: tuple[str, ...] = ()
    """Object ids of principals that may do only what role assignments in the estate give them."""
    machine_learning_previews: bool = True
    """Whether Azure ML still takes preview api-versions; it retires them, and with them what never became stable."""
    image_gap_days: tuple[int, ...] = GAP_DAYS
    """Days between one image for compute instances and the next, again and again since the first in 2024."""
    operation_seconds: float = 0.2
    """How long a long-running operation takes."""
    page_size: int = 100
    """Documents on one page of an ARM list."""
    cost_page_size: int = 5000
    """Rows on one page of a cost query."""
    billing: Billing = field(default_factory=Billing)
    """In which currency subscriptions are billed, and for what beside usage."""
    throttle: bool = True
    """Whether ARM's token buckets refuse when empty; their headers are always sent."""
    graph_lag_seconds: float = 0.0
    """How old Resource Graph's view of the estate is."""
    time_scale: float = 1.0
    """Factor on Event Grid's retry delays: 0.01 turns 10 s into 100 ms."""
    events_at_accept: bool = False
    """Raises the event of a long-running operation when it is accepted instead of when it is done."""
    retry_jitter: float = 0.1
    """The largest share that chance adds to each of Event Grid's retry delays."""
    storage: StoragePlaces | None = None
    """Where the queues and dead letters of event subscriptions made through ARM lie."""
    functions_webhook: str = field(default="", repr=False)
    """URL of a Functions host's Event Grid webhook with its key, for subscriptions to an AzureFunction."""
    event_subscriptions: tuple[EventSubscription, ...] = ()
    tables: TableSchemas | Path = field(default_factory=dict[str, Sequence[Mapping[str, str]]])
    """Log Analytics tables: {table: [{name, type}]}, or the JSON file that holds it."""
    dcr_immutable_id: str = "dcr-00000000000000000000000000000001"
    workspace_id: str = "1091a1a1-0000-4000-8000-0000000000aa"
    """Customer id of the Log Analytics workspace that holds the tables."""
