"""
A preview as JSON and as Markdown, against golden files.

After an intended change of either: `HUBWARDEN_GOLDEN=write pytest tests/engine/test_report.py`, and read the diff.
"""

import json
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from local.tables import step_table
from shared.engine.judge import judge
from shared.engine.plan import make_plan
from shared.engine.report import Preview, as_document, as_markdown, step_cells
from shared.model.action import Action, AsSeen, DeleteInstance, PatchConnection, StopInstance
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind
from shared.model.plan import Plan, Step, StepStatus
from shared.policy.policy import Effect, Exemption
from shared.rules.catalogue import RULES
from tests.builders import NOW, connection, dependent, dependent_id, hub, instance, old_image, policy, project, rid

GOLDEN = Path(__file__).parent / "golden"
OPEN = hub(publicNetworkAccess="Enabled", storageAccount=dependent_id())


def preview() -> Preview:
    """A hub with something to say in every section: failing, exempt, unknown; ready, waiting, held, refused."""
    facts = [
        *map(Fact.of, (OPEN, project(tags={"Owner": "joe | jim"}), dependent(tags={"Team": "x"}))),
        Fact.of(connection(isSharedToAll=True, authType="ApiKey")),
        Fact.of(instance(osImageMetadata=old_image(), idleTimeBeforeShutdown=None)),
    ]
    gaps = [Gap(rid(OPEN), Kind.DIAGNOSTIC_SETTING, "403 AuthorizationFailed")]
    waiver = Exemption("HW-CON-001", rid(OPEN), "jane@contoso.example", "CHG-1", NOW + timedelta(days=30))
    given = policy(exemptions=(waiver,), effects={"HW-TAG-002": Effect.AUDIT})
    judged = judge(Estate.of(facts, gaps), RULES, given, NOW)
    return Preview(NOW, "audit", given.version, "0.1.0", judged.findings, make_plan(judged.wanted, given.limits))


def golden(name: str, text: str) -> str:
    """What a golden file says; written first where the environment asks for it."""
    file = GOLDEN / name
    if os.environ.get("HUBWARDEN_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


def test_markdown() -> None:
    """A preview for people: what fails, worst first, what would be done, what could not be seen."""
    text = as_markdown(preview())
    assert text == golden("preview.md", text)


def test_json() -> None:
    """A preview for programs: every finding and step with all that is known of it."""
    text = json.dumps(as_document(preview()), indent=2) + "\n"
    assert text == golden("preview.json", text)


def step(action: Action, before: object, after: object, undo: Action | None = None) -> Step:
    """A step on Jane's instance that is ready."""
    return Step("HW-TST-001", rid(instance()), action, before, after, undo, StepStatus.READY)


SEEN = AsSeen("25.12.31", NOW, "Stop", NOW)
DELETION = step(
    DeleteInstance({"location": "eastus2"}, SEEN),
    {"state": "Stopped", "image": "25.12.31"},
    {"state": "taken down", "image": None},
)
STOP = step(StopInstance(SEEN), {"state": "Running"}, {"state": "Stopped"})
SHARED, ALONE = PatchConnection({"isSharedToAll": True}), PatchConnection({"isSharedToAll": False})
SWITCH = step(PatchConnection({"authType": "AAD"}), {"authType": "ApiKey"}, {"authType": "AAD"})
CLOSING = step(ALONE, {"isSharedToAll": True}, {"isSharedToAll": False}, SHARED)


def test_what_destroys_says_so() -> None:
    """In the plan for people; an instance that is only stopped can be started again, though no undo is named."""
    written = {each.action.verb: step_cells(each)[3] for each in (DELETION, STOP)}
    assert written == {
        "delete-instance": "delete-instance: state Stopped → taken down, image 25.12.31 → none; cannot be undone",
        "stop-instance": "stop-instance: state Running → Stopped",
    }
    assert [each.reversible for each in (DELETION, STOP, SWITCH, CLOSING)] == [False, True, False, True]


def test_a_plan_that_destroys() -> None:
    """As Markdown, and as text in a terminal."""
    plan = Plan.of([DELETION, STOP, SWITCH, CLOSING])
    text = as_markdown(Preview(NOW, "enforce", "policy-1", "0.1.0", (), plan))
    assert text == golden("destroys.md", text)

    console = Console(width=110, record=True, file=StringIO())
    console.print(step_table(plan))
    text = console.export_text()
    assert text == golden("destroys.txt", text)


def test_nothing_to_say() -> None:
    """A preview of nothing says so in one page."""
    nothing = Preview(NOW, "audit", "policy-1", "0.1.0", (), Plan())
    assert (nothing.quiet, preview().quiet) == (True, False)
    assert (as_markdown(nothing).count("None."), as_document(nothing)["plan"]["steps"]) == (2, [])


@pytest.mark.parametrize("rule", ["HW-NET-001", "HW-CON-001"])
def test_quiet(rule: str) -> None:
    """A preview with a failing finding is not quiet though it has no step; one with an exempt finding is."""
    findings = tuple(f for f in preview().findings if f.rule == rule)
    said = Preview(NOW, "audit", "", "", findings, Plan())
    assert said.quiet is (rule == "HW-CON-001")
