"""Whose family a resource is, where Foundry and its connections are concerned."""

import pytest

from shared.model.estate import Estate
from shared.model.facts import Fact
from shared.model.resource_id import ResourceId
from tests.builders import GROUP, dependent_id, rid

ACCOUNT = rid(f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/foundry")
PROJECT = ACCOUNT.child("projects", "chat")
SEARCH = rid(dependent_id("search", "srch"))


def connection(holder: ResourceId) -> Fact:
    """A connection to a search service."""
    named = {"metadata": {"ResourceId": str(SEARCH)}}
    return Fact.of({"id": str(holder.child("connections", "search")), "properties": named})


@pytest.mark.parametrize("holder", [ACCOUNT, PROJECT], ids=["account", "project"])
def test_a_connection_of_foundry_is_its_accounts(holder: ResourceId) -> None:
    """A Foundry account is a hub of another make: what its project leans on, the account leans on."""
    held = connection(holder)
    estate = Estate.of([held, *(Fact.of({"id": str(one)}) for one in (ACCOUNT, PROJECT))])

    assert estate.hub_id(held) == ACCOUNT
    assert estate.users_of(SEARCH) == (ACCOUNT,)
