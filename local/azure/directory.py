"""Who acts, and what each may do: the app's managed identity and the people of the demo."""

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from local.azure.arm.documents import text
from local.azure.options import Options
from local.azure.store import Document
from local.azure.tokens import Claims

EVERYTHING = ("*",)
PORTAL_CLIENT_ID = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"


@dataclass(slots=True)
class Directory:
    """The tenant's principals by the claims their tokens carry, and the action globs each is limited to."""

    options: Options
    _allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _people: dict[str, str] = field(default_factory=dict)
    """Names by object id; empty for somebody who is known by the id alone."""
    _left: set[str] = field(default_factory=set)
    _graph_permissions: dict[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.grant(self.options.app_object_id, self.options.graph_permissions)
        if self.options.app_actions is not None:
            self.limit(self.options.app_object_id, self.options.app_actions)

    def app(self) -> dict[str, Any]:
        """The claims of the app's managed identity."""
        claims = {
            "oid": self.options.app_object_id,
            "sub": self.options.app_object_id,
            "appid": self.options.app_client_id,
            "appidacr": "2",
            "idtyp": "app",
            "idp": f"https://sts.windows.net/{self.options.tenant}/",
        }
        if self.options.app_resource_id:
            claims["xms_mirid"] = self.options.app_resource_id
        return claims

    def person(self, upn: str) -> dict[str, Any]:
        """The claims of a person, who is in the directory from then on; the same name always has the same object id."""
        name = upn.partition("@")[0].replace(".", " ").title()
        self._people[object_id(upn)] = upn
        return {
            "oid": object_id(upn),
            "sub": upn,
            "appid": PORTAL_CLIENT_ID,
            "appidacr": "0",
            "idtyp": "user",
            "name": name,
            "upn": upn,
            "unique_name": upn,
            "ipaddr": "203.0.113.7",
            "scp": "user_impersonation",
        }

    def join(self, who: str) -> str:
        """Someone, by name or object id, is in the directory, again if need be; returns the object id."""
        known = object_id(who)
        self._people.setdefault(known, who if "@" in who else "")
        self._left.discard(known)
        return known

    def leave(self, who: str) -> str:
        """Someone, by name or object id, is deleted; returns the object id."""
        known = object_id(who)
        self._people.setdefault(known, who if "@" in who else "")
        self._left.add(known)
        return known

    def people(self) -> dict[str, str]:
        """The names of all who are there by object id; empty for somebody who is known by the id alone."""
        return {known: name for known, name in self._people.items() if known not in self._left}

    def has_left(self, who: str) -> bool:
        """Whether somebody, by name or object id, was deleted."""
        return object_id(who) in self._left

    def grant(self, object_id: str, permissions: Iterable[str]) -> None:
        """Gives an application these of Microsoft Graph's permissions, in place of those it had."""
        self._graph_permissions[object_id] = frozenset(permissions)

    def graph_permissions(self, object_id: str) -> frozenset[str]:
        """Microsoft Graph's permissions that an application has."""
        return self._graph_permissions.get(object_id, frozenset())

    def limit(self, object_id: str, actions: tuple[str, ...] | None) -> None:
        """Limits a principal to these action globs; None lets it do everything again."""
        if actions is None:
            self._allowed.pop(object_id, None)
        else:
            self._allowed[object_id] = actions

    def may(self, claims: Claims, action: str) -> bool:
        """Whether the token's owner may perform an action such as `Microsoft.Resources/tags/write`."""
        return matches(self.actions(claims), action)

    def actions(self, claims: Claims) -> tuple[str, ...]:
        """The action globs the token's owner holds, everywhere alike."""
        return self._allowed.get(claims["oid"], EVERYTHING)


def object_id(who: str) -> str:
    """The object id of a name, always the same; an object id as it is."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, who.casefold())) if "@" in who else who.casefold()


def named_in(compute: Document) -> Iterator[str]:
    """The object ids of the people whom a compute instance names: whoever made it, and whoever it is for."""
    inner = ("properties", "properties")
    for path in (("createdBy", "userId"), ("personalComputeInstanceSettings", "assignedUser", "objectId")):
        if found := text(compute, *inner, *path):
            yield found


def matches(patterns: Iterable[str], action: str) -> bool:
    """Whether any of a role's action patterns covers an action."""
    return any(_glob(pattern).fullmatch(action) for pattern in patterns)


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    """An Azure role's action pattern: `*` stands for anything, slashes included; case does not matter."""
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.IGNORECASE)
