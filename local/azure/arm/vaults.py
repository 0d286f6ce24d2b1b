"""Key vaults: protection that is never taken back, access policies, soft delete, and secrets without their values."""

from local.azure.arm.call import Call, Reply
from local.azure.arm.documents import merged, same, system_data, text, with_properties
from local.azure.arm.errors import ArmError, bad_request
from local.azure.arm.paging import page
from local.azure.arm.plain import require, require_parent
from local.azure.arm_ids import name_of, subscription_of
from local.azure.clock import timestamp
from local.azure.cloud import Cloud
from local.azure.dataplane.vault_documents import attributes, changed, given_version
from local.azure.keyvault.secrets import SecretRefusedError, Version
from local.azure.store import Document

TYPE = "Microsoft.KeyVault/vaults"
DELETED_TYPE = "Microsoft.KeyVault/locations/deletedVaults"
PROTECTIONS = ("enableSoftDelete", "enablePurgeProtection")


def put(cloud: Cloud, call: Call) -> Reply:
    """Creates or replaces a vault; the name of a deleted one must be recovered or purged first."""
    body, before = call.document(), cloud.store.get(call.target)
    given = call.part(body, "properties")
    if not (body.get("location") and given.get("tenantId") and given.get("sku")):
        raise bad_request("BadRequest", "A vault needs 'location', 'properties.tenantId' and 'properties.sku'.")
    deleted = _deleted_id(call.target, text(body, "location"))
    recovers = same(text(given, "createMode"), "recover")
    if before is None and cloud.store.get(deleted) and not recovers:
        raise ArmError(
            409,
            "ConflictError",
            f"A vault with the same name already exists in deleted state. You need to either recover or purge existing "
            f"key vault '{name_of(call.target)}'.",
        )
    cloud.store.remove(deleted)
    named = {"id": call.target, "name": name_of(call.target), "type": TYPE}
    made = {"enableSoftDelete": True, "vaultUri": f"https://{name_of(call.target).casefold()}.vault.azure.net/"}
    kept = (before or {}).get("properties", {})
    _check_protections(kept, given)
    properties = {"accessPolicies": [], **made, **_protections(kept), **given, "provisioningState": "Succeeded"}
    document = {**named, "tags": {}, **body, **named, "properties": properties}
    document["systemData"] = system_data(before, call.claims, cloud.clock.now())
    cloud.store.put(document)
    return Reply(200 if before else 201, document, created=before is None)


def patch(cloud: Cloud, call: Call) -> Reply:
    """Merges properties; `tags`, when given, replace the old set."""
    before, body = require(cloud, call.target), call.document()
    given = call.part(body, "properties")
    _check_protections(before.get("properties", {}), given)
    document = merged(before, {"properties": given})
    if "tags" in body:
        document["tags"] = call.part(body, "tags")
    cloud.store.put(document)
    return Reply(200, document)


def delete(cloud: Cloud, call: Call) -> Reply:
    """Deletes a vault, which keeps its name taken until it is purged."""
    document = cloud.store.get(call.target)
    if document is None:
        return Reply(204, changed=False)
    cloud.store.remove(call.target)
    gone = {"id": _deleted_id(document["id"], text(document, "location")), "name": document["name"]}
    properties = {
        "vaultId": document["id"],
        "location": document["location"],
        "deletionDate": timestamp(cloud.clock.now()),
        "purgeProtectionEnabled": bool(document["properties"].get("enablePurgeProtection")),
        "tags": document.get("tags"),
    }
    cloud.store.put({**gone, "type": "Microsoft.KeyVault/deletedVaults", "properties": properties})
    return Reply(200)


def list_deleted(cloud: Cloud, call: Call) -> Reply:
    """The deleted vaults of a subscription."""
    found = cloud.store.of_type(DELETED_TYPE, f"/subscriptions/{call.names['subscription']}")
    return page(call, found, cloud.options.page_size)


def get_deleted(cloud: Cloud, call: Call) -> Reply:
    """One deleted vault."""
    return Reply(200, _require_deleted(cloud, call.target))


def purge(cloud: Cloud, call: Call) -> Reply:
    """Forgets a deleted vault, unless it is protected against that."""
    gone = _require_deleted(cloud, call.target)
    if gone["properties"]["purgeProtectionEnabled"]:
        raise ArmError(403, "DeletedVaultPurge", f"The vault '{gone['name']}' is protected against purge.")
    cloud.store.remove(call.target)
    cloud.vaults.secrets.forget(gone["properties"]["vaultId"])
    return Reply(200)


def change_access(cloud: Cloud, call: Call) -> Reply:
    """Adds, replaces or removes access policies by tenant and object id."""
    vault_id = call.target.rpartition("/accessPolicies/")[0]
    vault, kind = require(cloud, vault_id), call.names["operationKind"].casefold()
    given = call.part(call.document(), "properties").get("accessPolicies") or []
    named = {policy.get("objectId") for policy in given}
    others = [one for one in vault["properties"].get("accessPolicies") or [] if one.get("objectId") not in named]
    if kind not in ("add", "replace", "remove"):
        raise bad_request("BadRequest", "The operation must be 'add', 'replace' or 'remove'.")
    policies = {"add": [*others, *given], "replace": given, "remove": others}[kind]
    cloud.store.put(with_properties(vault, accessPolicies=policies))
    own = f"{vault['id']}/accessPolicies/"
    return Reply(200, {"id": own, "type": f"{TYPE}/accessPolicies", "properties": {"accessPolicies": policies}})


def list_secrets(cloud: Cloud, call: Call) -> Reply:
    """The vault's secrets, without their values."""
    vault = require(cloud, call.path.rstrip("/").rpartition("/")[0])
    shown = [_secret(vault, version) for version in cloud.vaults.secrets.all(vault["id"])]
    return page(call, shown, cloud.options.page_size)


def get_secret(cloud: Cloud, call: Call) -> Reply:
    """One secret, without its value."""
    vault = require_parent(cloud, call.target)
    version = cloud.vaults.secrets.current(vault["id"], name_of(call.target))
    if version is None:
        raise ArmError(404, "SecretNotFound", f"The secret '{name_of(call.target)}' was not found in this vault.")
    return Reply(200, _secret(vault, version))


def put_secret(cloud: Cloud, call: Call) -> Reply:
    """Sets a new version; what is answered never holds the value."""
    vault, body = require_parent(cloud, call.target), call.document()
    known = cloud.vaults.secrets.current(vault["id"], name_of(call.target))
    try:
        given = given_version({**call.part(body, "properties"), "tags": body.get("tags")})
        version = cloud.vaults.secrets.set(vault["id"], name_of(call.target), given)
    except SecretRefusedError as refused:
        raise ArmError(refused.status, refused.code, str(refused)) from None
    return Reply(200 if known else 201, _secret(vault, version), created=known is None)


def patch_secret(cloud: Cloud, call: Call) -> Reply:
    """Changes attributes and tags of the current version."""
    get_secret(cloud, call)
    vault, body = require_parent(cloud, call.target), call.document()
    before = cloud.vaults.secrets.get(vault["id"], name_of(call.target))
    after = changed(before, {**call.part(body, "properties"), "tags": body.get("tags")})
    after = cloud.vaults.secrets.update(vault["id"], after)
    cloud.vaults.expiry_changed(vault["id"], after)
    return Reply(200, _secret(vault, after))


def _secret(vault: Document, version: Version) -> Document:
    uri = f"https://{vault['name'].casefold()}.vault.azure.net/secrets/{version.name}"
    properties: Document = {
        "attributes": attributes(version),
        "secretUri": uri,
        "secretUriWithVersion": f"{uri}/{version.version}",
    }
    return {
        "id": f"{vault['id']}/secrets/{version.name}",
        "name": version.name,
        "type": f"{TYPE}/secrets",
        "location": vault.get("location"),
        "tags": version.tags,
        "properties": properties | ({"contentType": version.content_type} if version.content_type else {}),
    }


def _check_protections(before: Document, given: Document) -> None:
    for name in PROTECTIONS:
        if before.get(name) and given.get(name) is False:
            raise bad_request(
                "BadRequest", f"The property '{name}' cannot be set to false: enabling it is an irreversible action."
            )


def _protections(before: Document) -> Document:
    return {name: before[name] for name in PROTECTIONS if before.get(name)}


def _deleted_id(vault_id: str, location: str) -> str:
    place = location.replace(" ", "").casefold()
    scope = f"/subscriptions/{subscription_of(vault_id)}/providers/Microsoft.KeyVault"
    return f"{scope}/locations/{place}/deletedVaults/{name_of(vault_id)}"


def _require_deleted(cloud: Cloud, deleted_id: str) -> Document:
    document = cloud.store.get(deleted_id)
    if document is None:
        raise ArmError(404, "DeletedVaultNotFound", f"The deleted vault '{name_of(deleted_id)}' was not found.")
    return document
