"""The pages that list things: the rules, the tables in Log Analytics, the settings."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from shared import settings
from shared.model.errors import SettingsInvalid
from shared.model.tables import TABLES
from shared.settings import Settings
from tools.attribute_docstrings import attribute_docstrings
from tools.hand_written import part
from tools.markdown import table
from tools.rule_page import Subject


def rules_index(subjects: Iterable[Subject], kept: Mapping[str, str]) -> str:
    """`docs/rules/README.md`."""
    rows = (
        (f"[{s.id}]({s.id}.md)", s.title, ", ".join(s.kinds), s.severity.value, s.safety.value, ", ".join(s.controls))
        for s in subjects
    )
    listed = table(("rule", "what complies", "judged on", "severity", "fix", "controls"), rows)
    return f"# Rules\n\n{part('intro', kept)}\n\n{listed}\n\n{part('classes', kept)}\n"


def tables_page(kept: Mapping[str, str]) -> str:
    """`docs/tables.md`."""
    sections = [f"# Tables in Log Analytics\n\n{part('intro', kept)}"]
    for name, columns in TABLES.items():
        rows = ((f"`{column.name}`", column.type, f"{column.means}.") for column in columns)
        listed = table(("column", "type", "means"), rows)
        sections.append(f"## {name}\n\n{part(name.removesuffix('_CL').casefold(), kept)}\n\n{listed}")
    return "\n\n".join(sections) + "\n"


def settings_page(kept: Mapping[str, str]) -> str:
    """`docs/settings.md`."""
    required = _required()
    described = (text.partition(": ") for text in attribute_docstrings(Path(settings.__file__), "Settings").values())
    rows = (
        (f"`{name}`", "yes" if name in required else "no", f"{means[:1].upper()}{means[1:]}")
        for name, _, means in described
    )
    listed = table(("setting", "required", "means"), rows)
    return f"# Settings\n\n{part('intro', kept)}\n\n{listed}\n\n{part('host', kept)}\n"


def _required() -> frozenset[str]:
    """The settings that the app misses when only its host's storage is set."""
    try:
        Settings.read({"AzureWebJobsStorage__tableServiceUri": "https://example.com"}, Path())
    except SettingsInvalid as error:
        return frozenset(line.removeprefix("setting ").partition(":")[0] for line in str(error).splitlines())
    return frozenset()
