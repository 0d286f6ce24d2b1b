"""What a connection's body must hold to be taken: a name, the three fields every kind has, credentials of its kind.

An `authType` that Azure does not declare is taken with any credentials: such are in use (CONTRACTS 3).
"""

import re
from collections.abc import Mapping

from local.azure.arm.errors import ArmError, MachineLearningError
from local.azure.store import Document

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}")
READ_ONLY = ("createdByWorkspaceArmId", "group")
REQUIRED = ("authType", "category", "target")
CREDENTIALS: Mapping[str, frozenset[str]] = {
    "AccessKey": frozenset({"accessKeyId", "secretAccessKey"}),
    "AccountKey": frozenset({"key"}),
    "ApiKey": frozenset({"key"}),
    "CustomKeys": frozenset({"keys"}),
    "ManagedIdentity": frozenset({"clientId", "resourceId"}),
    "OAuth2": frozenset(
        {
            "authUrl",
            "clientId",
            "clientSecret",
            "developerToken",
            "password",
            "refreshToken",
            "tenantId",
            "username",
        }
    ),
    "PAT": frozenset({"pat"}),
    "SAS": frozenset({"sas"}),
    "ServicePrincipal": frozenset({"clientId", "clientSecret", "tenantId"}),
    "UsernamePassword": frozenset({"username", "password", "securityToken"}),
}


def writable(given: Document) -> Document:
    """The properties a client may set; what the service sets is ignored in a body."""
    return {name: value for name, value in given.items() if name not in READ_ONLY}


def check(name: str, given: Document) -> None:
    """Raises ArmError 400 for a connection that cannot be made."""
    if not NAME.fullmatch(name):
        raise _bad(f"The connection name '{name}' must be 3 to 33 letters, digits, '_' and '-', not '_' or '-' first.")
    for wanted in REQUIRED:
        if not isinstance(given.get(wanted), str):
            raise _bad(f"The connection's '{wanted}' is required.")
    check_credentials(given["authType"], given.get("credentials"))


def check_credentials(auth_type: str, credentials: object) -> None:
    """Raises ArmError 400 for credentials of another shape than a known `authType` has; none at all are taken."""
    known = CREDENTIALS.get(auth_type)
    if known is None or credentials is None:
        return
    if not isinstance(credentials, dict) or not known & set(credentials):
        raise _bad(f"Credentials of authType {auth_type} hold {', '.join(sorted(known))}.")


def _bad(message: str) -> ArmError:
    return MachineLearningError(400, "BadArgument", message)
