"""The docs check, on small repositories; each guard is seen to bite."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tools import check_docs
from tools.docs import generated

REPOSITORY = Path(__file__).resolve().parents[2]
MAKEFILE = "setup: ## Install\n\ncheck: setup ## Check\n"
CLEAN = {"Makefile": MAKEFILE, "function_app.py": '"""The app."""\n'}


def problems(root: Path, files: Mapping[str, str], wanted: Mapping[str, str] | None = None) -> list[str]:
    """What the check says of a repository with these files."""
    for path, text in {**CLEAN, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return check_docs.problems(root, dict(wanted or {}))


def test_a_clean_repository_has_no_problem(tmp_path: Path) -> None:
    """Links to files, headings and the web, commands that exist, settings that are explained."""
    files = {
        "README.md": "# Hub *warden*!\n\nSee [docs](docs/a.md#two-words), [above](#hub-warden), [web](https://x.example).\n\n"
        "```bash\nmake setup check\npython -m local policy check policy\n```\n",
        "docs/a.md": "# A\n\n## Two `words`\n\n`HUBWARDEN_MODE` is a setting; [back](../README.md).\n",
        "shared/a.py": '"""Why."""\n\nMODE = "HUBWARDEN_MODE"\n',
        ".venv/lib/b.md": "[nowhere](nowhere.md)",
    }

    assert problems(tmp_path, files) == []


def test_a_missing_page_is_named(tmp_path: Path) -> None:
    """A rule was added and its page was not made."""
    assert problems(tmp_path, {}, {"docs/a.md": "text"}) == ["docs/a.md: missing; run python -m tools.docs"]


def test_a_stale_page_is_named(tmp_path: Path) -> None:
    """A rule's title changed, or somebody wrote into the generated part."""
    assert problems(tmp_path, {"docs/a.md": "old"}, {"docs/a.md": "new"}) == [
        "docs/a.md: stale; run python -m tools.docs, and write only between 'by hand' and 'end'",
    ]


def test_the_page_of_a_rule_that_is_gone_is_named(tmp_path: Path) -> None:
    """Pages do not outlive their rule."""
    assert problems(tmp_path, {"docs/rules/HW-OLD-001.md": "# Old\n"}) == [
        "docs/rules/HW-OLD-001.md: is about no rule there is; delete it",
    ]


def test_an_unwritten_part_is_named(tmp_path: Path) -> None:
    """A page is not done when it is generated."""
    page = "# A\n\n<!-- by hand: links -->\n<!-- end -->\n"

    assert problems(tmp_path, {"docs/a.md": page}, {"docs/a.md": page}) == [
        "docs/a.md: the part 'links' is empty; write it between 'by hand: links' and 'end'",
    ]


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("docs/b.md", "leads to no file; mend the path"),
        ("../../etc/passwd", "leads to no file; mend the path"),
        ("docs/a.md#three", "leads to no heading; mend the part after #"),
        ("#nothing", "leads to no heading; mend the part after #"),
        ("docs/a.md#in-code", "leads to no heading; mend the part after #"),
    ],
)
def test_a_broken_link_is_named(tmp_path: Path, link: str, problem: str) -> None:
    """To a file, out of the repository, or to a heading; a comment in a code block is no heading."""
    files = {"README.md": f"# R\n\n[x]({link})\n", "docs/a.md": "# A\n\n```bash\n# in code\n```\n"}

    assert problems(tmp_path, files) == [f"README.md: the link to {link} {problem}"]


def test_a_setting_that_nobody_explains_is_named(tmp_path: Path) -> None:
    """Code reads it, no page tells it."""
    files = {"shared/a.py": '"""Why."""\n\nX = "%HUBWARDEN_SECRET_SWITCH%"\n'}

    assert problems(tmp_path, files) == [
        "shared/a.py: HUBWARDEN_SECRET_SWITCH is explained nowhere; add it to docs/settings.md",
    ]


def test_a_target_that_help_does_not_show_is_named(tmp_path: Path) -> None:
    """`make help` is the list of all that can be done."""
    assert problems(tmp_path, {"Makefile": f"{MAKEFILE}\nsecret:\n\ttouch x\n\nX := 1\n"}) == [
        "Makefile: make help does not show secret; put '## what it does' behind its prerequisites",
    ]


def test_a_make_target_that_does_not_exist_is_named(tmp_path: Path) -> None:
    """Also the second of two, and in a span; prose that says make sense is not a command."""
    files = {"README.md": "Run `make setup tests` to make sense.\n"}

    assert problems(tmp_path, files) == [
        "README.md: the Makefile has no target tests; name one that make help shows",
    ]


@pytest.mark.parametrize(("command", "missing"), [("plans --estate x", "plans"), ("policy lint", "lint")])
def test_a_command_that_does_not_exist_is_named(tmp_path: Path, command: str, missing: str) -> None:
    """Of the program, or of a group in it."""
    files = {"README.md": f"```bash\npython -m local {command}\n```\n"}

    assert problems(tmp_path, files) == [
        f"README.md: python -m local has no command {missing}; name one that its --help shows",
    ]


def test_public_things_without_a_docstring_are_named(tmp_path: Path) -> None:
    """Module, class, method, function; not what is private, dunder, inherited by word, or a Protocol's."""
    source = """\
from typing import Protocol, override

class Public:
    def __init__(self): ...
    def method(self): ...
    def _own(self): ...
    @override
    def known(self): ...

class Port(Protocol):
    \"\"\"A port.\"\"\"
    def told_there(self): ...

class _Private:
    def method(self): ...

async def function():
    def inner(): ...
"""
    ending = "has no docstring; say what it means, not how it works"

    assert problems(tmp_path, {"shared/a.py": source, "shared/__init__.py": ""}) == [
        f"shared/a.py:1: module a {ending}",
        f"shared/a.py:3: Public {ending}",
        f"shared/a.py:5: Public.method {ending}",
        f"shared/a.py:17: function {ending}",
    ]


def test_this_repository_is_documented() -> None:
    """What make check says, said by a test too."""
    assert check_docs.problems(REPOSITORY, generated(REPOSITORY)) == []
