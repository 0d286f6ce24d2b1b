"""What a principal may do by the roles it was assigned. A role's NotActions only narrow that role, not others.

Conditions of assignments are kept and shown, not evaluated.
"""

from collections.abc import Iterator

from local.azure.arm.authorization.assignments import at_and_above
from local.azure.arm.authorization.definitions import find
from local.azure.arm.documents import same, text
from local.azure.cloud import Cloud
from local.azure.directory import matches
from local.azure.store import Document


def granted(cloud: Cloud, principal: str, action: str, scope: str, *, data: bool) -> bool:
    """Whether any role assigned at a scope or above it allows an action, or a data action."""
    allows, narrows = ("dataActions", "notDataActions") if data else ("actions", "notActions")
    return any(
        matches(permission.get(allows) or (), action) and not matches(permission.get(narrows) or (), action)
        for permission in permissions_of(cloud, principal, scope)
    )


def permissions_of(cloud: Cloud, principal: str, scope: str) -> Iterator[Document]:
    """The permissions of every role a principal has at a scope."""
    for assignment in at_and_above(cloud, scope):
        if same(text(assignment, "properties", "principalId"), principal):
            definition = find(cloud, text(assignment, "properties", "roleDefinitionId"))
            yield from definition["properties"]["permissions"] if definition else ()
