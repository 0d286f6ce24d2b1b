"""`python -m tools.docs`: write every page and role that is made from the code. `tools.check_docs` says when to."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from local.queries import queries
from shared.rules.catalogue import RULES
from tools import infra_files, roles
from tools.alerts import RUNBOOKS, alerts
from tools.alerts_page import alerts_page, runbooks_index
from tools.deploy_page import deploy_page
from tools.hand_written import parts
from tools.queries_page import queries_json, queries_page
from tools.reference_pages import rules_index, settings_page, tables_page
from tools.rule_page import Subject, about_the_app, render
from tools.running_costs_page import running_costs_page
from tools.stand_in_page import stand_in_page
from tools.workbook import workbook

RULE_PAGES = "docs/rules"
ROOT = Path(__file__).resolve().parent.parent

type Render = Callable[[Mapping[str, str]], str]
"""A page from the hand-written parts to keep."""


def subjects() -> tuple[Subject, ...]:
    """Everything that has a rule page, by id."""
    return tuple(sorted([*map(Subject.of, RULES), *about_the_app()], key=lambda subject: subject.id))


def generated(root: Path) -> dict[str, str]:
    """Every generated file of the repository at `root` by its path, as it should read now."""
    known, told = queries(), alerts(ROOT)
    pages: dict[str, Render] = {
        f"{RULE_PAGES}/README.md": partial(rules_index, subjects()),
        **{f"{RULE_PAGES}/{subject.id}.md": partial(render, subject) for subject in subjects()},
        "docs/tables.md": tables_page,
        "docs/settings.md": settings_page,
        "docs/azure-stand-in.md": stand_in_page,
        "docs/deploy.md": deploy_page,
        "docs/running-costs.md": running_costs_page,
        "docs/queries.md": partial(queries_page, known),
        "docs/alerts.md": partial(alerts_page, told),
        f"{RUNBOOKS}/README.md": partial(runbooks_index, told, ROOT / RUNBOOKS),
        "infra/queries.json": lambda _: queries_json(known, told),
        "infra/workbook.json": lambda _: workbook(known),
        "infra/reader-role.json": lambda _: roles.reader(),
        "infra/enforcer-role.json": lambda _: roles.enforcer(RULES),
        "infra/instance-renewer-role.json": lambda _: roles.instance_renewer(),
        "infra/key-reader-role.json": lambda _: roles.key_reader(),
        "infra/rotation-reader-role.json": lambda _: roles.rotation_reader(),
        "infra/key-rotator-role.json": lambda _: roles.key_rotator(RULES),
        "infra/access-granter-role.json": lambda _: roles.access_granter(),
        "infra/access-granter-condition.txt": lambda _: roles.access_condition(),
        "infra/tables.json": lambda _: infra_files.tables_file(),
        "infra/events.json": lambda _: infra_files.events_file(),
        "infra/storage.json": lambda _: infra_files.storage_file(),
    }
    return {path: page(parts(_read(root / path))) for path, page in pages.items()}


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def main() -> None:
    """Write them all."""
    for path, text in generated(ROOT).items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
        print(f"docs: wrote {path}")


if __name__ == "__main__":
    main()
