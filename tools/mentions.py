"""Names that stand in one place and must be right in another: settings, make targets, commands, links."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

import typer
import typer.models

from tools.markdown import anchors, code, links

_SETTING = re.compile(r"\bHUBWARDEN_[A-Z][A-Z0-9_]*\b")
_TARGET = re.compile(r"^(?P<name>[a-z][a-z-]*):(?!=)(?P<rest>.*)$", re.MULTILINE)
_MAKE = re.compile(r"(?:^|[\s;&(])make((?: +[a-z][a-z-]*)+)", re.MULTILINE)
_LOCAL = re.compile(r"python -m local((?: +[a-z][a-z-]*)+)")

type Pages = Mapping[Path, str]
"""Markdown texts by where they stand."""

type Commands = Mapping[str, Commands]
"""Commands by name, each with the commands under it."""


def broken_links(root: Path, pages: Pages) -> Iterator[str]:
    """Each relative link that leads to no file of the repository, or to no heading in it."""
    for page, text in pages.items():
        for target in links(text):
            file, _, anchor = unquote(target).partition("#")
            if re.match(r"[a-z][a-z+.-]*:", file):
                continue
            found = (page.parent / file).resolve() if file else page
            if not found.is_relative_to(root) or not found.exists():
                yield f"{page.relative_to(root)}: the link to {target} leads to no file; mend the path"
            elif anchor and found.suffix == ".md" and anchor not in anchors(found.read_text("utf-8")):
                yield f"{page.relative_to(root)}: the link to {target} leads to no heading; mend the part after #"


def undocumented_settings(root: Path, sources: Iterable[Path], pages: Pages) -> Iterator[str]:
    """Each HUBWARDEN_ name that code uses and no page explains."""
    explained = {name for text in pages.values() for name in _SETTING.findall(text)}
    for source in sources:
        for name in sorted({*_SETTING.findall(source.read_text("utf-8"))} - explained):
            yield f"{source.relative_to(root)}: {name} is explained nowhere; add it to docs/settings.md"


def targets(makefile: str) -> dict[str, bool]:
    """The targets of a Makefile that people call, and whether `make help` shows them."""
    return {found["name"]: "## " in found["rest"] for found in _TARGET.finditer(makefile)}


def commands(app: typer.Typer) -> Commands:
    """What a typer application can be told to do."""
    groups = {
        group.name or "": commands(group.typer_instance) for group in app.registered_groups if group.typer_instance
    }
    return {**groups, **{_name(command): {} for command in app.registered_commands}}


def wrong_commands(root: Path, pages: Pages, known: Iterable[str], local: Commands) -> Iterator[str]:
    """Each `make X` and `python -m local X` that a page shows in code and that does not exist."""
    there = set(known)
    for page, text in pages.items():
        shown, name = code(text), page.relative_to(root)
        made = {word for found in _MAKE.findall(shown) for word in found.split()}
        for target in sorted(made - there):
            yield f"{name}: the Makefile has no target {target}; name one that make help shows"
        asked = sorted(set(_LOCAL.findall(shown)))
        for missing in filter(None, (_missing(local, words.split()) for words in asked)):
            yield f"{name}: python -m local has no command {missing}; name one that its --help shows"


def _name(command: typer.models.CommandInfo) -> str:
    return command.name or getattr(command.callback, "__name__", "").replace("_", "-")


def _missing(local: Commands, words: list[str]) -> str:
    """The first word that names no command, until one that takes none is reached; empty when all do."""
    for word in words:
        if not local:
            return ""
        if word not in local:
            return word
        local = local[word]
    return ""
