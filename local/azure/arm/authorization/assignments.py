"""Role assignments: who has which role where, with conditions; listed for a scope, for one principal if asked."""

import re
from typing import Any

from local.azure.arm.authorization.definitions import find
from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import same, text
from local.azure.arm.errors import ArmError, bad_request
from local.azure.arm.paging import page
from local.azure.arm_ids import canonical, name_of
from local.azure.clock import timestamp
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.Authorization/roleAssignments"
PRINCIPAL = re.compile(r"(?:principalId\s+eq\s+|assignedTo\(\s*)'([^']*)'", re.IGNORECASE)
FIXED = ("roleDefinitionId", "principalId")


def list_assignments(cloud: Cloud, call: Call) -> Reply:
    """Those at a scope and above it, and without `atScope()` those below it too."""
    asked = call.query.get("$filter", "")
    found = at_and_above(cloud, call.scope)
    if "atscope()" not in asked.replace(" ", "").casefold():
        known = {canonical(one["id"]) for one in found}
        found += [one for one in cloud.store.of_type(TYPE, call.scope) if canonical(one["id"]) not in known]
    if principal := PRINCIPAL.search(asked):
        found = [one for one in found if same(text(one, "properties", "principalId"), principal[1])]
    return page(call, found, cloud.options.page_size)


def get_assignment(cloud: Cloud, call: Call) -> Reply:
    """One assignment."""
    document = cloud.store.get(call.target)
    if document is None:
        raise ArmError(404, "RoleAssignmentNotFound", f"The role assignment '{name_of(call.target)}' is not found.")
    return Reply(200, document)


def put_assignment(cloud: Cloud, call: Call) -> Reply:
    """Creates an assignment, or changes description and condition of one; nobody is given a role twice."""
    given = call.part(call.document(), "properties")
    _check(cloud, given)
    before = cloud.store.get(call.target)
    if before is not None and any(not _alike(before["properties"][name], given[name]) for name in FIXED):
        raise bad_request(
            "RoleAssignmentUpdateNotPermitted", "Role definition and principal of an assignment cannot be changed."
        )
    for other in cloud.store.children(call.scope, TYPE):
        if before is None and all(_alike(other["properties"][name], given[name]) for name in FIXED):
            raise ArmError(409, "RoleAssignmentExists", "The role assignment already exists.")
    document = _document(cloud, call, before, given)
    cloud.store.put(document)
    return Reply(200 if before else 201, document, created=before is None)


def delete_assignment(cloud: Cloud, call: Call) -> Reply:
    """Takes a role away and answers what it was; 204 when there was none."""
    document = cloud.store.get(call.target)
    cloud.store.remove(call.target)
    return Reply(200, document) if document else Reply(204, changed=False)


def at_and_above(cloud: Cloud, scope: str) -> list[Document]:
    """The assignments that bear on a path: a resource's own and those of what it lies in, or a list's holder's."""
    parts = canonical(scope).split("/")
    places = ("/".join(parts[:end]) for end in range(len(parts), 2, -1))
    return [one for place in places for one in cloud.store.children(place, TYPE)]


def _check(cloud: Cloud, given: Document) -> None:
    for name in FIXED:
        if not text(given, name):
            raise bad_request("InvalidRoleAssignment", f"The assignment's '{name}' is required.")
    if find(cloud, given["roleDefinitionId"]) is None:
        definition = name_of(given["roleDefinitionId"])
        raise bad_request(
            "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{definition}' does not exist."
        )
    if given.get("condition") and given.get("conditionVersion") != "2.0":
        raise bad_request("InvalidConditionVersion", "A condition needs the 'conditionVersion' 2.0.")


def _document(cloud: Cloud, call: Call, before: Document | None, given: Document) -> Document:
    now = timestamp(cloud.clock.now())
    made: dict[str, Any] = {
        "principalType": "ServicePrincipal",
        "condition": None,
        "conditionVersion": None,
        "description": None,
        "delegatedManagedIdentityResourceId": None,
        **given,
        "scope": call.scope,
        "updatedOn": now,
        "updatedBy": call.claims["oid"],
        "createdOn": before["properties"]["createdOn"] if before else now,
        "createdBy": before["properties"]["createdBy"] if before else call.claims["oid"],
    }
    return {"id": call.target, "name": name_of(call.target), "type": TYPE, "properties": made}


def _alike(left: str, right: str) -> bool:
    """Whether two ids end alike: a role definition is written at whatever scope."""
    return same(name_of(left), name_of(right))
