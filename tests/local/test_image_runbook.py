"""The runbook on old images: it has a line for whatever keeps an instance away that was taken down."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from shared.images.anew import Stage, stage
from shared.model.compute_memory import ComputeMemory, TakenDown
from shared.model.estate import Estate
from shared.model.facts import Fact
from shared.model.finding import Verdict
from shared.rules.recreation import IMAGE_ANEW
from tests.builders import NOW, hub, rid
from tests.images.sample import owned
from tests.rules.asking import absent, ask, unreadable

RUNBOOK = (Path(__file__).resolve().parents[2] / "docs" / "runbooks" / "image-over-sla.md").read_text("utf-8")
PHRASES = re.findall(r"(?m)^\| `(.+?)` \|", RUNBOOK)
"""What it says that the message may say."""
TAKEN = TakenDown({}, "25.12.31", NOW - timedelta(hours=2))


def remade(state: str | None, how: str, image: str | None = TAKEN.image, *, hours_ago: int = 1) -> Fact:
    """The instance as it was made so long ago."""
    document = owned(state=state, osImageMetadata={"currentImageVersion": image})
    made = (NOW - timedelta(hours=hours_ago)).isoformat()
    document["properties"] |= {"createdOn": made, "provisioningState": how}
    return Fact.of(document)


WORLDS = {
    Stage.UNSEEN: unreadable(owned()["id"]),
    Stage.STAYS: remade("Stopped", "Succeeded", hours_ago=3),
    Stage.GONE: absent(owned()["id"]),
    Stage.MAKING: remade(None, "Creating", None),
    Stage.BROKEN: remade("CreateFailed", "Failed"),
    Stage.SAME: remade("Running", "Succeeded"),
    Stage.ANEW: remade("Running", "Succeeded", "26.02.20"),
}


@pytest.mark.parametrize("at", Stage)
def test_whatever_keeps_an_instance_away_has_its_line(at: Stage) -> None:
    """Wherever it stands: in one line where the rule fails, and in none where it does not."""
    said = ask(IMAGE_ANEW, hub(), WORLDS[at], remembered={rid(owned()): ComputeMemory(taken_down=TAKEN)})

    assert stage(rid(owned()), TAKEN, Estate.of([WORLDS[at]])) is at
    assert said is not None
    assert sum(phrase in said.message for phrase in PHRASES) == (said.verdict is Verdict.FAIL)
