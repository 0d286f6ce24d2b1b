"""
Azure's built-in roles that let an identity use what an account holds, and which assignments give one.

Ids and data actions are those of Microsoft's pages of built-in roles (learn.microsoft.com/azure/role-based-access-
control/built-in-roles). Owner, Contributor and Azure AI Administrator give none of them: they manage an account, and
have no data actions. What a role of one's own allows is not read, and who is in a group neither; so an identity may
have more than is seen here, and never less.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from shared.model.facts import Fact


@dataclass(frozen=True)
class DataRole:
    """A built-in role, and those that allow all that it allows."""

    name: str
    id: str
    """The GUID of its definition, the same in every tenant."""
    included_in: frozenset[str] = field(default=frozenset(), repr=False)
    """The ids of others whose data actions cover its own."""

    def given(self, assignments: Iterable[Fact], principal: str) -> list[Fact]:
        """The assignments that give it, or one that includes it, to an identity."""
        enough = {self.id, *self.included_in}
        return [one for one in assignments if _same(one, principal) and _definition(one) in enough]


_AI_USER: Final = "53ca6127-db72-4b80-b1b0-d745d6d5456d"
_AI_DEVELOPER: Final = "64702f94-c441-49e6-a78b-ef80e0188fee"
_DATA_CONTRIBUTOR: Final = "19c28022-e58e-450d-a464-0b2a53034789"
_EVERY_AI_SERVICE: Final = frozenset({_AI_USER, _DATA_CONTRIBUTOR})
"""Azure AI User and Cognitive Services Data Contributor, which like Cognitive Services User have every data action."""

AI_USER: Final = DataRole("Cognitive Services User", "a97b65f3-24c7-4388-baec-2e87135dc908", _EVERY_AI_SERVICE)
"""Calls any AI service. It may also list the account's keys, which is one more reason to turn keys off."""

OPENAI_USER: Final = DataRole(
    "Cognitive Services OpenAI User",
    "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
    frozenset({"a001fd3d-188f-4b5d-821b-7da978bf7442", _AI_DEVELOPER, AI_USER.id, *_EVERY_AI_SERVICE}),
)
"""Calls the models of an account. So may Cognitive Services OpenAI Contributor, and Azure AI Developer."""

SEARCH_READER: Final = DataRole(
    "Search Index Data Reader",
    "1407120a-92aa-4202-b7e9-c0e197c71c8f",
    frozenset({"8ebe5a00-799e-43f5-93ac-243d3dce84a7"}),
)
"""Queries indexes. So may Search Index Data Contributor, which also loads documents into them."""

BLOB_CONTRIBUTOR: Final = DataRole(
    "Storage Blob Data Contributor",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    frozenset({"b7e6dc6d-f1e8-4753-8033-0f276bb0955b"}),
)
"""Reads and writes blobs. So may Storage Blob Data Owner."""

DATA_ROLES: Final = (OPENAI_USER, AI_USER, SEARCH_READER, BLOB_CONTRIBUTOR)
"""All that is ever granted."""


def is_conditional(assignment: Fact) -> bool:
    """Whether an assignment holds only under a condition, such as for some containers; which, nobody here can tell."""
    return bool(assignment.text("properties", "condition"))


def principals_of(workspace: Fact) -> tuple[str, ...]:
    """
    The object ids that a workspace comes with: of its primary user-assigned identity, else of its system-assigned one.

    Without either all its user-assigned ones, for nothing says which it would use. None where it has no identity.
    """
    assigned = workspace.get("identity", "userAssignedIdentities")
    users = {str(name).casefold(): one for name, one in assigned.items()} if isinstance(assigned, dict) else {}
    primary = users.get(workspace.text("properties", "primaryUserAssignedIdentity").casefold())
    if primary is not None:
        found = [_principal(primary)]
    else:
        own = workspace.text("identity", "principalId")
        found = [own] if own else [_principal(one) for one in users.values()]
    return tuple(sorted({one for one in found if one}))


def _principal(identity: object) -> str:
    named = identity.get("principalId") if isinstance(identity, dict) else None
    return named if isinstance(named, str) else ""


def _same(assignment: Fact, principal: str) -> bool:
    return assignment.text("properties", "principalId").casefold() == principal.casefold()


def _definition(assignment: Fact) -> str:
    """The GUID at the end of the role's id, which is written at whatever scope."""
    return assignment.text("properties", "roleDefinitionId").rpartition("/")[2].casefold()
