"""
Whether the managed identity of an instance may stop it, by the roles that it has on the workspace.

With an identity that is no contributor of its workspace an idle shutdown does nothing
(learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shared.images.machine import Machine
from shared.model.data_roles import DataRole, is_conditional
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind
from shared.model.resource_id import ResourceId

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


@dataclass(frozen=True)
class Stopper:
    """What is known of an instance's identities, as far as they are to stop it."""

    principals: tuple[str, ...] = ()
    """Their object ids; none where one of them shows none."""
    lacking: tuple[str, ...] = ()
    """Those that surely may not."""
    unknown: str = ""
    """Why nobody can tell; empty where it is known."""
    unread: bool = False
    """Whether that is so because nobody has looked yet."""

    @property
    def works(self) -> bool:
        """Whether they surely may."""
        return not self.lacking and not self.unknown


def has_identity(compute: Fact) -> bool:
    """Whether an instance has a managed identity."""
    return compute.text("identity", "type") not in {"", "None"}


def stopper(compute: Fact, estate: Estate) -> Stopper:
    """What is known of the identities of an instance that has some."""
    principals, workspace = _principals(compute), compute.id.parent
    if not principals or workspace is None:
        return Stopper(unknown="it does not show its object id")
    assignments = estate.children(workspace, Kind.ROLE_ASSIGNMENT)
    if assignments is None:
        return Stopper(principals, unknown="nobody looked at the role assignments", unread=True)
    if isinstance(assignments, Gap):
        needs = f"; it needs {assignments.permission}" if assignments.permission else ""
        return Stopper(principals, unknown=f"{assignments.reason}{needs}")
    lacking = tuple(one for one in principals if not _firm(CONTRIBUTOR.given(assignments, one)))
    if unsure := _unsure(lacking, assignments):
        return Stopper(principals, unknown=unsure)
    return Stopper(principals, lacking)


def assignments_of(compute: Fact) -> Iterable[tuple[ResourceId, Kind]]:
    """Which list tells: that of the workspace and of what is above it, and only where an answer could matter."""
    machine, workspace = Machine.of(compute), compute.id.parent
    if workspace is None or not (machine.is_instance and machine.idle_shutdown and has_identity(compute)):
        return ()
    return ((workspace, Kind.ROLE_ASSIGNMENT),)


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
