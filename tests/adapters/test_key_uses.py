"""The activity log as Azure writes it: operations in any case, several events each, pages, and no more than 90 days."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.adapters.arm import Arm
from shared.adapters.key_uses import AzureKeyUses
from shared.adapters.log_query import ResourceLogs
from shared.model.errors import DependencyDown, Rejected
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from tests.adapters.script import FixedCredential, Script
from tests.fakes import FakeClock

STORAGE = "/subscriptions/s/resourceGroups/rg (a)/providers/Microsoft.Storage/storageAccounts/st"
ACCOUNT = Fact.of({"id": STORAGE})
REGENERATE = "Microsoft.Storage/storageAccounts/regenerateKey/action"


@pytest_asyncio.fixture
async def uses(arm: Arm, script: Script, clock: FakeClock) -> AsyncIterator[AzureKeyUses]:
    """The adapter over the scripted Azure."""
    logs = ResourceLogs(FixedCredential(), script.url)
    yield AzureKeyUses(arm, logs, clock)
    await logs.close()


def event(operation: str = REGENERATE, status: str = "Succeeded", at: str = "2026-02-28T12:00:00Z") -> dict[str, Any]:
    """An entry of the log."""
    return {
        "eventTimestamp": at,
        "operationName": {"value": operation, "localizedValue": "Speicherkontoschlüssel neu generieren"},
        "status": {"value": status, "localizedValue": status},
    }


@pytest.mark.parametrize(
    "operation",
    [
        REGENERATE,
        "MICROSOFT.STORAGE/STORAGEACCOUNTS/REGENERATEKEY/ACTION",
        "Microsoft.CognitiveServices/accounts/regenerateKey/action",
        "Microsoft.Search/searchServices/regenerateAdminKey/action",
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/regenerateKeys/action",
        "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/regenerateKeys/action",
        "Microsoft.Search/searchServices/write",
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write",
    ],
)
async def test_each_operation_after_which_a_key_may_be_new(uses: AzureKeyUses, script: Script, operation: str) -> None:
    """However the log spells it, and with more digits than a moment has here; a write may have been the creation."""
    script.answer(200, {"value": [event(operation, at="2026-02-28T12:00:00.1234567Z")]})

    told = datetime(2026, 2, 28, 12, 0, 0, 123456, tzinfo=UTC)
    assert await uses.keys_made(ACCOUNT, told - timedelta(days=1)) == told


@pytest.mark.parametrize(
    "other",
    [
        event(status="Started"),
        event(status="Failed"),
        event("Microsoft.Storage/storageAccounts/listKeys/action"),
        {},
        {"operationName": None, "status": "Succeeded"},
    ],
    ids=str,
)
async def test_what_made_no_new_key(uses: AzureKeyUses, script: Script, other: dict[str, Any]) -> None:
    """An attempt, another operation, and an entry that says nothing."""
    script.answer(200, {"value": [other]})

    assert await uses.keys_made(ACCOUNT, datetime(2026, 2, 1, tzinfo=UTC)) is None


async def test_the_last_of_all_pages_counts(uses: AzureKeyUses, script: Script) -> None:
    """Pages may be empty, and need not be in order."""
    script.answer(200, {"value": [event(at="2026-02-02T00:00:00Z")], "nextLink": "{url}/next1"})
    script.answer(200, {"value": [], "nextLink": "{url}/next2"})
    script.answer(200, {"value": [event(at="2026-02-20T00:00:00Z"), event(at="2026-02-03T00:00:00Z")]})

    assert await uses.keys_made(ACCOUNT, datetime(2026, 2, 1, tzinfo=UTC)) == datetime(2026, 2, 20, tzinfo=UTC)
    assert len(script.asked) == 3


async def test_what_is_asked(uses: AzureKeyUses, script: Script) -> None:
    """The account by its id, in the patterns that Azure allows, and only three fields of an event."""
    script.answer(200, {"value": []})
    await uses.keys_made(ACCOUNT, datetime(2026, 2, 1, 1, tzinfo=UTC))

    (asked,) = script.asked
    assert asked.path == "/subscriptions/s/providers/Microsoft.Insights/eventtypes/management/values"
    assert asked.query == {
        "api-version": "2015-04-01",
        "$filter": f"eventTimestamp ge '2026-02-01T01:00:00Z' and resourceUri eq '{STORAGE}'",
        "$select": "eventTimestamp,operationName,status",
    }


async def test_more_than_the_log_keeps_is_not_asked_for(uses: AzureKeyUses, script: Script, clock: FakeClock) -> None:
    """Azure refuses who asks for more than 90 days; older ones are not told."""
    script.answer(200, {"value": []})
    await uses.keys_made(ACCOUNT, datetime(2020, 1, 1, tzinfo=UTC))

    begin = (clock.now() - timedelta(days=89)).isoformat().replace("+00:00", "Z")
    assert f"ge '{begin}'" in script.asked[0].query["$filter"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, {"error": {"code": "SubscriptionNotFound", "message": "gone"}}, Rejected),
        (400, {"error": {"code": "BadRequest", "message": "the filter"}}, Rejected),
        (200, {"value": [event(at="")]}, DependencyDown),
        (200, "<html>", DependencyDown),
    ],
    ids=["404", "400", "no time", "no JSON"],
)
async def test_what_cannot_be_read_is_no_empty_log(
    uses: AzureKeyUses, script: Script, status: int, body: object, error: type[Exception]
) -> None:
    """Nobody may conclude that nobody regenerated a key."""
    script.answer(status, body)

    with pytest.raises(error):
        await uses.keys_made(ACCOUNT, datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"error": {"code": "BadArgumentError", "message": "Failed to resolve table 'StorageBlobLogs'"}}),
        (200, {"tables": [], "error": {"code": "PartialError", "message": "query timed out"}}),
    ],
    ids=["no table", "part of the rows"],
)
async def test_logs_that_answer_otherwise_do_not_tell(
    uses: AzureKeyUses, script: Script, answer: tuple[int, object]
) -> None:
    """Neither a workspace without any of the tables, nor half an answer, is a silence."""
    script.answer(*answer)

    use = await uses.since(ACCOUNT, Slot.FIRST, datetime(2026, 2, 1, tzinfo=UTC))
    assert (use.known, use.last) == (False, None)
    assert use.why.startswith("querying")
    assert script.asked[0].path == f"/v1{STORAGE}/query"
