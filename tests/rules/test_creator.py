"""The rule about who created a resource."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.model.action import DeleteTags, MergeTags
from shared.model.cost_tags import CostTags, Creator
from shared.model.finding import Verdict
from shared.model.message import Deed
from shared.rules.creator import CREATOR
from tests.builders import NOW, dependent, hub
from tests.rules.asking import ask, verdict

BORN = NOW - timedelta(minutes=5)
JOE = Deed("joe@contoso.example", NOW)


def born(at: datetime = BORN, by: str = "Jane Doe", **tags: str) -> dict[str, Any]:
    """A hub that tells when it was created, and by whom."""
    return {**hub(tags=tags), "systemData": {"createdBy": by, "createdAt": at.isoformat()}}


@pytest.mark.parametrize(
    ("document", "deed", "expected"),
    [
        pytest.param(born(), JOE, {"CreatedBy": JOE.who, "CreatedOn": "2026-03-01"}, id="the event of its creation"),
        pytest.param(born(), None, {"CreatedBy": "Jane Doe", "CreatedOn": "2026-03-01"}, id="a sweep"),
        pytest.param(
            born(NOW - timedelta(days=9)),
            JOE,
            {"CreatedBy": "Jane Doe", "CreatedOn": "2026-02-20"},
            id="somebody's change, days later",
        ),
        pytest.param(born(createdby="sam"), JOE, {"CreatedOn": "2026-03-01"}, id="who is said already"),
    ],
)
def test_filled_in(document: dict[str, Any], deed: Deed | None, expected: dict[str, str]) -> None:
    """Who created a resource is told by the event of its creation, else by what Azure keeps; nothing is overwritten."""
    said = ask(CREATOR, document, deed=deed)
    assert said is not None
    assert said.fix is not None
    assert (said.fix.action, said.fix.undo) == (MergeTags(expected), DeleteTags(expected))


@pytest.mark.parametrize(
    ("document", "deed"),
    [
        pytest.param(hub(), JOE, id="nothing tells when it was created"),
        pytest.param(born(by=""), None, id="nothing tells by whom"),
        pytest.param(born(by="a\nb"), None, id="a name that is none"),
        pytest.param({**hub(), "systemData": {"createdAt": "yesterday"}}, JOE, id="no moment"),
    ],
)
def test_unknown(document: dict[str, Any], deed: Deed | None) -> None:
    """What is not known is not guessed."""
    assert ask(CREATOR, document, deed=deed) is None


def test_storage() -> None:
    """A storage account tells when it was created under a name of its own."""
    document = dependent(tags={})
    document["properties"]["creationTime"] = BORN.isoformat()
    said = ask(CREATOR, document, deed=JOE)
    assert said is not None
    assert said.expected == {"CreatedBy": JOE.who, "CreatedOn": "2026-03-01"}


def test_said() -> None:
    """A resource that says both, in whatever case, complies."""
    assert verdict(ask(CREATOR, born(CREATEDBY="x", CREATEDON="y"))) is Verdict.PASS


def test_not_wanted() -> None:
    """Where policy wants no creators, nothing is said of them."""
    assert ask(CREATOR, born(), cost_tags=CostTags()) is None


@pytest.mark.parametrize(("wanted", "expected"), [(Creator(by="By"), {"By"}), (Creator(on="On"), {"On"})])
def test_one_of_them(wanted: Creator, expected: set[str]) -> None:
    """Policy may want the one without the other."""
    said = ask(CREATOR, born(), cost_tags=CostTags(creator=wanted))
    assert said is not None
    assert set(said.expected) == expected
