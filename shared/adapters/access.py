"""What our own identity may do, as ARM sees it: the permissions that its role assignments add up to."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from shared.adapters.api_versions import AUTHORIZATION
from shared.adapters.arm import Arm


class AzureAccess:
    """Asks each governed subscription what the caller may do there."""

    def __init__(self, arm: Arm, subscriptions: Sequence[str]) -> None:
        """Ask about these subscriptions."""
        self._arm = arm
        self._subscriptions = subscriptions

    async def lacking(self, permissions: Sequence[str]) -> Sequence[str]:
        """See `Access.lacking`. A role on a resource group alone does not count: hubs may be anywhere."""
        lacking: set[str] = set()
        for subscription in self._subscriptions:
            path = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/permissions"
            roles = [role async for role in self._arm.list(path, AUTHORIZATION)]
            lacking |= {p for p in permissions if not any(_grants(role, p) for role in roles)}
        return [permission for permission in permissions if permission in lacking]


def _grants(role: Mapping[str, Any], permission: str) -> bool:
    """Whether one role grants it: named by its actions and not taken back by its notActions."""
    return _names(role, "actions", permission) and not _names(role, "notActions", permission)


def _names(role: Mapping[str, Any], key: str, permission: str) -> bool:
    return any(fnmatchcase(permission.casefold(), pattern) for pattern in _patterns(role.get(key)))


def _patterns(actions: object) -> Iterator[str]:
    if isinstance(actions, list):
        yield from (str(action).casefold() for action in actions)
