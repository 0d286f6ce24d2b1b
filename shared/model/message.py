"""
What arrives on the queue: an event as Event Grid sent it, or our own word that a hub is to be swept.

Both Event Grid schemas are read, and nothing in an event is believed: it is a hint about which resource to look at.
Claims hold personal data; of them only the caller's object id and application id are kept, to know our own echo, and
the name, which goes no further than this process unless policy wants it in a tag.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.model.errors import BadEvent
from shared.model.facts import Kind, kind_of
from shared.model.resource_id import ResourceId

RESOURCE_TYPES = frozenset(
    f"Microsoft.Resources.Resource{verb}{end}"
    for verb in ("Write", "Delete", "Action")
    for end in ("Success", "Failure", "Cancel")
)
"""A failed or cancelled write may have changed something on its way, so it is a hint like any other."""

LONG_RUNNING = frozenset(
    {
        "microsoft.machinelearningservices/workspaces/write",
        "microsoft.machinelearningservices/workspaces/computes/write",
        "microsoft.machinelearningservices/workspaces/computes/delete",
        "microsoft.machinelearningservices/workspaces/computes/stop/action",
        "microsoft.machinelearningservices/workspaces/computes/restart/action",
    }
)
"""Operations that Azure accepts first and carries out after (CONTRACTS §4, §7): their event says that they ended."""

VAULT_TYPES = frozenset(
    f"Microsoft.KeyVault.{thing}{what}"
    for thing in ("Secret", "Key", "Certificate")
    for what in ("NearExpiry", "Expired", "NewVersionCreated")
)

NEW_VERSION = "Microsoft.KeyVault.SecretNewVersionCreated"

LARGEST = 48_000
"""Bytes. A queue message holds 64 KiB, and base64 makes four bytes of three."""

_NAMES = (
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    "appid",
)
"""Who somebody is, the best known first; an application has no name but its id."""
_OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_READ = ("specversion", "id", "eventType", "type", "topic", "source", "eventTime", "time")
_VAULT_DATA = ("ObjectType", "ObjectName", "ObjectName ")
"""Of a vault's event; Azure's documents print the name's key with a space behind it, too (CONTRACTS §9)."""
_SECRET_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")
_LONGEST_ID = 256
_SHOWN = 80
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Deed:
    """Who did something, and when, as an event tells it."""

    who: str = field(repr=False)
    """A user principal name, or the id of an application; personal data."""
    at: datetime


@dataclass(frozen=True)
class Event:
    """One change somewhere in Azure, as far as it concerns us."""

    id: str
    type: str
    resource: ResourceId
    """The resource to look at: for a tag or a diagnostic setting the resource that it hangs on, for a vault's word on a
    secret that secret, as it would be named in ARM."""
    operation: str = ""
    principal: str = ""
    """Object id of who did it, casefolded; empty where the claims do not say."""
    application: str = ""
    correlation_id: str = ""
    deed: Deed | None = field(default=None, repr=False, compare=False)
    """Who did it and when; None where the event does not tell both."""

    @property
    def about(self) -> ResourceId:
        """What it is about."""
        return self.resource

    def echoes(self, principal: str) -> bool:
        """
        Whether it only tells of a write that this principal made and has read back since.

        A write that failed is news also to whoever made it, and so is the end of one that took its time.
        """
        is_news = not self.type.endswith("Success") or self.operation.casefold() in LONG_RUNNING
        return bool(principal) and self.principal == principal and not is_news


@dataclass(frozen=True)
class Sweep:
    """Our own word: look at a hub with all its family."""

    hub: ResourceId
    keys: bool = False
    """And at who holds which key."""

    @property
    def about(self) -> ResourceId:
        """What it is about."""
        return self.hub


class Wish(StrEnum):
    """What somebody wants of the rotation of an account's keys."""

    BEGIN = "begin"
    NOW = "now"
    """At once, both keys, whoever may use them unknown to us."""
    APPROVE = "approve"
    """Let the old key of the rotation under way die."""


@dataclass(frozen=True)
class Rotate:
    """Somebody's word: rotate the keys of an account."""

    account: ResourceId
    wish: Wish
    reason: str
    by: str = field(repr=False)
    correlation_id: str = ""
    """A GUID that rows about the rotation name; empty where none was given."""

    @property
    def about(self) -> ResourceId:
        """What it is about."""
        return self.account


type Message = Event | Sweep | Rotate


def governed(message: Message, subscriptions: Collection[str]) -> bool:
    """
    Whether a message is about a governed subscription.

    An event of another is nobody's fault: what is under way, and at times its event subscription, outlives the day on
    which a subscription is taken out. A sweep may be about a hub anywhere: its projects may lie here, and of what lies
    elsewhere nothing is looked at. Raises BadEvent for somebody's wish about another: he waits for it.
    """
    subscription = message.about.subscription
    ours = subscription in subscriptions or isinstance(message, Sweep)
    if isinstance(message, Rotate) and not ours:
        raise BadEvent(f"subscription {subscription} is not governed here; add it to HUBWARDEN_SUBSCRIPTIONS")
    return ours


def parse(text: str) -> Message:
    """
    Read a message. Raises BadEvent, or BadResourceId, saying what is wrong with it and never repeating its claims.

    Delivered without batching, an event may still stand alone in an array (Event Grid's own schema does that).
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadEvent(f"the message is not JSON: {error}; it was sent by something other than Event Grid") from None
    document = _alone(document)
    if not isinstance(document, dict):
        raise BadEvent(f"the message is JSON but no event: expected an object, found {type(document).__name__}")
    if document.get("hubwarden") == "sweep":
        return Sweep(ResourceId.parse(_text(document, "hub")), keys=document.get("keys") is True)
    if document.get("hubwarden") == "rotate":
        return _rotate(document)
    return _event(document)


def sweep_message(hub: ResourceId, *, keys: bool = False) -> str:
    """The message that asks for a sweep of a hub, also of its keys."""
    return json.dumps({"hubwarden": "sweep", "hub": hub.text, **({"keys": True} if keys else {})})


def rotate_message(wanted: Rotate) -> str:
    """The message that asks for a rotation."""
    said = {"account": wanted.account.text, "wish": wanted.wish.value, "reason": wanted.reason, "by": wanted.by}
    if wanted.correlation_id:
        said["correlationId"] = wanted.correlation_id
    return json.dumps({"hubwarden": "rotate", **said})


def slim(text: str) -> str:
    """
    An event that would not fit on the queue, reduced to the parts that `parse` reads; others stay as they came.

    Only for what `parse` took for an event.
    """
    if len(text.encode()) <= LARGEST:
        return text
    document = _alone(json.loads(text))
    data = document["data"]
    claims = data.get("claims")
    kept = {key: document[key] for key in _READ if key in document}
    kept["data"] = {key: _optional(data.get(key)) for key in ("operationName", "correlationId", *_VAULT_DATA)}
    kept["data"]["resourceUri"] = data.get("resourceUri")
    if isinstance(claims, dict):
        kept["data"]["claims"] = {key: _optional(claims.get(key)) for key in (_OBJECT_ID, *_NAMES)}
    return json.dumps(kept)


def _alone(document: Any) -> Any:  # noqa: ANN401 - any JSON
    return document[0] if isinstance(document, list) and len(document) == 1 else document


def _rotate(document: Mapping[str, Any]) -> Rotate:
    wish, reason, by = (_text(document, key).strip() for key in ("wish", "reason", "by"))
    if wish not in set(Wish):
        raise BadEvent(f"a rotation is asked for as {wish[:_SHOWN]!r}; use one of {', '.join(Wish)}")
    if not reason or not by or len(reason) + len(by) > _LONGEST_REASON:
        raise BadEvent(f"a rotation needs a reason and who asks, in {_LONGEST_REASON} characters together")
    account = ResourceId.parse(_text(document, "account"))
    return Rotate(account, Wish(wish), reason, by, _guid(document.get("correlationId")))


def _guid(value: object) -> str:
    """A GUID as Azure writes it; what is none is left out, for an emergency shall not wait for it."""
    try:
        return str(UUID(value)) if isinstance(value, str) else ""
    except ValueError:
        return ""


def _event(document: Mapping[str, Any]) -> Event:
    kind = document.get("type") if "specversion" in document else document.get("eventType", document.get("type"))
    data = document.get("data")
    if not isinstance(kind, str) or not isinstance(data, dict):
        missing = "a type (eventType or type)" if not isinstance(kind, str) else "an object in data"
        raise BadEvent(f"the message is JSON but no Event Grid event: it lacks {missing}")
    if kind in VAULT_TYPES:
        vault = ResourceId.parse(_text(document, "source" if "source" in document else "topic"))
        return Event(_id(document), kind, _secret(vault, kind, data) or vault)
    if kind not in RESOURCE_TYPES:
        raise BadEvent(f"event type {kind[:_SHOWN]!r} is not one that Hubwarden reads; narrow the event subscription")
    claims = data.get("claims")
    return Event(
        _id(document),
        kind,
        ResourceId.parse(_text(data, "resourceUri")).base,
        operation=_optional(data.get("operationName")),
        principal=_optional(claims.get(_OBJECT_ID)).casefold() if isinstance(claims, dict) else "",
        application=_optional(claims.get("appid")).casefold() if isinstance(claims, dict) else "",
        correlation_id=_optional(data.get("correlationId")),
        deed=_deed(claims, document.get("eventTime", document.get("time"))),
    )


def _secret(vault: ResourceId, kind: str, data: Mapping[str, Any]) -> ResourceId | None:
    """The secret that a vault's event is about; None for another object, and for a name that no secret can have."""
    what, name, misspelled = (_optional(data.get(key)).strip() for key in _VAULT_DATA)
    name = name or misspelled
    is_secret = kind.startswith("Microsoft.KeyVault.Secret") and what.casefold() == "secret"
    if not is_secret or kind_of(vault) is not Kind.KEY_VAULT or not _SECRET_NAME.fullmatch(name):
        return None
    return ResourceId.find(f"{vault}/secrets/{name}")


def _deed(claims: object, told: object) -> Deed | None:
    names = (_optional(claims.get(key)).strip() for key in _NAMES) if isinstance(claims, dict) else ()
    who = next((name for name in names if name and name.isprintable()), "")
    try:
        at = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        at = None
    return Deed(who, at) if who and at is not None and at.tzinfo is not None else None


def _id(document: Mapping[str, Any]) -> str:
    text = _text(document, "id")
    if len(text) > _LONGEST_ID:
        raise BadEvent(f"the event's 'id' has {len(text)} characters, more than {_LONGEST_ID}")
    return text


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise BadEvent(f"the event lacks {key!r}, or it is no text")
    return value


def _optional(value: object) -> str:
    return value[:128] if isinstance(value, str) else ""
