"""Judges ten thousand computes, hub by hub as sweeps do, by every rule about computes and their images."""

import gc
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.images.fleet import JUDGED
from local.synthetic import documents
from local.synthetic.documents import Document
from shared.adapters.policy_files import read
from shared.engine.judge import judge
from shared.images.machine import Machine
from shared.images.releases import Releases
from shared.model.compute_memory import ComputeMemory, Notice, Rung
from shared.model.estate import Estate
from shared.model.facts import Fact, Kind, Source
from shared.policy.load import load
from shared.rules.catalogue import RULES
from shared.rules.recreation import IMAGE_ANEW
from shared.rules.rule import Known

REPOSITORY = Path(__file__).resolve().parent.parent.parent
HUBS, PROJECTS, INSTANCES, CLUSTERS = 100, 9, 8, 2
"""Each hub and each project has so many of both: ten thousand computes."""
_GROUP = "/subscriptions/5f3c0d1e-0000-4000-8000-00000000be7c/resourceGroups/rg-bench"
_ML = f"{_GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
_NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
_ASKED = (*JUDGED, IMAGE_ANEW)


def main() -> dict[str, float]:
    """How many computes, rules and findings, and the processor time that judging took; reading is not in it."""
    policy = load(read(REPOSITORY / "policy"), RULES, _NOW)
    hubs = [_hub(number) for number in range(HUBS)]
    gc.freeze()  # a sweep holds one hub at a time, and no collector walks a hundred others
    began = time.process_time()
    judged = [judge(estate, _ASKED, policy, _NOW, known=known) for estate, known in hubs]
    seconds = time.process_time() - began
    return {
        "computes": sum(fact.kind is Kind.COMPUTE for estate, _ in hubs for fact in estate),
        "rules": len(_ASKED),
        "findings": sum(len(one.findings) for one in judged),
        "notices": sum(len(one.notices) for one in judged),
        "seconds": seconds,
    }


def _hub(number: int) -> tuple[Estate, Known]:
    """A hub with its family, as a sweep sees it, and what the app would know besides."""
    estate = Estate.of(Fact.of(document, Source.FILE) for document in _documents(number))
    computes = [fact for fact in estate if fact.kind is Kind.COMPUTE]
    releases = Releases().seeing(computes, _NOW - timedelta(days=30))
    memory = {fact.id: _memory(fact) for fact in computes[::2]}
    return estate, Known(computes=memory, releases=releases, gone_people=frozenset())


def _documents(number: int) -> Iterator[Document]:
    tags = {"CostCenter": "CC-4711", "Environment": "prod", "Owner": "jane@contoso.example"}
    hub = f"{_ML}/hub-{number:03}"
    yield documents.workspace(hub, "Hub", tags, documents.hub_properties("", "", _GROUP, [], isolated=True))
    yield from _computes(hub)
    for project in (f"{_ML}/project-{number:03}-{one}" for one in range(PROJECTS)):
        yield documents.workspace(project, "Project", tags, documents.project_properties(hub, "", ""))
        yield from _computes(project)


def _computes(workspace: str) -> Iterator[Document]:
    """Instances of every age, running and stopped, and clusters with and without nodes."""
    latest = f"{_NOW - timedelta(days=20):%y.%m.%d}"
    for one in range(INSTANCES):
        version = f"{_NOW - timedelta(days=20 + 25 * one):%y.%m.%d}"
        inner = documents.instance(version, latest, {"state": "Running" if one % 2 else "Stopped"})
        yield documents.compute(f"{workspace}/computes/ci-{one}", "ComputeInstance", inner)
    for one in range(CLUSTERS):
        yield documents.compute(f"{workspace}/computes/train-{one}", "AmlCompute", documents.cluster(one))


def _memory(fact: Fact) -> ComputeMemory:
    """What the app would remember: the owner was warned, and the date has come."""
    machine, due = Machine.of(fact), _NOW - timedelta(days=1)
    return ComputeMemory(Notice(Rung.WARNED, machine.image, due, due), at_zero=_NOW - timedelta(days=40))


if __name__ == "__main__":
    print(json.dumps(main()))
