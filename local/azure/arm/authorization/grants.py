"""What a principal may do by the roles it was assigned. A role's NotActions only narrow that role, not others.

A condition of an assignment is not evaluated: what it names as `ActionMatches` the assignment does not give here, and
what it does not name stays as it was. One that names no action gives nothing.
"""

import re
from collections.abc import Iterator

from local.azure.arm.authorization.assignments import at_and_above
from local.azure.arm.authorization.definitions import find
from local.azure.arm.documents import same, text
from local.azure.cloud import Cloud
from local.azure.directory import matches
from local.azure.store import Document

NAMED_ACTION = re.compile(r"ActionMatches\s*\{\s*'([^']*)'\s*\}", re.IGNORECASE)


def granted(cloud: Cloud, principal: str, action: str, scope: str, *, data: bool) -> bool:
    """Whether any role assigned at a scope or above it allows an action, or a data action."""
    return any(
        not _conditional(assignment, action) and _gives(cloud, assignment, action, data=data)
        for assignment in _assigned(cloud, principal, scope)
    )


def undecided(cloud: Cloud, principal: str, action: str, scope: str) -> Iterator[str]:
    """The ids of the principal's assignments that would give an action if their condition holds."""
    for assignment in _assigned(cloud, principal, scope):
        if _conditional(assignment, action) and _gives(cloud, assignment, action, data=False):
            yield assignment["id"]


def permissions_of(cloud: Cloud, principal: str, scope: str) -> Iterator[Document]:
    """The permissions of every role a principal has at a scope."""
    for assignment in _assigned(cloud, principal, scope):
        yield from _permissions(cloud, assignment)


def _assigned(cloud: Cloud, principal: str, scope: str) -> Iterator[Document]:
    return (one for one in at_and_above(cloud, scope) if same(text(one, "properties", "principalId"), principal))


def _gives(cloud: Cloud, assignment: Document, action: str, *, data: bool) -> bool:
    allows, narrows = ("dataActions", "notDataActions") if data else ("actions", "notActions")
    return any(
        matches(permission.get(allows) or (), action) and not matches(permission.get(narrows) or (), action)
        for permission in _permissions(cloud, assignment)
    )


def _permissions(cloud: Cloud, assignment: Document) -> list[Document]:
    definition = find(cloud, text(assignment, "properties", "roleDefinitionId"))
    return list(definition["properties"]["permissions"]) if definition else []


def _conditional(assignment: Document, action: str) -> bool:
    """Whether a condition bears on an action, as far as its text tells."""
    condition = text(assignment, "properties", "condition")
    named = NAMED_ACTION.findall(condition)
    return bool(condition) and (not named or matches(named, action))
