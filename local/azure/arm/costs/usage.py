"""What each resource costs each day, made up from the estate as it is and a seed: the same days cost the same again.

As in Azure, computes and the managed network's firewall appear as meters of the hub or project they belong to, and
what is untagged today is untagged in all days shown. The prices are of the right size and no more.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from local.azure.arm.documents import same, text
from local.azure.arm_ids import resource_type
from local.azure.cloud import Cloud
from local.azure.store import Document

WORKSPACE = "microsoft.machinelearningservices/workspaces"
DAILY: Mapping[str, tuple[str, float]] = {
    "microsoft.cognitiveservices/accounts": ("Cognitive Services", 40.0),
    "microsoft.containerregistry/registries": ("Container Registry", 1.67),
    "microsoft.insights/components": ("Log Analytics", 3.0),
    "microsoft.keyvault/vaults": ("Key Vault", 0.1),
    "microsoft.operationalinsights/workspaces": ("Log Analytics", 9.0),
    "microsoft.search/searchservices": ("Azure Cognitive Search", 8.1),
    "microsoft.storage/storageaccounts": ("Storage", 2.4),
}
MACHINES = "Virtual Machines"
FIREWALL = "Azure Firewall"
INSTANCE_DAY = 18.0
NODE_DAY = 30.0
FIREWALL_DAY = {"basic": 9.48, "standard": 30.0}
SPREAD = 0.2
"""A day's cost lies this far around the usual one."""


@dataclass(frozen=True, slots=True)
class Meter:
    """What is metered, under which service, and its usual cost a day in US dollars."""

    service: str
    name: str
    usual: float


@dataclass(frozen=True, slots=True)
class Charge:
    """What one meter of one resource cost on one day, in US dollars."""

    resource: Document
    day: date
    service: str
    meter: str
    cost: float


def charges(cloud: Cloud, scope: str, first: date, last: date) -> Iterator[Charge]:
    """The charges of every resource in a scope, from the first to the last day."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for kind, (service, usual) in DAILY.items():
        for resource in _within(cloud, kind, scope):
            yield from _spread(cloud, resource, days, Meter(service, service, usual))
    for workspace in _within(cloud, WORKSPACE, scope):
        for meter in _meters(cloud, workspace):
            yield from _spread(cloud, workspace, days, meter)


def _within(cloud: Cloud, kind: str, scope: str) -> list[Document]:
    own = cloud.store.get(scope)
    is_it = own is not None and resource_type(own["id"]).casefold() == kind
    return [own] if own is not None and is_it else cloud.store.of_type(kind, scope)


def _meters(cloud: Cloud, workspace: Document) -> Iterator[Meter]:
    """The meters a workspace has by its computes and its firewall."""
    for compute in cloud.store.children(workspace["id"], f"{WORKSPACE}/computes"):
        inner = compute["properties"].get("properties") or {}
        size = inner.get("vmSize") or "Standard_DS3_v2"
        if same(text(compute, "properties", "computeType"), "ComputeInstance"):
            if inner.get("state") == "Running":
                yield Meter(MACHINES, f"{size} Compute Instance", INSTANCE_DAY)
        else:
            nodes = (inner.get("scaleSettings") or {}).get("minNodeCount") or 0
            if nodes:
                yield Meter(MACHINES, f"{size} Cluster Nodes", NODE_DAY * nodes)
    network = workspace["properties"].get("managedNetwork") or {}
    rules = (network.get("outboundRules") or {}).values()
    rules = [
        *rules,
        *(one["properties"] for one in cloud.store.children(workspace["id"], f"{WORKSPACE}/outboundRules")),
    ]
    if any(same(text(rule, "type"), "FQDN") for rule in rules):
        sku = text(network, "firewallSku").casefold() or "standard"
        usual = FIREWALL_DAY.get(sku, FIREWALL_DAY["standard"])
        yield Meter(FIREWALL, f"{FIREWALL} {sku.capitalize()}", usual)


def _spread(cloud: Cloud, resource: Document, days: list[date], meter: Meter) -> Iterator[Charge]:
    for day in days:
        drawn = f"{cloud.options.seed}|{resource['id']}|{meter.name}|{day}".casefold()
        factor = 1 + SPREAD * (hashlib.blake2b(drawn.encode()).digest()[0] / 127.5 - 1)
        yield Charge(resource, day, meter.service, meter.name, round(meter.usual * factor, 6))
