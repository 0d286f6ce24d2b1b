"""How old keys are of accounts whose own documents do not say: what the silence of the activity log tells."""

from datetime import timedelta

import pytest

from shared.model.errors import Forbidden
from shared.model.rotation import Phase
from tests.builders import Document, hub, project
from tests.rotation_rig import RotationRig, account, keyed_endpoint

SEARCH, AI, SCORE = account("search", "find"), account(age=10), keyed_endpoint()
WORLD = (hub(), project(), SEARCH, AI, SCORE)
DAY = timedelta(days=1)


@pytest.mark.parametrize("document", [SEARCH, SCORE], ids=["search", "endpoint"])
async def test_keys_that_are_as_old_as_the_log_reaches(document: Document) -> None:
    """Nobody made one in 89 days: so they are due at once, and not three months after they were first seen."""
    rig = RotationRig.of(*WORLD)
    rig.connect(document, old=True)
    await rig.live(most=3 * DAY)

    assert len(rig.living.regenerated) == 2
    assert rig.living.killed == []


@pytest.mark.parametrize("document", [SEARCH, SCORE], ids=["search", "endpoint"])
async def test_one_that_may_have_been_made_lately(document: Document) -> None:
    """The log does not tell which key it was, or whether the account itself is new: the age counts from first sight."""
    rig = RotationRig.of(*WORLD)
    rig.connect(document)
    await rig.live(most=3 * DAY)

    assert rig.living.regenerated == []
    assert rig.record(document).born == {}


async def test_an_account_that_says_when_it_was_made() -> None:
    """Its log is not asked: an account ten days old has no older key."""
    rig = RotationRig.of(*WORLD)
    rig.connect(AI, old=True)
    await rig.live(most=3 * DAY)

    assert rig.living.regenerated == []


async def test_a_log_that_cannot_be_read_is_no_silent_one() -> None:
    """Nothing is concluded from it, and the pass goes on; once it can be read, it tells."""
    rig = RotationRig.of(*WORLD)
    rig.connect(SEARCH, old=True)
    rig.uses.activity_trouble = Forbidden("403", "Microsoft.Insights/eventtypes/values/read")
    await rig.turn()
    blind = rig.record(SEARCH).born
    rig.uses.activity_trouble = None
    await rig.turn()

    assert blind == {}
    assert set(rig.record(SEARCH).born.values()) == {rig.clock.now() - timedelta(days=89)}


async def test_what_was_learnt_is_not_asked_for_again() -> None:
    """The ledger has it, and a key that we made since is as old as that."""
    rig = RotationRig.of(*WORLD)
    rig.connect(SEARCH, old=True)
    await rig.live(most=3 * DAY)
    rig.uses.activity_trouble = Forbidden("403", "Microsoft.Insights/eventtypes/values/read")
    await rig.turn()
    record = rig.record(SEARCH)

    assert record.phase is Phase.RESTING
    assert min(record.born.values()) > rig.clock.now() - 4 * DAY
