"""No key, in whatever way a rotation goes wrong, is in a row, an alert, the memory, the log or an error."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from shared.engine.key_journal import memory_of
from shared.model.errors import DependencyDown, HubwardenError, Throttled, Unsure
from shared.model.key_facts import Slot
from tests.builders import connection, dependent_id, hub, project, rid
from tests.fakes.process import Process
from tests.rotation_rig import FIRST_KEY, RotationRig, account, consenting

AI, STORAGE = account(), account("storage", "stai")
DAY = timedelta(days=1)
SIGNATURE = "770999999999"
"""What a shared access signature ends in; it counts as a key."""


def calm(_: RotationRig) -> None:
    """Nothing goes wrong."""


def lists_denied(rig: RotationRig) -> None:
    """Nobody may list keys or connections."""
    rig.living.deny(rid(AI))
    rig.living.deny(rig.living.consumers()[0])
    rig.cloud.deny("microsoft.cognitiveservices/accounts/connections")


def writes_denied(rig: RotationRig) -> None:
    """Nobody may regenerate or move."""
    rig.living.hinder(rid(STORAGE))
    rig.living.hinder(rig.living.consumers()[1])


def unsure(rig: RotationRig) -> None:
    """Answers are lost."""
    rig.living.hinder(rid(AI), Unsure("no answer"))
    rig.living.lose_answer(rid(STORAGE), done=True)


def throttled(rig: RotationRig) -> None:
    """Azure asks for patience half-way through a move."""
    rig.living.hinder(rig.living.consumers()[0], Throttled("429 TooManyRequests", 30.0))


def refused(rig: RotationRig) -> None:
    """The new key is refused."""
    rig.living.proofs |= {rid(AI): False, rid(STORAGE): False}


def log_away(rig: RotationRig) -> None:
    """No row can be sent."""
    rig.log.trouble = DependencyDown("503 ServiceUnavailable")


def ledger_away(rig: RotationRig) -> None:
    """The ledger does not answer."""
    rig.ledger.trouble = DependencyDown("503 ServiceUnavailable")


TROUBLES: list[Callable[[RotationRig], None]] = [
    calm, lists_denied, writes_denied, unsure, throttled, refused, log_away, ledger_away,
]  # fmt: skip


def staged() -> RotationRig:
    """Keys wherever Azure's documents may show one: in credentials, and in a target that is signed."""
    rig = RotationRig.of(hub(storageAccount=dependent_id()), project(), AI, STORAGE)
    rig.policy = consenting("unknown_users", "resync_gap")
    rig.connect(AI)
    rig.connect(AI, Slot.SECOND, of="project")
    rig.connect(AI, None, name="dead")
    rig.connect(STORAGE)
    rig.anchor(STORAGE)
    target = f"https://stai.blob.core.windows.net/data?sv=2024&sig={SIGNATURE}"
    rig.cloud.put(connection("signed", authType="SAS", category="AzureBlob", target=target))
    return rig


async def everything(rig: RotationRig, errors: list[HubwardenError]) -> str:
    """All that anybody could ever see."""
    states = [await rig.store.load(memory_of(rid(document))) for document in (AI, STORAGE)]
    seen = rig.log.tables, rig.topic.alerts, rig.ledger.kept, states
    return "\n".join([repr(seen), *(repr(error) + str(error) for error in errors)])


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_no_key_anywhere(trouble: Callable[[RotationRig], None], caplog: pytest.LogCaptureFixture) -> None:
    """Some passes in trouble, some after it, an emergency; then nothing but Azure knows a key."""
    caplog.set_level(logging.DEBUG)
    rig, errors = staged(), []

    async def attempt(something: Awaitable[object]) -> None:
        try:
            await something
        except HubwardenError as error:
            errors.append(error)

    await attempt(rig.turn())
    trouble(rig)
    for _ in range(3):
        await attempt(rig.turn(world=Process().around(rig.world)))
        await attempt(rig.ask(AI))
        rig.clock.advance(hours=25)
    rig.living.heal()
    rig.log.trouble = rig.ledger.trouble = None
    await rig.live(most=3 * DAY)
    seen = f"{await everything(rig, errors)}\n{caplog.text}"

    assert len(rig.living.regenerated) >= 2
    assert str(FIRST_KEY) in repr(rig.cloud.world)
    assert [key for key in [*rig.living.numbers, SIGNATURE] if key in seen] == []
