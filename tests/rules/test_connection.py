"""Rules about connections: auth, sharing, target."""

import pytest

from shared.model.action import PatchConnection
from shared.model.facts import Fact
from shared.model.finding import Verdict
from shared.rules.connection import IN_AZURE, KEY_BASED, KEYLESS, KEYLESS_AUTH, NOT_SHARED_TO_ALL, TARGET_EXISTS
from shared.rules.rule import Rule
from tests.builders import Document, connection, dependent, dependent_id, recorded, workspace_id
from tests.rules.asking import absent, ask, unreadable, verdict

ACCOUNT = dependent_id("account", "ai-prod")
LINKED = {"ResourceId": ACCOUNT}


@pytest.mark.parametrize("auth", sorted(KEY_BASED))
def test_key_based(auth: str) -> None:
    """Every auth type that stores a secret fails, not just ApiKey; its owner must mend it."""
    said = ask(KEYLESS_AUTH, connection(authType=auth))
    assert said is not None
    assert (said.verdict, said.actual, said.fix) == (Verdict.FAIL, auth, None)


@pytest.mark.parametrize("auth", sorted(KEYLESS))
def test_keyless(auth: str) -> None:
    """An auth type that stores no secret passes."""
    assert verdict(ask(KEYLESS_AUTH, connection(authType=auth))) is Verdict.PASS


@pytest.mark.parametrize("auth", ["BrandNewAuth", "apikey", "", None, ["ApiKey"], {"is": "odd"}], ids=repr)
def test_unknown_auth(auth: object) -> None:
    """An auth type that Azure invents tomorrow is neither a pass nor a failure."""
    assert verdict(ask(KEYLESS_AUTH, connection(authType=auth))) is Verdict.UNKNOWN


def test_disjoint() -> None:
    """No auth type is both."""
    assert KEY_BASED.isdisjoint(KEYLESS)


@pytest.mark.parametrize("rule", [KEYLESS_AUTH, NOT_SHARED_TO_ALL, TARGET_EXISTS], ids=lambda rule: rule.id)
def test_view(rule: Rule) -> None:
    """What a project's list shows of its hub's connections is judged at the hub, once."""
    view = connection(of="project", createdByWorkspaceArmId=workspace_id("hub"), authType="ApiKey", isSharedToAll=True)
    assert ask(rule, view) is None


@pytest.mark.parametrize("maker", [workspace_id("HUB").upper(), None, "", "text"], ids=repr)
def test_own(maker: str | None) -> None:
    """A connection that its own workspace made, or nobody says who, is judged where it is."""
    own = connection(createdByWorkspaceArmId=maker, authType="ApiKey")
    assert verdict(ask(KEYLESS_AUTH, own)) is Verdict.FAIL


@pytest.mark.parametrize(
    ("shared", "expected"),
    [(True, Verdict.FAIL), (False, Verdict.PASS), (None, Verdict.PASS)],
    ids=repr,
)
def test_sharing(shared: bool | None, expected: Verdict) -> None:  # noqa: FBT001 - a case
    """A connection is shared with all only when it says so."""
    assert verdict(ask(NOT_SHARED_TO_ALL, connection(isSharedToAll=shared))) is expected


def test_sharing_absent() -> None:
    """A connection that says nothing of sharing is not shared with all."""
    document = connection()
    del document["properties"]["isSharedToAll"]
    assert verdict(ask(NOT_SHARED_TO_ALL, document)) is Verdict.PASS


def test_sharing_fix() -> None:
    """The fix ends the sharing and its undo starts it again; nothing else of the connection is named."""
    said = ask(NOT_SHARED_TO_ALL, connection(isSharedToAll=True))
    assert said is not None
    assert said.fix is not None
    assert (said.fix.action, said.fix.before, said.fix.after, said.fix.undo) == (
        PatchConnection({"isSharedToAll": False}),
        {"isSharedToAll": True},
        {"isSharedToAll": False},
        PatchConnection({"isSharedToAll": True}),
    )


@pytest.mark.parametrize(
    ("around", "expected", "words"),
    [
        pytest.param((dependent("account", "ai-prod"),), Verdict.PASS, "exists", id="there"),
        pytest.param((dependent("account", "AI-PROD"),), Verdict.PASS, "exists", id="mixed case"),
        pytest.param((absent(ACCOUNT),), Verdict.FAIL, "no longer exists", id="gone"),
        pytest.param((unreadable(ACCOUNT),), Verdict.UNKNOWN, "403", id="unreadable"),
        pytest.param((), Verdict.UNKNOWN, "Nobody looked", id="not read"),
    ],
)
def test_target(around: tuple[Document | Fact, ...], expected: Verdict, words: str) -> None:
    """A target is there, gone, or unknown; only what Azure says is gone fails."""
    said = ask(TARGET_EXISTS, connection(metadata=LINKED), *around)
    assert said is not None
    assert (said.verdict, words in said.message, said.fix) == (expected, True, None)


@pytest.mark.parametrize("metadata", [None, {}, {"ResourceId": None}, {"ResourceId": ""}, {"ResourceId": "x"}], ids=str)
def test_target_not_named(metadata: object) -> None:
    """A hand-made connection does not say which resource it means."""
    assert verdict(ask(TARGET_EXISTS, connection(metadata=metadata))) is Verdict.UNKNOWN


@pytest.mark.parametrize("category", sorted(IN_AZURE))
def test_target_in_azure(category: str) -> None:
    """The target of these categories is an Azure resource, which can be gone."""
    assert verdict(ask(TARGET_EXISTS, connection(category=category, metadata=LINKED), absent(ACCOUNT))) is Verdict.FAIL


@pytest.mark.parametrize("category", ["CustomKeys", "GitHub", None, ""], ids=repr)
def test_target_elsewhere(category: str | None) -> None:
    """What lies outside Azure cannot be looked up, so nothing is said of it."""
    assert ask(TARGET_EXISTS, connection(category=category, metadata=LINKED), absent(ACCOUNT)) is None


@pytest.mark.parametrize(
    ("rule", "expected"),
    [(KEYLESS_AUTH, Verdict.PASS), (NOT_SHARED_TO_ALL, Verdict.PASS), (TARGET_EXISTS, Verdict.UNKNOWN)],
    ids=["auth", "sharing", "target"],
)
def test_recorded(rule: Rule, expected: Verdict) -> None:
    """A connection as Azure answers it is keyless and not shared, and does not say which registry it means."""
    assert verdict(ask(rule, recorded("connection.json"))) is expected
