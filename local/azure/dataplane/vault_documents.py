"""How Key Vault writes its secrets, and how it reads what clients send. Times are seconds since 1970."""

from dataclasses import replace
from typing import Any

from local.azure.keyvault.secrets import RECOVERABLE_DAYS, Deleted, SecretRefusedError, Version
from local.azure.store import Document

LONGEST_VALUE = 25 * 1024
MOST_TAGS = 15


def secret_document(vault: Document, version: Version) -> Document:
    """A secret with its value."""
    return {"value": version.value, **item(vault, version, versioned=True)}


def item(vault: Document, version: Version, *, versioned: bool) -> Document:
    """A secret without its value; lists of secrets leave the version out of the id, lists of versions do not."""
    own = f"{_host(vault)}/secrets/{version.name}"
    shown: Document = {
        "id": f"{own}/{version.version}" if versioned else own,
        "attributes": attributes(version) | {"recoveryLevel": "Recoverable+Purgeable"},
        "tags": version.tags,
    }
    shown["attributes"]["recoverableDays"] = RECOVERABLE_DAYS
    return shown | ({"contentType": version.content_type} if version.content_type is not None else {})


def attributes(version: Version) -> Document:
    """When a version was made and changed, whether it is enabled, and from when and until when it holds."""
    known = {"created": version.created, "updated": version.updated, "enabled": version.enabled}
    span = {"nbf": version.not_before, "exp": version.expires}
    return {**known, **{name: moment for name, moment in span.items() if moment is not None}}


def deleted_document(vault: Document, gone: Deleted) -> Document:
    """A deleted secret: the newest version's item, and until when it can be recovered."""
    newest = gone.versions[-1]
    times = {"deletedDate": gone.deleted, "scheduledPurgeDate": gone.purged}
    return {
        **item(vault, newest, versioned=True),
        "recoveryId": f"{_host(vault)}/deletedsecrets/{newest.name}",
        **times,
    }


def given_version(body: Document) -> Version:
    """The version a client sends to be set; raises SecretRefusedError."""
    value = body.get("value")
    if not isinstance(value, str) or len(value) > LONGEST_VALUE:
        raise SecretRefusedError(400, "BadParameter", f"'value' must be a text of at most {LONGEST_VALUE} characters.")
    return changed(Version(name="", version="", value=value, created=0, updated=0), body)


def changed(before: Version, body: Document) -> Version:
    """A version with what a client sends laid over it; what is not sent stays."""
    given = body.get("attributes") or {}
    tags = body["tags"] if isinstance(body.get("tags"), dict) else before.tags
    if len(tags) > MOST_TAGS:
        raise SecretRefusedError(400, "BadParameter", f"A secret has at most {MOST_TAGS} tags.")
    kept: dict[str, Any] = {
        "content_type": body.get("contentType", before.content_type),
        "enabled": given.get("enabled", before.enabled),
        "not_before": given.get("nbf", before.not_before),
        "expires": given.get("exp", before.expires),
    }
    return replace(before, tags=dict(tags), **kept)


def _host(vault: Document) -> str:
    return f"https://{vault['name'].casefold()}.vault.azure.net"
