"""What each write does to the documents of the world, as Azure does it (CONTRACTS §2-§6)."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from shared.model.action import (
    ChangeTags,
    DeleteDiagnosticSetting,
    DeleteRoleAssignment,
    DeleteTags,
    GrantRole,
    MergeTags,
    PatchAccount,
    PatchConnection,
    PatchWorkspace,
    PutDiagnosticSetting,
    ResyncKeys,
    ScaleCluster,
    SetIdleShutdown,
)
from shared.model.errors import Rejected
from shared.model.plan import Step
from shared.model.resource_id import ResourceId
from tests.fakes.instances import INSTANCE_ACTIONS, Document, World, end

MOST_TAGS = 50
"""A resource's limit; a merge that would pass it is refused whole."""


MOMENT = "2026-03-01T09:00:00Z"
"""When whatever says so was written: at the moment at which every fake's clock starts."""


def carry_out(step: Step, world: World, images: Mapping[str, str], moment: str = MOMENT) -> None:
    """
    Change the world as a step asks. Raises Rejected where Azure would answer 4xx.

    `images` are the latest that regions have; `moment` is what instances tell of when it was done.
    """
    if isinstance(step.action, INSTANCE_ACTIONS):
        end(step.target, step.action, world, images, moment)
        return
    document = world.get(step.target)
    if document is None:
        raise Rejected(f"404 ResourceNotFound: {step.target} does not exist")
    _write(step, document, world)


def _write(step: Step, document: Document, world: World) -> None:
    match step.action:
        case MergeTags() | DeleteTags() | ChangeTags():
            document["tags"] = changed_tags(document.get("tags") or {}, step.action)
        case PatchWorkspace(properties=properties) | PatchAccount(properties=properties):
            merge(document.setdefault("properties", {}), properties)
        case PatchConnection(properties):
            patch_connection(document, properties)
        case ScaleCluster(scale_settings):
            merge(document["properties"]["properties"], {"scaleSettings": scale_settings})
        case SetIdleShutdown(after):
            document["properties"]["properties"]["idleTimeBeforeShutdown"] = after
        case PutDiagnosticSetting() | DeleteDiagnosticSetting():
            change_logging(step.target, step.action, world)
        case ResyncKeys():
            pass  # no document shows which key a workspace has
        case GrantRole() | DeleteRoleAssignment():
            change_access(step.target, step.action, world)


def changed_tags(current: Mapping[str, str], action: MergeTags | DeleteTags | ChangeTags) -> dict[str, str]:
    """Tags after a change: what is set is set first."""
    match action:
        case MergeTags(tags):
            return merged_tags(current, tags)
        case DeleteTags(tags):
            return remaining_tags(current, tags)
        case ChangeTags(tags, remove):
            return remaining_tags(merged_tags(current, tags), remove)


def merged_tags(current: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Tags after a merge: names compare without case, a name that is there keeps its spelling."""
    spelled = {name.casefold(): name for name in current}
    tags = dict(current) | {spelled.get(name.casefold(), name): value for name, value in wanted.items()}
    if len(tags) > MOST_TAGS:
        raise Rejected(f"400 InvalidTags: {len(tags)} tags, a resource has at most {MOST_TAGS}")
    return tags


def remaining_tags(current: Mapping[str, str], unwanted: Mapping[str, str]) -> dict[str, str]:
    """Tags after a delete: only a tag whose name and value both match goes."""
    gone = {name.casefold(): value for name, value in unwanted.items()}
    return {name: value for name, value in current.items() if gone.get(name.casefold()) != value}


def merge(document: MutableMapping[str, Any], patch: Mapping[str, Any]) -> None:
    """Merge as an ARM PATCH of properties does: objects member by member, all else replaced."""
    for key, value in patch.items():
        current = document.get(key)
        if isinstance(value, Mapping) and isinstance(current, MutableMapping):
            merge(current, value)
        else:
            document[key] = dict(value) if isinstance(value, Mapping) else value


def patch_connection(document: Document, patch: Mapping[str, Any]) -> None:
    """A connection's PATCH: new from then on, and no default once shared with all (CONTRACTS §3, recorded)."""
    current = document["properties"]
    if patch.get("isSharedToAll") and not current.get("isSharedToAll"):
        current["isDefault"] = False
    current.update(patch)
    document["systemData"] = {"createdAt": MOMENT, "lastModifiedAt": MOMENT}
    if current.get("authType") in {"AAD", "None"}:
        current.pop("credentials", None)


def change_logging(target: ResourceId, action: PutDiagnosticSetting | DeleteDiagnosticSetting, world: World) -> None:
    """A diagnostic setting comes, or goes if it was there."""
    setting = setting_id(target, action.name)
    if isinstance(action, DeleteDiagnosticSetting):
        world.pop(setting, None)
    else:
        world[setting] = diagnostic_setting(setting, action.workspace_id)


def change_access(scope: ResourceId, action: GrantRole | DeleteRoleAssignment, world: World) -> None:
    """A role comes or goes; nobody is given one twice on a scope: under another name it stays, and none is added."""
    if isinstance(action, DeleteRoleAssignment):
        world.pop(assignment_id(scope, action.name), None)
    elif not any(_gives(document, action) for key, document in world.items() if scope_of(key) == scope):
        world[assignment_id(scope, action.name)] = assignment(scope, action)


def scope_of(resource: ResourceId) -> ResourceId | None:
    """What a role assignment was made on; None for any other resource."""
    scope, _, tail = str(resource).rpartition("/providers/")
    is_one = tail.casefold().startswith("microsoft.authorization/roleassignments/")
    return ResourceId.find(scope) if is_one else None


def assignment_id(scope: ResourceId, name: str) -> ResourceId:
    """The id of a role assignment on a scope."""
    return ResourceId.parse(f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")


def assignment(scope: ResourceId, action: GrantRole) -> Document:
    """The document Azure keeps for a role that was assigned."""
    role = f"{scope.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{action.role}"
    return {
        "id": str(assignment_id(scope, action.name)),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": action.name,
        "properties": {
            "roleDefinitionId": role,
            "principalId": action.principal,
            "principalType": action.principal_type,
            "scope": str(scope),
            "condition": None,
            "createdOn": MOMENT,
        },
    }


def _gives(document: Document, action: GrantRole) -> bool:
    given = document["properties"]
    role = str(given["roleDefinitionId"]).rpartition("/")[2].casefold()
    return (role, given["principalId"]) == (action.role, action.principal)


def setting_id(target: ResourceId, name: str) -> ResourceId:
    """The id of a diagnostic setting on a resource."""
    return ResourceId.parse(f"{target}/providers/Microsoft.Insights/diagnosticSettings/{name}")


def diagnostic_setting(setting: ResourceId, workspace_id: str) -> Document:
    """The document Azure keeps for a setting that sends all logs to a workspace."""
    return {
        "id": str(setting),
        "type": "Microsoft.Insights/diagnosticSettings",
        "name": setting.name,
        "properties": {
            "workspaceId": workspace_id,
            "logs": [{"category": None, "categoryGroup": "allLogs", "enabled": True}],
            "metrics": [],
        },
    }
