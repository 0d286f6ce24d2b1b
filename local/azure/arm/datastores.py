"""Datastores of a workspace. GET hides secrets, listSecrets shows them; a write answers at once."""

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import same, system_data, text
from local.azure.arm.errors import FrontEndError
from local.azure.arm.paging import page
from local.azure.arm.plain import require, require_parent
from local.azure.arm_ids import canonical, group_of, name_of, subscription_of
from local.azure.cloud import Cloud
from local.azure.store import Document

TYPE = "Microsoft.MachineLearningServices/workspaces/datastores"
KINDS = ("AzureBlob", "AzureDataLakeGen1", "AzureDataLakeGen2", "AzureFile", "OneLake")
SECRETS_TYPES = {"AccountKey": "AccountKey", "Sas": "Sas", "ServicePrincipal": "ServicePrincipal"}


def list_datastores(cloud: Cloud, call: Call) -> Reply:
    """The datastores of a workspace, by `names`, `isDefault` or `searchText` if asked."""
    workspace = require(cloud, call.path.rstrip("/").rpartition("/")[0])
    found = [document for document in cloud.store.children(workspace["id"], TYPE) if _wanted(document, call)]
    return page(call, found, cloud.options.page_size)


def get(cloud: Cloud, call: Call) -> Reply:
    """One datastore, its credentials without secrets."""
    return Reply(200, _require(cloud, call.target))


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces; a secret goes where only listSecrets finds it."""
    require_parent(cloud, call.target)
    given = call.part(call.document(), "properties")
    if text(given, "datastoreType") not in KINDS:
        raise FrontEndError(400, "BadArgument", f"'datastoreType' must be one of {', '.join(KINDS)}.")
    before = cloud.store.get(call.target)
    properties = {
        "description": None,
        "tags": {},
        "properties": {},
        "isDefault": False,
        "subscriptionId": subscription_of(call.target),
        "resourceGroup": group_of(call.target),
        "serviceDataAccessAuthIdentity": "None",
        **given,
        "credentials": _without_secrets(cloud, call, call.part(given, "credentials")),
    }
    document = {
        "id": call.target,
        "name": name_of(call.target),
        "type": TYPE,
        "properties": properties,
        "systemData": system_data(before, call.claims, cloud.clock.now()),
    }
    cloud.store.put(document)
    return Reply(200 if before else 201, document, created=before is None)


def delete(cloud: Cloud, call: Call) -> Reply:
    """Removes a datastore with its secrets; 204 when there was none."""
    known = cloud.store.get(call.target) is not None
    cloud.store.remove(call.target)
    return Reply(200 if known else 204, changed=known)


def list_secrets(cloud: Cloud, call: Call) -> Reply:
    """The secrets of a datastore, of the type its credentials have; refused when it has none."""
    document = _require(cloud, call.target)
    kind = text(document, "properties", "credentials", "credentialsType")
    if kind not in SECRETS_TYPES:
        raise FrontEndError(
            400, "BadArgument", f"A datastore with credentials of type '{kind or 'None'}' has no secrets."
        )
    secrets = cloud.store.secrets.get(canonical(call.target), {})
    return Reply(200, {"secretsType": SECRETS_TYPES[kind], **secrets})


def _without_secrets(cloud: Cloud, call: Call, credentials: Document) -> Document:
    """The credentials as a GET shows them: of the secrets only their type."""
    shown = dict(credentials) or {"credentialsType": "None"}
    secrets = shown.pop("secrets", None)
    cloud.store.secrets.pop(canonical(call.target), None)
    if isinstance(secrets, dict):
        cloud.store.secrets[canonical(call.target)] = secrets
        shown["secrets"] = {"secretsType": text(secrets, "secretsType") or shown.get("credentialsType")}
    return shown


def _require(cloud: Cloud, datastore_id: str) -> Document:
    require_parent(cloud, datastore_id)
    document = cloud.store.get(datastore_id)
    if document is None:
        raise FrontEndError(404, "NotFound", f"Datastore '{name_of(datastore_id)}' was not found in this workspace.")
    return document


def _wanted(document: Document, call: Call) -> bool:
    names = [name for name in call.query.get("names", "").split(",") if name]
    default = call.query.get("isDefault", "")
    return (
        (not names or any(same(document["name"], name) for name in names))
        and (not default or same(str(bool(document["properties"].get("isDefault"))), default))
        and call.query.get("searchText", "").casefold() in document["name"].casefold()
    )
