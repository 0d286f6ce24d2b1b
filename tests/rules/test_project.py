"""The rule about projects and the hub they hang on."""

import pytest

from shared.model.facts import Fact
from shared.model.finding import Verdict
from shared.rules.project import HUB_EXISTS
from tests.builders import Document, hub, project, recorded, workspace_id
from tests.rules.asking import absent, ask, unreadable

WORKSPACE = {**hub(), "kind": "Default"}


@pytest.mark.parametrize(
    ("document", "around", "expected", "words"),
    [
        pytest.param(project(), hub(), Verdict.PASS, "same region", id="alive"),
        pytest.param(project(region="East US 2"), hub(), Verdict.PASS, "same region", id="region by its long name"),
        pytest.param(project(hubResourceId=workspace_id("HUB").upper()), hub(), Verdict.PASS, "same", id="mixed case"),
        pytest.param(project(region="westus"), hub(), Verdict.FAIL, "in westus, its hub in eastus2", id="other region"),
        pytest.param({**project(), "location": None}, hub(), Verdict.FAIL, "in no region", id="null region"),
        pytest.param(project(of=None), hub(), Verdict.FAIL, "names no hub", id="absent"),
        pytest.param(project(hubResourceId=None), hub(), Verdict.FAIL, "names no hub", id="null"),
        pytest.param(project(hubResourceId=""), hub(), Verdict.FAIL, "names no hub", id="empty"),
        pytest.param({**project(), "properties": None}, hub(), Verdict.FAIL, "names no hub", id="no properties"),
        pytest.param(project(), absent(workspace_id("hub")), Verdict.FAIL, "no longer exists", id="gone"),
        pytest.param(project(), WORKSPACE, Verdict.FAIL, "is a workspace", id="no hub"),
        pytest.param(project(), unreadable(workspace_id("hub")), Verdict.UNKNOWN, "403", id="unreadable"),
        pytest.param(project(), hub("other"), Verdict.UNKNOWN, "Nobody looked", id="not read"),
    ],
)
def test_hub_exists(document: Document, around: Document | Fact, expected: Verdict, words: str) -> None:
    """A project has a living hub in its own region; no write would mend it, so none is proposed."""
    said = ask(HUB_EXISTS, document, around)
    assert said is not None
    assert (said.verdict, words in said.message, said.fix) == (expected, True, None)


def test_recorded() -> None:
    """Azure's own project and hub belong together."""
    _, its_hub, its_project = recorded("workspaces.json")["value"]
    said = ask(HUB_EXISTS, its_project, its_hub)
    assert said is not None
    assert said.verdict is Verdict.PASS
