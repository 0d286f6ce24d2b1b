"""What of a compute Azure bills, by what its document shows."""

from typing import Any

import pytest

from shared.images.machine import Machine
from shared.images.meters import billing
from shared.model.facts import Fact
from tests.builders import Document, cluster, instance

ADDRESS: dict[str, Any] = {"connectivityEndpoints": {"publicIpAddress": "13.92.83.21"}}


def meters(document: Document) -> str:
    """What is told."""
    return billing(Machine.of(Fact.of(document)))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ("Running JobRunning Starting Restarting Resizing SettingUp UserSettingUp Stopping", "running"),
        ("Creating CreateFailed SetupFailed UserSetupFailed Deleting Unknown Unusable", ""),
    ],
)
def test_an_instance_by_its_state(states: str, expected: str) -> None:
    """It has its VM until it is stopped; of one that failed, or comes or goes, no page says."""
    assert {meters(instance(state=state)) for state in states.split()} == {expected}


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (ADDRESS, "stopped: disk, load balancer, address"),
        ({"enableNodePublicIp": True}, "stopped: disk, load balancer, address"),
        ({"enableNodePublicIp": False}, "stopped: disk"),
        ({"enableNodePublicIp": None}, "stopped: disk, perhaps more"),
    ],
)
def test_one_that_stands_stopped(inner: dict[str, Any], expected: str) -> None:
    """It keeps its disk; an address and a load balancer only where it has one."""
    assert meters(instance(state="Stopped", **inner)) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (instance(state=None), ""),
        (cluster(nodes=0), "load balancer"),
        (cluster(nodes=3), "nodes"),
        (cluster(), ""),
        ({**cluster(), "properties": {"computeType": "Kubernetes"}}, "nothing"),
    ],
)
def test_other_computes(document: Document, expected: str) -> None:
    """One that is being made shows nothing; what is attached bills elsewhere."""
    assert meters(document) == expected
