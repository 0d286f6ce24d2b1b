"""
Rules about what stops an instance by itself: a schedule where idleness cannot, and an identity that may stop it.

An idle shutdown does nothing for an instance that runs custom applications, for it is never idle; nor for one with a
managed identity that is no contributor of its workspace (learn.microsoft.com/azure/machine-learning/
how-to-create-compute-instance).
"""

from collections.abc import Iterable
from typing import Final

from shared.images.identity import CONTRIBUTOR, assignments_of, has_identity, stopper
from shared.images.machine import Machine
from shared.model.estate import Estate
from shared.model.facts import Fact, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.rules.rule import Context, Judgement, Parameter, Reads, Rule, Type, failed, passed, unknown

_COMPUTE: Final = frozenset({Kind.COMPUTE})
_INNER: Final = ("properties", "properties")


def _scheduled(compute: Fact, context: Context) -> Judgement | None:
    machine, wanted = Machine.of(compute), "a schedule that stops it"
    if not machine.is_instance:
        return None
    if machine.is_creating:
        return unknown("The instance is being created and shows no settings yet.", wanted)
    stops = _stops(compute)
    if stops:
        return passed("A schedule stops the instance.", {"schedules": stops})
    idle, applications = machine.idle_shutdown, _applications(compute)
    if idle and not applications and "idle_shutdown" not in context.parameters["despite"]:
        return passed(f"No schedule stops the instance, and it needs none: it stops after {idle} idle.", idle)
    actual = {"schedules": stops, "idleTimeBeforeShutdown": idle or None, "applications": applications}
    return failed(f"No schedule stops the instance. {_instead(idle, applications)}", expected=wanted, actual=actual)


def _instead(idle: str, applications: int) -> str:
    """What becomes of an instance that no schedule stops."""
    if not idle:
        return "Nothing else does either, so it runs and bills until somebody stops it."
    if applications:
        return f"Its idle shutdown ({idle}) never comes, for an instance with custom applications is never idle."
    return f"It stops after {idle} idle, and policy wants a schedule even so."


def _stops(compute: Fact) -> int:
    """How many schedules stop it: those that are switched on, and that Azure could set up."""
    found = compute.get(*_INNER, "schedules", "computeStartStop")
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    working = (row for row in rows if row.get("status") != "Disabled" and row.get("provisioningStatus") != "Failed")
    return sum(row.get("action") == "Stop" for row in working)


def _applications(compute: Fact) -> int:
    """How many custom applications it runs, such as RStudio."""
    found = compute.get(*_INNER, "customServices")
    return len(found) if isinstance(found, list) else 0


def _can_stop(compute: Fact, context: Context) -> Judgement | None:
    machine = Machine.of(compute)
    if not (machine.is_instance and machine.idle_shutdown and has_identity(compute)):
        return None
    wanted, stops = f"an identity with {CONTRIBUTOR.name} on the workspace", stopper(compute, context.estate)
    if not stops.principals:
        return unknown("The instance has a managed identity, and does not show its object id.", wanted)
    if stops.unknown:
        return unknown(f"Whether the identity may stop the instance is not known: {stops.unknown}.", wanted)
    if stops.works:
        return passed("The instance's identity may stop it.", list(stops.principals))
    message = (
        f"The idle shutdown of the instance ({machine.idle_shutdown}) does nothing: its managed identity "
        f"({', '.join(stops.lacking)}) lacks {CONTRIBUTOR.name} on the workspace. Whoever works on the instance "
        "can use that identity too; so rather stop it by a schedule, or make it anew without an identity, than give it "
        "that role."
    )
    return failed(message, expected=wanted, actual={"lacking": list(stops.lacking)})


def _assignments(compute: Fact, _: Estate) -> Iterable[tuple[ResourceId, Kind]]:
    return assignments_of(compute)


STOPS_BY_SCHEDULE = Rule(
    id="HW-CMP-006",
    title="Compute instance stops by a schedule, or when idle",
    why="One that neither a clock nor idleness stops bills through nights and weekends.",
    kinds=_COMPUTE,
    severity=Severity.LOW,
    safety=Safety.REPORT,
    controls=("CP-06",),
    check=_scheduled,
    parameters={
        "despite": Parameter(
            Type.CHOICES,
            (),
            "What is no reason to do without a schedule, though it stops an instance too",
            choices=("idle_shutdown",),
        ),
    },
)

IDLE_SHUTDOWN_WORKS = Rule(
    id="HW-CMP-008",
    title="Compute instance's idle shutdown can work",
    why="An idle shutdown that never comes looks like one that does, and nobody watches the bill.",
    kinds=_COMPUTE,
    severity=Severity.MEDIUM,
    safety=Safety.REPORT,
    controls=("N-30",),
    check=_can_stop,
    lists=_assignments,
    reads=Reads.FAMILY,
)
