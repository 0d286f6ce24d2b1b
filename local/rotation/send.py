"""One word on the app's queue, as the host reads it, in the name of whoever is signed in."""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from functions.edge import CHANGES
from shared.adapters.azure_errors import asking
from shared.model.errors import Forbidden, SettingsInvalid
from shared.model.message import Rotate, Wish, parse, rotate_message
from shared.model.resource_id import ResourceId

SCOPE: Final = "https://storage.azure.com/.default"
KEEPS: Final = timedelta(days=1)
"""How long a word waits on the queue: an app that is down for longer is not to rotate keys when it comes back."""
ROLE: Final = "Storage Queue Data Message Sender"
"""The least of Azure's roles that lets somebody put messages on a queue."""
_RETRIES: Final[Mapping[str, Any]] = {"retry_total": 2, "initial_backoff": 1, "increment_base": 2}
"""Waits of about 1 and 3 s; the SDK's own are 15 and more, and somebody is looking on."""
_NAMES: Final = ("upn", "unique_name", "preferred_username", "appid", "azp", "oid")
"""Who a token is for, the best known first; an application has no name but its id."""


async def send(queue: str, credential: AsyncTokenCredential, account: ResourceId, wish: Wish, reason: str) -> Rotate:
    """
    Put one message on the app's queue, in the name of whoever the credential is for, with an id that rows will name.

    The queue is not made when it is not there: then this is another storage account. Raises BadEvent for what the app
    would refuse, SettingsInvalid for a queue that is not there, and Forbidden naming the role that is missing.
    """
    service = queue.rstrip("/").removesuffix(f"/{CHANGES}")
    wanted = Rotate(account, wish, reason, name_in((await credential.get_token(SCOPE)).token), str(uuid4()))
    text = rotate_message(wanted)
    parse(text)
    try:
        async with asking(f"putting a message on the queue {CHANGES} of {service}", needs=ROLE):
            await _put(service, credential, text)
    except Forbidden:
        raise Forbidden(
            f"{service} takes no message from {wanted.by} (403): that needs the role {ROLE} on it, and a network that "
            "its firewall lets in",
            ROLE,
        ) from None
    return wanted


async def _put(service: str, credential: AsyncTokenCredential, text: str) -> None:
    encoded = TextBase64EncodePolicy()
    async with QueueClient(
        service, CHANGES, credential=credential, message_encode_policy=encoded, **_RETRIES
    ) as client:
        try:
            await client.send_message(text, time_to_live=int(KEEPS.total_seconds()))
        except ResourceNotFoundError:
            raise SettingsInvalid(
                f"{service} has no queue {CHANGES}: give the storage account of the app, once that has run"
            ) from None


def name_in(token: str) -> str:
    """Whom a token is for, by what it says itself: it was issued to us, so nobody checks it here."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        claims = None
    names = (claims.get(name) for name in _NAMES) if isinstance(claims, dict) else ()
    return next((name for name in names if isinstance(name, str) and name), "somebody whose token has no name")
