"""Connections of a workspace, or of an AI services account or project: one service stands behind them all.

GET hides credentials, listsecrets shows them, PATCH resets `createdAt` (CONTRACTS 3). A connection of a hub or account
that is shared to all is listed and read in its projects too, under the project's id; it is written only at its home.
Lists leave out connections to data unless asked with `includeAll`, which azure-ai-ml sends to include them.
"""

from typing import Any

from local.azure.arm.call import Call, Reply
from local.azure.arm.connection_checks import check, check_credentials, writable
from local.azure.arm.documents import merged, same, system_data, text
from local.azure.arm.errors import MachineLearningError
from local.azure.arm.paging import page
from local.azure.arm.plain import require, require_parent
from local.azure.arm_ids import canonical, name_of, parent, resource_type
from local.azure.cloud import Cloud
from local.azure.store import Document, Store

ACCOUNT_PROJECT = "microsoft.cognitiveservices/accounts/projects"
DATA = ("azureblob", "adlsgen2", "azureonelake")
GROUPS = {
    "azureopenai": "AzureAI",
    "aiservices": "AzureAI",
    "cognitivesearch": "AzureAI",
    "cognitiveservice": "AzureAI",
    "azureblob": "Azure",
    "containerregistry": "Azure",
    "customkeys": "GenericProtocol",
}
SET_BY_SERVICE: Document = {
    "expiryTime": None,
    "useWorkspaceManagedIdentity": False,
    "isSharedToAll": False,
    "sharedUserList": [],
    "peRequirement": "NotRequired",
    "peStatus": "NotApplicable",
    "error": None,
    "isDefault": True,
    "metadata": {},
}


def is_connection(document: Document) -> bool:
    """Whether a document is a connection, of whichever provider."""
    return resource_type(document["id"]).casefold().endswith("/connections")


def part_from_secrets(store: Store, document: Document) -> Document:
    """Moves a connection's credentials to the store's secrets and returns the document as a GET shows it."""
    properties = dict(document.get("properties") or {})
    credentials = properties.get("credentials")
    if isinstance(credentials, dict):
        store.secrets[canonical(document["id"])] = credentials
        properties["credentials"] = None
    return {**document, "properties": properties}


def list_connections(cloud: Cloud, call: Call) -> Reply:
    """The workspace's own connections and, for a project, those its hub shares."""
    holder = require(cloud, call.path.rstrip("/").rpartition("/")[0])
    own = cloud.store.children(holder["id"], _type(holder))
    names = {text(document, "name").casefold() for document in own}
    shared = [document for document in _shared(cloud, holder) if document["name"].casefold() not in names]
    found = [document for document in own + shared if _wanted(document, call)]
    return page(call, found, cloud.options.page_size)


def get(cloud: Cloud, call: Call) -> Reply:
    """One connection; its credentials are null."""
    return Reply(200, _require(cloud, call.target))


def list_secrets(cloud: Cloud, call: Call) -> Reply:
    """The same connection with its credentials filled in."""
    document = _require(cloud, call.target)
    origin = text(document, "properties", "createdByWorkspaceArmId")
    own = cloud.store.secrets.get(canonical(call.target))
    secrets = own or cloud.store.secrets.get(canonical(f"{origin}/connections/{document['name']}"))
    return Reply(200, merged(document, {"properties": {"credentials": secrets}}) if secrets else document)


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces as a whole: what the body leaves out falls back to the service's defaults, a key to none."""
    workspace = require_parent(cloud, call.target)
    given = writable(call.part(call.document(), "properties"))
    check(name_of(call.target), given)
    before = cloud.store.get(call.target)
    properties = {
        "authType": given["authType"],
        "group": GROUPS.get(given["category"].casefold(), "ServicesAndApps"),
        "createdByWorkspaceArmId": workspace["id"],
        **SET_BY_SERVICE,
        **given,
    }
    document = {**_envelope(call.target, workspace), "properties": properties}
    document["systemData"] = system_data(before, call.claims, cloud.clock.now())
    cloud.store.secrets.pop(canonical(call.target), None)
    return _stored(cloud, document, created=before is None)


def patch(cloud: Cloud, call: Call) -> Reply:
    """Changes the given properties; as in Azure, `createdAt` starts anew and sharing drops `isDefault`."""
    before = _require(cloud, call.target, own=True)
    given = writable(call.part(call.document(), "properties"))
    credentials = given.pop("credentials", None)
    document = merged(before, {"properties": given})
    check_credentials(text(document, "properties", "authType"), credentials)
    if not same(text(before, "properties", "authType"), text(document, "properties", "authType")):
        cloud.store.secrets.pop(canonical(document["id"]), None)
    if credentials is not None:
        document["properties"]["credentials"] = credentials
    if given.get("isSharedToAll") and not before["properties"].get("isSharedToAll"):
        document["properties"]["isDefault"] = False
    document["systemData"] = system_data(None, call.claims, cloud.clock.now())
    return _stored(cloud, document)


def delete(cloud: Cloud, call: Call) -> Reply:
    """Removes a connection with its credentials; 204 when there was none."""
    known = cloud.store.get(call.target) is not None
    cloud.store.remove(call.target)
    return Reply(200 if known else 204, changed=known)


def _stored(cloud: Cloud, document: Document, *, created: bool = False) -> Reply:
    properties = document["properties"]
    if same(properties["authType"], "AAD") or same(properties["authType"], "None"):
        properties.pop("credentials", None)
        cloud.store.secrets.pop(canonical(document["id"]), None)
    else:
        properties.setdefault("credentials", None)
    public = part_from_secrets(cloud.store, document)
    cloud.store.put(public)
    return Reply(200, public, created=created)


def _envelope(connection_id: str, holder: Document) -> dict[str, Any]:
    return {"tags": None, "location": None, "id": connection_id, "name": name_of(connection_id), "type": _type(holder)}


def _require(cloud: Cloud, connection_id: str, *, own: bool = False) -> Document:
    workspace = require_parent(cloud, connection_id)
    document = cloud.store.get(connection_id)
    if document is None and not own:
        name = name_of(connection_id)
        document = next((one for one in _shared(cloud, workspace) if same(one["name"], name)), None)
    if document is None:
        raise MachineLearningError(
            404, "NotFoundError", f"Connection {name_of(connection_id)} can't be found in this workspace"
        )
    return document


def _shared(cloud: Cloud, workspace: Document) -> list[Document]:
    """The connections of its hub or account that a project sees, under the project's own id."""
    home = cloud.store.get(_home(workspace))
    return [
        {**document, "id": f"{workspace['id']}/connections/{document['name']}"}
        for document in (cloud.store.children(home["id"], _type(home)) if home else [])
        if document["properties"].get("isSharedToAll")
    ]


def _home(project: Document) -> str:
    """The id of the hub or account a project belongs to; empty for what is no project."""
    if same(resource_type(project["id"]), ACCOUNT_PROJECT):
        return parent(canonical(project["id"]))
    return text(project, "properties", "hubResourceId")


def _type(holder: Document) -> str:
    return f"{text(holder, 'type') or resource_type(holder['id'])}/connections"


def _wanted(document: Document, call: Call) -> bool:
    of_data = text(document, "properties", "category").casefold() in DATA
    if of_data and "category" not in call.query and not same(call.query.get("includeAll", ""), "true"):
        return False
    return all(
        same(text(document, "properties", name), call.query[name])
        for name in ("category", "target")
        if name in call.query
    )
