"""
Rules about how computes can be reached from the internet. Both are settled when a compute is made.

A managed network changes neither: a compute in it has a public address unless it is made without one
(learn.microsoft.com/azure/machine-learning/how-to-managed-network-compute).
"""

from typing import Final

from shared.images.machine import Machine
from shared.model.facts import Fact, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.rules.rule import Context, Judgement, Rule, failed, passed, unknown

_COMPUTE: Final = frozenset({Kind.COMPUTE})


def _ssh(compute: Fact, _: Context) -> Judgement | None:
    machine = Machine.of(compute)
    if not (machine.is_instance or machine.is_cluster):
        return None
    wanted = "SSH closed, or no public address"
    if compute.get("properties", "disableLocalAuth") is True:
        return passed("The compute takes no local logins, and so no SSH.")
    if machine.ssh_from_internet is False:
        closed = "'s SSH port is closed" if machine.ssh is False else " has no public address to reach its SSH port at"
        return passed(f"The compute{closed}.")
    if machine.ssh_from_internet is None:
        lacks = "SSH is open" if machine.ssh is None else "it has a public address"
        return unknown(f"The compute does not show whether {lacks}.", wanted)
    where = "the instance" if machine.is_instance else "the nodes of the cluster"
    message = (
        f"SSH into {where} is open to the internet. It cannot be closed afterwards: make the compute anew with SSH "
        "closed, or without a public address."
    )
    return failed(message, expected=wanted, actual={"ssh": "Enabled", "publicIp": True})


def _address(compute: Fact, _: Context) -> Judgement | None:
    machine = Machine.of(compute)
    if not (machine.is_instance or machine.is_cluster):
        return None
    if machine.public_ip is None:
        return unknown("The compute does not show whether it has a public address.", "no public address")
    if machine.public_ip is False:
        return passed("The compute has no public address.")
    who = "The instance has" if machine.is_instance else "The nodes of the cluster have"
    message = (
        f"{who} a public address, which cannot be taken away: make the compute anew without one (enableNodePublicIp: "
        "false). That takes a managed network, or a subnet and a private endpoint of the workspace."
    )
    return failed(message, expected="no public address", actual={"publicIp": True})


SSH_CLOSED = Rule(
    id="HW-CMP-009",
    title="SSH into compute is closed to the internet",
    why="Anybody may try a port that is open to all; who gets in is root on a machine with the hub's data.",
    kinds=_COMPUTE,
    severity=Severity.MEDIUM,
    safety=Safety.RECREATE,
    controls=("CP-02", "CP-09"),
    check=_ssh,
)

NO_PUBLIC_ADDRESS = Rule(
    id="HW-CMP-010",
    title="Compute has no public address",
    why="What has an address is found and tried; the address costs money too, and so does its load balancer.",
    kinds=_COMPUTE,
    severity=Severity.LOW,
    safety=Safety.RECREATE,
    controls=("CP-04",),
    check=_address,
)
