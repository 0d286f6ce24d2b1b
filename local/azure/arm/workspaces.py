"""Azure ML workspaces: hubs, their projects, and workspaces of the older kind.

PUT, PATCH and DELETE answer an empty 202; the effect comes with the end of the operation. PATCH replaces tags and
takes only what `WorkspaceUpdateParameters` declares (CONTRACTS 2). A hub asks for permissions of its own on top.
"""

import uuid
from functools import partial

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import merged, same, system_data, text, with_properties
from local.azure.arm.errors import ArmError, MachineLearningError, bad_request, conflict
from local.azure.arm.operations import OperationKind
from local.azure.arm.paging import page
from local.azure.arm.permissions import authorize
from local.azure.arm.plain import require
from local.azure.arm_ids import canonical, name_of
from local.azure.clock import timestamp
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.MachineLearningServices/workspaces"
KINDS = {"hub": "Hub", "project": "Project", "default": "Default", "featurestore": "FeatureStore"}
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
INHERITED = ("storageAccount", "keyVault", "notebookInfo", "publicNetworkAccess", "managedNetwork")


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
    document = _replaced(before, body, cloud, call) if before else _created(body, cloud, call)
    _authorize_hub(cloud, call, document, "write")
    cloud.store.put(with_properties(document, provisioningState="Updating" if before else "Creating"))
    return _accepted(cloud, call, document, partial(_settle, cloud, document["id"]), created=before is None)


def patch(cloud: Cloud, call: Call) -> Reply:
    """Changes the declared properties; what is not declared is ignored."""
    before, body = require(cloud, call.target), call.document()
    _authorize_hub(cloud, call, before, "write")
    given = call.part(body, "properties")
    changes: Document = {name: body[name] for name in ("identity", "sku") if body.get(name)}
    changes["properties"] = {name: value for name, value in given.items() if name in PATCHABLE}
    tags = call.part(body, "tags") if "tags" in body else None
    cloud.store.put(with_properties(before, provisioningState="Updating"))
    return _accepted(cloud, call, before, partial(_apply, cloud, call, changes, tags))


def delete(cloud: Cloud, call: Call) -> Reply:
    """Removes a workspace and everything in it; a hub that still has projects is refused."""
    document = cloud.store.get(call.target)
    if document is None:
        return Reply(204, changed=False)
    _authorize_hub(cloud, call, document, "delete")
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


def _authorize_hub(cloud: Cloud, call: Call, document: Document, verb: str) -> None:
    """A hub needs a permission of its own beside the workspace's (CONTRACTS 2)."""
    if same(text(document, "kind"), "Hub"):
        authorize(cloud, call, f"{TYPE}/hubs/{verb}", call.target)


def _accepted(cloud: Cloud, call: Call, document: Document, finish: partial[None], *, created: bool = False) -> Reply:
    location = text(document, "location") or "local"
    operation = cloud.operations.start(call, OperationKind.WORKSPACE, location, finish)
    return Reply(202, headers=operation.both_headers(call.base_url), operation=operation, created=created)


def _created(body: Document, cloud: Cloud, call: Call) -> Document:
    kind = KINDS.get(text(body, "kind").casefold() or "default", text(body, "kind"))
    given = call.part(body, "properties")
    now = cloud.clock.now()
    workspace_id = str(uuid.uuid4())
    location = body["location"]
    properties: Document = {
        "friendlyName": "",
        "description": "",
        "hbiWorkspace": False,
        "v1LegacyMode": False,
        "publicNetworkAccess": "Enabled",
        "tenantId": cloud.options.tenant,
        "creationTime": timestamp(now),
        "workspaceId": workspace_id,
        "discoveryUrl": f"https://{location}.api.azureml.ms/discovery",
        "mlFlowTrackingUri": f"azureml://{location}.api.azureml.ms/mlflow/v1.0{call.target}",
        **_of_kind(kind, given, cloud, call),
        **given,
    }
    return {
        "id": call.target,
        "name": name_of(call.target),
        "type": TYPE,
        "location": location,
        "tags": call.part(body, "tags"),
        "etag": None,
        "properties": properties,
        "identity": _identity(call.part(body, "identity"), cloud),
        "kind": kind,
        "sku": body.get("sku") or {"name": "Basic", "tier": "Basic"},
        "systemData": system_data(None, call.claims, now),
    }


def _of_kind(kind: str, given: Document, cloud: Cloud, call: Call) -> Document:
    if kind == "Project":
        hub = cloud.store.get(text(given, "hubResourceId"))
        if hub is None:
            raise MachineLearningError(
                400, "BadArgument", f"Hub workspace '{text(given, 'hubResourceId')}' was not found."
            )
        authorize(cloud, call, f"{TYPE}/hubs/join/action", hub["id"])
        inherited = {name: hub["properties"][name] for name in INHERITED if name in hub["properties"]}
        return {**inherited, "enableDataIsolation": True, "allowRoleAssignmentOnRG": False}
    if kind == "Hub":
        group = call.target.partition("/providers/")[0]
        config = {"defaultWorkspaceResourceGroup": group}
        return {"associatedWorkspaces": [], "workspaceHubConfig": config, "enableDataIsolation": True}
    return {"enableDataIsolation": False}


def _identity(given: Document, cloud: Cloud) -> Document:
    if "SystemAssigned" not in (given.get("type") or "SystemAssigned"):
        return given
    named = {"principalId": str(uuid.uuid4()), "tenantId": cloud.options.tenant}
    return {"type": "SystemAssigned", **given, **named}


def _replaced(before: Document, body: Document, cloud: Cloud, call: Call) -> Document:
    given = call.part(body, "properties")
    for name, old, new in (
        ("kind", text(before, "kind"), text(body, "kind")),
        ("hubResourceId", text(before, "properties", "hubResourceId"), text(given, "hubResourceId")),
    ):
        if new and not same(old, new):
            raise MachineLearningError(400, "BadArgument", f"'{name}' of an existing workspace cannot be changed.")
    document = merged(
        before, {"properties": given, **{name: body[name] for name in ("identity", "sku") if body.get(name)}}
    )
    document["tags"] = call.part(body, "tags")
    return {**document, "systemData": system_data(before, call.claims, cloud.clock.now())}


def _settle(cloud: Cloud, workspace_id: str) -> None:
    document = with_properties(_still_there(cloud, workspace_id), provisioningState="Succeeded")
    cloud.store.put(document)
    _associate(cloud, document, present=True)


def _apply(cloud: Cloud, call: Call, changes: Document, tags: Document | None) -> None:
    document = merged(_still_there(cloud, call.target), changes)
    document["systemData"] = system_data(document, call.claims, cloud.clock.now())
    if tags is not None:
        document["tags"] = tags
    cloud.store.put(with_properties(document, provisioningState="Succeeded"))


def _remove(cloud: Cloud, document: Document) -> None:
    cloud.store.remove(document["id"])
    _associate(cloud, document, present=False)


def _still_there(cloud: Cloud, workspace_id: str) -> Document:
    document = cloud.store.get(workspace_id)
    if document is None:
        raise ArmError(404, "ResourceNotFound", f"The workspace '{workspace_id}' was deleted meanwhile.")
    return document


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
