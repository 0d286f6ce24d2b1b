"""What each resource costs each day, made up from the estate as it is and a seed: the same days cost the same again.

As in Azure, computes, the nodes of managed online endpoints and the managed network's firewall appear as meters of the
hub or project they belong to, private endpoints and Marketplace purchases of models as resources of their own, and what
is untagged today is untagged in all days shown. The prices are of the right size and no more.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from local.azure.arm.costs.billing import Billing
from local.azure.arm.documents import same, text
from local.azure.arm_ids import canonical, resource_type
from local.azure.store import Document, Store

WORKSPACE = "microsoft.machinelearningservices/workspaces"
ENDPOINTS = f"{WORKSPACE}/onlineEndpoints"
DAILY: Mapping[str, tuple[str, float]] = {
    "microsoft.cognitiveservices/accounts": ("Cognitive Services", 40.0),
    "microsoft.containerregistry/registries": ("Container Registry", 1.67),
    "microsoft.insights/components": ("Log Analytics", 3.0),
    "microsoft.keyvault/vaults": ("Key Vault", 0.1),
    "microsoft.network/privateendpoints": ("Virtual Network", 0.24),
    "microsoft.operationalinsights/workspaces": ("Log Analytics", 9.0),
    "microsoft.saas/resources": ("SaaS", 6.0),
    "microsoft.search/searchservices": ("Azure Cognitive Search", 8.1),
    "microsoft.storage/storageaccounts": ("Storage", 2.4),
}
MACHINES = "Virtual Machines"
FIREWALL = "Azure Firewall"
USUAL_SIZE = "Standard_DS3_v2"
INSTANCE_DAY = 18.0
NODE_DAY = 30.0
FIREWALL_DAY = {"basic": 9.48, "standard": 30.0}
SPREAD = 0.2
"""A day's cost lies this far around the usual one."""
USAGE_ALONE = Billing()
"""In US dollars, with nothing bought or given back."""


@dataclass(frozen=True, slots=True)
class Meter:
    """What is metered, under which service, and its usual cost a day in US dollars."""

    service: str
    name: str
    usual: float


@dataclass(frozen=True, slots=True)
class Charge:
    """What one meter cost on one day."""

    resource: Document
    """What is charged; for a purchase that belongs to no resource, the bare id of its subscription."""
    day: date
    service: str
    meter: str
    cost: float
    """In the billing currency."""
    usd: float
    """The same in US dollars."""
    currency: str
    """The billing currency, such as EUR."""

    @property
    def resource_id(self) -> str:
        """The resource's id in its own casing; empty for what belongs to no resource."""
        own = str(self.resource["id"])
        return own if "/providers/" in own.casefold() else ""

    @property
    def resource_type(self) -> str:
        """The resource's type; empty for what belongs to no resource."""
        return resource_type(self.resource_id) if self.resource_id else ""


def charges(
    store: Store, seed: int, scope: str, first: date, last: date, *, billing: Billing = USAGE_ALONE
) -> Iterator[Charge]:
    """The charges of a resource, group or subscription, from the first to the last day, in no order of days."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for resource, meter in _metered(store, scope):
        currency, rate = billing.currency_of(resource["id"])
        for day in days:
            usd = round(meter.usual * _luck(seed, resource["id"], meter.name, day), 6)
            yield Charge(resource, day, meter.service, meter.name, round(usd * rate, 6), usd, currency)
    yield from _booked(store, scope, days, billing)


def _metered(store: Store, scope: str) -> Iterator[tuple[Document, Meter]]:
    for kind, (service, usual) in DAILY.items():
        for resource in _within(store, kind, scope):
            yield resource, Meter(service, service, usual)
    for workspace in _within(store, WORKSPACE, scope):
        for meter in (*_computes(store, workspace), *_endpoints(store, workspace), *_firewall(store, workspace)):
            yield workspace, meter


def _within(store: Store, kind: str, scope: str) -> list[Document]:
    own = store.get(scope)
    is_it = own is not None and resource_type(own["id"]).casefold() == kind
    return [own] if own is not None and is_it else store.of_type(kind, scope)


def _computes(store: Store, workspace: Document) -> Iterator[Meter]:
    """Instances that run, and the nodes that clusters keep."""
    for compute in store.children(workspace["id"], f"{WORKSPACE}/computes"):
        inner = compute["properties"].get("properties") or {}
        size = inner.get("vmSize") or USUAL_SIZE
        if same(text(compute, "properties", "computeType"), "ComputeInstance"):
            if inner.get("state") == "Running":
                yield Meter(MACHINES, f"{size} Compute Instance", INSTANCE_DAY)
        else:
            nodes = (inner.get("scaleSettings") or {}).get("minNodeCount") or 0
            if nodes:
                yield Meter(MACHINES, f"{size} Cluster Nodes", NODE_DAY * nodes)


def _endpoints(store: Store, workspace: Document) -> Iterator[Meter]:
    """The nodes of each deployment under a managed online endpoint; an endpoint by itself has none."""
    for endpoint in store.children(workspace["id"], ENDPOINTS):
        for deployment in store.children(endpoint["id"], f"{ENDPOINTS}/deployments"):
            if same(text(deployment, "properties", "endpointComputeType"), "Managed"):
                size = text(deployment, "properties", "instanceType") or USUAL_SIZE
                nodes = (deployment.get("sku") or {}).get("capacity") or 1
                yield Meter(MACHINES, f"{size} Endpoint Nodes", NODE_DAY * nodes)


def _firewall(store: Store, workspace: Document) -> Iterator[Meter]:
    """The managed network's firewall, which comes with the first FQDN rule."""
    network = workspace["properties"].get("managedNetwork") or {}
    rules = (network.get("outboundRules") or {}).values()
    rules = [
        *rules,
        *(one["properties"] for one in store.children(workspace["id"], f"{WORKSPACE}/outboundRules")),
    ]
    if any(same(text(rule, "type"), "FQDN") for rule in rules):
        sku = text(network, "firewallSku").casefold() or "standard"
        usual = FIREWALL_DAY.get(sku, FIREWALL_DAY["standard"])
        yield Meter(FIREWALL, f"{FIREWALL} {sku.capitalize()}", usual)


def _luck(seed: int, resource_id: str, meter: str, day: date) -> float:
    drawn = f"{seed}|{resource_id}|{meter}|{day}".casefold()
    return 1 + SPREAD * (hashlib.blake2b(drawn.encode()).digest()[0] / 127.5 - 1)


def _booked(store: Store, scope: str, days: list[date], billing: Billing) -> Iterator[Charge]:
    for booking in billing.bookings:
        if not f"{canonical(booking.scope)}/".startswith(f"{canonical(scope)}/"):
            continue
        currency, rate = billing.currency_of(booking.scope)
        resource = {"id": booking.scope}
        if "/providers/" in booking.scope.casefold():
            resource = store.get(booking.scope) or resource
        for day in days:
            if day.day == booking.day:
                cost = round(booking.usd * rate, 6)
                yield Charge(resource, day, booking.service, booking.meter, cost, booking.usd, currency)
