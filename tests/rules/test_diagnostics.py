"""The rule about resource logs."""

from typing import Any

import pytest

from shared.model.action import DeleteDiagnosticSetting, PutDiagnosticSetting
from shared.model.facts import Gap, Kind
from shared.model.finding import Verdict
from shared.rules.diagnostics import LOGS_KEPT
from shared.rules.rule import Judgement
from tests.builders import LOGS, Document, diagnostics, hub, rid, workspace_id
from tests.rules.asking import ask

HUB = rid(workspace_id("hub"))


def asked(*settings: Document, **parameters: Any) -> Judgement:  # noqa: ANN401 - JSON
    """What the rule says of a hub whose settings were listed."""
    said = ask(LOGS_KEPT, hub(), *settings, listed=[(HUB, Kind.DIAGNOSTIC_SETTING)], **parameters)
    assert said is not None
    return said


OFF = [{"categoryGroup": "allLogs", "enabled": False}]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param([diagnostics()], Verdict.PASS, id="sent"),
        pytest.param([diagnostics(name="a", logs=[]), diagnostics(name="b")], Verdict.PASS, id="one of two"),
        pytest.param([diagnostics("HUB")], Verdict.PASS, id="mixed case"),
        pytest.param([], Verdict.FAIL, id="none"),
        pytest.param([diagnostics("other")], Verdict.FAIL, id="another hub's"),
        pytest.param([diagnostics(workspaceId=None)], Verdict.FAIL, id="not to Log Analytics"),
        pytest.param([diagnostics(logs=OFF)], Verdict.FAIL, id="switched off"),
        pytest.param([diagnostics(logs=None)], Verdict.FAIL, id="null logs"),
        pytest.param([diagnostics(logs=[None, "text"])], Verdict.FAIL, id="odd logs"),
        pytest.param([{**diagnostics(), "properties": None}], Verdict.FAIL, id="no properties"),
    ],
)
def test_logs_kept(settings: list[Document], expected: Verdict) -> None:
    """A hub's logs are kept when one setting that is on sends them to Log Analytics."""
    assert asked(*settings).verdict is expected


def test_not_looked() -> None:
    """Settings that nobody listed are unknown, not absent."""
    said = ask(LOGS_KEPT, hub())
    assert said is not None
    assert said.verdict is Verdict.UNKNOWN


def test_not_readable() -> None:
    """Settings that could not be listed are unknown, with Azure's reason."""
    said = ask(LOGS_KEPT, hub(), gaps=[Gap(HUB, Kind.DIAGNOSTIC_SETTING, "403 AuthorizationFailed")])
    assert said is not None
    assert (said.verdict, "403" in said.message) == (Verdict.UNKNOWN, True)


@pytest.mark.parametrize(
    ("settings", "before", "undo"),
    [
        pytest.param([], None, DeleteDiagnosticSetting("hubwarden"), id="none"),
        pytest.param([diagnostics(logs=OFF)], None, DeleteDiagnosticSetting("hubwarden"), id="somebody else's stays"),
        pytest.param([diagnostics(name="hubwarden", logs=OFF)], "hubwarden", None, id="ours, broken"),
        pytest.param([diagnostics(name="HubWarden", logs=OFF)], "hubwarden", None, id="ours, in another case"),
    ],
)
def test_fix(settings: list[Document], before: str | None, undo: DeleteDiagnosticSetting | None) -> None:
    """The fix makes a setting of our own; it can be taken back unless it was there before."""
    fix = asked(*settings).fix
    assert fix is not None
    assert (fix.action, fix.before, fix.after, fix.undo) == (
        PutDiagnosticSetting("hubwarden", LOGS),
        {"diagnosticSetting": before},
        {"diagnosticSetting": "hubwarden", "workspaceId": LOGS},
        undo,
    )


def test_nowhere_to_send() -> None:
    """Without a workspace in policy the rule only reports."""
    said = asked(workspace_id="")
    assert (said.verdict, said.fix) == (Verdict.FAIL, None)
