"""The managed network of a hub or workspace: what a write may change, what the service adds, and provisioning.

Its outbound rules lie in `managedNetwork.outboundRules`; `outbound_rules` serves them as resources (CONTRACTS 2, 5).
"""

import uuid
from functools import partial

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import merged, same, text, with_properties
from local.azure.arm.errors import ArmError, MachineLearningError
from local.azure.arm.operations import Operation, OperationKind
from local.azure.arm.plain import require
from local.azure.cloud import Cloud
from local.azure.store import Document

MODES = ("Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound")
USER_DEFINED = "UserDefined"
RETRY_SECONDS = "1"


def check(before: Document | None, given: Document) -> None:
    """Raises ArmError 400 for a managed network that Azure would not take in place of the present one.

    Isolation cannot be turned off once it is on; a project has no managed network of its own.
    """
    if "managedNetwork" not in given:
        return
    mode, present = text(given, "managedNetwork", "isolationMode"), isolation(before or {})
    if mode and mode not in MODES:
        raise bad_argument(f"'isolationMode' must be one of {', '.join(MODES)}.")
    if mode == "Disabled" and present != "Disabled":
        raise bad_argument(f"The managed network cannot be disabled once its isolation mode is {present}.")
    if before is not None and same(text(before, "kind"), "Project"):
        raise bad_argument("A project uses the managed network of its hub. Change the hub instead.")


def isolation(workspace: Document) -> str:
    """The isolation mode in force; a workspace that never set one has `Disabled`."""
    return text(workspace, "properties", "managedNetwork", "isolationMode") or "Disabled"


def completed(properties: Document) -> Document:
    """The properties with the parts of a managed network that the service itself adds."""
    network = properties.get("managedNetwork")
    if not isinstance(network, dict):
        return properties
    mode = network.get("isolationMode") or "Disabled"
    ready = bool(properties.get("provisionNetworkNow"))
    added: Document = {"changeableIsolationModes": []}
    if mode != "Disabled":
        added = {
            "changeableIsolationModes": [one for one in MODES[1:] if one != mode],
            "networkId": str(uuid.uuid4()),
            "status": {"status": "Active" if ready else "Inactive", "sparkReady": False},
            "firewallSku": "Standard",
            "managedNetworkKind": "V1",
        }
    whole = {**added, **network, "isolationMode": mode, "changeableIsolationModes": added["changeableIsolationModes"]}
    rules = {name: rule for name, rule in (network.get("outboundRules") or {}).items() if rule is not None}
    kept = (
        {"outboundRules": {name: with_status(rule, whole) for name, rule in rules.items()}}
        if mode != "Disabled"
        else {}
    )
    return {**properties, "managedNetwork": {**whole, **kept}}


def provision(cloud: Cloud, call: Call) -> Reply:
    """Builds the network: 202, then `Location` answers its status; 200 when it stands already."""
    workspace = require(cloud, call.target)
    if isolation(workspace) == "Disabled":
        raise bad_argument("The workspace has no managed network: its isolation mode is Disabled.")
    spark = bool(call.body) and bool(call.document().get("includeSpark"))
    status = {"status": "Active", "sparkReady": spark}
    present = workspace["properties"]["managedNetwork"].get("status") or {}
    if present.get("status") == "Active" and (present.get("sparkReady") or not spark):
        return Reply(200, present, changed=False)
    operation = begin(cloud, call, workspace, partial(_provisioned, cloud, workspace["id"], status))
    operation.result = status
    return Reply(202, headers=accepted_headers(operation, call), operation=operation)


def with_status(rule: Document, network: Document) -> Document:
    """A rule with its status: what passes stays, what is done is `Active` once the network is provisioned."""
    settled = "Active" if text(network, "status", "status") == "Active" else "Inactive"
    passing = text(rule, "status") in ("Provisioning", "Deleting")
    return {"category": USER_DEFINED, **rule, "status": rule["status"] if passing else settled}


def begin(cloud: Cloud, call: Call, workspace: Document, finish: partial[None]) -> Operation:
    """Starts a long-running operation on a workspace."""
    return cloud.operations.start(call, OperationKind.WORKSPACE, text(workspace, "location") or "local", finish)


def accepted_headers(operation: Operation, call: Call) -> dict[str, str]:
    """What a 202 carries: both status URLs and when to ask."""
    return operation.both_headers(call.base_url) | {"Retry-After": RETRY_SECONDS}


def bad_argument(message: str) -> ArmError:
    """400 of Azure ML."""
    return MachineLearningError(400, "BadArgument", message)


def _provisioned(cloud: Cloud, workspace_id: str, status: Document) -> None:
    workspace = require(cloud, workspace_id)
    network = merged(workspace["properties"]["managedNetwork"], {"status": status})
    rules = {name: with_status(rule, network) for name, rule in (network.get("outboundRules") or {}).items()}
    cloud.store.put(with_properties(workspace, managedNetwork={**network, "outboundRules": rules}))
