"""
The rule that leads connections from keys to identities, and how many have come how far.

Who comes with an identity: a connection by `AAD` keeps nothing, so whoever calls through it comes as who they are.
People come as themselves, in the portal and in their code, an endpoint with its own identity, and what a hub or project
does by itself with its managed identity. Microsoft says that developers need roles for such connections, and that the
hub's identity needs them on what it is to use (learn.microsoft.com/azure/ai-foundry/concepts/hub-rbac-foundry). Of all
these only the workspaces' identities stand in documents that are read, so only they are judged, and given roles. What a
hub shares with all its projects use too, each as itself; so all of them must have the role before the switch. Assumed,
for no recording shows it: `useWorkspaceManagedIdentity` chooses between the caller and the workspace, and never which
of the workspace's identities it is.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from shared.model.action import DeleteRoleAssignment, Fix, GrantRole, PatchConnection
from shared.model.cost_tags import CostTags
from shared.model.data_roles import (
    AI_USER,
    BLOB_CONTRIBUTOR,
    OPENAI_USER,
    SEARCH_READER,
    DataRole,
    is_conditional,
    principals_of,
)
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind, kind_of
from shared.model.finding import Severity
from shared.model.key_facts import account_of, is_view
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.rules.connection import KEY_BASED, KEYLESS
from shared.rules.rule import Context, Judgement, Reads, Rule, because, failed, passed, unknown

BY_IDENTITY: Final = KEYLESS - {"None"}
"""Auth types by which a caller says who it is; a target that asks nobody is none of them."""

IN_FORCE: Final = timedelta(minutes=10)
"""How long Azure may take to let in who was given a role (learn.microsoft.com/azure/role-based-access-control)."""

_ROLES: Final[Mapping[str, tuple[Kind, DataRole]]] = {
    "AzureOpenAI": (Kind.AI_ACCOUNT, OPENAI_USER),
    "AIServices": (Kind.AI_ACCOUNT, AI_USER),
    "CognitiveService": (Kind.AI_ACCOUNT, AI_USER),
    "CognitiveSearch": (Kind.SEARCH, SEARCH_READER),
    "AzureBlob": (Kind.STORAGE, BLOB_CONTRIBUTOR),
    "ADLSGen2": (Kind.STORAGE, BLOB_CONTRIBUTOR),
}
"""
The least that a connection of a category needs at its target.

To search is to read: whoever also builds indexes through the connection needs Search Index Data Contributor and Search
Service Contributor, and nobody should get these unasked.
"""

_REGIONAL: Final = re.compile(r"[a-z]+://[^/]*\.api\.cognitive\.", re.IGNORECASE)
"""The host that all accounts of a region share; no token says which of them is meant."""

_WANTED: Final = "authType AAD"


@dataclass(frozen=True)
class _Switch:
    """A connection by key, what it leads to, and who would come with an identity."""

    connection: Fact
    account: Fact
    role: DataRole
    callers: Mapping[ResourceId, tuple[str, ...]]
    """The object ids that each workspace which uses it comes with."""

    def judged(self, assignments: Iterable[Fact], context: Context) -> Judgement:
        """What is lacking, and the writes for it: first the role for each who lacks it, then the switch."""
        given = {p: self.role.given(assignments, p) for ids in self.callers.values() for p in ids}
        firm = {p: [one for one in found if not is_conditional(one)] for p, found in given.items()}
        lacking = {user: tuple(p for p in ids if not firm[p]) for user, ids in self.callers.items()}
        lacking = {user: ids for user, ids in lacking.items() if ids}
        wait = _lately(self.connection, context)
        if not lacking:
            return self._failed("that it could do without", self._patch(wait=wait or _young(firm, self.role, context)))
        unclear = [user for user, ids in lacking.items() if any(given[p] for p in ids)]
        if unclear:
            why = f"{_names(unclear)}: {self.role.name} only under a condition, and nobody here can tell if it is met"
            return self.refused(why, lacking)
        first, *others = (self._grant(p, wait) for p in dict.fromkeys(p for ids in lacking.values() for p in ids))
        words = f"that it could do without, once {_names(lacking)} had {self.role.name} there"
        return self._failed(words, replace(first, also=tuple(others)), lacking)

    def refused(self, why: str, lacking: Mapping[ResourceId, tuple[str, ...]] | None = None) -> Judgement:
        """A failure that no write of ours would mend, and why."""
        return self._failed(f"and cannot do without yet ({why})", self._patch(refusal=why), lacking)

    def _failed(self, words: str, fix: Fix, lacking: Mapping[ResourceId, tuple[str, ...]] | None = None) -> Judgement:
        stored = self.connection.text("properties", "authType")
        who = {user.key: list(ids) for user, ids in (lacking or {}).items()}
        return failed(
            f"The connection keeps a key ({stored}) of {self.account.id.name} {words}.",
            expected=_WANTED,
            actual={"authType": stored, "account": self.account.id.key, "role": self.role.name, "lacking": who},
            fix=fix,
        )

    def _grant(self, principal: str, wait: str) -> Fix:
        action = GrantRole.to(principal, self.role.id, self.account.id)
        return Fix(
            action,
            before={"principal": principal, "role": None},
            after={"principal": principal, "role": self.role.name},
            undo=DeleteRoleAssignment(action.name),
            wait=wait,
            target=self.account.id,
            basis=self._basis,
        )

    def _patch(self, *, refusal: str = "", wait: str = "") -> Fix:
        """The switch. It cannot be undone: Azure forgets the key, and nobody here ever saw it."""
        return Fix(
            PatchConnection({"authType": "AAD"}),
            before={"authType": self.connection.text("properties", "authType")},
            after={"authType": "AAD"},
            refusal=refusal,
            wait=wait,
            basis=self._basis,
        )

    @property
    def _basis(self) -> tuple[ResourceId, ...]:
        return (self.account.id, *self.callers)


def _identity(connection: Fact, context: Context) -> Judgement | None:
    stored = connection.text("properties", "authType")
    kind, role = _ROLES.get(connection.text("properties", "category"), (None, None))
    if kind is None or role is None or is_view(connection):
        return None
    if stored in BY_IDENTITY:
        return passed(f"The connection comes with an identity ({stored}).", {"authType": stored})
    named = _target(connection)
    if named is None:
        return None
    account = context.estate.find(named)
    if account is None or not account.present:
        return unknown(f"Whether {named.name} takes an identity is not known, for it was not read.", _WANTED)
    users = _users(connection, context.estate)
    if isinstance(users, Judgement):
        return users
    switch = _Switch(connection, account, role, {workspace.id: principals_of(workspace) for workspace in users})
    if why := _takes_keys_alone(connection, account) or _nobody(switch.callers):
        return switch.refused(why)
    assignments = context.estate.children(named, Kind.ROLE_ASSIGNMENT)
    if assignments is None or isinstance(assignments, Gap):
        silence = "nobody looked at its role assignments"
        why = silence if assignments is None else because(assignments.reason, assignments.permission)
        return unknown(f"Who may use {named.name} is not known: {why}.", _WANTED)
    return switch.judged(assignments, context)


def _target(connection: Fact) -> ResourceId | None:
    """The account whose key a connection keeps, where its category says what role an identity needs there."""
    kind, _ = _ROLES.get(connection.text("properties", "category"), (None, None))
    named = account_of(connection)
    return named if named is not None and kind_of(named) is kind else None


def _users(connection: Fact, estate: Estate) -> list[Fact] | Judgement:
    """The workspaces that use a connection: its own and, where its hub shares it with all, the hub's projects."""
    own = estate.workspace_of(connection)
    shared = own is not None and own.kind is Kind.HUB and connection.get("properties", "isSharedToAll") is True
    if own is not None and own.present and not shared:
        return [own]
    gap = estate.children(own.id, Kind.PROJECT) if own is not None else None
    family = estate.family(own.id) if own is not None else ()
    if own is None or isinstance(gap, Gap) or any(not one.present for one in (own, *family)):
        why = because(gap.reason, gap.permission) if isinstance(gap, Gap) else "not all of them were read"
        return unknown(f"Which workspaces use the connection is not known: {why}.", _WANTED)
    return sorted(family, key=lambda workspace: workspace.id)


def _takes_keys_alone(connection: Fact, account: Fact) -> str:
    """
    Why a target lets in nobody who comes with a token; empty where it does.

    An AI service needs a host of its own for that, by a custom subdomain, and must be asked there; a search service
    must be told to, which by default it is not. So say learn.microsoft.com/azure/ai-services/
    cognitive-services-custom-subdomains and learn.microsoft.com/azure/search/search-security-enable-roles.
    """
    name = account.id.name
    if account.kind is Kind.AI_ACCOUNT and not account.text("properties", "customSubDomainName"):
        return f"{name} has no custom subdomain, and without one takes no Entra ID tokens; give it one first"
    if account.kind is Kind.AI_ACCOUNT and _REGIONAL.match(connection.text("properties", "target")):
        return f"the connection's target is the host of a region, which takes no Entra ID tokens; name {name}'s own"
    both = account.get("properties", "authOptions", "aadOrApiKey") is not None
    if account.kind is Kind.SEARCH and not both and account.get("properties", "disableLocalAuth") is not True:
        return f"{name} takes API keys only; let it take roles too first (authOptions: aadOrApiKey)"
    return ""


def _nobody(callers: Mapping[ResourceId, tuple[str, ...]]) -> str:
    nameless = [user for user, principals in callers.items() if not principals]
    return f"no managed identity to come with: {_names(nameless)}; give it one first" if nameless else ""


def _young(firm: Mapping[str, list[Fact]], role: DataRole, context: Context) -> str:
    """Why the switch must wait: a role that was only just given is not in force everywhere."""
    since = [
        min(times)
        for found in firm.values()
        if (times := [at for one in found if (at := one.moment("properties", "createdOn"))])
    ]
    latest = max(since, default=None)
    if latest is None or context.now - latest >= IN_FORCE:
        return ""
    return f"{role.name} was given at {latest:%H:%M} UTC, and Azure may take ten minutes to let its holder in"


def _lately(connection: Fact, context: Context) -> str:
    """Why anything must wait: somebody is at the connection, and may share it with fewer, who need no role then."""
    at = connection.moment("systemData", "lastModifiedAt")
    if at is None or context.now - at >= IN_FORCE:
        return ""
    return f"the connection was changed at {at:%H:%M} UTC; it is let alone for ten minutes"


def _names(workspaces: Iterable[ResourceId]) -> str:
    *others, last = sorted(workspace.name for workspace in workspaces)
    return f"{', '.join(others)} and {last}" if others else last


def _needs(connection: Fact, _: Estate, __: CostTags) -> Iterable[ResourceId]:
    named = _target(connection)
    return () if named is None else (named,)


def _assignments(connection: Fact, estate: Estate) -> Iterable[tuple[ResourceId, Kind]]:
    named = _target(connection)
    account = estate.find(named)
    if named is None or account is None or not account.present or _takes_keys_alone(connection, account):
        return ()
    return ((named, Kind.ROLE_ASSIGNMENT),)


@dataclass(frozen=True)
class KeyCount:
    """How the connections of an estate prove who they are."""

    by_key: int = 0
    by_identity: int = 0
    other: int = 0
    """By nothing at all, or by what nobody knows."""


def counted(estate: Estate) -> KeyCount:
    """Count the connections that were read; what a hub shares counts once, not again in each project that sees it."""
    types = [
        fact.text("properties", "authType")
        for fact in estate
        if fact.kind is Kind.CONNECTION and fact.present and not is_view(fact)
    ]
    keys, identities = (sum(stored in those for stored in types) for those in (KEY_BASED, BY_IDENTITY))
    return KeyCount(keys, identities, len(types) - keys - identities)


COMES_WITH_IDENTITY = Rule(
    id="HW-KEY-006",
    title="Connection comes with an identity where its target takes one",
    why="A key must be kept, rotated and watched for ever; an identity has nothing to steal, and says who called.",
    kinds=frozenset({Kind.CONNECTION}),
    severity=Severity.MEDIUM,
    safety=Safety.GATED,
    controls=("CN-01", "N-37"),
    check=_identity,
    needs=_needs,
    lists=_assignments,
    permissions=(PatchConnection.permission,),
    reads=Reads.FAMILY,
)
