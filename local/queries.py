"""
The queries in `infra/queries`: each stands in one file and nowhere else, and whoever needs one asks for it by name.

A file begins with comments, `// ` and text: its title, an empty one, and prose for the docs. The query comes after.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from shared.model.errors import SettingsInvalid

FOLDER: Final = Path(__file__).resolve().parent.parent / "infra" / "queries"


@dataclass(frozen=True)
class Query:
    """One query, as it may run anywhere."""

    name: str
    """The file's, without `.kql`."""
    title: str
    about: str
    """What it tells, in Markdown, with links as from the folder `docs`; may be empty."""
    text: str
    """The query itself, without the comments it begins with."""
    line: int
    """Where it begins in its file."""


def queries(folder: Path = FOLDER) -> dict[str, Query]:
    """All queries by name. Raises SettingsInvalid for a file without a title or without a query."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.kql"))}


def called(known: Mapping[str, Query], name: str) -> Query:
    """The query of a name. Raises SettingsInvalid with the nearest names for one that is not there."""
    if name in known:
        return known[name]
    near = " or ".join(get_close_matches(name, known, n=3))
    hint = f"did you mean {near}?" if near else "python -m local query lists them"
    raise SettingsInvalid(f"no query is called {name!r}; {hint}")


def _read(path: Path) -> Query:
    lines = path.read_text("utf-8").splitlines()
    count = next((number for number, line in enumerate(lines) if not line.startswith("//")), len(lines))
    head = [line.removeprefix("//").strip() for line in lines[:count]]
    text = "\n".join(lines[count:]).strip()
    if not head or not head[0]:
        raise SettingsInvalid(f"{path.name}: begins without a title; put '// what it tells' into its first line")
    if not text:
        raise SettingsInvalid(f"{path.name}: holds no query after its comments")
    return Query(path.stem, head[0], "\n".join(head[1:]).strip(), text, count + 1)
