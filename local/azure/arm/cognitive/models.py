"""What decides how an account answers: its model deployments and its content filter policies."""

from local.azure.arm.call import Call, Reply
from local.azure.arm.cognitive.accounts import accepted, store
from local.azure.arm.documents import merged, text
from local.azure.arm.errors import ArmError, bad_request
from local.azure.arm.paging import page
from local.azure.arm.plain import require, require_parent
from local.azure.arm_ids import name_of
from local.azure.cloud import Cloud
from local.azure.store import Document

DEPLOYMENT_TYPE = "Microsoft.CognitiveServices/accounts/deployments"
POLICY_TYPE = "Microsoft.CognitiveServices/accounts/raiPolicies"
SYSTEM_POLICIES = ("Microsoft.Default", "Microsoft.DefaultV2")


def put_deployment(cloud: Cloud, call: Call) -> Reply:
    """Deploys a model over a while, or changes a deployment at once."""
    account, body = require_parent(cloud, call.target), call.document()
    given = call.part(body, "properties")
    model = call.part(given, "model")
    if not (text(model, "format") and text(model, "name")):
        raise bad_request("InvalidResourceProperties", "The deployment's 'model' needs a 'format' and a 'name'.")
    _check_policy(cloud, account, text(given, "raiPolicyName"))
    before = cloud.store.get(call.target)
    named = {"id": call.target, "name": name_of(call.target), "type": DEPLOYMENT_TYPE}
    sku = body.get("sku") or {"name": "Standard", "capacity": 1}
    document: Document = {**named, "sku": sku, "tags": call.part(body, "tags"), "properties": given}
    if before is None:
        return accepted(cloud, call, document)
    document["properties"] = {**given, "provisioningState": "Succeeded"}
    return Reply(200, store(cloud, call, document, before))


def patch_deployment(cloud: Cloud, call: Call) -> Reply:
    """Changes a deployment's capacity and tags, which is all Azure takes."""
    before, body = require(cloud, call.target), call.document()
    document = merged(before, {"sku": call.part(body, "sku")})
    if "tags" in body:
        document["tags"] = call.part(body, "tags")
    return Reply(200, store(cloud, call, document, before))


def list_policies(cloud: Cloud, call: Call) -> Reply:
    """The account's own policies and the two Microsoft gives to every account."""
    account = require(cloud, call.path.rstrip("/").rpartition("/")[0])
    own = cloud.store.children(account["id"], POLICY_TYPE)
    return page(call, [*(_system_policy(account, name) for name in SYSTEM_POLICIES), *own], cloud.options.page_size)


def get_policy(cloud: Cloud, call: Call) -> Reply:
    """One policy, Microsoft's own included."""
    account = require_parent(cloud, call.target)
    wanted = name_of(call.target).casefold()
    for name in SYSTEM_POLICIES:
        if name.casefold() == wanted:
            return Reply(200, _system_policy(account, name))
    return Reply(200, require(cloud, call.target))


def put_policy(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces a policy; Microsoft's own cannot be written."""
    require_parent(cloud, call.target)
    _refuse_system_policy(call)
    before, body = cloud.store.get(call.target), call.document()
    named = {"id": call.target, "name": name_of(call.target), "type": POLICY_TYPE}
    properties = {"mode": "Default", "contentFilters": [], **call.part(body, "properties"), "type": "UserManaged"}
    document = {**named, "tags": call.part(body, "tags"), "properties": properties}
    return Reply(200 if before else 201, store(cloud, call, document, before), created=before is None)


def delete_policy(cloud: Cloud, call: Call) -> Reply:
    """Removes a policy no deployment uses; 204 when there was none."""
    _refuse_system_policy(call)
    account, name = require_parent(cloud, call.target), name_of(call.target).casefold()
    users = [
        deployment["name"]
        for deployment in cloud.store.children(account["id"], DEPLOYMENT_TYPE)
        if text(deployment, "properties", "raiPolicyName").casefold() == name
    ]
    if users:
        raise ArmError(409, "Conflict", f"The policy is used by the deployment '{users[0]}'. Change that one first.")
    known = cloud.store.get(call.target) is not None
    cloud.store.remove(call.target)
    return Reply(200 if known else 204, changed=known)


def _check_policy(cloud: Cloud, account: Document, name: str) -> None:
    known = name.casefold() in {"", "microsoft.nil", *(system.casefold() for system in SYSTEM_POLICIES)}
    if not known and cloud.store.get(f"{account['id']}/raiPolicies/{name}") is None:
        raise bad_request("InvalidResourceProperties", f"The RAI policy '{name}' does not exist in this account.")


def _refuse_system_policy(call: Call) -> None:
    if name_of(call.target).casefold() in {name.casefold() for name in SYSTEM_POLICIES}:
        raise bad_request("BadRequest", f"'{name_of(call.target)}' is a system policy and cannot be changed.")


def _system_policy(account: Document, name: str) -> Document:
    return {
        "id": f"{account['id']}/raiPolicies/{name}",
        "name": name,
        "type": POLICY_TYPE,
        "properties": {"mode": "Blocking", "type": "SystemManaged", "contentFilters": _default_filters()},
    }


def _default_filters() -> list[Document]:
    return [
        {"name": harm, "enabled": True, "blocking": True, "severityThreshold": "Medium", "source": source}
        for harm in ("Hate", "Sexual", "Violence", "Selfharm")
        for source in ("Prompt", "Completion")
    ]
