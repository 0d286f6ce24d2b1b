"""Policy on images that goes by a workspace's tags, where those cannot be read: nothing is taken back, or done."""

import pytest

from shared.model.finding import Verdict
from shared.policy.policy import Effect, Match, Scope
from tests.builders import diagnostics, hub, rid
from tests.engine.season import AGE, FORGOTTEN, LADDER, days
from tests.images_rig import EVENING, HUB, ImagesRig, touching

WATCHED = hub(tags={"Images": "watched"})
STOP = "HW-IMG-002"
TAGGED = touching(
    effects={AGE: Effect.OFF, "HW-IMG-003": Effect.AUDIT},
    scopes={AGE: (Scope(Match(tag=("Images", "watched")), effect=Effect.AUDIT),)},
)
"""Whoever tags a workspace has its images watched; nobody else."""


def watched() -> ImagesRig:
    """A hub whose owner wants that, with an instance that falls behind."""
    return ImagesRig.of(WATCHED, diagnostics(), FORGOTTEN, policy=TAGGED)


@pytest.mark.parametrize("trouble", ["deny", "down"])
async def test_a_workspace_that_cannot_be_read_takes_nothing_back(trouble: str) -> None:
    """An event comes while its workspace answers 403 or 503: warning and date stay, and what is open stays open."""
    rig = watched()
    await rig.live(50)
    before, stood = await rig.memory(FORGOTTEN), await rig.open(HUB)
    getattr(rig.cloud, trouble)(rid(HUB))
    await rig.event(FORGOTTEN)
    meanwhile, still = await rig.memory(FORGOTTEN), await rig.open(HUB)
    said = {row["Rule"]: row["Verdict"] for row in rig.findings(RunId=rig.runs[-1]["RunId"])}
    rig.cloud.heal(rid(HUB))
    await rig.live(15)

    assert before.notice is not None
    assert (meanwhile, still) == (before, stood)
    assert (said[AGE], said[STOP]) == (Verdict.UNKNOWN, Verdict.UNKNOWN)
    assert days(rig)["ci-forgotten"] == LADDER[:5]


async def test_nothing_is_done_by_a_notice_of_which_nobody_knows_whether_it_counts() -> None:
    """Its date has come, and its workspace cannot be read: its owner may have let it off, so it is not stopped."""
    rig = watched()
    await rig.live(64)
    await rig.sweep(HUB)
    stood = await rig.open(HUB)
    rig.clock.advance(hours=EVENING.total_seconds() / 3600)
    rig.cloud.deny(rid(HUB))
    await rig.event(FORGOTTEN)
    before, still = rig.stops(), await rig.open(HUB)
    rig.cloud.heal(rid(HUB))
    await rig.event(FORGOTTEN)

    assert f"{STOP} ci-forgotten" in stood
    assert (before, still) == ([], stood)
    assert len(rig.stops()) == 1


async def test_whose_tag_is_gone_is_let_off() -> None:
    """Once that is seen, and not before."""
    rig = watched()
    await rig.live(50)
    rig.document(HUB)["tags"] = {}
    await rig.sweep(HUB)

    assert (await rig.memory(FORGOTTEN)).notice is None
    assert not {f"{AGE} ci-forgotten", f"{STOP} ci-forgotten"} & (await rig.open(HUB)).keys()


async def test_a_rule_that_is_off_everywhere_is_never_in_doubt() -> None:
    """Nobody is told that it could not be judged."""
    scopes = {AGE: (Scope(Match(tag=("Images", "watched")), effect=Effect.OFF),)}
    rig = watched()
    rig.policy = touching(effects={AGE: Effect.OFF}, scopes=scopes)
    await rig.sweep(HUB)
    rig.cloud.deny(rid(HUB))
    await rig.event(FORGOTTEN)

    assert rig.findings(Rule=AGE) == []
