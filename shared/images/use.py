"""
Whether somebody works on an instance, as far as anybody can tell from outside.

ARM shows no kernel, no terminal and no editor. Azure's own idle shutdown sees them, but not a connection by SSH, and it
never acts while a custom service runs, nor on an instance with a managed identity that is not Contributor on the
workspace (Microsoft's page on creating compute instances). So it tells only where there is neither.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from shared.images.hours import Hours
from shared.images.machine import Machine

UNKNOWN_USE: Final = "unknown_use"
"""What policy accepts where nobody can tell whether somebody works on an instance."""


def in_use(machine: Machine, parameters: Mapping[str, Any], now: datetime) -> str:
    """Why an instance that is not stopped should not be disturbed now; empty where nothing speaks against it."""
    if machine.state != "Running":
        return f"its state is {machine.state}: something is being done on it"
    hours, quiet = Hours.of(parameters), timedelta(hours=parameters["idle_hours"])
    if hours.cover(now):
        return f"these are working hours in {hours.zone}, until {hours.over(now):%Y-%m-%d %H:%M} UTC"
    if machine.started is not None and now - machine.started < quiet:
        return f"somebody started it; it is left alone until {machine.started + quiet:%Y-%m-%d %H:%M} UTC"
    blind = _blind(machine)
    if not blind:
        return f"somebody works on it: Azure would have stopped it after {machine.idle_shutdown} without"
    if UNKNOWN_USE in parameters["accepted"]:
        return ""
    return f"nobody can tell whether somebody works on it, for {blind}: set that right, or accept {UNKNOWN_USE}"


def _blind(machine: Machine) -> str:
    """Why Azure's idle shutdown does not tell of work; empty where it does."""
    if not machine.idle_shutdown:
        return "it has no idle shutdown"
    if machine.fact.text("identity", "type") not in {"", "None"}:
        return "with an identity it may never stop when idle"
    if machine.fact.get("properties", "properties", "customServices"):
        return "with a custom service it never stops when idle"
    return ""
