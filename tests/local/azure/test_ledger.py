"""The ledger's answers: what was lost, repeated, killed or told, and that long runs do not fill it."""

from typing import Any

import pytest

from local.azure.clock import Clock
from local.azure.ledger import Ledger
from local.azure.store import Change
from tests.local.azure.client import ACCOUNT, CONNECTION, HUB, JANE, STORAGE, Arm

TAGS = "/providers/Microsoft.Resources/tags/default"
JOE = "joe@contoso.example"


def tags(operation: str, **values: str) -> dict[str, Any]:
    """A body for the Tags API."""
    return {"operation": operation, "properties": {"tags": values}}


async def lost(arm: Arm) -> list[tuple[str, str]]:
    """The tags that were lost: resource and name."""
    found = await arm.ok("GET", f"{arm.azure.url}/_standin/ledger", query={"ask": "lostTags"})
    return [(one["resource_id"], one["tag"]) for one in found["lostTags"]]


@pytest.fixture
def joe(arm: Arm) -> Arm:
    return Arm(arm.azure, arm.session, who=JOE)


async def test_a_tag_that_somebody_elses_write_leaves_out_is_lost(arm: Arm, joe: Arm) -> None:
    """Jane's tag is gone after Joe's PATCH replaced the tags: who set it, who lost it and by what is told."""
    await arm.ok("PATCH", f"{STORAGE}{TAGS}", tags("Merge", CostCenter="42"))
    await joe.ok("PATCH", STORAGE, {"tags": {"other": "1"}})
    lost_tag = arm.azure.ledger.lost_tags()[-1]
    person = arm.azure.directory.person
    assert (lost_tag.tag, lost_tag.resource_id) == ("costcenter", STORAGE)
    assert (lost_tag.set_by, lost_tag.lost_by) == (person(JANE)["oid"], person(JOE)["oid"])
    assert (lost_tag.method, lost_tag.path) == ("PATCH", STORAGE)
    assert (STORAGE, "costcenter") in await lost(arm)


async def test_a_tag_lost_when_a_long_running_write_ends_is_its_requests_doing(arm: Arm, joe: Arm) -> None:
    """A workspace's PATCH replaces tags only when its operation ends; the ledger still knows whose it was."""
    await arm.ok("PATCH", f"{HUB}{TAGS}", tags("Merge", mine="1"))
    await joe.done(await joe("PATCH", HUB, {"tags": {}}))
    assert {tag.lost_by for tag in arm.azure.ledger.lost_tags() if tag.tag == "mine"} == {
        arm.azure.directory.person(JOE)["oid"]
    }


async def test_a_tag_taken_away_on_purpose_is_not_lost(arm: Arm, joe: Arm) -> None:
    """Deleted by name, with all tags, with its resource, changed in value, or left out by who had set it."""
    await arm.ok("PATCH", f"{ACCOUNT}{TAGS}", tags("Replace", one="1", two="2", three="3"))
    before = await lost(arm)
    await joe.ok("PATCH", f"{ACCOUNT}{TAGS}", tags("Merge", ONE="changed", four="4"))
    await joe.ok("PATCH", f"{ACCOUNT}{TAGS}", tags("Delete", One=""))
    await arm.ok("PATCH", f"{ACCOUNT}{TAGS}", tags("Delete", four=""))
    await arm.ok("PATCH", f"{ACCOUNT}{TAGS}", tags("Replace", three="3"))
    await joe.ok("DELETE", f"{ACCOUNT}{TAGS}")
    await arm.ok("PATCH", f"{ACCOUNT}{TAGS}", tags("Merge", five="5"))
    await joe.ok("DELETE", ACCOUNT)
    assert await lost(arm) == before


async def test_a_write_that_says_what_is_so_already_is_repeated(arm: Arm, joe: Arm) -> None:
    """The second of two equal merges; not one after another write, one that brings something back, or a first one."""
    same, other = tags("Merge", a="1"), tags("Merge", a="2")
    for body in (same, same, other, same):
        await arm.ok("PATCH", f"{STORAGE}{TAGS}", body)
    await joe.ok("PATCH", STORAGE, {"tags": {}})
    await arm.ok("PATCH", f"{STORAGE}{TAGS}", same)
    await arm.ok("PATCH", f"{STORAGE}{TAGS}", tags("Merge"))
    ledger = arm.azure.ledger
    jane = arm.azure.directory.person(JANE)["oid"]
    assert [(one.method, one.path) for one in ledger.repeated_writes(jane)] == [("PATCH", f"{STORAGE}{TAGS}")]
    assert ledger.repeated_writes("somebody else") == []


async def test_an_equal_long_running_write_is_repeated_though_it_touches_its_resource(arm: Arm) -> None:
    """`provisioningState` and `systemData` move with every write; that is no effect."""
    for _ in range(2):
        await arm.done(await arm("PATCH", HUB, {"tags": {"a": "b"}}))
    assert [one.path for one in arm.azure.ledger.repeated_writes()] == [HUB]


async def test_a_connection_that_holds_a_regenerated_key_is_named(arm: Arm) -> None:
    """Until the connection gets the new key; neither key is shown."""
    question = f"{arm.azure.url}/_standin/ledger"
    first = (await arm.ok("POST", f"{ACCOUNT}/listKeys"))["key1"]
    body = {"authType": "ApiKey", "category": "AzureOpenAI", "target": "https://x"}
    await arm.ok("PUT", CONNECTION, {"properties": {**body, "credentials": {"key": first}}})
    assert (await arm.ok("GET", question, query={"ask": "killedKeysInUse"}))["killedKeysInUse"] == []
    fresh = (await arm.ok("POST", f"{ACCOUNT}/regenerateKey", {"keyName": "Key1"}))["key1"]
    (found,) = (await arm.ok("GET", question, query={"ask": "killedKeysInUse"}))["killedKeysInUse"]
    assert (found["connection"].casefold(), found["resource"].casefold()) == (CONNECTION.casefold(), ACCOUNT.casefold())
    await arm.ok("PUT", CONNECTION, {"properties": {**body, "credentials": {"key": fresh}}})
    assert (await arm.ok("GET", question, query={"ask": "killedKeysInUse"}))["killedKeysInUse"] == []


async def test_a_secret_in_a_text_is_named_and_not_shown(arm: Arm) -> None:
    """A connection's key, an account's live key and a bearer token, each found in a log by its name."""
    key = (await arm.ok("POST", f"{ACCOUNT}/listKeys"))["key1"]
    held = (await arm.ok("POST", f"{CONNECTION}/listsecrets"))["properties"]["credentials"]["key"]
    url = f"{arm.azure.url}/_standin/ledger"
    found = []
    for text in (f"key={key}", f"held {held}.", f"Bearer {arm.token()}", "nothing of interest"):
        async with arm.session.post(url, data=text) as answer:
            found.append((await answer.json())["secretsLogged"])
    assert [len(names) for names in found] == [1, 1, 1, 0]
    assert f"{ACCOUNT.casefold()}: live key" in found[0]
    assert found[2] == ["a bearer token"]
    assert key not in str(found)
    assert held not in str(found)


async def test_refusals_and_counts_are_told_by_principal(arm: Arm, joe: Arm) -> None:
    """How often who was refused with what; a question it does not know is refused with those it does."""
    await arm("GET", f"{HUB}-missing")
    await joe("GET", HUB)
    url, jane = f"{arm.azure.url}/_standin/ledger", arm.azure.directory.person(JANE)["oid"]
    assert (await arm.ok("GET", url, query={"ask": "refused", "principal": jane}))["refused"] == {"404": 1}
    counts = (await arm.ok("GET", url, query={"ask": "counts"}))["counts"]
    assert {"principal": jane, "method": "GET", "status": 404, "requests": 1} in counts
    unknown = await arm("GET", url, query={"ask": "everything"})
    assert (unknown.status, "lostTags" in unknown.body["error"]) == (400, True)


def test_a_long_run_keeps_counts_of_all_and_entries_of_the_newest() -> None:
    """Of a hundred requests and changes the last three are kept, all are counted."""
    ledger = Ledger(Clock(), kept=3)
    for number in range(100):
        ledger.request("who", "GET", f"/{number}", 404, 0.0)
        ledger.change(Change(HUB, {"id": HUB, "n": number}, {"id": HUB, "n": number + 1}))
    assert [entry.path for entry in ledger.requests] == ["/97", "/98", "/99"]
    assert [change.leaves for change in ledger.changes] == [{"n": (n, n + 1)} for n in (97, 98, 99)]
    assert (ledger.refused("who"), ledger.changed) == ({404: 100}, 100)
