"""Who acts, and what each may do: the app's managed identity and the people of the demo."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from local.azure.options import Options
from local.azure.tokens import Claims

EVERYTHING = ("*",)
PORTAL_CLIENT_ID = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"


@dataclass(slots=True)
class Directory:
    """The tenant's principals by the claims their tokens carry, and the action globs each is limited to."""

    options: Options
    _allowed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
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
        """The claims of a person; the same name always has the same object id."""
        name = upn.partition("@")[0].replace(".", " ").title()
        return {
            "oid": str(uuid.uuid5(uuid.NAMESPACE_DNS, upn.casefold())),
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


def matches(patterns: Iterable[str], action: str) -> bool:
    """Whether any of a role's action patterns covers an action."""
    return any(_glob(pattern).fullmatch(action) for pattern in patterns)


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    """An Azure role's action pattern: `*` stands for anything, slashes included; case does not matter."""
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.IGNORECASE)
