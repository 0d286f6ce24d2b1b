"""Connections of Foundry accounts and their projects: which are only views, and what each request needs."""

import pytest

from shared.adapters.arm import Arm
from shared.adapters.key_reader import AzureKeyReader
from shared.adapters.key_rotator import AzureKeyRotator
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from tests.adapters.script import Script

GROUP = "/subscriptions/s/resourceGroups/rg/providers"
HUB = f"{GROUP}/Microsoft.MachineLearningServices/workspaces/hub"
FOUNDRY = f"{GROUP}/Microsoft.CognitiveServices/accounts/foundry"
CHAT = f"{FOUNDRY}/projects/chat"
AI = Fact.of({"id": f"{GROUP}/Microsoft.CognitiveServices/accounts/ai"})
KEYS = {"key1": "first-key", "key2": "second-key"}


def foundry(holder: str, *, shared: bool = False, **properties: object) -> Fact:
    """A connection with a key of the account, whose document does not say who made it."""
    said = {"authType": "ApiKey", "category": "AzureOpenAI", "target": "https://ai.openai.azure.com/"}
    more = {"metadata": {"ResourceId": str(AI.id)}, "isSharedToAll": shared, **properties}
    return Fact.of({"id": f"{holder}/connections/aoai", "properties": said | more})


@pytest.fixture
def rotator(arm: Arm) -> AzureKeyRotator:
    """The adapter, speaking to the script."""
    return AzureKeyRotator(arm)


@pytest.mark.parametrize("beside", [None, foundry(FOUNDRY)], ids=["nothing", "one of its account that is not shared"])
async def test_a_foundry_project_has_connections_of_its_own(
    rotator: AzureKeyRotator, script: Script, beside: Fact | None
) -> None:
    """Beside what the account has under the same name and keeps to itself."""
    own = foundry(CHAT)
    script.answer(200, KEYS)
    script.answer(200, own.raw)
    script.answer(404 if beside is None else 200, None if beside is None else beside.raw)
    script.answer(200, {})
    told = await rotator.move(AI, Slot.SECOND, [own])

    assert (told, [one.method for one in script.asked]) == ({}, ["POST", "GET", "GET", "PATCH"])
    assert script.asked[3].path == str(own.id)


async def test_a_view_in_a_foundry_project_is_not_written_to(rotator: AzureKeyRotator, script: Script) -> None:
    """What the account shares under that name takes the key, and whoever looks through the project sees it."""
    view, shared = foundry(CHAT, shared=True), foundry(FOUNDRY, shared=True)
    for body in (KEYS, view.raw, shared.raw):
        script.answer(200, body)
    told = await rotator.move(AI, Slot.SECOND, [view])

    assert (told, [one.method for one in script.asked]) == ({}, ["POST", "GET", "GET"])
    assert [one.path for one in script.asked[1:]] == [str(view.id), str(shared.id)]


async def test_whose_account_cannot_be_read_is_not_written_to(rotator: AzureKeyRotator, script: Script) -> None:
    """It may be a view; what would let us see is told."""
    own = foundry(CHAT)
    script.answer(200, KEYS)
    script.answer(200, own.raw)
    script.answer(403, {"error": {"code": "AuthorizationFailed", "message": "no"}})
    told = await rotator.move(AI, Slot.SECOND, [own])

    assert "grant Microsoft.CognitiveServices/accounts/connections/read" in told[own.id]
    assert [one.method for one in script.asked] == ["POST", "GET", "GET"]


async def test_a_foundry_connection_that_says_whose_it_is_needs_no_more(
    rotator: AzureKeyRotator, script: Script
) -> None:
    """The project's own, whatever its account has."""
    own = foundry(CHAT, createdByWorkspaceArmId=CHAT)
    for body in (KEYS, own.raw, {}):
        script.answer(200, body)
    await rotator.move(AI, Slot.SECOND, [own])

    assert [one.method for one in script.asked] == ["POST", "GET", "PATCH"]


@pytest.mark.parametrize(
    ("holder", "spelled"),
    [
        (HUB, "Microsoft.MachineLearningServices/workspaces/connections"),
        (FOUNDRY, "Microsoft.CognitiveServices/accounts/connections"),
        (CHAT, "Microsoft.CognitiveServices/accounts/projects/connections"),
    ],
)
async def test_a_403_names_the_permission_of_that_kind_of_connection(
    arm: Arm, rotator: AzureKeyRotator, script: Script, holder: str, spelled: str
) -> None:
    """Of each request, also where Azure does not."""
    kept, no = foundry(holder, createdByWorkspaceArmId=holder), {"error": {"code": "Forbidden", "message": "no"}}
    for status, body in ((200, KEYS), (403, no), (200, KEYS), (200, kept.raw), (403, no)):
        script.answer(status, body)
    unread = await rotator.move(AI, Slot.FIRST, [kept])
    unwritten = await rotator.move(AI, Slot.FIRST, [kept])
    held = (await AzureKeyReader(arm).held([kept])).held[kept.id]

    assert f"grant {spelled}/read to" in unread[kept.id]
    assert f"grant {spelled}/write to" in unwritten[kept.id]
    assert held.permission == f"{spelled}/listsecrets/action"
