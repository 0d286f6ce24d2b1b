"""The rule about keys of somebody else's services: whose they are, how old they are taken to be, and what it says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model.facts import Fact
from shared.model.finding import Verdict
from shared.rules.connection import KEY_BASED, KEYLESS
from shared.rules.outside_keys import OUTSIDE, is_outside
from tests.builders import NOW, Document, connection, dependent_id, hub, workspace_id
from tests.rules.asking import ask, unreadable, verdict

PARTNER = "https://api.partner.example"


def outside(renewed_on: object = None, **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """A connection that keeps a key of somebody else's service, with the day its owner states."""
    metadata = {} if renewed_on is None else {"KeyRenewedOn": renewed_on}
    common = {"authType": "CustomKeys", "category": "CustomKeys", "target": PARTNER, "metadata": metadata}
    return connection("partner", **{**common, **properties})


def ago(days: float) -> datetime:
    """So many days before now."""
    return NOW - timedelta(days=days)


def test_key_based_is_outside() -> None:
    """Every way to store a secret counts where no account of Azure's is named, and no way that stores none."""
    assert {kind for kind in KEY_BASED | KEYLESS if is_outside(Fact.of(outside(authType=kind)))} == KEY_BASED


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"metadata": {"ResourceId": dependent_id("account")}, "authType": "ApiKey", "target": ""}, False),
        ({"metadata": {"ResourceId": dependent_id("storage")}, "authType": "AccountKey", "target": ""}, False),
        ({"metadata": {"ResourceId": dependent_id("account")}, "authType": "ApiKey"}, True),
        ({"metadata": {"ResourceId": dependent_id("storage")}, "authType": "SAS"}, True),
        ({"metadata": {"ResourceId": dependent_id("vault")}, "authType": "ApiKey", "target": ""}, True),
        ({"metadata": None, "authType": "ApiKey", "target": "https://ai.openai.azure.com"}, True),
        ({"createdByWorkspaceArmId": workspace_id("another")}, False),
        ({"authType": "NewKind"}, False),
        ({"authType": None}, False),
    ],
    ids=["account", "storage", "gateway", "sas", "vault", "unnamed", "view", "unheard of", "nothing"],
)
def test_whose_key_it_is(properties: dict[str, Any], expected: bool) -> None:  # noqa: FBT001 - the expected answer
    """Nobody else's where an account's key could be renewed from here, or where it is judged at its hub."""
    said = ask(OUTSIDE, outside(**properties), known_since=ago(500))

    assert (said is not None, is_outside(Fact.of(outside(**properties)))) == (expected, expected)


def test_only_connections() -> None:
    """A hub is none, and what was not read says nothing of a key."""
    assert not is_outside(Fact.of(hub()))
    assert not is_outside(unreadable(outside()["id"]))


@pytest.mark.parametrize(
    ("days", "message"),
    [
        (0, "Its secret (CustomKeys) has been known for 0 days; the next one is due on 2026-08-28."),
        (165.9, "Its secret (CustomKeys) has been known for 165 days; the next one is due on 2026-03-15."),
        (166, "Its secret (CustomKeys) has been known for 166 days, and a new one is due in 14 days, on 2026-03-15;"),
        (179, "Its secret (CustomKeys) has been known for 179 days, and a new one is due in 1 day, on 2026-03-02;"),
        (179.5, "Its secret (CustomKeys) has been known for 179 days, and a new one is due in 0 days, on 2026-03-01;"),
        (180, "Its secret (CustomKeys) has been known for 180 days, and a new one was due on 2026-03-01, 0 days ago;"),
        (190, "Its secret (CustomKeys) has been known for 190 days, and a new one was due on 2026-02-19, 10 days ago;"),
    ],
)
def test_its_owner_is_told_in_time(days: float, message: str) -> None:
    """Two weeks before the day that policy sets, unless policy says otherwise, and after it."""
    said = ask(OUTSIDE, outside(), known_since=ago(days))

    assert said is not None
    assert said.message.startswith(message)
    assert said.verdict is (Verdict.PASS if message.endswith(".") else Verdict.FAIL)


@pytest.mark.parametrize(("owner", "named"), [("jane@contoso.example", "jane@contoso.example"), ("", "its owner")])
def test_it_says_who_should_do_what(owner: str, named: str) -> None:
    """The owner by name, and the three steps."""
    said = ask(OUTSIDE, outside(), known_since=ago(200), owner=owner)

    assert said is not None
    assert said.message.endswith(
        f"; {named} should renew it at its service, put the new one into the connection, "
        "and set metadata.KeyRenewedOn to that day."
    )


@pytest.mark.parametrize(
    ("renewed_on", "known", "age"),
    [
        ("2026-02-19", 500, 10),
        ("2026-02-19T09:00:00Z", 500, 10),
        ("2026-02-19T20:00:00+11:00", 500, 10),
        ("2026-03-02", 500, 0),
        ("2026-03-01T23:00:00+14:00", 500, 0),
        ("2024-01-01", 20, 20),
    ],
    ids=["a day", "a moment", "elsewhere", "already tomorrow", "in its time zone", "before the connection was there"],
)
def test_the_later_moment_counts(renewed_on: str, known: int, age: int) -> None:
    """What the owner states, where that is later than our first sight."""
    said = ask(OUTSIDE, outside(renewed_on), known_since=ago(known))

    assert said is not None
    assert (said.verdict, said.actual["AgeDays"]) == (Verdict.PASS, age)


def test_a_renewal_is_told_as_the_owners_word() -> None:
    """It is a statement, not a sight."""
    said = ask(OUTSIDE, outside("2025-09-01"), known_since=ago(500))

    assert said is not None
    assert "was renewed 181 days ago, as its owner says, and a new one was due on 2026-02-28" in said.message


@pytest.mark.parametrize(
    "nonsense", ["soon", "2026-02-30", "2099-01-01", "2026-03-03", "sk-live-4f9", " ", 20260219, []]
)
def test_nonsense_silences_nothing(nonsense: object) -> None:
    """What is no day in the past does not count, and says so without being repeated: people paste keys anywhere."""
    said = ask(OUTSIDE, outside(nonsense), known_since=ago(200))

    assert said is not None
    assert (said.verdict, said.actual["AgeDays"]) == (Verdict.FAIL, 200)
    assert "(metadata.KeyRenewedOn is no day in the past)" in said.message
    assert "sk-live" not in f"{said.message}{said.actual}"


@given(st.one_of(st.text(max_size=40), st.datetimes().map(str), st.dates().map(str)))
def test_no_text_makes_a_key_older_or_silent(stated: str) -> None:
    """Whatever the owner wrote: a verdict comes, and the key is no older than our sight of it, nor born tomorrow."""
    said = ask(OUTSIDE, outside(stated), known_since=ago(200))

    assert said is not None
    assert said.verdict is not Verdict.UNKNOWN
    assert 0 <= said.actual["AgeDays"] <= 200


@pytest.mark.parametrize("renewed_on", [None, "2026-02-19"])
def test_without_a_memory_nothing_is_known(renewed_on: str | None) -> None:
    """Neither well nor badly."""
    assert verdict(ask(OUTSIDE, outside(renewed_on))) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("days", "remind", "age", "expected"),
    [
        (365, 14, 200, Verdict.PASS),
        (365, 180, 200, Verdict.FAIL),
        (180, 0, 179, Verdict.PASS),
        (180, 0, 180, Verdict.FAIL),
        (10, 14, 0, Verdict.PASS),
        (10, 14, 1, Verdict.FAIL),
        (1, 14, 0, Verdict.PASS),
    ],
)
def test_policy_says_how_old_and_how_early(days: int, remind: int, age: int, expected: Verdict) -> None:
    """A key that was renewed today is never due, however early policy wants its owner told."""
    said = ask(OUTSIDE, outside(), known_since=ago(age), days=days, remind=remind)

    assert verdict(said) is expected


def test_what_it_found() -> None:
    """Days as numbers, moments as days of UTC."""
    said = ask(OUTSIDE, outside(), known_since=datetime(2025, 9, 1, 23, 59, tzinfo=UTC))

    assert said is not None
    assert said.actual == {"AgeDays": 180, "DueOn": "2026-02-28", "Since": "2025-09-01"}


@pytest.mark.parametrize("empty", [None, ""])
def test_no_word_is_no_nonsense(empty: str | None) -> None:
    """Azure sends null and empty text for what nobody wrote."""
    said = ask(OUTSIDE, outside(metadata={"KeyRenewedOn": empty}), known_since=ago(3))

    assert said is not None
    assert said.message == "Its secret (CustomKeys) has been known for 3 days; the next one is due on 2026-08-25."
