"""Outbound rules of a managed network, as resources of their own; they lie in the workspace's `managedNetwork`.

A rule is `Provisioning` until its operation ends, then `Active`, or `Inactive` while the network is not provisioned.
Only rules of the category UserDefined are anyone's to write (CONTRACTS 5).
"""

import re
from functools import partial

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import same, text, with_properties
from local.azure.arm.errors import MachineLearningError
from local.azure.arm.managed_network import (
    USER_DEFINED,
    accepted_headers,
    bad_argument,
    begin,
    isolation,
    with_status,
)
from local.azure.arm.paging import page
from local.azure.arm.plain import require, require_parent
from local.azure.arm_ids import name_of
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.MachineLearningServices/workspaces/outboundRules"
KINDS = ("FQDN", "PrivateEndpoint", "ServiceTag")
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}")


def list_rules(cloud: Cloud, call: Call) -> Reply:
    """All outbound rules of a workspace; a project shows those of its hub."""
    workspace = require(cloud, call.path.rstrip("/").rpartition("/")[0])
    return page(call, _rules(cloud, workspace), cloud.options.page_size)


def get_rule(cloud: Cloud, call: Call) -> Reply:
    """One outbound rule."""
    return Reply(200, _require(cloud, call))


def put_rule(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces a rule over a while."""
    workspace, name = require_parent(cloud, call.target), name_of(call.target)
    given = call.part(call.document(), "properties")
    _check_rule(workspace, name, given)
    rule = {"category": USER_DEFINED, **given}
    _write(cloud, workspace["id"], name, rule | {"status": "Provisioning"})
    operation = begin(cloud, call, workspace, partial(_write, cloud, workspace["id"], name, rule))
    return Reply(202, headers=accepted_headers(operation, call), operation=operation)


def delete_rule(cloud: Cloud, call: Call) -> Reply:
    """Removes a rule over a while; 204 when there was none."""
    workspace, name = require_parent(cloud, call.target), name_of(call.target)
    rule = next((one for one in _rules(cloud, workspace) if same(one["name"], name)), None)
    if rule is None:
        return Reply(204, changed=False)
    _check_category(rule["properties"])
    _write(cloud, workspace["id"], rule["name"], rule["properties"] | {"status": "Deleting"})
    operation = begin(cloud, call, workspace, partial(_write, cloud, workspace["id"], rule["name"], None))
    return Reply(202, headers=accepted_headers(operation, call), operation=operation)


def _rules(cloud: Cloud, workspace: Document) -> list[Document]:
    """The rules inside the workspace and, of a loaded estate, those that came as resources."""
    inside: dict[str, Document] = (workspace["properties"].get("managedNetwork") or {}).get("outboundRules") or {}
    named = {
        name.casefold(): {
            "id": f"{workspace['id']}/outboundRules/{name}",
            "name": name,
            "type": TYPE,
            "properties": rule,
        }
        for name, rule in inside.items()
    }
    loaded = {one["name"].casefold(): one for one in cloud.store.children(workspace["id"], TYPE)}
    return list((loaded | named).values())


def _require(cloud: Cloud, call: Call) -> Document:
    workspace, name = require_parent(cloud, call.target), name_of(call.target)
    for rule in _rules(cloud, workspace):
        if same(rule["name"], name):
            return rule
    raise MachineLearningError(404, "NotFoundError", f"Outbound rule {name} can't be found in this workspace")


def _check_rule(workspace: Document, name: str, given: Document) -> None:
    mode = isolation(workspace)
    if not NAME.fullmatch(name):
        raise bad_argument(f"The rule name '{name}' must be 3 to 33 letters, digits, '_' and '-'.")
    if text(given, "type") not in KINDS or not given.get("destination"):
        raise bad_argument(f"A rule needs a 'destination' and a 'type' of {', '.join(KINDS)}.")
    if mode == "Disabled":
        raise bad_argument("Outbound rules need a managed network: the workspace's isolation mode is Disabled.")
    if text(given, "type") == "FQDN" and mode != "AllowOnlyApprovedOutbound":
        raise bad_argument("FQDN rules need the isolation mode AllowOnlyApprovedOutbound.")
    _check_category(given)


def _check_category(rule: Document) -> None:
    if (text(rule, "category") or USER_DEFINED) != USER_DEFINED:
        raise bad_argument(f"Rules of the category {rule['category']} belong to the service.")


def _write(cloud: Cloud, workspace_id: str, name: str, rule: Document | None) -> None:
    """Puts a rule into its workspace, or takes it out; a loaded resource of the name is no longer needed."""
    workspace = require(cloud, workspace_id)
    network = workspace["properties"].get("managedNetwork") or {}
    others = {known: one for known, one in (network.get("outboundRules") or {}).items() if not same(known, name)}
    rules = others | ({name: with_status(rule, network)} if rule is not None else {})
    cloud.store.remove(f"{workspace_id}/outboundRules/{name}")
    cloud.store.put(with_properties(workspace, managedNetwork={**network, "outboundRules": rules}))
