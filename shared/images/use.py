"""
Whether somebody works on an instance, as far as anybody can tell from outside.

ARM shows no kernel, no terminal and no editor. Azure's own idle shutdown sees them, but not a connection by SSH, and it
never acts while a custom service runs, nor on an instance with a managed identity that is not Contributor on the
workspace (Microsoft's page on creating compute instances). So it tells where there is neither, or where the identity is
known to be Contributor. That is evidence of work only: of idleness nothing here is ever any.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from shared.images.hours import Hours
from shared.images.identity import has_identity, stopper
from shared.images.machine import Machine
from shared.model.estate import Estate

UNKNOWN_USE: Final = "unknown_use"
"""What policy accepts where nobody can tell whether somebody works on an instance."""


@dataclass(frozen=True)
class Use:
    """Whether an instance that is not stopped may be disturbed now."""

    wait: str = ""
    """Why not; empty where nothing speaks against it."""
    caveat: str = ""
    """What nobody can tell, where policy accepts that."""


def in_use(machine: Machine, estate: Estate, parameters: Mapping[str, Any], now: datetime) -> Use:
    """Whether it may be, by what the estate shows and policy says."""
    if machine.state != "Running":
        return Use(f"its state is {machine.state}: something is being done on it")
    quiet = timedelta(hours=parameters["idle_hours"])
    if wait := Hours.of(parameters).wait(now):
        return Use(wait)
    if machine.started is not None and now - machine.started < quiet:
        return Use(f"somebody started it; it is left alone until {machine.started + quiet:%Y-%m-%d %H:%M} UTC")
    blind = _blind(machine, estate)
    if blind is None:
        return Use("a sweep must look first whether its identity lets its idle shutdown work")
    if not blind:
        return Use(f"somebody works on it: Azure would have stopped it after {machine.idle_shutdown} without")
    if UNKNOWN_USE in parameters["accepted"]:
        return Use(caveat=f"without evidence of idleness, for {blind}, which {UNKNOWN_USE} accepts")
    return Use(f"nobody can tell whether somebody works on it, for {blind}: set that right, or accept {UNKNOWN_USE}")


def _blind(machine: Machine, estate: Estate) -> str | None:
    """Why Azure's idle shutdown does not tell of work; empty where it does, None where nobody has looked yet."""
    if not machine.idle_shutdown:
        return "it has no idle shutdown"
    if machine.fact.get("properties", "properties", "customServices"):
        return "with a custom service it never stops when idle"
    if not has_identity(machine.fact):
        return ""
    stops = stopper(machine.fact, estate)
    if stops.works:
        return ""
    if stops.lacking:
        return "its identity may not stop it, and so it never stops when idle"
    return None if stops.unread else f"whether its identity may stop it when idle is not known ({stops.unknown})"
