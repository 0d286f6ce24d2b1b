"""
The values of secrets, from the data planes of key vaults: one that holds an account's key is read, and given another.

Raw REST through azure-core, as in the other adapters: `SecretClient` would want a client for each vault and a refused
request before its first one. A token goes to hosts of Key Vault only, whatever a document says.
"""

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core import AsyncPipelineClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, UserAgentPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.adapters.api_versions import VAULT_SECRETS
from shared.adapters.arm_wire import CONNECT, Headers, document_of
from shared.adapters.azure_errors import asking
from shared.adapters.proxies import proxied
from shared.adapters.retries import BoundedRetry
from shared.adapters.secret import Secret
from shared.model.errors import Conflict, Rejected
from shared.model.facts import Fact, Json
from shared.model.key_facts import CREDENTIAL_ID, Slot, account_of
from shared.model.resource_id import ResourceId
from shared.model.vault_secrets import credential_id, expiry

SCOPE: Final = "https://vault.azure.net/.default"
MAY_GET: Final = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
MAY_SET: Final = "Microsoft.KeyVault/vaults/secrets/setSecret/action"
"""Data actions, which roles list apart from actions; a vault with access policies calls them Get and Set of secrets."""

_AT_ONCE: Final = 4
_READ: Final = 30
"""Seconds between two reads from a connection; the SDK's own are five minutes."""
_FORBIDDEN: Final = 403
_NAME: Final = re.compile(r"[0-9A-Za-z-]{1,127}")
_KEY: Final = re.compile(r"[0-9A-Za-z+/=_-]+")
"""What a key looks like; connection strings and signatures, which others put behind the same tags, do not."""
_NO_PERMISSION_HELPS: Final = {
    "ForbiddenByFirewall": "its firewall does not let the app in",
    "ForbiddenByConnection": "it opens to private links only",
    "SecretDisabled": "the secret is disabled",
}
"""Inner codes of a 403 that no grant would change."""

_log = logging.getLogger(__name__)


class VaultSecrets:
    """One client for the secrets of all vaults of one cloud."""

    def __init__(self, credential: AsyncTokenCredential, scope: str = SCOPE, data_plane: str = "") -> None:
        """
        Ask with tokens for a scope, whose host every vault's host ends in.

        `data_plane` is for a stand-in: vaults are then asked for under `{data_plane}/vaults/{name}`.
        """
        self._domain = urlsplit(scope).hostname or ""
        self._data_plane = data_plane.rstrip("/")
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
            f"https://{self._domain}",
            policies=[
                Headers(),
                UserAgentPolicy(base_user_agent="hubwarden"),
                BoundedRetry(),
                AsyncBearerTokenCredentialPolicy(credential, scope),
            ],
            use_env_settings=proxied(),
            connection_timeout=CONNECT,
            read_timeout=_READ,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def value(self, secret: Fact) -> Secret:
        """
        The key in the newest version of a secret.

        Raises Forbidden with the data action that is missing, Rejected for a disabled secret, one that is gone, one
        that holds more than a key, and a vault that its network shuts off, else as `error_for` says.
        """
        return _key(await self._ask("GET", secret, MAY_GET), secret)

    async def renew(self, secret: Fact, key: Secret, credential: str, expires: datetime | None) -> None:
        """
        Make a version with another key, labelled as that one; nothing where the newest one is that already.

        All else stays as it is in the newest version: the other tags, the content type, whether and from when it is
        good. It ends when `expires` says, never for None. Raises Conflict when its tags name another account than when
        it was read, and as `value` does: what holds more than a key, such as a connection string, would be broken by a
        bare one.
        """
        newest = await self._ask("GET", secret, MAY_GET)
        if account_of(replace(secret, raw={"tags": newest.get("tags")})) != account_of(secret):
            raise Conflict(f"{secret.id.name} holds another account's key since it was read, as its tags say now")
        tags = _labelled(newest, credential)
        if _key(newest, secret).same(key) and tags == newest.get("tags"):
            return
        was = newest.get("attributes")
        kept = {name: was[name] for name in ("enabled", "nbf") if name in was} if isinstance(was, Mapping) else {}
        ends = {} if expires is None else {"exp": int(expires.timestamp())}
        body = {"value": key.reveal(), "tags": tags, "attributes": kept | ends}
        typed = {"contentType": newest["contentType"]} if newest.get("contentType") else {}
        await self._ask("PUT", secret, MAY_SET, body | typed)

    async def _ask(self, method: str, secret: Fact, needs: str, body: Json | None = None) -> Json:
        path, url = self._place(secret)
        async with self._room, asking(f"{method} {path}", needs=needs):
            response = await self._client.send_request(HttpRequest(method, url, json=body))
        _log.debug("Key Vault %s %s answered %s", method, path, response.status_code)
        if response.status_code == _FORBIDDEN and (because := _NO_PERMISSION_HELPS.get(code := _inner_code(response))):
            raise Rejected(f"{method} {path}: Azure answered 403 {code}: {because}")
        return document_of(response, path, needs)

    def _place(self, secret: Fact) -> tuple[str, str]:
        """
        What to call a secret, and where it is asked for: where its document says, which must be where its id does.

        Raises Rejected for any other place.
        """
        vault, name = secret.id.parent, secret.id.name
        if vault is None or not _NAME.fullmatch(vault.name) or not _NAME.fullmatch(name):
            raise Rejected(f"{secret.id} is no secret of a vault")
        path, host = f"{vault.name}/secrets/{name}", f"https://{vault.name}.{self._domain}"
        told = secret.text("properties", "secretUri")
        if told.casefold().replace(":443/", "/").rstrip("/") != f"{host}/secrets/{name}".casefold():
            raise Rejected(f"{path}: its document does not say that its value is in {host}")
        root = f"{self._data_plane}/vaults/{vault.name}" if self._data_plane else host
        return path, f"{root}/secrets/{name}?api-version={VAULT_SECRETS}"


async def value_in(vaults: VaultSecrets | None, secret: Fact) -> Secret:
    """See `VaultSecrets.value`; raises Rejected where nobody reads vaults."""
    if vaults is None:
        raise Rejected(f"{secret.id.name} was not compared: nobody here reads secrets in vaults")
    return await vaults.value(secret)


async def move_secret(  # noqa: PLR0917 - what is moved, where from and when: none of it has a default
    vaults: VaultSecrets, secret: Fact, key: Secret, slot: Slot, account: ResourceId, now: datetime
) -> None:
    """
    Let a vault secret keep the key that is in a slot of its account now; to do so twice leaves the vault as once.

    Whoever may tag a secret says by that whose key is put into it. So this is only for a secret that was found to hold
    a living key of the account before. Raises Rejected for one whose tags name another account, and as
    `VaultSecrets.renew` does.
    """
    if account_of(secret) != account:
        raise Rejected(f"{secret.id.name} keeps no key of {account}, as its tags say")
    before = secret.tag(CREDENTIAL_ID) or ""
    await vaults.renew(secret, key, credential_id(slot, account, before), expiry(secret, now))


def _labelled(version: Json, credential: str) -> dict[str, Any]:
    """The tags of a version, with another `CredentialId`."""
    tags = version.get("tags")
    kept = dict(tags) if isinstance(tags, Mapping) else {}
    name = next((name for name in kept if name.casefold() == CREDENTIAL_ID.casefold()), CREDENTIAL_ID)
    return kept | {name: credential}


def _key(version: Json, secret: Fact) -> Secret:
    """The key that a version holds. Raises Rejected for one that holds more, or nothing."""
    value = version.get("value")
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise Rejected(f"{secret.id.name} holds something else than a key alone, such as a connection string")
    return Secret(value)


def _inner_code(response: AsyncHttpResponse) -> str:
    """`error.innererror.code` of a vault's refusal; empty where there is none."""
    try:
        document: Any = json.loads(response.text())
    except ValueError:
        return ""
    for name in ("error", "innererror", "code"):
        document = document.get(name) if isinstance(document, Mapping) else None
    return document if isinstance(document, str) else ""
