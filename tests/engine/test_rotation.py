"""
The rotation of an account's keys from due to rested, in a world that behaves.

After an intended change of its rows: `HUBWARDEN_GOLDEN=write pytest tests/engine/test_rotation.py`, and read the diff.
"""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from shared.model.facts import Kind
from shared.model.key_facts import Slot
from shared.model.message import Wish
from shared.model.rotation import Phase
from shared.model.tables import KEYS, RUNS, TABLES
from shared.policy.policy import Effect, Limits
from tests.builders import SUBSCRIPTION, Document, dependent, dependent_id, diagnostics, hub, project, rid
from tests.fakes.process import Process
from tests.rotation_rig import RotationRig, account, consenting, keyed_endpoint

GOLDEN = Path(__file__).parent / "golden"
AI, SEARCH, STORAGE = account(), account("search", "find"), account("storage", "stai", age=0)
FOUNDRY = dependent("account", "foundry", allowProjectManagement=True)
WORLD: tuple[Document, ...] = (hub(), hub("hub-2"), project(), diagnostics(), FOUNDRY, AI)
DAY = timedelta(days=1)


@pytest.fixture
async def rig() -> RotationRig:
    """An account that is nearly due, whose first key connections of two hubs, a project and Foundry keep."""
    rig = RotationRig.of(*WORLD)
    homes: tuple[str | Document, ...] = ("hub", "hub", "hub-2", "project", FOUNDRY)
    for number, home in enumerate(homes):
        rig.connect(AI, name=f"c{number}", of=home)
    await rig.met(AI)
    return rig


async def test_from_due_to_rested(rig: RotationRig) -> None:
    """Both keys are new, everybody in all hubs keeps a living one, and nobody's key ever died under them."""
    consumers = rig.living.consumers()
    await rig.live(until=Phase.WAITING)
    waiting = {rig.living.slot(consumer) for consumer in consumers}
    await rig.live()

    assert (len(consumers), waiting) == (5, {Slot.SECOND})
    assert rig.living.regenerated == [(rid(AI), Slot.SECOND), (rid(AI), Slot.FIRST)]
    assert rig.living.killed == []
    assert all(rig.living.opens(consumer) for consumer in consumers)
    assert rig.record(AI).phase is Phase.RESTING


async def test_both_live_for_the_grace(rig: RotationRig) -> None:
    """The old key dies no sooner than policy says after the last consumer moved."""
    await rig.live(until=Phase.WAITING)
    moved = rig.clock.now()
    await rig.live()
    new, old = rig.born(AI)

    assert new <= moved
    assert old - moved >= DAY


async def test_the_next_pass_writes_nothing(rig: RotationRig) -> None:
    """Once it is over, a pass lists no key, changes nothing, and tells only that it was made."""
    await rig.live()
    before = rig.record(AI), rig.living.looks, len(rig.rows(KEYS)), len(rig.living.regenerated)
    await rig.turn()

    assert (rig.record(AI), rig.living.looks, len(rig.rows(KEYS)), len(rig.living.regenerated)) == before
    assert (rig.runs[-1]["Trigger"], rig.runs[-1]["Judged"]) == ("rotation", 0)


async def test_rows_of_one_rotation(rig: RotationRig) -> None:
    """Each step with both sides of it, and where the account stood at the end of each pass."""
    await rig.live()
    text = json.dumps(rig.rows(KEYS), indent=2) + "\n"
    file = GOLDEN / "rotation.json"
    if os.environ.get("HUBWARDEN_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")

    assert text == file.read_text(encoding="utf-8")
    assert {name for row in rig.rows(KEYS) for name in row} <= {column.name for column in TABLES[KEYS]}


async def test_header_of_a_pass(rig: RotationRig) -> None:
    """One row a pass, with what was judged; no hub, for it is about all."""
    await rig.turn()
    (row,) = rig.rows(RUNS)
    assert (row["Hub"], row["Trigger"], row["Mode"], row["Judged"], row["Failed"]) == ("", "rotation", "enforce", 1, 0)


async def test_a_key_that_is_too_old(rig: RotationRig) -> None:
    """A key that nobody may renew opens findings, which end with the rotation; each alerts twice."""
    rig.policy = consenting(auto_approve="")
    await rig.live(most=7 * DAY)
    before = set(await rig.found(AI))
    rig.policy = consenting()
    await rig.live()

    assert before == {"HW-KEY-010", "HW-KEY-014"}
    assert await rig.found(AI) == {}
    assert sorted(rig.alerted()) == sorted(
        (what, rule) for rule in before for what in ("FindingOpened", "FindingResolved")
    )


async def test_nobody_approved(rig: RotationRig) -> None:
    """A rotation that policy wants nobody to begin by itself says how to let it begin, and does when asked for."""
    rig.policy = consenting(auto_approve="")
    await rig.live(most=DAY)
    said = rig.said("HW-KEY-014", AI)
    await rig.ask(AI, Wish.BEGIN, "CHG-8")
    await rig.live()

    assert "local rotate" in said
    assert (len(rig.living.regenerated), await rig.found(AI)) == (2, {})
    assert {cause for (cause,) in rig.steps("Cause")} == {"request"}


async def test_audit_mode_only_says_it(rig: RotationRig) -> None:
    """Nothing is written to Azure, and to the ledger nothing but when the account was first seen."""
    rig.enforce = False
    await rig.turn()
    first = rig.record(AI)
    rig.clock.advance(days=3)
    await rig.turn()

    assert (rig.living.regenerated, {rig.living.slot(one) for one in rig.living.consumers()}) == ([], {Slot.FIRST})
    assert (first, rig.record(AI)) == (first, first)
    assert (first.phase, first.demand, first.kept) == (Phase.RESTING, None, {})
    assert rig.stands(AI)["Result"] == "skipped"
    assert "the next step would be to regenerate its Key2" in rig.said("HW-KEY-010", AI)


async def test_policy_that_only_audits(rig: RotationRig) -> None:
    """The same where the app may write and policy says audit of this rule."""
    rig.policy = consenting(effects={"HW-KEY-010": Effect.AUDIT})
    await rig.live(most=DAY)
    assert (rig.living.regenerated, rig.stands(AI)["Result"]) == ([], "skipped")


async def test_switched_off(rig: RotationRig) -> None:
    """No key is listed, and no row tells of the account."""
    rig.policy = consenting(effects={"HW-KEY-010": Effect.OFF})
    await rig.live(most=DAY)
    assert (rig.living.looks, rig.rows(KEYS)) == (0, [])


async def test_switched_off_half_way(rig: RotationRig) -> None:
    """What is under way ends there with its findings, both keys alive; switched on again, all begins anew."""
    await rig.live(until=Phase.WAITING)
    rig.living.deny(rid(AI))
    await rig.turn()
    held = set(await rig.found(AI))
    rig.policy = consenting(effects={"HW-KEY-010": Effect.OFF})
    await rig.turn()
    left = rig.record(AI).open, await rig.found(AI), len(rig.living.regenerated)
    rig.living.heal()
    rig.policy = consenting()
    await rig.live()

    assert held == {"HW-KEY-014"}
    assert left == (False, {}, 1)
    assert (rig.living.killed, rig.record(AI).phase, len(rig.living.regenerated)) == ([], Phase.RESTING, 3)


async def test_not_governed(rig: RotationRig) -> None:
    """An account in a subscription that is not to be written to is left as it is, and told of."""
    rotator = rig.rotator(governed=frozenset({"another"}))
    await rotator.run("elsewhere")
    assert (rig.living.regenerated, rig.stands(AI)["Result"]) == ([], "skipped")
    await rig.rotator(governed=frozenset({SUBSCRIPTION})).run("here")
    await rig.live()
    assert len(rig.living.regenerated) == 2


async def test_every_kind_of_account() -> None:
    """Search, storage and endpoints are rotated as AI services are, each by its own rule."""
    score = keyed_endpoint()
    rig = RotationRig.of(hub(storageAccount=dependent_id()), project(), SEARCH, STORAGE, score)
    for document in (SEARCH, STORAGE, score):
        rig.connect(document)
    await rig.live(most=92 * DAY)
    kinds = {row["Kind"] for row in rig.rows(KEYS, Step="regenerate")}

    assert kinds == {Kind.SEARCH.value, Kind.STORAGE.value, Kind.ENDPOINT.value}
    assert (len(rig.living.regenerated), rig.living.killed) == (6, [])


async def test_a_workspace_that_accepts_the_gap() -> None:
    """A workspace learns its storage's key only after the old one died; where policy accepts that, it does."""
    storage = account("storage", "stai")
    rig = RotationRig.of(hub(storageAccount=dependent_id()), storage)
    rig.policy = consenting("unknown_users", "resync_gap")
    workspace, kept = rig.anchor(storage), rig.connect(storage, Slot.SECOND)
    await rig.live()

    assert {consumer for _, _, consumer in rig.living.killed} == {workspace}
    assert rig.living.opens(workspace)
    assert rig.living.opens(kept)
    assert rig.record(storage).phase is Phase.RESTING


async def test_a_workspace_that_does_not() -> None:
    """Without, both keys go on living, and the finding says what to do."""
    storage = account("storage", "stai")
    rig = RotationRig.of(hub(storageAccount=dependent_id()), storage)
    rig.anchor(storage)
    await rig.live()

    assert rig.living.killed == []
    assert "systemDatastoresAuthMode" in rig.said("HW-KEY-014", storage)


@pytest.mark.parametrize("most", [1, 2])
async def test_so_many_at_once(most: int) -> None:
    """As many rotations as policy allows are under way; the others wait, say so, and have their turn."""
    accounts = [account(name=f"ai{number}") for number in range(4)]
    rig = RotationRig.of(hub(), *accounts, policy=consenting(limits=Limits(rotations_at_once=most)))
    for document in accounts:
        rig.connect(document)
    under_way, said = 0, set()
    for _ in range(60):
        await rig.turn()
        under_way = max(under_way, sum(one.phase is not Phase.RESTING for one in rig.ledger.kept.values()))
        said |= {row["Reason"] for row in rig.rows(KEYS, Result="held")}
        rig.clock.advance(hours=6)

    assert under_way == most
    assert any("as many rotations as policy allows" in reason for reason in said)
    assert (len(rig.living.regenerated), rig.living.killed) == (8, [])


async def test_who_waits_takes_no_place() -> None:
    """An account that its tag holds does not keep the only place from one that could begin."""
    held, free = account(name="a-held"), account(name="b-free")
    held["tags"]["hubwarden-keep-keys"] = "2026-12-31"
    rig = RotationRig.of(hub(), held, free, policy=consenting(limits=Limits(rotations_at_once=1)))
    rig.connect(held)
    rig.connect(free)
    for _ in range(12):
        await rig.turn(world=Process().around(rig.world))
        rig.clock.advance(hours=13)

    assert [one for one, _ in rig.living.regenerated] == [rid(free), rid(free)]


async def test_only_those_asked_for() -> None:
    """A pass over some accounts leaves all others alone."""
    one, two = account(name="ai1"), account(name="ai2")
    rig = RotationRig.of(hub(), one, two)
    rig.connect(one)
    rig.connect(two)
    stands = await rig.turn(only=(rid(one),))

    assert list(stands) == [rid(one)]
    assert {row["Account"] for row in rig.rows(KEYS)} == {rid(one).key}
