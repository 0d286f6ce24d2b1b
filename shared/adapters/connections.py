"""
Connections as ARM takes them: what is sent back with a change, what each request needs, and whose a Foundry one is.

Workspaces, Foundry accounts and their projects have the same ones, each under a type of its own (CONTRACTS §3).
"""

from typing import Any, Final

from shared.adapters.api_versions import api_version
from shared.adapters.arm import Arm
from shared.model.facts import FOUNDRY_PROJECT_TYPE, Fact, Json
from shared.model.resource_id import ResourceId

WRITABLE: Final = (
    "authType",
    "category",
    "target",
    "metadata",
    "isSharedToAll",
    "sharedUserList",
    "expiryTime",
    "useWorkspaceManagedIdentity",
)
"""What a connection's PATCH carries besides the change; without credentials, which Azure then leaves alone (§3)."""

_SPELLED: Final = {
    spelled.casefold(): spelled
    for spelled in (
        "Microsoft.CognitiveServices/accounts/connections",
        "Microsoft.CognitiveServices/accounts/projects/connections",
        "Microsoft.MachineLearningServices/workspaces/connections",
    )
}


def writable(connection: Json) -> dict[str, Any]:
    """The writable set of a connection's document, without what it leaves out or has as null."""
    current = connection.get("properties") or {}
    return {key: current[key] for key in WRITABLE if current.get(key) is not None}


def permission(connection: ResourceId, what: str) -> str:
    """The permission for a request, such as `read`, as Azure spells it for a connection of this type."""
    return f"{_SPELLED.get(connection.type, connection.type)}/{what}"


async def is_of_its_account(arm: Arm, connection: Fact) -> bool:
    """
    Whether a Foundry project only sees this connection, which its account has and shares with all.

    Where the document says who made it, `is_view` knows; recorded ones do not say. One of the same name that the
    account shares tells then. Assumed: no recording shows a project's own connection beside such a one. It would be
    taken for a view too. Raises as `Arm.get`.
    """
    project = connection.id.parent
    if project is None or project.type != FOUNDRY_PROJECT_TYPE or project.parent is None:
        return False
    if connection.text("properties", "createdByWorkspaceArmId"):
        return False
    shared = project.parent.child("connections", connection.id.name)
    document = await arm.get(str(shared), api_version(shared), needs=permission(shared, "read"))
    return document is not None and Fact(shared, connection.kind, document).get("properties", "isSharedToAll") is True
