"""What people and events ask of a rotation: a hurry, an approval, to be left alone, and who was shown a key."""

from datetime import timedelta
from typing import Any

import pytest

from shared.engine.key_journal import memory_of
from shared.engine.key_record import EMERGENCY_ENDED
from shared.model.errors import BadEvent, Conflict, DependencyDown
from shared.model.key_facts import Slot
from shared.model.message import Wish
from shared.model.rotation import Cause, Phase
from shared.model.tables import KEYS
from shared.policy.policy import Effect
from tests.builders import Document, diagnostics, hub, policy, project, rid
from tests.rotation_rig import OURSELVES, RotationRig, account, consenting, keyed_endpoint

AI = account(age=1)
WORLD: tuple[Document, ...] = (hub(), hub("hub-2"), project(), diagnostics(), AI)
LIST = "Microsoft.CognitiveServices/accounts/listKeys/action"
STRANGER, EXPECTED = "00000000-aaaa-bbbb-cccc-0000000000ff", "00000000-aaaa-bbbb-cccc-0000000000ee"
SEEN = "HW-KEY-015"
DAY = timedelta(days=1)


@pytest.fixture
def rig() -> RotationRig:
    """A young account whose keys connections in two hubs keep, under a policy that approves nothing by itself."""
    rig = RotationRig.of(*WORLD, policy=policy())
    rig.connect(AI, Slot.FIRST)
    rig.connect(AI, Slot.FIRST, of="hub-2")
    return rig


async def test_an_emergency(rig: RotationRig) -> None:
    """Both keys are new within one message, whoever else may use them; and one event says that it is over."""
    old = rig.living.shown(rig.living.consumers()[0])
    await rig.ask(AI)
    (alert,) = [alert for alert in rig.topic.alerts if alert.kind == EMERGENCY_ENDED]

    assert rig.living.regenerated == [(rid(AI), Slot.SECOND), (rid(AI), Slot.FIRST)]
    assert rig.living.killed == []
    assert all(rig.living.opens(one) and rig.living.shown(one) != old for one in rig.living.consumers())
    assert (alert.subject, alert.data["Reason"], alert.data["By"]) == (
        rid(AI).key, "it leaked", "jane@contoso.example",
    )  # fmt: skip
    assert {cause for (cause,) in rig.steps("Cause")} == {"emergency"}


async def test_an_emergency_where_both_keys_are_kept(rig: RotationRig) -> None:
    """Consumers of both keys are gathered first, and nobody is cut off in the hurry."""
    rig.connect(AI, Slot.SECOND, name="other", of="project")
    await rig.ask(AI)

    assert (len(rig.living.regenerated), rig.living.killed, rig.record(AI).phase) == (2, [], Phase.RESTING)
    assert all(rig.living.opens(one) for one in rig.living.consumers())


async def test_an_emergency_overtakes(rig: RotationRig) -> None:
    """The key that the rotation under way has made may be the one that leaked: both are made anew."""
    rig.policy = consenting()
    await rig.ask(AI, Wish.BEGIN)
    await rig.live(until=Phase.WAITING)
    leaked = {rig.living.shown(one) for one in rig.living.consumers()}
    rig.clock.advance(hours=2)
    await rig.ask(AI)

    assert {rig.living.shown(one) for one in rig.living.consumers()}.isdisjoint(leaked)
    assert rig.living.regenerated[1:] == [(rid(AI), Slot.FIRST), (rid(AI), Slot.SECOND)]
    assert (rig.living.killed, rig.record(AI).phase) == ([], Phase.RESTING)


async def test_an_emergency_while_somebody_is_at_it(rig: RotationRig) -> None:
    """What nobody could begin with comes again; the wish is kept, for whoever is next."""
    lease, now = memory_of(rid(AI)), rig.clock.now()
    await rig.store.take(lease, "somebody", now, now + timedelta(minutes=6))
    with pytest.raises(Conflict):
        await rig.ask(AI)
    await rig.store.release(lease, "somebody")
    await rig.ask(AI)

    assert (len(rig.living.regenerated), rig.record(AI).open) == (2, False)


@pytest.mark.parametrize("done", [True, False])
async def test_an_emergency_whose_answer_is_lost(rig: RotationRig, *, done: bool) -> None:
    """Nobody waits for the timer then: the message comes again, and the second key dies as soon as it may."""
    rig.living.lose_answer(rid(AI), done=done)
    with pytest.raises(DependencyDown, match="the emergency of ai is not over"):
        await rig.ask(AI)
    rig.living.heal()
    await rig.ask(AI)

    assert {slot for _, slot in rig.living.regenerated} == {Slot.FIRST, Slot.SECOND}
    assert (rig.living.killed, rig.record(AI).open) == ([], False)


async def test_an_emergency_that_is_held_up(rig: RotationRig) -> None:
    """The invocation fails and says by what."""
    rig.living.hinder(rig.living.consumers()[0], Conflict("the scope is locked"))
    with pytest.raises(DependencyDown, match="the scope is locked"):
        await rig.ask(AI)


@pytest.mark.parametrize("settings", [{"enforce": False}, {"policy": consenting(effects={"HW-KEY-010": Effect.AUDIT})}])
async def test_an_emergency_that_may_not_write(rig: RotationRig, settings: dict[str, Any]) -> None:
    """It is looked at once, and no message comes again for what policy does not allow."""
    for name, value in settings.items():
        setattr(rig, name, value)
    await rig.ask(AI)

    assert rig.living.regenerated == []


async def test_nothing_less_overtakes(rig: RotationRig) -> None:
    """Whoever asks in no hurry for what is under way in a hurry changes nothing."""
    rig.living.deny(rid(AI))
    with pytest.raises(DependencyDown):
        await rig.ask(AI)
    await rig.ask(AI, Wish.BEGIN, "CHG-9")
    demand = rig.record(AI).demand

    assert demand is not None
    assert (demand.cause, demand.reason) == (Cause.EMERGENCY, "it leaked")


async def test_an_approval(rig: RotationRig) -> None:
    """Where no log tells who else uses the old key, it lives on until somebody approves."""
    rig.policy = policy(auto_approve="CHG-7")
    await rig.ask(AI, Wish.BEGIN)
    await rig.ask(AI, Wish.APPROVE, "nobody else has it")
    await rig.live(most=3 * DAY)

    assert (len(rig.living.regenerated), rig.living.killed) == (2, [])
    assert rig.record(AI).approved == ""


async def test_no_approval(rig: RotationRig) -> None:
    """Without one, it says how to give one, and nothing dies."""
    await rig.ask(AI, Wish.BEGIN)
    await rig.live(most=3 * DAY)

    assert rig.living.regenerated == []
    assert "accept unknown_users" in rig.said("HW-KEY-014", AI)


@pytest.mark.parametrize("document", [hub(), project()])
async def test_what_has_no_keys(rig: RotationRig, document: Document) -> None:
    """A wish about something else goes back to whoever sent it."""
    with pytest.raises(BadEvent, match="no keys that rotate"):
        await rig.ask(document)


async def test_what_is_not_there(rig: RotationRig) -> None:
    """A name that was mistyped leaves nothing behind that waits for ever."""
    with pytest.raises(BadEvent, match="does not exist"):
        await rig.ask(account(name="no-such"))
    assert rig.ledger.kept == {}


async def test_shown_to_a_stranger(rig: RotationRig) -> None:
    """It is told at once with the next pass, and over when both keys are newer."""
    await rig.shown(rid(AI), LIST, principal=STRANGER, who="eve@contoso.example")
    await rig.turn()
    said, looks = rig.said(SEEN, AI), rig.living.looks
    await rig.turn()
    idle = rig.living.looks - looks
    rig.clock.advance(hours=1)
    await rig.ask(AI)

    assert "eve@contoso.example" in said
    assert "--now" in said
    assert (looks, idle) == (0, 0)
    assert rig.alerted() == [("FindingOpened", SEEN), ("FindingResolved", SEEN), ("EmergencyRotationEnded", "")]
    assert await rig.found(AI) == {}


@pytest.mark.parametrize(
    ("principal", "application"),
    [(OURSELVES, ""), (STRANGER, EXPECTED), (EXPECTED, "")],
    ids=["ourselves", "an application", "a principal"],
)
async def test_shown_to_whom_it_may(rig: RotationRig, principal: str, application: str) -> None:
    """Ourselves, and whom policy expects."""
    rig.policy = policy(parameters={SEEN: {"expected": (EXPECTED.upper(),)}})
    await rig.shown(rid(AI), LIST, principal=principal, application=application, who="app")
    await rig.turn()

    assert await rig.found(AI) == {}


async def test_of_several_the_latest_counts(rig: RotationRig) -> None:
    """Events come in any order: an old one does not hide a younger one, after which the keys were not renewed."""
    first = rig.clock.now()
    rig.clock.advance(hours=1)
    await rig.ask(AI)
    rig.clock.advance(hours=1)
    await rig.shown(rid(AI), LIST, principal=STRANGER, who="eve@contoso.example")
    await rig.shown(rid(AI), LIST, principal=STRANGER, who="adam@contoso.example", at=first)
    await rig.turn()

    assert set(await rig.found(AI)) == {SEEN}
    assert "eve@contoso.example" in rig.said(SEEN, AI)


@pytest.mark.parametrize("of", ["hub", "project"])
async def test_shown_by_its_consumer(rig: RotationRig, of: str) -> None:
    """Whoever lists a connection's secrets sees the account's key; a project shows what its hub shares."""
    connection = rig.connect(AI, name="shared", isSharedToAll=True)
    shown = rid(f"{rid(hub() if of == 'hub' else project())}/connections/{connection.name}")
    operation = "Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action"
    await rig.shown(shown, operation, principal=STRANGER)
    await rig.turn()

    assert set(await rig.found(AI)) == {SEEN}
    assert STRANGER in rig.said(SEEN, AI)


async def test_shown_while_nobody_can_tell(rig: RotationRig) -> None:
    """Where Azure does not answer whose key it was, the event comes again; where it may not be seen, it does not."""
    connection, operation = rig.connect(AI, name="c"), "x/listsecrets/action"
    rig.cloud.down(connection)
    with pytest.raises(DependencyDown):
        await rig.shown(connection, operation, principal=STRANGER)
    rig.cloud.deny(connection)
    await rig.shown(connection, operation, principal=STRANGER)
    assert rig.ledger.kept == {}


@pytest.mark.parametrize("operation", ["Microsoft.CognitiveServices/accounts/write", "x/listUsages/action"])
async def test_any_other_event(rig: RotationRig, operation: str) -> None:
    """Nothing is kept of what shows no key."""
    await rig.shown(rid(AI), operation, principal=STRANGER)
    assert rig.ledger.kept == {}


async def test_who_need_not_know(rig: RotationRig) -> None:
    """Where policy wants no word of it, none is kept."""
    rig.policy = policy(effects={SEEN: Effect.OFF})
    await rig.shown(rid(AI), LIST, principal=STRANGER)
    assert rig.ledger.kept == {}


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("2026-05-01", "until 2026-05-01"),
        ("next spring", "is no date"),
        ("", "is no date"),
        ("2028-01-01", "further than a year"),
    ],
)
async def test_left_alone_by_its_tag(rig: RotationRig, tag: str, said: str) -> None:
    """A tag with a day keeps a rotation away until then; one that says no day within a year does so, and is told of."""
    rig.document(AI)["tags"]["hubwarden-keep-keys"] = tag
    rig.policy = consenting()
    await rig.ask(AI, Wish.BEGIN)
    await rig.live(most=3 * DAY)

    assert rig.living.regenerated == []
    assert said in rig.said("HW-KEY-014", AI)


async def test_a_tag_that_has_ended(rig: RotationRig) -> None:
    """On its day the rotation begins, and the finding ends."""
    rig.document(AI)["tags"]["hubwarden-keep-keys"] = (rig.clock.now() + 2 * DAY).date().isoformat()
    rig.policy = consenting()
    await rig.ask(AI, Wish.BEGIN)
    before = set(await rig.found(AI))
    await rig.live()

    assert before == {"HW-KEY-014"}
    assert (len(rig.living.regenerated), await rig.found(AI)) == (2, {})


async def test_a_tag_stops_no_emergency(rig: RotationRig) -> None:
    """What has leaked is renewed all the same."""
    rig.document(AI)["tags"]["hubwarden-keep-keys"] = "2026-05-01"
    await rig.ask(AI)
    assert len(rig.living.regenerated) == 2


async def test_an_emergency_of_an_endpoint() -> None:
    """An endpoint has no harmless call, so the new key is not tried, and both are renewed all the same."""
    score = keyed_endpoint()
    rig = RotationRig.of(hub(), project(), score, policy=policy())
    rig.connect(score)
    await rig.ask(score)
    assert (len(rig.living.regenerated), rig.living.killed) == (2, [])
    assert rig.rows(KEYS, Step="prove", Result="done") != []
