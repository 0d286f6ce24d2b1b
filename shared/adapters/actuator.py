"""
Writes to governed resources. The engine's `Actuator`.

Each action becomes the smallest request that does it: tags by merge, never replaced; a workspace's PATCH with nothing
but its properties, for its tags would be replaced (CONTRACTS §2); nothing read through an SDK model is sent back.
"""

from typing import Any

from shared.adapters.api_versions import (
    AUTHORIZATION,
    DIAGNOSTIC_SETTINGS,
    MACHINE_LEARNING,
    TAGS,
    api_version,
)
from shared.adapters.arm import Arm
from shared.adapters.connections import permission, writable
from shared.adapters.instances import change_instance
from shared.model.action import (
    ChangeTags,
    CreateInstance,
    DeleteDiagnosticSetting,
    DeleteInstance,
    DeleteRoleAssignment,
    DeleteTags,
    GrantRole,
    MergeTags,
    PatchAccount,
    PatchConnection,
    PatchWorkspace,
    PutDiagnosticSetting,
    RestartInstance,
    ResyncKeys,
    ScaleCluster,
    SetIdleShutdown,
    StopInstance,
)
from shared.model.errors import Conflict, Rejected
from shared.model.facts import Json
from shared.model.plan import Step
from shared.model.resource_id import ResourceId


class AzureActuator:
    """Carries out steps through ARM. A write that Azure only accepted (202) counts as made; see `arm`."""

    def __init__(self, arm: Arm) -> None:
        """Write through an ARM pipeline."""
        self._arm = arm

    async def apply(self, step: Step) -> None:
        """See `Actuator.apply`: one request; two for a connection, tags that move, and an instance."""
        target, needs = str(step.target), step.action.permission
        match step.action:
            case MergeTags() | DeleteTags() | ChangeTags():
                await self._change_tags(target, step.action)
            case PatchWorkspace(properties):
                await self._send("PATCH", target, MACHINE_LEARNING, {"properties": dict(properties)}, needs)
            case PatchConnection(properties):
                body = await self._connection_body(step.target, properties)
                await self._send("PATCH", target, MACHINE_LEARNING, body, needs)
            case ScaleCluster(scale_settings):
                body = {"properties": {"properties": {"scaleSettings": dict(scale_settings)}}}
                await self._send("PATCH", target, MACHINE_LEARNING, body, needs)
            case PutDiagnosticSetting() | DeleteDiagnosticSetting():
                await self._change_logging(target, step.action)
            case ResyncKeys():
                await self._arm.send("POST", f"{target}/resyncKeys", MACHINE_LEARNING, None, needs=needs)
            case PatchAccount(properties=properties):
                await self._send("PATCH", target, api_version(step.target), {"properties": dict(properties)}, needs)
            case GrantRole() | DeleteRoleAssignment():
                await self._change_access(step.target, step.action)
            case SetIdleShutdown() | StopInstance() | RestartInstance() | DeleteInstance() | CreateInstance():
                await change_instance(self._arm, step.target, step.action)

    async def _send(self, method: str, path: str, version: str, body: Json, needs: str) -> None:
        await self._arm.send(method, path, version, body, needs=needs)

    async def _change_logging(self, target: str, action: PutDiagnosticSetting | DeleteDiagnosticSetting) -> None:
        path = f"{target}/providers/Microsoft.Insights/diagnosticSettings/{action.name}"
        if isinstance(action, DeleteDiagnosticSetting):
            await self._arm.delete(path, DIAGNOSTIC_SETTINGS, needs=action.permission)
        else:
            body = {"properties": _all_logs_to(action.workspace_id)}
            await self._send("PUT", path, DIAGNOSTIC_SETTINGS, body, action.permission)

    async def _change_access(self, scope: ResourceId, action: GrantRole | DeleteRoleAssignment) -> None:
        """An assignment that somebody else has made meanwhile, under another name, is as good as ours (409)."""
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{action.name}"
        if isinstance(action, DeleteRoleAssignment):
            await self._arm.delete(path, AUTHORIZATION, needs=action.permission)
            return
        try:
            await self._send("PUT", path, AUTHORIZATION, {"properties": _given(scope, action)}, action.permission)
        except Conflict as error:
            if "RoleAssignmentExists" not in str(error):
                raise

    async def _change_tags(self, target: str, action: MergeTags | DeleteTags | ChangeTags) -> None:
        """What is set is set before anything is removed: a value that moves to another name is never lost."""
        merge, remove = _tag_changes(action)
        path = f"{target}/providers/Microsoft.Resources/tags/default"
        for operation, tags in (("Merge", merge), ("Delete", remove)):
            if tags:
                body = {"operation": operation, "properties": {"tags": dict(tags)}}
                await self._send("PATCH", path, TAGS, body, action.permission)

    async def _connection_body(self, connection: ResourceId, change: Json) -> dict[str, Any]:
        """The writable set as it is now, with the change on top."""
        document = await self._arm.get(str(connection), MACHINE_LEARNING, needs=permission(connection, "read"))
        if document is None:
            raise Rejected(f"{connection}: the connection is gone (404), there is nothing to patch")
        return {"properties": writable(document) | dict(change)}


def _tag_changes(action: MergeTags | DeleteTags | ChangeTags) -> tuple[Json, Json]:
    """What is set, and what is removed."""
    match action:
        case MergeTags(tags):
            return tags, {}
        case DeleteTags(tags):
            return {}, tags
        case ChangeTags(tags, remove):
            return tags, remove


def _given(scope: ResourceId, action: GrantRole) -> dict[str, str]:
    definitions = f"{scope.subscription_id}/providers/Microsoft.Authorization/roleDefinitions"
    return {
        "roleDefinitionId": f"{definitions}/{action.role}",
        "principalId": action.principal,
        "principalType": action.principal_type,
    }


def _all_logs_to(workspace_id: str) -> dict[str, Any]:
    return {"workspaceId": workspace_id, "logs": [{"categoryGroup": "allLogs", "enabled": True}]}
