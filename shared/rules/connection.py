"""
Rules about connections: how they prove who they are, who may use them, and whether what they name is there.

A project's list also shows what its hub shares with it, with the hub as `createdByWorkspaceArmId` (CONTRACTS §3).
Such a view is judged where it was made, once, not in each project.
"""

from collections.abc import Iterable

from shared.model.action import Fix, PatchConnection
from shared.model.cost_tags import CostTags
from shared.model.estate import Estate, leans_on
from shared.model.facts import Fact, Kind, Seen
from shared.model.finding import Severity
from shared.model.key_facts import is_view
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.rules.rule import Context, Judgement, Rule, failed, passed, unknown

KEY_BASED = frozenset(
    {
        "ApiKey",
        "AccountKey",
        "AccessKey",
        "SAS",
        "PAT",
        "CustomKeys",
        "UsernamePassword",
        "ServicePrincipal",
        "OAuth2",
    },
)
"""Auth types that store a secret which works for whoever holds it."""

KEYLESS = frozenset(
    {
        "AAD",
        "None",
        "ManagedIdentity",
        "ProjectManagedIdentity",
        "AccountManagedIdentity",
        "UserEntraToken",
        "DelegatedSAS",
        "AgenticIdentityToken",
        "AgentUserImpersonation",
        "AgenticUser",
    },
)
"""Auth types that do not. Azure adds new ones without notice: what is in neither set is unknown, not a failure."""

IN_AZURE = frozenset(
    {
        "AzureOpenAI",
        "AIServices",
        "CognitiveService",
        "CognitiveSearch",
        "AzureBlob",
        "ADLSGen2",
        "ContainerRegistry",
    },
)
"""Categories whose target is an Azure resource, so that it can be looked up."""


def _auth(connection: Fact, _: Context) -> Judgement | None:
    actual = connection.text("properties", "authType")
    if is_view(connection):
        return None
    if actual in KEY_BASED:
        message = f"The connection stores a secret ({actual}); whoever reads it once can use it anywhere."
        return failed(message, expected="AAD or a managed identity", actual=actual)
    if actual in KEYLESS:
        return passed(f"The connection stores no key ({actual}).", actual)
    return unknown(f"Nobody told us whether auth type {actual!r} stores a key.", "AAD or a managed identity")


def _sharing(connection: Fact, _: Context) -> Judgement | None:
    if is_view(connection):
        return None
    actual = connection.get("properties", "isSharedToAll")
    if actual is not True:
        return passed("The connection is shared only with those it names.", actual)
    fix = Fix(
        PatchConnection({"isSharedToAll": False}),
        before={"isSharedToAll": True},
        after={"isSharedToAll": False},
        undo=PatchConnection({"isSharedToAll": True}),
    )
    return failed("The connection is shared with every project and user.", expected=False, actual=True, fix=fix)


def _target(connection: Fact, context: Context) -> Judgement | None:
    if is_view(connection) or connection.text("properties", "category") not in IN_AZURE:
        return None
    wanted = "a resource that exists"
    named = next(iter(leans_on(connection)), None)
    if named is None:
        return unknown("The connection does not say which Azure resource it means (metadata.ResourceId).", wanted)
    target = context.estate.find(named)
    if target is None:
        return unknown("Nobody looked at the connection's target; it is not among the resources read.", wanted)
    if target.seen is Seen.UNREADABLE:
        return unknown(f"The connection's target could not be read: {target.reason}", wanted)
    if target.seen is Seen.ABSENT:
        return failed("The connection's target no longer exists.", expected=wanted, actual=str(named))
    return passed("The connection's target exists.", str(named))


def _targets(connection: Fact, _: Estate, __: CostTags) -> Iterable[ResourceId]:
    return () if is_view(connection) else leans_on(connection)


_CONNECTION = frozenset({Kind.CONNECTION})

KEYLESS_AUTH = Rule(
    id="HW-CON-001",
    title="Connection stores no key",
    why="A key does not say who used it, works from anywhere, and stays good until someone rotates it.",
    kinds=_CONNECTION,
    severity=Severity.HIGH,
    safety=Safety.REPORT,
    controls=("CN-01", "N-37"),
    check=_auth,
)

NOT_SHARED_TO_ALL = Rule(
    id="HW-CON-002",
    title="Connection is shared only with those it names",
    why="What is shared with all reaches every project of the hub, also those made tomorrow.",
    kinds=_CONNECTION,
    severity=Severity.MEDIUM,
    safety=Safety.GATED,
    controls=("CN-04", "N-38"),
    check=_sharing,
    permissions=(PatchConnection.permission,),
)

TARGET_EXISTS = Rule(
    id="HW-CON-003",
    title="Connection leads to a resource that exists",
    why="A dead connection fails at run time, in the application; and a name set free can be taken by someone else.",
    kinds=_CONNECTION,
    severity=Severity.MEDIUM,
    safety=Safety.REPORT,
    controls=("N-41",),
    check=_target,
    needs=_targets,
)
