"""
Rules about what stops an instance by itself: a schedule where idleness cannot, and an identity that may stop it.

An idle shutdown does nothing for an instance that runs custom applications, for it is never idle; nor for one with a
managed identity that is no contributor of its workspace (learn.microsoft.com/azure/machine-learning/
how-to-create-compute-instance).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from shared.images.machine import Machine
from shared.model.data_roles import DataRole, is_conditional
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.rules.rule import Context, Judgement, Parameter, Reads, Rule, Type, because, failed, passed, unknown

_COMPUTE: Final = frozenset({Kind.COMPUTE})
_INNER: Final = ("properties", "properties")

CONTRIBUTOR: Final = DataRole(
    "Contributor",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    frozenset({"8e3af657-a8ff-443c-a75c-2fe8c4bcb635"}),
)
"""What Microsoft says that the identity must be. So, with all that it allows, is Owner."""

MAY_STOP: Final = DataRole(
    "AzureML Compute Operator",
    "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815",
    frozenset(
        {
            "f6c7c914-8db3-469d-8ca1-694a8f32e121",
            "64702f94-c441-49e6-a78b-ef80e0188fee",
            "b78c5d69-af96-48a3-bf8d-a8b4d589de94",
        }
    ),
)
"""
Roles that allow to stop an instance, and of which Microsoft does not say whether they are enough.

With it AzureML Data Scientist, Azure AI Developer and Azure AI Administrator.
"""


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
    if not _is_idle_with_identity(compute):
        return None
    wanted = f"an identity with {CONTRIBUTOR.name} on the workspace"
    principals, workspace = _principals(compute), compute.id.parent
    if not principals or workspace is None:
        return unknown("The instance has a managed identity, and does not show its object id.", wanted)
    assignments = context.estate.children(workspace, Kind.ROLE_ASSIGNMENT)
    if assignments is None or isinstance(assignments, Gap):
        silence = "nobody looked at the role assignments"
        why = silence if assignments is None else because(assignments.reason, assignments.permission)
        return unknown(f"Whether the identity may stop the instance is not known: {why}.", wanted)
    lacking = [one for one in principals if not _firm(CONTRIBUTOR.given(assignments, one))]
    if not lacking:
        return passed("The instance's identity may stop it.", list(principals))
    if unsure := _unsure(lacking, assignments):
        return unknown(f"Whether the identity may stop the instance is not known: {unsure}.", wanted)
    message = (
        f"The idle shutdown of the instance ({Machine.of(compute).idle_shutdown}) does nothing: its managed identity "
        f"({', '.join(lacking)}) lacks {CONTRIBUTOR.name} on the workspace. Whoever works on the instance can use that "
        "identity too; so rather stop it by a schedule, or make it anew without an identity, than give it that role."
    )
    return failed(message, expected=wanted, actual={"lacking": lacking})


def _is_idle_with_identity(compute: Fact) -> bool:
    machine = Machine.of(compute)
    kind = compute.text("identity", "type")
    return machine.is_instance and bool(machine.idle_shutdown) and kind not in {"", "None"}


def _principals(compute: Fact) -> tuple[str, ...]:
    """The object ids of all its identities; none where one of them shows none. Which of two it uses, nothing says."""
    assigned = compute.get("identity", "userAssignedIdentities")
    users = list(assigned.values()) if isinstance(assigned, Mapping) else []
    shown = [one.get("principalId") if isinstance(one, Mapping) else None for one in users]
    if "systemassigned" in compute.text("identity", "type").casefold():
        shown.append(compute.get("identity", "principalId"))
    known = sorted({one for one in shown if isinstance(one, str) and one})
    return tuple(known) if len(known) == len(shown) else ()


def _firm(assignments: Iterable[Fact]) -> list[Fact]:
    return [one for one in assignments if not is_conditional(one)]


def _unsure(principals: Iterable[str], assignments: tuple[Fact, ...]) -> str:
    """Why nobody can tell of identities that are no contributors for sure; empty where they surely are none."""
    for one in principals:
        if CONTRIBUTOR.given(assignments, one):
            return f"{one} is {CONTRIBUTOR.name} only under a condition"
        if MAY_STOP.given(assignments, one):
            return f"{one} has a role that allows it, and Microsoft names {CONTRIBUTOR.name} alone"
    return ""


def _assignments(compute: Fact, _: Estate) -> Iterable[tuple[ResourceId, Kind]]:
    """Those of the workspace and of what is above it, and only where an answer could matter."""
    if compute.id.parent is None or not _is_idle_with_identity(compute):
        return ()
    return ((compute.id.parent, Kind.ROLE_ASSIGNMENT),)


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
