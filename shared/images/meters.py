"""What of a compute Azure bills, as far as its document tells; docs/computes.md has where Microsoft says it."""

from typing import Final

from shared.images.machine import Machine

_ON: Final = frozenset(
    {"Running", "JobRunning", "Starting", "Restarting", "Resizing", "SettingUp", "UserSettingUp", "Stopping"}
)
"""States in which an instance has its VM; of those that failed, or are made or deleted, no page says what bills."""


def billing(machine: Machine) -> str:
    """
    What meters of a compute; empty where nobody can tell.

    An instance that stands stopped keeps its disk, and where it has a public address that and a load balancer. A
    cluster keeps its load balancer at zero nodes.
    """
    if machine.is_cluster:
        return {None: "", 0: "load balancer"}.get(machine.nodes, "nodes")
    if not machine.is_instance:
        return "nothing"
    if machine.state == "Stopped":
        return f"stopped: {_KEPT[machine.public_ip]}"
    return "running" if machine.state in _ON else ""


_KEPT: Final = {True: "disk, load balancer, address", False: "disk", None: "disk, perhaps more"}
"""By whether it has a public address."""
