"""A rotation with something in its way: lists that cannot be read, locks, refusals, patience, a ledger that is lost."""

from datetime import datetime, timedelta

import pytest

from shared.engine.key_journal import memory_of
from shared.model.errors import Conflict, DependencyDown, Throttled, Unsure
from shared.model.key_facts import Slot
from shared.model.resource_id import ResourceId
from shared.model.rotation import Phase, Record
from shared.model.tables import KEYS, RUNS
from shared.policy.policy import Limits
from tests.builders import Document, connection, dependent_id, diagnostics, hub, project, rid
from tests.fakes import FakeLedger, FakeStore
from tests.rotation_rig import RotationRig, account, consenting, keyed_endpoint

AI = account()
WORLD: tuple[Document, ...] = (hub(), hub("hub-2"), project(), diagnostics(), AI)
CONNECTIONS = "microsoft.machinelearningservices/workspaces/connections"
ENDS = "HW-KEY-014"
DAY = timedelta(days=1)
LOCKED = Conflict(
    "POST …/listKeys: Azure answered 409 ScopeLocked: The scope cannot perform write operation because following "
    "scope(s) are locked. Please remove the lock and try again."
)


@pytest.fixture
async def rig() -> RotationRig:
    """An account that is nearly due, whose first key ten connections of a hub keep."""
    rig = RotationRig.of(*WORLD)
    for number in range(10):
        rig.connect(AI, name=f"c{number}")
    await rig.met(AI)
    return rig


def connection_of(number: int) -> ResourceId:
    """One of the ten."""
    return rid(connection(f"c{number}"))


async def ends(rig: RotationRig, document: Document = AI) -> None:
    """The rotation comes to its end when all is well again, nobody was cut off, and no finding is left."""
    rig.living.heal()
    await rig.live()
    assert rig.living.killed == []
    assert all(rig.living.opens(consumer) for consumer in rig.living.consumers())
    assert (rig.record(document).phase, await rig.found(document)) == (Phase.RESTING, {})
    assert {slot for _, slot in rig.living.regenerated} == {Slot.FIRST, Slot.SECOND}


async def test_an_account_that_is_gone(rig: RotationRig) -> None:
    """What is under way ends with its account: its finding does, and its place is free for another."""
    rig.policy = consenting(limits=Limits(rotations_at_once=1))
    await rig.live(until=Phase.WAITING)
    rig.living.deny(rid(AI))
    await rig.turn()
    held = set(await rig.found(AI))
    other = account(name="zz-other")
    rig.cloud.put(other)
    rig.connect(other)
    rig.cloud.delete(rid(AI))
    await rig.live()
    told = len(rig.rows(KEYS, Account=rid(AI).key))
    await rig.turn()

    assert (held, await rig.found(AI), rig.record(AI).open) == ({ENDS}, {}, False)
    assert [one for one, _ in rig.living.regenerated[1:]] == [rid(other), rid(other)]
    assert len(rig.rows(KEYS, Account=rid(AI).key)) == told


async def test_an_account_that_was_never_there(rig: RotationRig) -> None:
    """Connections may name an account that somebody deleted long ago: nothing is told of it, however old."""
    rig.cloud.delete(rid(AI))
    await rig.turn()
    rig.clock.advance(days=100)
    await rig.turn()

    assert (rig.rows(KEYS), await rig.found(AI), rig.living.looks) == ([], {}, 0)


async def test_an_account_that_cannot_be_read(rig: RotationRig) -> None:
    """Nothing is done, and the row says which permission is missing."""
    await rig.live(until=Phase.WAITING)
    rig.cloud.deny(rid(AI))
    rig.clock.advance(days=3)
    await rig.turn()
    row = rig.stands(AI)

    assert len(rig.living.regenerated) == 1
    assert (row["Result"], "could not be read" in row["Reason"]) == ("held", True)
    assert "microsoft.cognitiveservices/accounts/read" in row["Reason"]
    rig.cloud.heal(rid(AI))
    await ends(rig)


@pytest.mark.parametrize("phase", [Phase.RESTING, Phase.WAITING])
async def test_a_list_that_cannot_be_read(rig: RotationRig, phase: Phase) -> None:
    """Connections that nobody may list could keep any key: all accounts are held, and told by which list."""
    if phase is Phase.WAITING:
        await rig.live(until=phase)
    before = len(rig.living.regenerated)
    rig.cloud.deny(CONNECTIONS)
    await rig.live(most=3 * DAY)

    assert len(rig.living.regenerated) == before
    if phase is Phase.WAITING:
        assert "the connections of hub" in rig.said(ENDS, AI)
        assert f"{CONNECTIONS}/read" in rig.said(ENDS, AI)
    rig.cloud.heal(CONNECTIONS)
    await ends(rig)


async def test_one_list_of_two(rig: RotationRig) -> None:
    """Also where another hub's list can be read, and shows consumers."""
    foundry = account("account", "foundry", age=0, allowProjectManagement=True)
    rig.cloud.put(foundry)
    rig.cloud.deny("microsoft.cognitiveservices/accounts/connections")
    await rig.live(most=3 * DAY)

    assert rig.living.regenerated == []
    assert "the connections of foundry could not be read" in rig.said(ENDS, AI)
    rig.cloud.heal("microsoft.cognitiveservices/accounts/connections")
    await ends(rig)


async def test_one_key_of_ten_that_may_not_be_seen(rig: RotationRig) -> None:
    """It may keep either key, so none dies; it is named, with the permission."""
    rig.living.deny(connection_of(3))
    await rig.live(most=3 * DAY)

    assert rig.living.regenerated == []
    assert "hub/c3" in rig.said(ENDS, AI)
    assert "connections/listsecrets/action" in rig.said(ENDS, AI)
    await ends(rig)


async def test_one_of_ten_that_may_not_be_moved(rig: RotationRig) -> None:
    """The other nine move; the old key lives on for the one, which is named; and it moves when it may be."""
    rig.living.hinder(connection_of(3))
    await rig.live(most=3 * DAY)
    moved = [rig.living.slot(connection_of(number)) for number in range(10)]

    assert moved.count(Slot.SECOND) == 9
    assert len(rig.living.regenerated) == 1
    assert "hub/c3 could not be moved" in rig.said(ENDS, AI)
    assert rig.steps("Consumer", "Before", "After", Step="move", Result="failed")[0] == (
        connection_of(3).key, '"Key1"', '"Key2"',
    )  # fmt: skip
    await ends(rig)


async def test_keyless_half_way(rig: RotationRig) -> None:
    """Whoever turns the account's keys off has ended the rotation: nothing is left to renew."""
    await rig.live(until=Phase.WAITING)
    rig.document(AI)["properties"]["disableLocalAuth"] = True
    await rig.live(most=2 * DAY)

    assert (rig.record(AI).open, len(rig.living.regenerated), await rig.found(AI)) == (False, 1, {})


@pytest.mark.parametrize("half_way", [False, True])
async def test_a_lock(half_way: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A ReadOnly lock forbids storage to list its keys (CONTRACTS §7): it is held, and the finding says why."""
    storage = account("storage", "stai")
    rig = RotationRig.of(hub(), storage)
    rig.connect(storage)
    if half_way:
        await rig.live(until=Phase.WAITING)
    before = len(rig.living.regenerated)
    rig.living.refuse(rid(storage), LOCKED)
    await rig.live(most=3 * DAY)

    assert len(rig.living.regenerated) == before
    assert "409 ScopeLocked" in rig.said(ENDS, storage)
    assert rig.alerted() == [("FindingOpened", ENDS)]
    await ends(rig, storage)


async def test_a_lock_on_what_is_written(rig: RotationRig) -> None:
    """One that only writing meets says so, too."""
    rig.living.hinder(rid(AI), LOCKED)
    await rig.live(most=2 * DAY)

    assert rig.living.regenerated == []
    assert "409 ScopeLocked" in rig.said(ENDS, AI)
    assert set(rig.steps(Result="failed")) == {("regenerate", "Key2", "failed")}
    await ends(rig)


async def test_an_endpoint_that_never_ends_it() -> None:
    """No answer is no trouble at first, for the next pass looks; after hours it is a finding."""
    score = keyed_endpoint()
    rig = RotationRig.of(hub(), project(), score)
    rig.connect(score)
    rig.clock.advance(days=1)
    await rig.turn()
    rig.clock.advance(days=84)
    rig.living.hinder(rid(score), Unsure("the operation has not ended in time"))
    await rig.live(until=Phase.RENEWING)
    began = rig.clock.now()
    await rig.live(most=1 * DAY)
    early = set(await rig.found(score))
    await rig.live(most=3 * DAY)
    (late,) = (await rig.found(score)).values()

    assert (early, late.rule) == (set(), ENDS)
    assert timedelta(hours=48) < late.first_seen - began <= timedelta(hours=60)
    assert {result for (result,) in rig.steps("Result")} == {"unsure"}
    assert "does not come to its end" in rig.said(ENDS, score)
    await ends(rig, score)


@pytest.mark.parametrize("done", [True, False])
async def test_a_lost_answer(rig: RotationRig, done: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Whether it was done or not, the next pass makes the idle key new, and nobody hears of trouble."""
    rig.living.lose_answer(rid(AI), done=done)
    await rig.live(most=2 * DAY)
    await ends(rig)

    assert rig.steps()[:2] == [("regenerate", "Key2", "unsure"), ("regenerate", "Key2", "done")]
    assert rig.alerted() == []


async def test_a_lost_answer_of_storage() -> None:
    """Storage tells when a key was made, so what was done is not done again."""
    storage = account("storage", "stai")
    rig = RotationRig.of(hub(), storage)
    rig.connect(storage)
    rig.living.lose_answer(rid(storage), done=True)
    await rig.live(most=2 * DAY)
    await ends(rig, storage)

    assert len(rig.living.regenerated) == 2
    assert rig.steps()[0] == ("regenerate", "key2", "unsure")


async def test_a_new_key_that_is_refused(rig: RotationRig) -> None:
    """Nobody moves to a key that opens nothing."""
    rig.living.proofs[rid(AI)] = False
    await rig.live(most=2 * DAY)
    assert {rig.living.slot(connection_of(number)) for number in range(10)} == {Slot.FIRST}
    assert "is refused" in rig.said(ENDS, AI)
    await ends(rig)


class Forgetful(FakeLedger):
    """A ledger that is lost as soon as a record says that it came to a phase."""

    at: Phase | None = None

    async def save(self, record: Record) -> Record:
        """See `KeyLedger.save`."""
        saved = await super().save(record)
        if record.phase is self.at:
            self.kept.clear()
            self.at = None
        return saved


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.RESTING])
async def test_the_ledger_is_lost(phase: Phase) -> None:
    """
    Whatever was under way, a rotation that remembers nothing goes by who keeps which key, and ends well.

    A workspace whose key died with policy's leave, at the very moment when all was forgotten, is found by its own rule.
    """
    storage, ledger = account("storage", "stai"), Forgetful()
    rig = RotationRig.of(hub(storageAccount=dependent_id()), project(), storage, ledger=ledger)
    rig.policy = consenting("unknown_users", "resync_gap")
    workspace = rig.anchor(storage)
    movable = [rig.connect(storage, Slot.FIRST, name="one"), rig.connect(storage, Slot.SECOND, name="two")]
    ledger.at = phase
    await rig.live(most=30 * DAY)

    assert ledger.at is None
    assert {consumer for _, _, consumer in rig.living.killed} <= {workspace}
    assert all(rig.living.opens(consumer) for consumer in movable)
    assert rig.record(storage).phase is Phase.RESTING
    await rig.sweep(workspace, keys=True)
    assert rig.living.opens(workspace) is ("HW-KEY-003 hub" not in await rig.open(workspace))


async def test_throttled(rig: RotationRig) -> None:
    """The pass ends with what it has, and raises; the next goes on."""
    two = account(name="zz")
    rig.cloud.put(two)
    rig.connect(two)
    rig.living.throttle()
    with pytest.raises(Throttled):
        await rig.turn()

    assert (rig.living.regenerated, len(rig.rows(RUNS))) == ([], 1)
    rig.living.heal()
    await rig.live()
    assert (len(rig.living.regenerated), rig.living.killed) == (4, [])


async def test_throttled_half_way_through_a_move(rig: RotationRig) -> None:
    """Some have moved and some have not, and nobody can tell which: the rows say so, and the next pass looks."""
    rig.living.hinder(connection_of(5), Throttled("429 TooManyRequests", 30.0))
    with pytest.raises(Throttled):
        await rig.turn()
    results = {result for (result,) in rig.steps("Result", Step="move")}

    assert (results, len(rig.steps(Step="move"))) == ({"unsure"}, 10)
    await ends(rig)


async def test_the_log_is_away(rig: RotationRig) -> None:
    """What was done while no row could be sent is told when one can."""
    rig.log.trouble = DependencyDown("503 ServiceUnavailable")
    with pytest.raises(DependencyDown):
        await rig.turn()
    rig.log.trouble = None
    await ends(rig)

    told = rig.steps(Step="regenerate")
    assert told == [("regenerate", "Key2", "unsure"), ("regenerate", "Key1", "done")]
    assert len(rig.steps(Step="move")) == 10


async def test_the_end_is_told_later(rig: RotationRig) -> None:
    """A rotation whose end could not be told has not ended yet: findings, rows and events come when they can."""
    rig.living.deny(rid(AI))
    with pytest.raises(DependencyDown):
        await rig.ask(AI)
    rig.living.heal()
    rig.topic.trouble = DependencyDown("503 ServiceUnavailable")
    await rig.live(most=DAY)
    early = rig.alerted()
    rig.topic.trouble = None
    await ends(rig)

    assert early == [("FindingOpened", ENDS)]
    assert rig.alerted()[1:] == [("FindingResolved", ENDS), ("EmergencyRotationEnded", "")]
    assert len(rig.living.regenerated) == 2


class NoLease(FakeStore):
    """A memory in which one lease cannot be taken."""

    without: ResourceId | None = None

    async def take(self, hub: ResourceId, holder: str, now: datetime, until: datetime) -> bool:
        """See `HubLease.take`."""
        if hub == self.without:
            raise DependencyDown("503 ServiceUnavailable")
        return await super().take(hub, holder, now, until)


async def test_a_lease_that_cannot_be_taken(rig: RotationRig) -> None:
    """What goes wrong with one account stops no other, and the pass has its row."""
    two = account(name="zz")
    rig.cloud.put(two)
    rig.connect(two)
    await rig.met(two)
    rig.store = store = NoLease()
    store.without = memory_of(rid(AI))
    await rig.turn()

    assert [one for one, _ in rig.living.regenerated] == [rid(two)]
    assert len(rig.rows(RUNS)) == 1


async def test_a_finding_nobody_would_look_at(rig: RotationRig) -> None:
    """Where nobody keeps a key any more, the account's finding does not stand for ever."""
    rig.policy = consenting(auto_approve="")
    await rig.live(most=DAY)
    before = set(await rig.found(AI))
    rig.policy = consenting(auto_approve="", parameters={"HW-KEY-010": {"days": 365}})
    for number in range(10):
        rig.cloud.delete(connection_of(number))
    await rig.turn()

    assert (before, await rig.found(AI)) == ({ENDS}, {})
    assert rig.alerted()[-1] == ("FindingResolved", ENDS)
