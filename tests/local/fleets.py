"""A small fleet with one compute of each sort, for tests of `images`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from local.images.fleet import Fleet, Sight, fleet
from shared.images.releases import Releases
from shared.model.compute_memory import ComputeMemory, Notice, Rung
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind
from shared.model.resource_id import ResourceId
from shared.policy.policy import Exemption, Policy
from shared.rules.rule import Known
from tests.builders import NOW, Document, cluster, hub, instance, old_image, policy, project, rid, workspace_id
from tests.images.sample import owned

JANES = rid(f"{workspace_id('project')}/computes/ci-jane")
EXEMPT = rid(f"{workspace_id('project')}/computes/ci-max")
BUSY = rid(f"{workspace_id('lab')}/computes/cpu")
WAIVER = Exemption("HW-IMG-001", EXEMPT, "max@contoso.example", "it is taken away in May", NOW + timedelta(days=60))
POLICY: Policy = policy(exemptions=(WAIVER,))
GAP = Gap(rid(workspace_id("far")), Kind.COMPUTE, "403 from Azure", "Microsoft.X/computes/read")
SSH = {"sshPublicAccess": "Enabled", "adminUserName": "azureuser", "sshPort": 50000, "adminPublicKey": "ssh-rsa AA"}
RUNNING = {"operationName": "Start", "operationTime": "2026-02-27T08:00:00+00:00"}
LATEST = {"currentImageVersion": "26.02.20", "latestImageVersion": "26.02.20", "isLatestOsImageVersion": True}
WARNED = ComputeMemory(Notice(Rung.WARNED, "25.12.31", NOW - timedelta(days=3), NOW + timedelta(days=12)))


def documents() -> list[Document]:
    """Two hubs, of which nobody owns the second, and a project; with computes of each sort."""
    fresh = {"vmSize": "STANDARD_D4S_V5", "state": "Running", "osImageMetadata": LATEST, "enableNodePublicIp": False}
    making = _inner(instance("ci-new", of="project"), {"state": None, "vmSize": None})
    making["properties"]["provisioningState"] = "Creating"
    attached = _inner(cluster("k8s", of="project"), {})
    attached["properties"]["computeType"] = "Kubernetes"
    return [
        hub(),
        project(),
        hub("lab", tags={}),
        owned(of="project"),
        owned("ci-old", of="project", osImageMetadata=old_image("25.09.01"), sshSettings=SSH),
        owned("ci-oldest", of="lab", osImageMetadata=old_image("25.06.01"), state="Running", lastOperation=RUNNING),
        owned("ci-max", of="project", osImageMetadata=old_image("25.09.01")),
        _inner(instance("ci-fresh", of="project"), fresh),
        making,
        _inner(cluster("gpu"), _nodes(2, least=2)),
        _inner(cluster("cpu", of="lab"), _nodes(1)),
        _inner(cluster("idle", of="project"), _nodes(0)),
        attached,
    ]


def fleet_of(found: list[Document] | None = None, gaps: tuple[Gap, ...] = (GAP,), more: tuple[Fact, ...] = ()) -> Fleet:
    """As an estate in files is seen: what owners were told nobody knows."""
    facts = [Fact.of(document) for document in (documents() if found is None else found)]
    estate = Estate.of([*facts, *more], gaps)
    return fleet([Sight.of(estate, POLICY, NOW)], POLICY, NOW, "an estate in files does not hold it")


def remembered(computes: Mapping[ResourceId, ComputeMemory]) -> Fleet:
    """The same, where the app's memory was read."""
    estate = Estate.of([Fact.of(document) for document in documents()])
    known = Known(computes=computes, releases=Releases().seeing(estate, NOW))
    return fleet([Sight.seen(estate, POLICY, NOW, known)], POLICY, NOW)


def _inner(document: Document, inner: Mapping[str, Any]) -> Document:
    """The same compute with other inner properties."""
    document["properties"] = {**document["properties"], "properties": dict(inner)}
    return document


def _nodes(count: int, least: int = 0) -> dict[str, Any]:
    scale = {"minNodeCount": least, "maxNodeCount": 4}
    return {"vmSize": "STANDARD_NC6S_V3", "scaleSettings": scale, "currentNodeCount": count}
