"""
`rotate` without a wish, as whoever is on call meets it: where the keys stand, what is next, and what holds it up.

After an intended change of what it prints: `HUBWARDEN_GOLDEN=write pytest tests/local/test_rotation_look.py`, and read
the diff.
"""

import io
import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, override

import pytest
from rich.console import Console

from local.rotation.look import Look, choose
from local.rotation.show import as_document, show
from local.rotation.wish import Typed, command, consequence
from local.rotation.words import doubts, in_the_way, keys
from shared.keys.account import Risk
from shared.model.errors import DependencyDown, EstateInvalid, Forbidden, SettingsInvalid
from shared.model.facts import Fact
from shared.model.key_facts import Slot
from shared.model.message import Wish
from shared.model.rotation import NO_LOGS, Cause, Demand, Phase, Record, Use
from shared.policy.policy import Effect, Limits
from tests.builders import NOW, SUBSCRIPTION, dependent, dependent_id, endpoint, hub, policy, rid
from tests.fakes import FakeUses
from tests.local.rotation_world import AI, CHAT, DRAFT, HUB, INDEX, MADE, OLD, SEARCH, STORAGE, Place, accepting, keyed

GOLDEN = Path(__file__).parent / "golden"
SEEN = MADE + timedelta(days=10)
ELSEWHERE = "99999999-2222-3333-4444-555555555555"
TYPED = Typed(AI.name, (SUBSCRIPTION,), table="https://st.table.example")
ASKED = Demand(Cause.REQUEST, "spring cleaning", "jane@contoso.example", NOW - timedelta(hours=4))


def resting(demand: Demand | None = None) -> Record:
    """The AI account as the ledger has it between two rotations."""
    return Record(AI, SEEN, demand=demand, born={Slot.FIRST: NOW - timedelta(days=33)})


def waiting(since: datetime = NOW - timedelta(hours=3)) -> Record:
    """Its rotation when all have moved to the second key and the first one still lives."""
    born = {Slot.FIRST: NOW - timedelta(days=33), Slot.SECOND: ASKED.at}
    return Record(AI, SEEN, Phase.WAITING, Slot.SECOND, ASKED, begun=ASKED.at, since=since, born=born)


def moved(place: Place) -> Place:
    """All that keep a key of the AI account keep the second."""
    for one in (CHAT, DRAFT, OLD):
        place.keys.keep(one, AI, Slot.SECOND)
    return place


def written(look: Look, typed: Typed = TYPED) -> str:
    """What a person reads, in a wide terminal."""
    file = io.StringIO()
    show(look, typed, Console(file=file, width=200, highlight=False))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def golden(name: str, text: str) -> str:
    """What a golden file says; written first where the environment asks for it."""
    file = GOLDEN / name
    if os.environ.get("HUBWARDEN_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


async def test_a_resting_account_for_people() -> None:
    """Who keeps which key, how old both are and who says so, what is next, and the command that begins it."""
    place = Place()
    place.remember(resting())
    text = written(await place.look())

    assert text == golden("rotate-resting.txt", text)


async def test_a_rotation_under_way_for_people() -> None:
    """How far it has come, why and since when, and until when it waits; nothing is to be typed."""
    place = moved(Place())
    place.remember(waiting())
    text = written(await place.look())

    assert text == golden("rotate-waiting.txt", text)


async def test_a_resting_account_for_programs() -> None:
    """The same with ids, and with names that do not change from service to service."""
    place = Place()
    place.remember(resting())
    text = json.dumps(as_document(await place.look(), TYPED), indent=2) + "\n"

    assert text == golden("rotate-resting.json", text)


async def test_nothing_is_written() -> None:
    """Neither to Azure nor to the ledger, though the logs were asked on the way, as the app would ask them."""
    place = moved(Place())
    place.remember(before := waiting(since=NOW - timedelta(days=2)))
    found = await place.look()

    assert as_document(found, TYPED)["next"]["step"] == "regenerate"
    assert found.view.uses == {Slot.FIRST: NO_LOGS}
    assert place.cloud.writes == []
    assert place.ledger is not None
    assert await place.ledger.all() == {AI: before}


async def test_an_account_that_is_due_waits_for_somebody() -> None:
    """Without an approval in policy the rotation must be asked for; the command says how, and that it would go."""
    place = Place()
    place.remember(resting())
    found = await place.look(now=NOW + timedelta(days=90))

    assert "auto_approve" in found.next.record.trouble
    assert found.next.record.trouble in written(found)
    assert "if asked  regenerate its Key2" in written(found)
    assert command(found, TYPED).endswith('--begin --reason "…"')


async def test_an_approval_is_proposed_where_it_helps() -> None:
    """No log tells who else uses the old key: somebody who knows may let it die."""
    place = moved(Place(policy=policy()))
    place.remember(waiting(since=NOW - timedelta(days=2)))
    found = await place.look()

    assert "its logs name no key" in found.next.record.trouble
    assert command(found, TYPED).endswith('--approve --reason "…"')
    assert as_document(found, TYPED)["if_asked"]["approve"]["step"] == "regenerate"


class Down(FakeUses):
    """Logs that answer nobody."""

    @override
    async def since(self, account: Fact, slot: Slot, moment: datetime) -> Use:
        raise DependencyDown("the logs did not answer")


async def test_logs_that_cannot_be_read_tell_nothing() -> None:
    """Their error is the reason why nobody can tell."""
    place = moved(Place(logs=Down(), policy=policy()))
    place.remember(waiting(since=NOW - timedelta(days=2)))

    assert "the logs did not answer" in (await place.look()).next.record.trouble


async def test_who_cannot_be_told_holds_up_whatever_is_wished() -> None:
    """The reason stands in the table with the permission, and the note says that the app may be allowed more."""
    place = Place()
    place.keys.deny(CHAT)
    place.remember(resting())
    found = await place.look()

    assert "not told" in written(found)
    assert "connections/listsecrets/action" in written(found)
    assert "the app's identity may be" in written(found)
    assert doubts(found)
    for wish in (Wish.BEGIN, Wish.NOW):
        assert consequence(found, wish)[-1].startswith(
            "It is held up even so: nobody can tell which key hub/chat keeps"
        )


async def test_a_list_that_could_not_be_read() -> None:
    """There may be consumers in it, so it counts as not told."""
    place = Place()
    place.cloud.deny("microsoft.machinelearningservices/workspaces/connections")
    found = await place.look()

    assert doubts(found)
    assert any("could not be read" in one for one in as_document(found, TYPED)["unseen"])


@pytest.mark.parametrize(
    ("effect", "says"), [(Effect.OFF, "leaves ai-prod alone"), (Effect.AUDIT, "the app writes nothing")]
)
async def test_policy_holds_it_up(effect: Effect, says: str) -> None:
    """Also an emergency: whoever is on call must know before they rely on it."""
    place = Place(policy=policy(effects={"HW-KEY-010": effect}))
    place.remember(resting())
    found = await place.look()

    assert says in in_the_way(found, found.next)[0]
    assert says in consequence(found, Wish.NOW)[-1]


async def test_as_many_as_policy_allows_are_under_way() -> None:
    """A wish that is in no hurry waits for its turn; an emergency does not."""
    place = Place(policy=policy(limits=Limits(rotations_at_once=1)))
    place.remember(resting(), Record(SEARCH, SEEN, phase=Phase.MOVING, fresh=Slot.FIRST))
    found = await place.look()

    assert "are under way" in found.wishes[Wish.BEGIN].record.trouble
    assert not found.wishes[Wish.NOW].record.trouble


async def test_the_ledger_is_not_known() -> None:
    """The next step is then told with a condition, and ages are only what Azure tells."""
    place = Place(ledger=None)
    text = written(await place.look(SEARCH.name))

    assert "not known: nobody said where it is: give --table" in text
    assert ", counted from today, if no rotation is under way" in text
    assert [key.age for key in keys(await place.look(SEARCH.name))] == ["not known", "not known"]


async def test_the_ledger_cannot_be_read() -> None:
    """That stops nobody who is in a hurry; the role that is missing is named."""
    place = Place()
    place.remember()
    assert place.ledger is not None
    place.ledger.trouble = Forbidden("querying table hubwardenkeys: Azure answered 403", "")
    text = written(await place.look())

    assert "Azure answered 403" in text
    assert "Storage Table Data Reader" in text


async def test_the_ledger_does_not_answer() -> None:
    """Then no role is the matter, and none is named."""
    place = Place()
    place.remember()
    assert place.ledger is not None
    place.ledger.trouble = DependencyDown("querying table hubwardenkeys: nothing answered")
    text = written(await place.look())

    assert "not known: querying table hubwardenkeys: nothing answered\n" in text
    assert "Storage Table Data Reader" not in text


async def test_an_account_that_the_ledger_does_not_know() -> None:
    """Either it is new, or somebody gave the storage of another app."""
    place = Place()
    place.remember(Record(SEARCH, SEEN))

    assert "the ledger does not know it" in written(await place.look())


@pytest.mark.parametrize(
    ("wanted", "record", "ages"),
    [
        pytest.param(AI, resting(), ["33 days", "at most 60 days"], id="by the ledger, and by the account's birth"),
        pytest.param(SEARCH, Record(SEARCH, SEEN), ["at least 50 days"] * 2, id="since it was first seen"),
        pytest.param(SEARCH, Record(SEARCH, NOW, born={Slot.SECOND: NOW - timedelta(days=1)}), None, id="one day"),
    ],
)
async def test_who_says_how_old_a_key_is(wanted: Any, record: Record, ages: list[str] | None) -> None:  # noqa: ANN401 - an id
    """An age that is only a bound says so."""
    place = Place()
    place.remember(record)
    found = [key.age for key in keys(await place.look(wanted.name))]

    assert found == (ages or ["at least 0 days", "1 day"])


async def test_storage_tells_when_its_keys_were_made() -> None:
    """Azure's word counts, and it is exact."""
    place = Place()
    made = {"key1": (NOW - timedelta(days=7)).isoformat(), "key2": None}
    place.cloud.put(dependent("storage", STORAGE.name, creationTime=MADE.isoformat(), keyCreationTime=made))
    place.remember(Record(STORAGE, SEEN))

    assert [key.age for key in keys(await place.look(STORAGE.name))] == ["7 days", "at most 60 days"]


async def test_query_keys_are_shown_where_somebody_keeps_one() -> None:
    """They are in no rotation, and still a key that somebody may have exposed."""
    place = Place()
    place.keys.keep(INDEX, SEARCH, Slot.QUERY)
    found = await place.look(SEARCH.name)

    assert [(key.name, key.held_by) for key in keys(found)][2] == ("query key", (INDEX,))
    assert "query key" in written(found)


async def test_an_account_that_takes_no_keys() -> None:
    """There is nothing to do and nothing to type."""
    place = Place()
    place.cloud.put(dependent("account", AI.name, disableLocalAuth=True))
    place.remember(resting())
    found = await place.look()

    assert "nothing, for it takes no keys" in written(found)
    assert command(found, TYPED) == ""


async def test_an_emergency_says_who_is_moved_and_who_is_cut_off() -> None:
    """Before anybody says yes."""
    place = Place()
    place.remember(resting())
    (said,) = consequence(await place.look(), Wish.NOW)

    assert said == (
        "Both keys of ai-prod are replaced at once; 2 consumers are moved (hub/chat, project/chat); "
        "whoever else uses them is cut off."
    )


async def test_an_emergency_of_a_workspaces_own_storage() -> None:
    """The key that workspaces keep outlives it unless policy accepts the gap, and then their calls fail meanwhile."""
    place = Place()
    said = consequence(await place.look(STORAGE.name), Wish.NOW)
    place.policy = accepting(Risk.RESYNC_GAP)
    accepted = consequence(await place.look(STORAGE.name), Wish.NOW)

    assert said[0].startswith("One key of st-prod is replaced at once; no consumer is moved;")
    assert said[1].startswith("Its key1 stays as it is, for it is kept by hub, project, and policy does not accept")
    assert accepted[0].startswith("Both keys of st-prod are replaced at once; 2 consumers are moved (hub, project);")
    assert accepted[1] == "Calls to it from hub, project fail until a resync has brought them the new key."


async def test_a_consumer_where_nobody_looked() -> None:
    """The app may not write there, and says so when it tries; whoever asks is told before."""
    place = Place()
    far, stray = (one.text.replace(SUBSCRIPTION, ELSEWHERE) for one in (HUB, CHAT))
    place.cloud.put({**hub(), "id": far})
    place.cloud.put({**keyed(CHAT, AI, createdByWorkspaceArmId=far), "id": stray})
    place.keys.keep(rid(stray), AI, Slot.FIRST)
    place.remember(resting())

    said = consequence(await place.look(), Wish.NOW)
    assert said[1] == "If its subscription is not governed, the app moves nobody there, and waits: hub/chat."


async def test_an_emergency_kills_signed_urls() -> None:
    """Nobody can list them, only the connections that come with one."""
    place = Place()
    place.cloud.put(keyed(rid(f"{HUB}/connections/sas"), STORAGE, authType="SAS"))
    found = await place.look(STORAGE.name)

    assert as_document(found, TYPED)["signed"] == [f"{HUB}/connections/sas"]
    assert "Shared access signatures made with it die too: hub/sas." in consequence(found, Wish.NOW)


async def test_to_begin_what_is_under_way_changes_nothing() -> None:
    """And says so."""
    place = moved(Place())
    place.remember(waiting())
    found = await place.look()

    assert consequence(found, Wish.BEGIN)[0].startswith("Nothing new: a rotation of ai-prod is under way")
    assert command(found, TYPED) == ""


async def test_an_approval_without_a_ledger_says_what_it_counts_for() -> None:
    """Whether there is anything to approve is not known then."""
    said = consequence(await Place(ledger=None).look(), Wish.APPROVE)

    assert said[1].startswith("That counts for the rotation under way only")


async def test_names_that_look_like_markup() -> None:
    """They are printed as they are."""
    place = Place()
    place.remember(resting(demand=replace(ASKED, reason="[red]no[/red] reason")))

    assert "[red]no[/red] reason" in written(await place.look())


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("ai-prd", "no account with keys is called 'ai-prd'; did you mean ai-prod"),
        ("zzz", "no account with keys is called 'zzz'"),
        ("hub", "no account with keys is called 'hub'"),
        (str(HUB), "is a workspace, which has no keys that rotate: name an AI services account, search service, "),
        (dependent_id("vault", "kv"), "is a key vault, which has no keys that rotate"),
        (dependent_id("account", "ai-pro"), "accounts/ai-pro; did you mean ai-prod"),
        (dependent_id("account", "zzz"), "there is no AI services account /subscriptions/"),
    ],
)
async def test_an_account_that_is_none(wanted: str, says: str) -> None:
    """By name or id; the nearest name is offered."""
    with pytest.raises(EstateInvalid) as error:
        await Place().look(wanted)

    assert says in str(error.value)


def test_an_account_by_name_or_id() -> None:
    """Case does not count; a name that two have is refused with their ids."""
    other = rid(str(AI).replace("rg-ai", "rg-lab"))

    assert choose([AI], "AI-PROD") == choose([AI, other], str(AI).upper()) == AI
    with pytest.raises(EstateInvalid, match="2 accounts are called 'ai-prod'; give the id of one"):
        choose([AI, other], "ai-prod")


@pytest.mark.parametrize("by", ["name", "id"])
async def test_an_endpoint(by: str) -> None:
    """No list shows it; whoever keeps its key names it, and its id always does."""
    place = Place()
    score = rid(endpoint())
    place.cloud.put({**endpoint(), "properties": {"authMode": "Key"}})
    place.cloud.put(keyed(CHAT, score))
    place.keys.keep(CHAT, score, Slot.FIRST)
    found = await place.look(score.name if by == "name" else str(score))

    assert [(key.name, key.held_by) for key in keys(found)] == [("primary key", (CHAT,)), ("secondary key", ())]
    assert "HW-KEY-013" in written(found)


async def test_an_account_of_which_only_a_consumer_tells() -> None:
    """The index is behind, or shows it to nobody: whoever keeps its key still names it."""
    place = Place()
    lone = rid(dependent_id("account", "lone"))
    place.cloud.put(keyed(CHAT, lone))
    place.cloud.put(dependent("account", "lone"))
    place.cloud.deny(lone)

    with pytest.raises(EstateInvalid, match=r"lone could not be read: .*accounts/read"):
        await place.look("lone")


async def test_an_account_in_a_subscription_that_is_not_looked_at() -> None:
    """Its consumers would be overlooked."""
    with pytest.raises(SettingsInvalid, match=f"give --subscription {ELSEWHERE} as well"):
        await Place().look(str(AI).replace(SUBSCRIPTION, ELSEWHERE))


def test_the_command_to_type_is_the_one_that_was_typed() -> None:
    """Every subscription and URL, quoted where a shell would trip over it."""
    typed = Typed("ai (prod)", ("a", "b"), "https://st.queue.example", "https://st.table.example")

    assert typed.looking() == (
        "python -m local rotate 'ai (prod)' --subscription a --subscription b --table https://st.table.example"
    )
    assert typed.wishing(Wish.NOW) == (
        "python -m local rotate 'ai (prod)' --subscription a --subscription b --queue https://st.queue.example "
        '--table https://st.table.example --now --reason "…"'
    )
