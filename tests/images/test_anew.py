"""Where an instance stands between its deletion and its new image, and when what it was may be forgotten."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.images.anew import Stage, is_over, stage
from shared.model.compute_memory import TakenDown
from shared.model.estate import Estate
from shared.model.facts import Fact, Kind
from tests.builders import NOW, Document, rid, workspace_id
from tests.images.sample import owned
from tests.rules.asking import absent, unreadable

CI = rid(owned())
TAKEN = TakenDown({"location": "eastus2"}, "25.12.31", NOW)
HOUR = timedelta(hours=1)


def made(
    at: datetime, image: str | None = "26.02.20", state: str | None = "Running", provisioning: str = "Succeeded"
) -> Fact:
    """The instance as it was created at a moment."""
    document: Document = owned(state=state, osImageMetadata={"currentImageVersion": image})
    document["properties"] |= {"createdOn": at.isoformat(), "provisioningState": provisioning}
    return Fact.of(document)


@pytest.mark.parametrize(
    ("fact", "listed", "expected"),
    [
        pytest.param(None, False, Stage.UNSEEN, id="nobody looked"),
        pytest.param(None, True, Stage.GONE, id="not in the list"),
        pytest.param(absent(owned()["id"]), False, Stage.GONE, id="404"),
        pytest.param(unreadable(owned()["id"]), True, Stage.UNSEEN, id="403"),
        pytest.param(made(NOW - HOUR, "25.12.31", "Deleting", "Deleting"), True, Stage.STAYS, id="being deleted"),
        pytest.param(made(NOW - HOUR, "25.12.31", "Stopped"), True, Stage.STAYS, id="not deleted"),
        pytest.param(made(NOW + HOUR, None, None, "Creating"), True, Stage.MAKING, id="being made"),
        pytest.param(made(NOW + HOUR, None), True, Stage.MAKING, id="no image yet"),
        pytest.param(made(NOW + HOUR, "26.02.20", "CreateFailed", "Failed"), True, Stage.BROKEN, id="failed"),
        pytest.param(made(NOW + HOUR, None, None, "Failed"), True, Stage.BROKEN, id="failed, and shows no state"),
        pytest.param(made(NOW + HOUR, "25.12.31"), True, Stage.SAME, id="same image"),
        pytest.param(made(NOW + HOUR), True, Stage.ANEW, id="another image"),
    ],
)
def test_stage(fact: Fact | None, expected: Stage, *, listed: bool) -> None:
    """What is gone is told from what nobody could read, and the new instance from the old by when it was created."""
    estate = Estate.of([] if fact is None else [fact])
    if listed:
        estate = replace(estate, listed=frozenset({(rid(workspace_id("hub")), Kind.COMPUTE)}))

    assert stage(CI, TAKEN, estate) is expected
    assert is_over(CI, TAKEN, estate, HOUR) is (expected is Stage.ANEW)


@pytest.mark.parametrize(("age", "expected"), [(timedelta(days=1), False), (timedelta(days=1, seconds=1), True)])
def test_what_was_never_deleted(age: timedelta, *, expected: bool) -> None:
    """A day after, the old instance is still there and not on its way out: its deletion never came about."""
    assert is_over(CI, TAKEN, Estate.of([made(NOW - HOUR, "25.12.31", "Stopped")]), age) is expected
    assert not is_over(CI, TAKEN, Estate.of([made(NOW - HOUR, "25.12.31", "Deleting", "Deleting")]), age)
