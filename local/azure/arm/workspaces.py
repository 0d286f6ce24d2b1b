"""Azure ML workspaces: hubs, their projects, and workspaces of the older kind.

PUT, PATCH and DELETE answer an empty 202; the effect comes with the end of the operation, and until then a second one
is refused with 409. A hub asks for permissions of its own on top (CONTRACTS 2).

PATCH replaces tags. What `WorkspaceUpdateParameters` does not declare (kind, location, hubResourceId, storageAccount,
keyVault, hbiWorkspace, workspaceHubConfig and the like) is ignored, because Azure reads the body through that model and
never sees the rest. What is declared, but fixed at creation, is refused: enableDataIsolation, a managed network turned
off, and a project's managed network, which is its hub's.
"""

import re
from functools import partial

from local.azure.arm import managed_network
from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import merged, same, system_data, text, with_properties
from local.azure.arm.errors import ArmError, MachineLearningError, bad_request, conflict
from local.azure.arm.identities import with_principals
from local.azure.arm.operations import OperationKind
from local.azure.arm.paging import page
from local.azure.arm.permissions import authorize
from local.azure.arm.plain import require
from local.azure.arm.workspace_documents import NETWORK, TYPE, created
from local.azure.arm_ids import canonical, name_of
from local.azure.cloud import Cloud
from local.azure.store import Document

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}")
PASSING = ("Creating", "Updating", "Deleting")
PATCHABLE = frozenset(
    {
        "applicationInsights",
        "containerRegistry",
        "description",
        "enableDataIsolation",
        "encryption",
        "featureStoreSettings",
        "friendlyName",
        "imageBuildCompute",
        "managedNetwork",
        "primaryUserAssignedIdentity",
        "publicNetworkAccess",
        "serverlessComputeSettings",
        "serviceManagedResourcesSettings",
        "systemDatastoresAuthMode",
        "v1LegacyMode",
    }
)


def list_workspaces(cloud: Cloud, call: Call) -> Reply:
    """Workspaces of a subscription or group, of one `kind` if asked."""
    scope = call.path.partition("/providers/")[0]
    wanted = call.query.get("kind", "")
    found = cloud.store.of_type(TYPE, scope)
    if wanted:
        found = [document for document in found if same(text(document, "kind"), wanted)]
    return page(call, found, cloud.options.page_size)


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates a workspace, or replaces what may be replaced of one."""
    body = call.document()
    before = cloud.store.get(call.target)
    if not body.get("location"):
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    if before is not None:
        refuse_while_passing(before)
    managed_network.check(before, call.part(body, "properties"))
    document = _replaced(before, body, cloud, call) if before else _new(body, cloud, call)
    _authorize_hub(cloud, call, document, "write")
    cloud.store.put(with_properties(document, provisioningState="Updating" if before else "Creating"))
    return _accepted(cloud, call, document, partial(_settle, cloud, document["id"]), created=before is None)


def patch(cloud: Cloud, call: Call) -> Reply:
    """Changes the declared properties; what is not declared is ignored."""
    before, body = require(cloud, call.target), call.document()
    _authorize_hub(cloud, call, before, "write")
    refuse_while_passing(before)
    given = {name: value for name, value in call.part(body, "properties").items() if name in PATCHABLE}
    managed_network.check(before, given)
    _check_isolation_kept(before, given)
    changes: Document = {name: body[name] for name in ("identity", "sku") if body.get(name)}
    changes["properties"] = given
    tags = call.part(body, "tags") if "tags" in body else None
    cloud.store.put(with_properties(before, provisioningState="Updating"))
    return _accepted(cloud, call, before, partial(_apply, cloud, call, changes, tags))


def delete(cloud: Cloud, call: Call) -> Reply:
    """Removes a workspace and everything in it; a hub that still has projects is refused."""
    document = cloud.store.get(call.target)
    if document is None:
        return Reply(204, changed=False)
    _authorize_hub(cloud, call, document, "delete")
    refuse_while_passing(document)
    if projects_of(cloud, document):
        raise conflict(f"The hub {document['name']} still has projects associated with it. Delete the projects first.")
    cloud.store.put(with_properties(document, provisioningState="Deleting"))
    return _accepted(cloud, call, document, partial(_remove, cloud, document))


def projects_of(cloud: Cloud, hub: Document) -> list[Document]:
    """The projects that name this workspace as their hub."""
    wanted = canonical(hub["id"])
    return [
        document
        for document in cloud.store.of_type(TYPE)
        if canonical(text(document, "properties", "hubResourceId")) == wanted
    ]


def refuse_while_passing(workspace: Document) -> None:
    """Raises ArmError 409 while another operation runs on the workspace."""
    state = text(workspace, "properties", "provisioningState")
    if state in PASSING:
        raise conflict(f"Workspace {workspace['name']} is in provisioning state {state}. Wait until it is done.")


def _authorize_hub(cloud: Cloud, call: Call, document: Document, verb: str) -> None:
    """A hub needs a permission of its own beside the workspace's (CONTRACTS 2)."""
    if same(text(document, "kind"), "Hub"):
        authorize(cloud, call, f"{TYPE}/hubs/{verb}", call.target)


def _accepted(cloud: Cloud, call: Call, document: Document, finish: partial[None], *, created: bool = False) -> Reply:
    location = text(document, "location") or "local"
    operation = cloud.operations.start(call, OperationKind.WORKSPACE, location, finish)
    return Reply(202, headers=operation.both_headers(call.base_url), operation=operation, created=created)


def _new(body: Document, cloud: Cloud, call: Call) -> Document:
    if not NAME.fullmatch(name_of(call.target)):
        raise MachineLearningError(
            400,
            "BadArgument",
            f"The workspace name '{name_of(call.target)}' must be 3 to 33 letters, digits, '_' and '-', "
            "a letter or digit first.",
        )
    return created(body, cloud, call)


def _check_isolation_kept(before: Document, given: Document) -> None:
    wanted, present = given.get("enableDataIsolation"), before["properties"].get("enableDataIsolation")
    if wanted is not None and bool(wanted) != bool(present):
        raise MachineLearningError(
            400, "BadArgument", "'enableDataIsolation' is set when a workspace is created and cannot be changed."
        )


def _replaced(before: Document, body: Document, cloud: Cloud, call: Call) -> Document:
    given = call.part(body, "properties")
    for name, old, new in (
        ("kind", text(before, "kind"), text(body, "kind")),
        ("hubResourceId", text(before, "properties", "hubResourceId"), text(given, "hubResourceId")),
    ):
        if new and not same(old, new):
            raise MachineLearningError(400, "BadArgument", f"'{name}' of an existing workspace cannot be changed.")
    _check_isolation_kept(before, given)
    document = _changed(
        cloud, before, {"properties": given, **{name: body[name] for name in ("identity", "sku") if body.get(name)}}
    )
    document["tags"] = call.part(body, "tags")
    return {**document, "systemData": system_data(before, call.claims, cloud.clock.now())}


def _changed(cloud: Cloud, before: Document, changes: Document) -> Document:
    """The workspace with changes laid over it, and what the service adds to them."""
    document = merged(before, changes)
    if "identity" in changes:
        document["identity"] = with_principals(document["identity"], cloud, before.get("identity"))
    if "managedNetwork" in changes["properties"]:
        document["properties"] = managed_network.completed(document["properties"])
    return document


def _settle(cloud: Cloud, workspace_id: str) -> None:
    document = with_properties(_still_there(cloud, workspace_id), provisioningState="Succeeded")
    cloud.store.put(document)
    _associate(cloud, document, present=True)
    _pass_on_network(cloud, document)


def _apply(cloud: Cloud, call: Call, changes: Document, tags: Document | None) -> None:
    document = _changed(cloud, _still_there(cloud, call.target), changes)
    document["systemData"] = system_data(document, call.claims, cloud.clock.now())
    if tags is not None:
        document["tags"] = tags
    cloud.store.put(with_properties(document, provisioningState="Succeeded"))
    if set(NETWORK) & set(changes["properties"]):
        _pass_on_network(cloud, document)


def _remove(cloud: Cloud, document: Document) -> None:
    cloud.store.remove(document["id"])
    _associate(cloud, document, present=False)


def _still_there(cloud: Cloud, workspace_id: str) -> Document:
    document = cloud.store.get(workspace_id)
    if document is None:
        raise ArmError(404, "ResourceNotFound", f"The workspace '{workspace_id}' was deleted meanwhile.")
    return document


def _pass_on_network(cloud: Cloud, hub: Document) -> None:
    """A hub's projects live in its network."""
    network = {name: hub["properties"][name] for name in NETWORK if name in hub["properties"]}
    for project in projects_of(cloud, hub) if same(text(hub, "kind"), "Hub") else ():
        cloud.store.put(with_properties(project, **network))


def _associate(cloud: Cloud, project: Document, *, present: bool) -> None:
    """Keeps the hub's `associatedWorkspaces` in step with its projects."""
    hub = cloud.store.get(text(project, "properties", "hubResourceId"))
    if hub is None:
        return
    others = [
        known
        for known in hub["properties"].get("associatedWorkspaces") or []
        if canonical(known) != canonical(project["id"])
    ]
    cloud.store.put(with_properties(hub, associatedWorkspaces=[*others, project["id"]] if present else others))
