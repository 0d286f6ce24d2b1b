"""The generated pages: what people wrote survives, and what the pages tell is what the code does."""

import re
from pathlib import Path

import pytest

from shared.adapters.api_versions import BUDGETS, IDLE_SHUTDOWN, api_version
from shared.model.resource_id import ResourceId
from shared.model.tables import TABLES
from shared.rules.catalogue import RULES
from tools import reference_pages, rule_page
from tools.attribute_docstrings import attribute_docstrings
from tools.docs import generated, subjects
from tools.hand_written import part, parts

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted((REPOSITORY / "docs" / "rules").glob("HW-*.md"))
GROUP = "/subscriptions/s/resourceGroups/g/providers"


def test_every_rule_has_a_page() -> None:
    """The catalogue's, and those of the app about itself."""
    expected = sorted([*(rule.id for rule in RULES), "HW-APP-001", "HW-APP-002", "HW-APP-003", "HW-APP-004"])

    assert [subject.id for subject in subjects()] == expected
    assert [page.stem for page in PAGES] == expected


def test_what_people_wrote_survives() -> None:
    """A page made anew keeps every hand-written part, and made twice is the same."""
    subject = subjects()[0]
    written = {name: f"About *{name}*.\n\n- one\n- two" for name in parts(rule_page.render(subject, {}))}

    page = rule_page.render(subject, written)

    assert set(written) == {"fails", "fix", "yourself", "exempting", "links"}
    assert parts(page) == written
    assert rule_page.render(subject, parts(page)) == page


def test_what_people_wrote_elsewhere_does_not() -> None:
    """So a change to the generated part shows up as stale."""
    subject = subjects()[0]
    page = rule_page.render(subject, {})

    assert rule_page.render(subject, parts(page.replace(subject.why, "Because."))) == page


def test_an_unwritten_part_is_empty() -> None:
    """A new rule's page shows where to write."""
    assert parts(part("links", {})) == {"links": ""}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_use_the_api_versions_that_the_adapters_use(page: Path) -> None:
    """Bicep and `az rest` speak of the documents that the rules were written for."""
    text = page.read_text("utf-8")
    types = re.findall(r"'(Microsoft\.[\w./]+)@([\w-]+)'", text)
    calls = re.findall(r'--url "\$(?:CONNECTION|COMPUTE)(/\w+)?\?api-version=([\w-]+)"', text)

    for kind, version in types:
        assert version == (BUDGETS if kind == "Microsoft.Consumption/budgets" else api_version(_some(kind))), kind
    for action, version in calls:
        assert version == (
            IDLE_SHUTDOWN if action else api_version(_some("Microsoft.MachineLearningServices/workspaces"))
        )
    assert text.count("--url ") == len(calls)
    assert "HW-APP" in page.stem or types, "a rule's page shows Bicep"
    assert "HW-APP" in page.stem or re.search(r"^az ", text, re.MULTILINE), "a rule's page shows an az line"


def _some(kind: str) -> ResourceId:
    namespace, *types = kind.split("/")
    return ResourceId.parse("/".join([GROUP, namespace, *(f"{one}/x" for one in types)]))


def test_settings_say_which_must_be_set() -> None:
    """By asking the settings themselves."""
    page = reference_pages.settings_page({})

    assert "| `HUBWARDEN_MODE` | no | `audit` (default) or `enforce`. |" in page
    assert "| `HUBWARDEN_APP_ID` | yes | ARM id of this Function App" in page


def test_every_table_and_column_is_listed() -> None:
    """The page has what the schema has."""
    page = reference_pages.tables_page({})

    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(TABLES)
    assert page.count("\n| `") == sum(len(columns) for columns in TABLES.values())


def test_attribute_docstrings_are_read(tmp_path: Path) -> None:
    """Of a module and of a class; over several lines; only where there are some."""
    source = tmp_path / "a.py"
    source.write_text('A = 1\n"""The\nfirst."""\nB = 2\nclass C:\n    d: int\n    """Its d."""\n    e: int\n')

    assert attribute_docstrings(source) == {"A": "The first."}
    assert attribute_docstrings(source, "C") == {"d": "Its d."}


def test_generating_does_not_write(tmp_path: Path) -> None:
    """The check asks what pages should read; only `python -m tools.docs` writes."""
    assert "docs/settings.md" in generated(tmp_path)
    assert list(tmp_path.iterdir()) == []
