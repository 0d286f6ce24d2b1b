"""Files that templates load: they are there, what they hold is used, and what the code writes for Bicep is loaded."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tree_sitter import Node

from tools.bicep.kinds import path
from tools.bicep.source import Problem, Source, call, literal, text, walk

LOADERS: Final = frozenset({"loadJsonContent", "loadTextContent", "loadYamlContent", "loadFileAsBase64"})
WRITTEN: Final = ("*-role.json", "*.txt", "tables.json", "events.json", "storage.json")
"""What `python -m tools.docs` writes into `infra` for templates."""


def problems(sources: Iterable[Source], infra: Path, root: Path) -> Iterator[Problem]:
    """All that is wrong with what is loaded."""
    loaded: set[Path] = set()
    for source in sources:
        for node, name in _loads(source):
            found = (source.path.parent / name).resolve()
            loaded.add(found)
            if not found.is_file():
                yield source.problem(node, f"there is no {name} to load; mend the path")
            elif found.suffix == ".json":
                yield from _json(source, node, found)
    for file in sorted(found for pattern in WRITTEN for found in infra.glob(pattern)):
        if file.resolve() not in loaded:
            yield Problem(file.relative_to(root).as_posix(), 1, "no template loads it")


def _loads(source: Source) -> Iterator[tuple[Node, str]]:
    for node in walk(source.root):
        called = call(node)
        if called is not None and called[0] in LOADERS and called[1]:
            yield node, literal(called[1][0]) or ""


def _json(source: Source, node: Node, file: Path) -> Iterator[Problem]:
    """A JSON file that does not parse; and of one in a variable, each key that nobody reads or that is not there."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        yield source.problem(node, f"{file.name} is no JSON: {error}")
        return
    held = next((one for one in source.of("var") if one.value == node), None)
    if held is None or not isinstance(document, dict) or _looked_up(source, held.name):
        return
    read = {names[1] for names in _reads(source) if names[0] == held.name and len(names) > 1}
    for key in sorted(read - document.keys()):
        yield source.problem(node, f"{file.name} has no {key}, but {', '.join(sorted(document))}")
    for key in sorted(document.keys() - read):
        yield source.problem(node, f"{key} of {file.name} is never used")


def _looked_up(source: Source, name: str) -> bool:
    """Whether keys of a variable are reckoned at deployment, and so cannot be told here."""
    subscripts = (node for node in walk(source.root) if node.type == "subscript_expression")
    return any((below := node.child_by_field_name("object")) is not None and text(below) == name for node in subscripts)


def _reads(source: Source) -> Iterator[list[str]]:
    for node in walk(source.root):
        if node.type == "member_expression" and (names := path(node)) is not None:
            yield names
