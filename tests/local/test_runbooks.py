"""The runbook on call: it has a line for whatever can hold a rotation up, and what it tells to run can be run."""

import json
import re
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.api_versions import api_version
from shared.adapters.connections import WRITABLE, writable
from shared.engine.key_journal import Journal
from shared.engine.key_pass import LEASE
from shared.engine.key_record import Place as Row
from shared.engine.key_room import Room
from shared.engine.key_terms import KEEP_TAG
from shared.engine.key_turn import Subject, Turn
from shared.key_ports import KeyRotation
from shared.model.key_facts import Slot
from shared.model.message import Rotate, Wish, parse
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Phase, Proof, Record
from shared.policy.policy import Limits
from tests.builders import NOW, dependent, dependent_id, policy, project, recorded, rid
from tests.fakes import FakeClock, FakeStore
from tests.local.rotation_world import AI, CHAT, HUB, MADE, SEARCH, STORAGE, Place, keyed

RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
TEXT = (RUNBOOKS / "emergency-key-rotation.md").read_text("utf-8")
PHRASES = [
    phrase
    for line in TEXT.partition("**It is held up.**")[2].partition("## By hand")[0].splitlines()
    if line.startswith("| ")
    for phrase in re.findall(r"`([^`]+)`", line.split(" | ")[0])
]
"""What the tables say that a rotation may say."""
AGO = NOW - timedelta(days=2)
ASKED = Demand(Cause.REQUEST, "spring cleaning", "jane@contoso.example", AGO)
BLOB = ResourceId.parse(f"{HUB}/connections/blob")


def under_way(account: ResourceId, phase: Phase, fresh: Slot = Slot.SECOND, **more: Any) -> Record:  # noqa: ANN401 - the fields of a record
    """A rotation that somebody asked for two days ago."""
    return Record(account, MADE, phase, fresh, ASKED, begun=AGO, since=AGO, **more)


def lone_storage(place: Place, slot: Slot = Slot.SECOND) -> Record:
    """Only a connection keeps a key of the storage account, the new one; its logs are kept, and show somebody."""
    for workspace in (HUB, rid(project())):
        place.keys.forget(workspace)
    place.cloud.put(keyed(BLOB, STORAGE, authType="AccountKey"))
    place.keys.keep(BLOB, STORAGE, slot)
    place.logs.keep_logs(STORAGE)
    place.logs.use(STORAGE, None, AGO)
    return under_way(STORAGE, Phase.WAITING)


async def begun(place: Place, account: ResourceId = AI) -> str:
    """What a rotation says that somebody asks for now."""
    place.remember(Record(account, MADE))
    return (await place.look(account.name)).wishes[Wish.BEGIN].record.trouble


async def goes_on(place: Place, record: Record) -> str:
    """What one says that is under way."""
    place.remember(record)
    return (await place.look(record.account.name)).next.record.trouble


async def a_consumer_is_not_read(place: Place) -> str:
    place.keys.deny(CHAT)
    return await begun(place)


async def a_list_is_not_read(place: Place) -> str:
    place.cloud.deny("microsoft.machinelearningservices/workspaces/connections")
    return await begun(place)


async def workspaces_keep_both(place: Place) -> str:
    place.keys.keep(rid(project()), STORAGE, Slot.SECOND)
    return await begun(place, STORAGE)


async def a_workspace_is_stuck(place: Place) -> str:
    return await goes_on(place, under_way(STORAGE, Phase.WAITING))


async def a_workspace_keeps_the_second(place: Place) -> str:
    for workspace in (HUB, rid(project())):
        place.keys.keep(workspace, STORAGE, Slot.SECOND)
    return await goes_on(place, under_way(STORAGE, Phase.WAITING, Slot.FIRST))


async def the_new_key_is_refused(place: Place) -> str:
    return await goes_on(place, under_way(AI, Phase.MOVING, proof=Proof(opened=False, told="401", at=AGO)))


async def a_consumer_is_not_moved(place: Place) -> str:
    place.keys.hinder(CHAT)
    return await turned(place, under_way(AI, Phase.MOVING, proof=Proof(opened=True, told="200", at=AGO)))


async def turned(place: Place, record: Record) -> str:
    """What holds a rotation up after the app itself has taken a turn."""
    place.remember(record)
    assert place.ledger is not None
    look = await place.look(record.account.name)
    (kept,) = (await place.ledger.all()).values()
    subject = Subject(look.account, tuple(look.view.consumers.values()), frozenset(), (), look.terms, writes=True)
    ports = KeyRotation(place.cloud, place.keys, place.logs, place.ledger)
    journal = Journal(Row("run", look.account), FakeStore())
    turn = Turn(subject, kept, journal, Room(1, ()), place.keys, ports, FakeClock(NOW), NOW + LEASE)
    return (await turn.take()).record.trouble


async def nobody_has_approved(place: Place) -> str:
    place.remember(Record(AI, MADE))
    return (await place.look(now=NOW + timedelta(days=90))).next.record.trouble


async def no_room(place: Place) -> str:
    place.policy = replace(place.policy, limits=Limits(rotations_at_once=1))
    place.remember(Record(AI, MADE), under_way(SEARCH, Phase.MOVING))
    return (await place.look()).wishes[Wish.BEGIN].record.trouble


async def nobody_is_known(place: Place) -> str:
    place.policy = policy()
    lone = rid(dependent_id("account", "lone"))
    place.cloud.put(dependent("account", "lone"))
    return await begun(place, lone)


async def nobody_knows_who_else(place: Place) -> str:
    place.policy = policy()
    return await begun(place)


async def somebody_uses_it(place: Place) -> str:
    record = lone_storage(place)
    place.logs.use(STORAGE, Slot.FIRST, NOW - timedelta(hours=1))
    return await goes_on(place, record)


async def signed_urls(place: Place) -> str:
    record = lone_storage(place)
    place.cloud.put(keyed(ResourceId.parse(f"{HUB}/connections/sas"), STORAGE, authType="SAS"))
    return await goes_on(place, record)


async def its_owner_keeps_it(place: Place) -> str:
    place.cloud.put(dependent("account", AI.name, tags={KEEP_TAG: "2026-12-31"}))
    return await begun(place)


TROUBLES: list[Callable[[Place], Awaitable[str]]] = [
    a_consumer_is_not_read,
    a_list_is_not_read,
    workspaces_keep_both,
    a_workspace_is_stuck,
    a_workspace_keeps_the_second,
    the_new_key_is_refused,
    a_consumer_is_not_moved,
    nobody_has_approved,
    no_room,
    nobody_is_known,
    nobody_knows_who_else,
    somebody_uses_it,
    signed_urls,
    its_owner_keeps_it,
]
FROM_ADAPTERS = {"Azure answered 403", "was done nobody can tell", "Azure accepted it"}
"""Words of errors, which the adapters' own tests are about."""


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
async def test_whatever_holds_a_rotation_up_has_its_line(trouble: Callable[[Place], Awaitable[str]]) -> None:
    """Each text that the derivation, or a turn, can say is found by the words in one of the tables."""
    said = await trouble(Place())

    assert said
    assert any(phrase in said for phrase in PHRASES), said


async def test_no_line_is_about_what_nobody_says() -> None:
    """Each phrase of the tables is in one of those texts, as it is said today."""
    said = [await trouble(Place()) for trouble in TROUBLES]

    assert [p for p in PHRASES if p not in FROM_ADAPTERS and not any(p in one for one in said)] == []


JQ = shutil.which("jq") or ""


def test_the_message_by_hand_is_the_one_that_the_command_sends() -> None:
    """The app reads it as somebody's word."""
    (body,) = re.findall(r"^BODY='(.*)'$", TEXT, re.MULTILINE)

    assert parse(body.replace("'$ACCOUNT_ID'", str(AI))) == Rotate(AI, Wish.NOW, "INC-4711", "kim@contoso.example")


@pytest.mark.skipif(not JQ, reason="jq is not installed")
def test_the_patch_by_hand_carries_all_that_is_to_stay() -> None:
    """What the app itself would send: the writable set, and the new key from the environment."""
    document = recorded("connection.json")
    (program,) = re.findall(r"\| jq '(.*?)'", TEXT, re.DOTALL)
    done = subprocess.run(  # noqa: S603 - the program that the runbook shows
        [JQ, program],
        input=json.dumps(document),
        env={"KEY": "new"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == {"properties": writable(document) | {"credentials": {"key": "new"}}}


def test_the_patch_by_hand_knows_the_whole_writable_set() -> None:
    """A field that is left out of a PATCH may be lost."""
    (program,) = re.findall(r"\| jq '(.*?)'", TEXT, re.DOTALL)

    assert set(re.findall(r'"(\w+)"', program)) == set(WRITABLE)


def test_its_api_versions_are_those_of_the_adapters() -> None:
    """For connections of workspaces, and for those of Foundry."""
    foundry = ResourceId.parse(f"{AI}/projects/chat/connections/kept")
    versions = re.findall(r"api-version=([\w-]+)", TEXT)

    assert set(versions) == {api_version(CHAT), api_version(foundry)}
