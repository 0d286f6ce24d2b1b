"""Rules about instances that are made anew: what is taken down, what must not be, and that it is there again."""

from datetime import timedelta
from typing import Any

import pytest

from shared.images.definition import capture
from shared.images.machine import Machine
from shared.model.action import CreateInstance, DeleteInstance
from shared.model.compute_memory import ComputeMemory, TakenDown
from shared.model.facts import Fact, Kind
from shared.model.finding import Verdict
from shared.rules.recreation import IMAGE_ANEW, IMAGE_TAKEN_DOWN
from shared.rules.rule import Judgement
from tests.builders import NOW, Document, hub, instance, project, rid, workspace_id
from tests.images.sample import JANE, owned, warned
from tests.images.test_definition import IN_STORAGE, SUBNET, USER_ASSIGNED
from tests.rules.asking import absent, ask, unreadable

HOUR = timedelta(hours=1)
COMPUTES = frozenset({(rid(workspace_id("hub")), Kind.COMPUTE)})


def taken(document: Document, **parameters: Any) -> Judgement:  # noqa: ANN401 - of `ask`
    """What is said in a sweep of an instance whose date came an hour ago, on a Sunday; all people are still there."""
    known = {"whole": True, "gone_people": frozenset(), "zone": "UTC", **parameters}
    said = ask(IMAGE_TAKEN_DOWN, document, remembered=warned(NOW - HOUR), **known)
    assert said is not None
    return said


@pytest.mark.parametrize(
    ("state", "expected"),
    [("Stopped", Verdict.FAIL), ("Running", Verdict.PASS), ("Stopping", Verdict.PASS), ("Deleting", Verdict.PASS)],
)
def test_only_what_stands_stopped(state: str, expected: Verdict) -> None:
    """Nothing is deleted under somebody's hands: only what is stopped."""
    said = taken(owned(state=state))
    assert (said.verdict, said.fix is not None) == (expected, expected is Verdict.FAIL)


def test_what_is_being_deleted_is_not_deleted_again() -> None:
    """Azure says so of the whole, while what is in it may still read as stopped."""
    document = owned(state="Stopped")
    document["properties"]["provisioningState"] = "Deleting"
    said = taken(document)
    assert (said.verdict, said.fix) == (Verdict.PASS, None)


def test_what_is_taken_down() -> None:
    """The write carries all that it takes to make it anew, has no way back, and says what is lost."""
    document = owned(state="Stopped")
    said = taken(document)
    assert said.fix is not None
    assert said.fix.action == DeleteInstance(capture(Fact.of(document)).document, Machine.of(Fact.of(document)).as_seen)
    assert (said.fix.undo, said.fix.refusal, said.fix.wait) == (None, "", "")
    assert said.fix.before == {"state": "Stopped", "image": "25.12.31"}
    assert "OS disk and its temporary disk are lost" in said.message


def test_before_its_date() -> None:
    """Before the date in a warning nothing is said, nor of an instance that has the latest image by now."""
    document = owned(state="Stopped")
    assert ask(IMAGE_TAKEN_DOWN, document, remembered=warned(NOW + HOUR)) is None
    fresh = owned(state="Stopped", osImageMetadata=instance()["properties"]["properties"]["osImageMetadata"])
    assert ask(IMAGE_TAKEN_DOWN, fresh, remembered=warned(NOW - HOUR, image="26.02.20")) is None


INLINE = {"scripts": {"creationScript": {"scriptSource": "inline", "scriptData": "aHVudGVyMg=="}}}


@pytest.mark.parametrize(
    ("document", "accepted", "refusal"),
    [
        pytest.param({"identity": {"type": "SystemAssigned"}}, (), "the roles of this one die with it", id="identity"),
        pytest.param({"identity": {"type": "SystemAssigned"}}, ("new_identity",), "", id="identity, accepted"),
        pytest.param({"setupScripts": INLINE}, ("new_identity", "linked"), "creationScript", id="inline script"),
        pytest.param({"setupScripts": {"scripts": {"creationScript": IN_STORAGE}}}, (), "", id="script in storage"),
        pytest.param({"dataMounts": [{"mountName": "x"}]}, ("new_identity", "linked"), "mounted", id="mounts"),
        pytest.param({"createdBy": None}, ("new_identity", "linked"), "no person is named", id="nobody's"),
        pytest.param({"subnet": {"id": SUBNET}}, (), f"it comes with {SUBNET}: let the app use that", id="subnet"),
        pytest.param({"subnet": {"id": SUBNET}}, ("linked",), "", id="subnet, accepted"),
        pytest.param(
            {"identity": {"type": "UserAssigned", "userAssignedIdentities": {USER_ASSIGNED: {}}}},
            (),
            USER_ASSIGNED,
            id="somebody's identity",
        ),
    ],
)
def test_what_must_not_be_taken_down(document: dict[str, Any], accepted: tuple[str, ...], refusal: str) -> None:
    """What would not come back as it was is left alone, and why is said; what is lost with it policy may accept."""
    identity = {"identity": document["identity"]} if "identity" in document else {}
    inner = {key: value for key, value in document.items() if key != "identity"}
    said = taken({**owned(**{"state": "Stopped", **inner}), **identity}, accepted=accepted)
    assert said.fix is not None
    assert (refusal in said.fix.refusal, bool(said.fix.refusal)) == (True, bool(refusal))
    assert "aHVudGVyMg" not in repr(said)


def test_nobody_to_make_it_for() -> None:
    """An instance of somebody who has left is not made anew, for nobody would want it."""
    gone, known = taken(owned(state="Stopped"), gone_people=frozenset({JANE})), frozenset({"somebody else"})
    assert gone.fix is not None
    assert "no longer in the directory" in gone.fix.refusal
    assert taken(owned(state="Stopped"), gone_people=known).fix != gone.fix


def waiting(document: Document, **known: Any) -> str:  # noqa: ANN401 - of `ask`
    """Why it is not taken down now."""
    said = taken(document, **known)
    assert said.fix is not None
    assert said.fix.refusal == ""
    return said.fix.wait


def test_of_whom_nobody_knows_whether_they_left() -> None:
    """Where the directory is away, or nobody asks it, nothing is deleted, unless policy accepts that."""
    document = owned(state="Stopped")
    assert "whether whoever works on it is still there" in waiting(document, gone_people=None)
    assert "accept unknown_person" in waiting(document, gone_people=None, accepted=("new_identity", "linked"))
    assert waiting(document, gone_people=None, accepted=("unknown_person",)) == ""
    assert "in a sweep" in waiting(document, gone_people=None, whole=False)
    left = taken(document, gone_people=frozenset({JANE}), accepted=("unknown_person",)).fix
    assert left is not None
    assert "no longer in the directory" in left.refusal


def since(at: str | None, name: str = "Stop") -> Document:
    """One that stands stopped, by what was done to it last."""
    return owned(state="Stopped", lastOperation={"operationName": name, "operationTime": at})


@pytest.mark.parametrize(
    ("document", "parameters", "wait"),
    [
        pytest.param(since("2026-03-01T08:55:00Z"), {}, "until 2026-03-04 08:55 UTC", id="five minutes ago"),
        pytest.param(since("2026-02-26T09:00:01Z"), {}, "left alone until 2026-03-01 09:00", id="72 hours less 1 s"),
        pytest.param(since("2026-02-26T09:00:00Z"), {}, "", id="72 hours ago"),
        pytest.param(since("2026-02-28T09:00:00Z"), {"stopped_hours": 24}, "", id="policy's hours"),
        pytest.param(since("2026-03-01T09:00:00Z"), {"stopped_hours": 0}, "", id="at once, if policy says so"),
        pytest.param(since("2026-03-02T09:00:00Z"), {"stopped_hours": 0}, "left alone until", id="a wrong clock"),
        pytest.param(since("2026-02-01T09:00:00Z", "Resize"), {}, "is not told", id="something else was done last"),
        pytest.param(since(None), {}, "is not told", id="when is not told"),
        pytest.param(owned(state="Stopped", lastOperation=None), {"stopped_hours": 0}, "is not told", id="nothing is"),
    ],
)
def test_how_long_it_must_have_stood(document: Document, parameters: dict[str, Any], wait: str) -> None:
    """Whoever it was stopped under comes back first, to save what lies on its disk; where nobody can tell it waits."""
    said = waiting(document, **parameters)
    assert (wait in said, bool(said)) == (True, bool(wait))


@pytest.mark.parametrize(
    ("hour", "parameters", "wait"),
    [
        (18, {}, "these are working hours in UTC, until 2026-03-02 19:00 UTC"),
        (19, {}, ""),
        (18, {"zone": "Europe/Zurich"}, ""),
        (18, {"works_on": ("tue",)}, ""),
        (23, {"works_from": 22, "works_to": 6}, "until 2026-03-03 06:00 UTC"),
        (12, {"zone": ""}, "policy names no zone"),
    ],
)
def test_not_while_somebody_may_want_to_start_it(hour: int, parameters: dict[str, Any], wait: str) -> None:
    """On a Monday it is there for whoever comes to work."""
    said = waiting(owned(state="Stopped"), now=NOW.replace(day=2, hour=hour, minute=0), **parameters)
    assert (wait in said, bool(said)) == (True, bool(wait))


def down(name: str = "ci-jane", of: str = "hub") -> dict[Any, ComputeMemory]:
    """What is remembered of an instance that was taken down an hour ago."""
    document = owned(name, of=of)
    return {rid(document): ComputeMemory(taken_down=TakenDown({"of": name}, "25.12.31", NOW - HOUR))}


def made(
    image: str | None, *, minutes_ago: int = 30, state: str | None = "Running", how: str = "Succeeded"
) -> Document:
    """The instance as it was made so long ago."""
    document = owned(state=state, osImageMetadata={"currentImageVersion": image})
    document["properties"] |= {
        "createdOn": (NOW - timedelta(minutes=minutes_ago)).isoformat(),
        "provisioningState": how,
    }
    return document


@pytest.mark.parametrize(
    ("around", "expected", "words"),
    [
        pytest.param([absent(owned()["id"])], Verdict.FAIL, "2026-03-01 for a new image and is not there", id="gone"),
        pytest.param(
            [made(None, state=None, how="Creating")], Verdict.UNKNOWN, "ci-jane is being made anew", id="being made"
        ),
        pytest.param([unreadable(owned()["id"])], Verdict.UNKNOWN, "could not be looked at", id="unreadable"),
        pytest.param([], Verdict.UNKNOWN, "could not be looked at", id="nobody looked"),
        pytest.param([made("26.02.20")], Verdict.PASS, "there again", id="another image"),
        pytest.param([made("25.12.31")], Verdict.FAIL, "has the same image again", id="same image"),
        pytest.param([made(None, state="CreateFailed", how="Failed")], Verdict.FAIL, "Azure gave up", id="failed"),
        pytest.param(
            [made("25.12.31", minutes_ago=90, state="Stopped")], Verdict.PASS, "never deleted", id="never deleted"
        ),
    ],
)
def test_there_again(around: list[Document | Fact], expected: Verdict, words: str) -> None:
    """It must be there with another image; only what is known to be gone is made."""
    said = ask(IMAGE_ANEW, hub(), *around, remembered=down())
    assert said is not None
    assert (said.verdict, words in said.message) == (expected, True)
    assert (said.fix is not None) is ("is not there" in said.message)


def test_it_is_made_of_what_was_remembered() -> None:
    """The write goes to the instance, with what was kept; several that are missing are each made."""
    said = ask(IMAGE_ANEW, hub(), remembered={**down(), **down("ci-joe")}, listed=COMPUTES)
    assert said is not None
    assert said.fix is not None
    writes = [(fix.target, fix.action) for fix in (said.fix, *said.fix.also)]
    assert writes == [
        (rid(owned("ci-jane")), CreateInstance({"of": "ci-jane"})),
        (rid(owned("ci-joe")), CreateInstance({"of": "ci-joe"})),
    ]


def test_of_many_a_few_are_named() -> None:
    """The message names the first, and counts the others."""
    remembered = {key: memory for number in range(9) for key, memory in down(f"ci-{number}x").items()}
    said = ask(IMAGE_ANEW, hub(), remembered=remembered, listed=COMPUTES)
    assert said is not None
    assert ("ci-2x" in said.message, "ci-3x" in said.message, "and so 6 more" in said.message) == (True, False, True)
    assert said.fix is not None
    assert len(said.fix.also) == 8


def test_not_about() -> None:
    """A workspace from which nothing was taken has nothing said of it, whatever was taken from others."""
    assert ask(IMAGE_ANEW, hub(), remembered=warned(NOW)) is None
    assert ask(IMAGE_ANEW, project(), hub(), absent(owned()["id"]), remembered=down()) is None
