"""
Who holds which key: an account has two living ones, its consumers keep a copy of one of them.

No key is in here. An adapter that can see keys compares them in memory and tells only which slot it was (DESIGN, law 7:
a key that a known consumer holds is never regenerated).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from shared.model.facts import WORKSPACES, Fact, Kind, kind_of
from shared.model.resource_id import ResourceId


class Slot(StrEnum):
    """One of the keys of an account."""

    FIRST = "first"
    SECOND = "second"
    QUERY = "query"
    """A search service's key for reading only; it has any number of them, and they are in no rotation."""


_NAMES: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.AI_ACCOUNT: ("Key1", "Key2"),
    Kind.SEARCH: ("primary admin key", "secondary admin key"),
    Kind.STORAGE: ("key1", "key2"),
    Kind.ENDPOINT: ("primary key", "secondary key"),
}
"""What each service calls its two slots (CONTRACTS §5 and §6)."""

_HOST: Final = re.compile(r"[a-z]+://(?:[^/?#@\\]*@)?([^/:?#@\\]+)", re.IGNORECASE)

_SERVICES: Final = (
    *(f".{name}.azure.{end}" for name in ("openai", "cognitiveservices", "ai") for end in ("com", "us", "cn")),
    *(f".api.cognitive.{end}" for end in ("microsoft.com", "azure.us", "azure.cn")),
    *(f".search.{end}" for end in ("windows.net", "azure.us", "azure.cn")),
    *(f".inference.ml.azure.{end}" for end in ("com", "us", "cn")),
    *(f".core.{end}" for end in ("windows.net", "usgovcloudapi.net", "chinacloudapi.cn")),
)
"""What the hosts of these services end in, in Azure's three clouds; serverless endpoints are under `.ai.azure.com`."""

HOLDING: Final = frozenset({"ApiKey", "AccountKey"})
"""Auth types of a connection that keep a copy of an account's key as it is."""

CREDENTIAL_ID: Final = "CredentialId"
PROVIDER_ADDRESS: Final = "ProviderAddress"
"""Tags of a vault secret that holds an account's key, as Microsoft's rotation functions read and write them: which key
it is, such as `key1`, and the account's ARM id."""


def slot_name(slot: Slot, account: ResourceId) -> str:
    """A slot as the account's own service calls it."""
    if slot is Slot.QUERY:
        return "query key"
    first, second = _NAMES.get(kind_of(account), ("first key", "second key"))
    return first if slot is Slot.FIRST else second


def account_of(consumer: Fact) -> ResourceId | None:
    """
    The account whose key a resource keeps.

    A connection by key keeps one of the account in its metadata, a workspace one of its storage, a vault secret one of
    the account that its tags name. None for what keeps none, for a connection that does not say whose its key is, and
    for accounts of other kinds than AI services, search, storage and endpoints. One that leads to a gateway before the
    account keeps the gateway's key, not the account's. What a hub shares shows in its projects too: that view keeps
    nothing of its own. A disabled secret serves nobody, so it keeps none.
    """
    if not consumer.present:
        return None
    if consumer.kind in WORKSPACES:
        named = ResourceId.find(consumer.get("properties", "storageAccount"))
    elif consumer.kind is Kind.CONNECTION and consumer.text("properties", "authType") in HOLDING:
        elsewhere = is_view(consumer) or _leads_to_a_gateway(consumer)
        named = None if elsewhere else ResourceId.find(consumer.get("properties", "metadata", "ResourceId"))
    elif consumer.kind is Kind.SECRET and consumer.get("properties", "attributes", "enabled") is not False:
        named = ResourceId.find(consumer.tag(PROVIDER_ADDRESS)) if consumer.tag(CREDENTIAL_ID) else None
    else:
        named = None
    return named if named is not None and kind_of(named) in _NAMES else None


def is_view(connection: Fact) -> bool:
    """
    Whether a project only sees this connection, which its hub made and shares (CONTRACTS §3).

    Foundry's recorded connections do not say who made them. Such a one counts as its holder's own: a key of which a
    copy is counted twice is in use, one of which a copy was overlooked would be taken for idle.
    """
    maker = ResourceId.find(connection.get("properties", "createdByWorkspaceArmId"))
    return maker is not None and maker != connection.id.parent


def host_of(connection: Fact) -> str:
    """The host that its target names, casefolded; empty for a target that is no URL."""
    host = _HOST.match(connection.text("properties", "target"))
    return "" if host is None else host[1].casefold()


def _leads_to_a_gateway(connection: Fact) -> bool:
    """Whether its target is a host that is none of Azure's own, or API Management; a target that is no URL is not."""
    host = host_of(connection)
    return bool(host) and not f".{host}".endswith(_SERVICES)


@dataclass(frozen=True)
class Held:
    """Which key of an account a consumer keeps."""

    account: ResourceId
    slot: Slot | None = None
    """None when its key is none of the account's living ones, or when `problem` says why nobody can tell."""
    problem: str = ""
    permission: str = ""
    """For a 403: the permission that would have let us look."""


@dataclass(frozen=True)
class KeyFacts:
    """What was found out about keys in one look."""

    held: Mapping[ResourceId, Held] = field(default_factory=dict)
    """By consumer: a connection, a workspace or a vault secret."""
