"""Role definitions: the built-in ones everywhere, custom ones where they were made."""

from local.azure.arm.authorization.builtin import BUILT_IN, Role
from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import same, text
from local.azure.arm.errors import ArmError, bad_request
from local.azure.arm_ids import canonical, name_of, subscription_of
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.Authorization/roleDefinitions"


def list_definitions(cloud: Cloud, call: Call) -> Reply:
    """Built-in and custom roles of the scope's subscription; `roleName eq '…'` and `type eq '…'` choose among them."""
    subscription = f"/subscriptions/{subscription_of(call.scope)}"
    custom = cloud.store.of_type(TYPE, subscription)
    found = [*(document_of(role, subscription) for role in BUILT_IN), *custom]
    field, _, value = call.query.get("$filter", "").partition(" eq ")
    if field.strip() in ("roleName", "type") and value:
        wanted = value.strip().strip("'")
        found = [one for one in found if same(text(one, "properties", field.strip()), wanted)]
    return Reply(200, {"value": found})


def get_definition(cloud: Cloud, call: Call) -> Reply:
    """One role."""
    return Reply(200, find(cloud, call.target) or _missing(call.target))


def put_definition(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces a custom role; built-in ones cannot be written."""
    given = call.part(call.document(), "properties")
    if _built_in(call.target):
        raise bad_request("RoleDefinitionUpdateNotAllowed", "A built-in role cannot be changed.")
    if not (text(given, "roleName") and given.get("assignableScopes")):
        raise bad_request("InvalidRoleDefinition", "A role needs 'roleName' and 'assignableScopes'.")
    named = {"id": call.target, "name": name_of(call.target), "type": TYPE}
    document = {**named, "properties": {"type": "CustomRole", "permissions": [], **given}}
    created = cloud.store.get(call.target) is None
    cloud.store.put(document)
    return Reply(201, document, created=created)


def delete_definition(cloud: Cloud, call: Call) -> Reply:
    """Removes a custom role; 204 when there was none."""
    known = cloud.store.get(call.target)
    cloud.store.remove(call.target)
    return Reply(200, known) if known else Reply(204, changed=False)


def find(cloud: Cloud, definition_id: str) -> Document | None:
    """The role of an id at whatever scope it is written: roles are told apart by their name, a GUID."""
    if role := _built_in(definition_id):
        return document_of(role, f"/subscriptions/{subscription_of(definition_id)}")
    exact = cloud.store.get(definition_id)
    own = name_of(canonical(definition_id))
    return exact or next((one for one in cloud.store.of_type(TYPE) if one["name"].casefold() == own), None)


def document_of(role: Role, subscription: str) -> Document:
    """A built-in role as Azure shows it in a subscription."""
    permissions = {
        "actions": list(role.actions),
        "notActions": list(role.not_actions),
        "dataActions": list(role.data_actions),
        "notDataActions": list(role.not_data_actions),
    }
    properties = {"roleName": role.name, "type": "BuiltInRole", "assignableScopes": ["/"], "permissions": [permissions]}
    return {
        "id": f"{subscription}/providers/{TYPE}/{role.guid}",
        "name": role.guid,
        "type": TYPE,
        "properties": properties,
    }


def _built_in(definition_id: str) -> Role | None:
    guid = name_of(canonical(definition_id))
    return next((role for role in BUILT_IN if role.guid == guid), None)


def _missing(definition_id: str) -> Document:
    raise ArmError(
        404,
        "RoleDefinitionDoesNotExist",
        f"The specified role definition with ID '{name_of(definition_id)}' does not exist.",
    )
