"""Projects of an AI services account. Their `name` is `account/project`, as Azure returns it (CONTRACTS 6)."""

import uuid

from local.azure.arm.call import Call, Reply
from local.azure.arm.cognitive.accounts import accepted, store
from local.azure.arm.documents import merged, same, text, with_properties
from local.azure.arm.errors import bad_request
from local.azure.arm.plain import require, require_parent
from local.azure.arm_ids import name_of
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.CognitiveServices/accounts/projects"
WRITABLE = ("displayName", "description")


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates a project over a while, or replaces one at once; its account must manage projects."""
    account, body = require_parent(cloud, call.target), call.document()
    given = call.part(body, "properties")
    before = cloud.store.get(call.target)
    if before is not None:
        changed = {name: given.get(name) for name in WRITABLE}
        document = {**with_properties(before, **changed), "tags": call.part(body, "tags")}
        return Reply(200, store(cloud, call, document, before))
    if not (same(text(account, "kind"), "AIServices") and account["properties"].get("allowProjectManagement")):
        raise bad_request(
            "BadRequest",
            "Project can only be created under AIServices Kind account with allowProjectManagement set to true.",
        )
    reply = accepted(cloud, call, _created(cloud, call, account, body))
    _associate(cloud, account, name_of(call.target), present=True)
    return reply


def patch(cloud: Cloud, call: Call) -> Reply:
    """Changes display name, description, identity and tags; `tags`, when given, replace the old set."""
    before, body = require(cloud, call.target), call.document()
    given = call.part(body, "properties")
    changes: Document = {"properties": {name: given[name] for name in WRITABLE if name in given}}
    document = merged(before, changes | ({"identity": body["identity"]} if body.get("identity") else {}))
    if "tags" in body:
        document["tags"] = call.part(body, "tags")
    return Reply(200, store(cloud, call, document, before))


def delete(cloud: Cloud, call: Call) -> Reply:
    """Removes a project with its connections; 204 when there was none."""
    if cloud.store.get(call.target) is None:
        return Reply(204, changed=False)
    cloud.store.remove(call.target)
    _associate(cloud, require_parent(cloud, call.target), name_of(call.target), present=False)
    return Reply(200)


def _created(cloud: Cloud, call: Call, account: Document, body: Document) -> Document:
    name = name_of(call.target)
    host = text(account, "properties", "customSubDomainName") or account["name"]
    identity = {**call.part(body, "identity"), "principalId": str(uuid.uuid4()), "tenantId": cloud.options.tenant}
    return {
        "id": call.target,
        "name": f"{account['name']}/{name}",
        "type": TYPE,
        "location": text(body, "location") or text(account, "location"),
        "tags": call.part(body, "tags"),
        "identity": {"type": "SystemAssigned", **identity},
        "properties": {
            **{field: call.part(body, "properties").get(field) for field in WRITABLE},
            "endpoints": {"AI Foundry API": f"https://{host}.services.ai.azure.com/api/projects/{name}"},
            "isDefault": not account["properties"].get("associatedProjects"),
        },
    }


def _associate(cloud: Cloud, account: Document, project: str, *, present: bool) -> None:
    """Keeps the account's `associatedProjects` and `defaultProject` in step with its projects."""
    known = account["properties"].get("associatedProjects") or []
    others = [name for name in known if not same(name, project)]
    names = [*others, project] if present else others
    default = text(account, "properties", "defaultProject")
    kept = default if default in names else (names[0] if names else None)
    cloud.store.put(with_properties(account, associatedProjects=names, defaultProject=kept))
