"""Scopes of policy by what is around an account: an endpoint falls under its workspace's name and tags."""

from typing import Any

import pytest

from shared.model.errors import BadEvent
from shared.model.message import Wish
from shared.policy.policy import Effect, Match, Scope
from tests.builders import TAGS, hub, project, rid
from tests.rotation_rig import RotationRig, account, consenting, keyed_endpoint

RENEWED, SEEN = "HW-KEY-013", "HW-KEY-015"
SCORE = keyed_endpoint()
AI = account()
OURS = Match(tag=("CostCenter", TAGS["CostCenter"]))
EXPECTED = "11111111-aaaa-bbbb-cccc-000000000001"
STRANGER = "99999999-aaaa-bbbb-cccc-000000000009"
LIST = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/listKeys/action"

around = pytest.mark.parametrize(
    "match", [Match(tag=("Team", "lab")), Match(name="proj*")], ids=["its workspace's tag", "its workspace's name"]
)


def rig(rule: str, match: Match, **scope: Any) -> RotationRig:  # noqa: ANN401 - the fields of a scope
    """An endpoint in a project that a scope is about, with a connection that keeps its first key."""
    made = RotationRig.of(hub(), project(tags={**TAGS, "Team": "lab"}), SCORE)
    made.policy = consenting(effects={RENEWED: Effect.AUDIT}, scopes={rule: (Scope(match, **scope),)})
    made.connect(SCORE)
    return made


@around
async def test_where_rotation_is_off(match: Match) -> None:
    """Its keys are left alone, and nothing is said of them."""
    world = rig(RENEWED, match, effect=Effect.OFF)
    await world.turn()
    world.clock.advance(hours=24 * 90)
    await world.turn()
    assert (world.living.looks, world.findings(Rule=RENEWED)) == (0, [])


@around
async def test_who_asks_where_rotation_is_off(match: Match) -> None:
    """Whoever asks is told, in a hurry or not, and nothing is kept of it."""
    world = rig(RENEWED, match, effect=Effect.OFF)
    for wish in Wish:
        with pytest.raises(BadEvent, match="policy leaves the keys"):
            await world.ask(SCORE, wish)
    assert world.ledger.kept == {}


@around
async def test_where_rotation_is_enforced(match: Match) -> None:
    """Its keys are renewed, though policy only looks elsewhere."""
    world = rig(RENEWED, match, effect=Effect.ENFORCE)
    await world.ask(SCORE)
    assert {account for account, _ in world.living.regenerated} == {rid(SCORE)}


@pytest.mark.parametrize("effect", [Effect.OFF, Effect.ENFORCE])
async def test_while_its_workspace_is_not_in_the_index(effect: Effect) -> None:
    """Policy goes by tags that nobody has read: nothing is written whatever it says, and the rule is unknown."""
    world = RotationRig.of(hub(), SCORE)
    world.policy = consenting(scopes={RENEWED: (Scope(Match(tag=("Team", "lab")), effect=effect),)})
    world.cloud.freeze_index()
    world.cloud.put(project(tags={**TAGS, "Team": "lab"}))
    world.connect(SCORE)
    await world.turn()
    world.clock.advance(hours=24 * 90)
    await world.turn()
    assert world.living.regenerated == []
    assert {row["Verdict"] for row in world.findings(Rule=RENEWED)} == {"unknown"}


@around
async def test_whom_policy_expects_there(match: Match) -> None:
    """A key that was shown to somebody who may see those of this workspace is no news; to anybody else it is."""
    world = rig(SEEN, match, parameters={"expected": (EXPECTED,)})
    await world.shown(rid(SCORE), LIST, principal=EXPECTED)
    before = dict(world.ledger.kept)
    await world.shown(rid(SCORE), LIST, principal=STRANGER)
    assert (before, set(world.ledger.kept)) == ({}, {rid(SCORE)})


async def test_whom_policy_expects_by_a_tag_of_the_account() -> None:
    """As the rule itself is judged."""
    world = RotationRig.of(hub(), AI, policy=consenting(scopes={SEEN: (Scope(OURS, effect=Effect.OFF),)}))
    await world.shown(rid(AI), "Microsoft.CognitiveServices/accounts/listKeys/action", principal=STRANGER)
    assert world.ledger.kept == {}
