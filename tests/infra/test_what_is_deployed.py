"""What goes to Azure besides the app, as far as files can be held to each other: modules, workbook, card, runbooks."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from local.queries import queries
from tests.infra.watchman import RULES
from tools.alerts import Alert
from tools.workbook import PARTS, WORKSPACE, workbook

REPOSITORY = Path(__file__).resolve().parents[2]
INFRA = REPOSITORY / "infra"
RUNBOOKS = {path.stem: path.read_text("utf-8") for path in (REPOSITORY / "docs" / "runbooks").glob("*.md")}
MODULE = (INFRA / "modules" / "alerts.bicep").read_text("utf-8")
ASKED = re.compile(r"python -m local query ([a-z-]+)")


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    """One each, but for the two on dead letters, who share theirs."""
    told = [rule.runbook for name, rule in RULES.items() if name != "dead-letters-found"]

    assert sorted(told) == sorted(RUNBOOKS.keys() - {"README"})
    assert RULES["dead-letters-found"].runbook == RULES["events-dead-lettered"].runbook


@pytest.mark.parametrize("name", RULES)
def test_a_runbook_says_what_it_should(name: str) -> None:
    """Which alert it is about, what that means, what to look at first; and the queries that it names are there."""
    page = RUNBOOKS[RULES[name].runbook]
    asked = set(ASKED.findall(page))
    headings = re.findall(r"(?m)^## (.+)$", page)

    assert f"`{name}`" in page
    assert headings[:2] == ["What it means", "Look first"]
    assert name == "key-shown" or headings[2:] == ["Fix", "Escalate", "When it is over"]
    assert asked
    assert asked <= queries().keys()


def test_the_module_deploys_what_an_alert_says() -> None:
    """Each field of it goes somewhere, and the queries come from the file that is made of them."""
    used = set(re.findall(r"\balert\.(\w+)", MODULE))
    queries_there = json.loads((INFRA / "queries.json").read_text("utf-8"))

    assert used == {field.name for field in fields(Alert)}
    assert queries_there == {rule.query: queries()[rule.query].text for rule in RULES.values()}
    assert {path.name for path in _loaded(MODULE)} == {"alerts.json", "queries.json"}
    assert all(path.is_file() for path in _loaded(MODULE))


def test_a_rule_is_small_enough() -> None:
    """Azure takes 64 KB of a rule's properties, and 4,096 characters of its description."""
    for rule in RULES.values():
        assert len(queries()[rule.query].text) < 8_000
        assert len(f"{rule.title}. {rule.why}") < 1_000


def test_secrets_of_receivers_are_secure() -> None:
    """A URL with a signature is no parameter to be read back from a deployment."""
    for name in ("teamsWebhook", "webhook"):
        assert re.search(rf"@secure\(\)\nparam {name} string", MODULE)


def test_an_action_group_that_we_make_tells_somebody() -> None:
    """Where neither addresses nor webhooks are given, the subscription's owners; `make preflight` looks at others."""
    receivers = MODULE[MODULE.index("emailReceivers:") : MODULE.index("var heardBy")]

    assert "var nobody = empty(emails) && empty(webhooks)" in MODULE
    assert re.search(r"armRoleReceivers: nobody\s*\? \[\{[^}]*roleId: ownerRole[^}]*\}\]\s*: \[\]", receivers)


def test_the_workbook_names_its_workspace_once_for_all() -> None:
    """Where Bicep puts the workspace's id; and no query has anything that the workbook would take for a parameter."""
    text = workbook(queries())
    module = (INFRA / "modules" / "workbook.bicep").read_text("utf-8")

    assert f"'{WORKSPACE}'" in module
    assert text.count(WORKSPACE) == 2
    assert not any(re.search(r"\{\w+\}", query.text) for query in queries().values())
    assert [path.name for path in _loaded(module)] == ["workbook.json"]


def test_the_workbook_has_the_parts_that_ops_ask_for() -> None:
    """Each with its queries, and each query once."""
    shown = [one.query for part in PARTS for one in part.shows]

    assert [part.title for part in PARTS] == ["Posture", "Findings", "Actions", "Keys", "Images", "Cost", "Hubwarden"]
    assert len(shown) == len(set(shown))
    assert not any(name.startswith("alert-") for name in shown)
    tabs = json.loads(workbook(queries()))["items"][2:]
    assert [(tab["name"], len(tab["content"]["items"]) - 1) for tab in tabs] == [
        (part.title, len(part.shows)) for part in PARTS
    ]


def test_the_card_takes_what_an_alert_brings() -> None:
    """Filled in as Power Automate does it, text by text, it is still a card, and says what the alert says."""
    alert = json.loads((REPOSITORY / "tests/data/alerts/common-schema.json").read_text("utf-8"))
    card = (INFRA / "teams-card.json").read_text("utf-8")
    filled = re.sub(r"@\{([^}]*)\}", lambda found: _text_of(alert, found[1]), card)
    facts = {fact["title"]: fact["value"] for fact in json.loads(filled)["body"][2]["facts"]}

    assert json.loads(card)["type"] == json.loads(filled)["type"] == "AdaptiveCard"
    assert facts["About"] == "[{name:Rule,value:HW-TAG-001}]"
    assert all(facts.values())
    assert "triggerBody" not in filled


@pytest.mark.parametrize("alert", RULES.values(), ids=lambda one: one.name)
def test_no_alert_breaks_the_card(alert: Alert) -> None:
    """What a card takes as it is stands in a JSON text, and so must hold nothing that ends one."""
    assert not set('"\\\n') & set(alert.title + alert.query + alert.runbook)


def _loaded(module: str) -> list[Path]:
    return [(INFRA / "modules" / name).resolve() for name in re.findall(r"load\w+Content\('([^']+)'\)", module)]


def _text_of(value: Any, expression: str) -> str:  # noqa: ANN401 - any JSON
    """What an expression of Power Automate puts into a text; what is no text it puts there as JSON."""
    for step in _steps(expression):
        value = value[step]
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return text.replace(unquote("%22"), "") if expression.startswith("replace(string(") else text


def _steps(expression: str) -> Iterator[str | int]:
    for name, number in re.findall(r"\?\[(?:'(\w+)'|(\d+))\]", expression):
        yield name or int(number)


def test_alerts_wait_as_long_as_sweeps_are_apart() -> None:
    """Each query that waits for two sweeps says it in the words that Bicep replaces, and its window is wide enough."""
    waiting = {rule.query: rule for rule in RULES.values() if "13h" in queries()[rule.query].text}

    assert "replace(queries[alert.query], '13h', '${patience}h')" in MODULE
    assert "var patience = min(2 * sweepHours + 1, 47)" in MODULE
    assert waiting.keys() == {
        f"alert-{name}" for name in ("action-failed", "change-limit-hit", "sight-lost", "sweep-missed")
    }
    assert {rule.window for rule in waiting.values()} == {"P2D"}
    assert not any(re.search(r"\b1[0-24-9]h\b", queries()[rule.query].text) for rule in RULES.values())
