"""
The writes Hubwarden knows, as data. A step carries one; only an Actuator carries it out.

Each names the permission it needs, by its ARM name, so that a plan can be checked against a role before it runs and
the enforcer role can be made from the rules. None holds a secret.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Self
from uuid import NAMESPACE_URL, uuid5

from shared.model.facts import Json
from shared.model.resource_id import ResourceId


@dataclass(frozen=True)
class MergeTags:
    """Add or overwrite these tags; all others are not ours and stay (Tags API, `operation: Merge`)."""

    verb: ClassVar[str] = "merge-tags"
    permission: ClassVar[str] = "Microsoft.Resources/tags/write"
    tags: Mapping[str, str]


@dataclass(frozen=True)
class DeleteTags:
    """Remove tags by name and value; the undo of tags that were added."""

    verb: ClassVar[str] = "delete-tags"
    permission: ClassVar[str] = "Microsoft.Resources/tags/write"
    tags: Mapping[str, str]


@dataclass(frozen=True)
class ChangeTags:
    """Set tags, then remove others by name and value: two requests, in that order, so that no value is ever lost."""

    verb: ClassVar[str] = "change-tags"
    permission: ClassVar[str] = "Microsoft.Resources/tags/write"
    tags: Mapping[str, str]
    remove: Mapping[str, str]


@dataclass(frozen=True)
class PatchWorkspace:
    """PATCH these `properties` of a workspace; tags and identity are never part of it, for PATCH replaces tags."""

    verb: ClassVar[str] = "patch-workspace"
    permission: ClassVar[str] = "Microsoft.MachineLearningServices/workspaces/write"
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class PatchConnection:
    """PATCH these `properties` of a connection, with the rest of its writable set; credentials stay untouched."""

    verb: ClassVar[str] = "patch-connection"
    permission: ClassVar[str] = "Microsoft.MachineLearningServices/workspaces/connections/write"
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class ScaleCluster:
    """PATCH an AmlCompute cluster's scale settings, the only part of a compute that can be patched (CONTRACTS §4)."""

    verb: ClassVar[str] = "scale-cluster"
    permission: ClassVar[str] = "Microsoft.MachineLearningServices/workspaces/computes/write"
    scale_settings: Mapping[str, Any]


@dataclass(frozen=True)
class SetIdleShutdown:
    """Shut a compute instance down after so long idle; ISO 8601 duration, 15 minutes to 3 days."""

    verb: ClassVar[str] = "set-idle-shutdown"
    permission: ClassVar[str] = "Microsoft.MachineLearningServices/workspaces/computes/updateIdleShutdownSetting/action"
    after: str


@dataclass(frozen=True)
class PutDiagnosticSetting:
    """Send all resource logs to a Log Analytics workspace, under a setting name that is ours."""

    verb: ClassVar[str] = "put-diagnostic-setting"
    permission: ClassVar[str] = "Microsoft.Insights/diagnosticSettings/write"
    name: str
    workspace_id: str


@dataclass(frozen=True)
class DeleteDiagnosticSetting:
    """Remove the diagnostic setting of that name; the undo of the one we made."""

    verb: ClassVar[str] = "delete-diagnostic-setting"
    permission: ClassVar[str] = "Microsoft.Insights/diagnosticSettings/delete"
    name: str


@dataclass(frozen=True)
class ResyncKeys:
    """Let a workspace learn the keys of its storage, registry and insights as they are now (CONTRACTS §2)."""

    verb: ClassVar[str] = "resync-keys"
    permission: ClassVar[str] = "Microsoft.MachineLearningServices/workspaces/resyncKeys/action"


@dataclass(frozen=True)
class PatchAccount:
    """PATCH these `properties` of an AI services account, a search service or a storage account."""

    verb: ClassVar[str] = "patch-account"
    type: str
    """Such as `Microsoft.Search/searchServices`, for each has a permission of its own."""
    properties: Mapping[str, Any]

    @property
    def permission(self) -> str:
        """What it needs, by ARM name."""
        return f"{self.type}/write"


@dataclass(frozen=True)
class GrantRole:
    """Assign a built-in role on the target to an identity. Make one with `to`."""

    verb: ClassVar[str] = "grant-role"
    permission: ClassVar[str] = "Microsoft.Authorization/roleAssignments/write"
    name: str
    """The assignment's GUID: sent again it is the same assignment, and not a second one (Azure would answer 409)."""
    role: str
    """The GUID of the role's definition, which built-in roles have in every tenant."""
    principal: str
    """The identity's object id."""
    principal_type: str = "ServicePrincipal"
    """What a managed identity is; named, Azure takes one that its directory has not spread everywhere yet."""

    @classmethod
    def to(cls, principal: str, role: str, scope: ResourceId) -> Self:
        """Grant a role to a managed identity on a scope."""
        name = uuid5(NAMESPACE_URL, f"{scope.key}|{role.casefold()}|{principal.casefold()}")
        return cls(str(name), role, principal)


@dataclass(frozen=True)
class DeleteRoleAssignment:
    """Take the assignment of that name from the target; the undo of the one we made."""

    verb: ClassVar[str] = "delete-role-assignment"
    permission: ClassVar[str] = "Microsoft.Authorization/roleAssignments/delete"
    name: str


@dataclass(frozen=True)
class AsSeen:
    """What an instance showed when it was judged; what shows anything else by then is not touched, but judged anew."""

    image: str
    created: datetime | None
    """One of the same name that was made since has another."""
    operation: str
    """What was last done to it, such as `Start`."""
    operated: datetime | None
    """When that was: who stopped it and started it again is at work."""


@dataclass(frozen=True)
class StopInstance:
    """Stop a compute instance: its memory and its temporary disk are lost, its OS disk and the file share stay."""

    verb: ClassVar[str] = "stop-instance"
    permission: ClassVar[str] = "Microsoft.MachineLearningServices/workspaces/computes/stop/action"
    state: ClassVar[str] = "Running"
    """Where it must still be: a job that began meanwhile is somebody's work."""
    seen: AsSeen


@dataclass(frozen=True)
class RestartInstance:
    """Restart a compute instance, so that the patches take effect that wait for that."""

    verb: ClassVar[str] = "restart-instance"
    permission: ClassVar[str] = "Microsoft.MachineLearningServices/workspaces/computes/restart/action"
    state: ClassVar[str] = "Running"
    """As for a stop."""
    seen: AsSeen


@dataclass(frozen=True)
class DeleteInstance:
    """Delete a compute instance in order to make it anew; its OS disk and its temporary disk are lost."""

    verb: ClassVar[str] = "delete-instance"
    permission: ClassVar[str] = "Microsoft.MachineLearningServices/workspaces/computes/delete"
    state: ClassVar[str] = "Stopped"
    """Where it must still be: who has started it is at work."""
    document: Json = field(repr=False)
    """What makes it again as it was, for `CreateInstance`: to be kept where it lasts before the deletion is sent."""
    seen: AsSeen


@dataclass(frozen=True)
class CreateInstance:
    """PUT a compute instance that was taken down; it gets the newest image that its region has."""

    verb: ClassVar[str] = "create-instance"
    permission: ClassVar[str] = "Microsoft.MachineLearningServices/workspaces/computes/write"
    document: Json = field(repr=False)
    """The body, from `shared.images.definition`; it holds no secret, no script and no key but public ones."""


type Action = (
    MergeTags
    | DeleteTags
    | ChangeTags
    | PatchWorkspace
    | PatchConnection
    | ScaleCluster
    | SetIdleShutdown
    | PutDiagnosticSetting
    | DeleteDiagnosticSetting
    | ResyncKeys
    | PatchAccount
    | GrantRole
    | DeleteRoleAssignment
    | StopInstance
    | RestartInstance
    | DeleteInstance
    | CreateInstance
)

LONG_RUNNING = (
    PatchWorkspace,
    ScaleCluster,
    ResyncKeys,
    StopInstance,
    RestartInstance,
    DeleteInstance,
    CreateInstance,
)
"""Those that Azure accepts first and carries out after (CONTRACTS §7): read back at once, they show the old value."""

MENDED_LATER = (ResyncKeys,)
"""Those that the next look asks for again by itself: to try at once would only repeat what Azure is still doing."""


DESTRUCTIVE = (DeleteInstance, PatchConnection)
"""Those that destroy something for good where they have no undo: an instance's disks, a key that only Azure knew."""


@dataclass(frozen=True)
class Fix:
    """What a rule would do about a failure: the write, the values on both sides of it, and the way back."""

    action: Action
    before: Any
    after: Any
    undo: Action | None = None
    """None where Azure offers no way back; the plan says so."""
    refusal: str = field(default="", kw_only=True)
    """Why the write would break something the estate shows; a refused fix is shown and never made."""
    wait: str = field(default="", kw_only=True)
    """Why not now, though it would be right; the fix is held, and looked at again when the reason has gone."""
    caveat: str = field(default="", kw_only=True)
    """What nobody can tell and policy accepts; it stands in the step's reason, for whoever approves or audits it."""
    target: ResourceId | None = field(default=None, kw_only=True)
    """What is written to, where that is not the resource that fails."""
    basis: tuple[ResourceId, ...] = field(default=(), kw_only=True)
    """What else it goes by, and so must have been read directly before it is made."""
    also: "tuple[Fix, ...]" = field(default=(), kw_only=True)
    """What the same failure asks for besides, each a step of its own."""


def describe(action: Action | None) -> dict[str, Any] | None:
    """
    An action as plain JSON, its verb first: for plans, audit rows and hashes.

    What a resource must still be for it is left out, for that is not written: so the same stop, day after day, stays
    the same step.
    """
    if action is None:
        return None
    written = {key: _plain(value) for key, value in asdict(action).items() if key != _DEMAND}
    return {"verb": action.verb, **written}


_DEMAND: Final = "seen"


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    return dict(value) if isinstance(value, Mapping) else value
