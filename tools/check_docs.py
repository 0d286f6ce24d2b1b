"""
`python -m tools.check_docs`: the docs say what the code says, and what they name is there. `make check` runs it.

One line per problem, each with the way out; exit code 1 when there is one.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from local.__main__ import app
from tools.docs import RULE_PAGES, generated
from tools.docstrings import undocumented
from tools.hand_written import parts
from tools.mentions import (
    Pages,
    broken_links,
    commands,
    targets,
    undocumented_settings,
    wrong_commands,
)

CODE = ("function_app.py", "functions", "shared", "local", "bench")
"""Where settings are used."""
PUBLIC = ("function_app.py", "functions", "shared", "tools")
"""Where every public thing says what it means."""


def problems(root: Path, wanted: dict[str, str]) -> list[str]:
    """All that is wrong with the docs of the repository at `root`, whose generated files should read `wanted`."""
    pages = read_pages(root)
    makefile = (root / "Makefile").read_text("utf-8")
    return [
        *stale(root, wanted),
        *unwritten(root, wanted),
        *broken_links(root, pages),
        *undocumented_settings(root, _python(root, CODE), pages),
        *unhelpful(makefile),
        *wrong_commands(root, pages, targets(makefile), commands(app)),
        *nameless(root),
    ]


def read_pages(root: Path) -> Pages:
    """Every Markdown file of the repository; what tools keep in hidden folders is none of it."""
    found = (path for path in sorted(root.rglob("*.md")) if not _hidden(path.relative_to(root)))
    return {path: path.read_text("utf-8") for path in found}


def stale(root: Path, wanted: dict[str, str]) -> Iterator[str]:
    """Generated files that are missing, read otherwise, or belong to no rule any more."""
    for path, text in wanted.items():
        file = root / path
        if not file.exists():
            yield f"{path}: missing; run python -m tools.docs"
        elif file.read_text("utf-8") != text:
            yield f"{path}: stale; run python -m tools.docs, and write only between 'by hand' and 'end'"
    for file in sorted((root / RULE_PAGES).glob("*.md")):
        if f"{RULE_PAGES}/{file.name}" not in wanted:
            yield f"{RULE_PAGES}/{file.name}: is about no rule there is; delete it"


def unwritten(root: Path, wanted: dict[str, str]) -> Iterator[str]:
    """Parts of generated pages that wait for somebody to write them."""
    for path, text in wanted.items():
        if (root / path).exists():
            for name, written in parts(text).items():
                if not written:
                    yield f"{path}: the part '{name}' is empty; write it between 'by hand: {name}' and 'end'"


def unhelpful(makefile: str) -> Iterator[str]:
    """Make targets that `make help` does not show."""
    for target, shown in targets(makefile).items():
        if not shown:
            yield f"Makefile: make help does not show {target}; put '## what it does' behind its prerequisites"


def nameless(root: Path) -> Iterator[str]:
    """Public things without a docstring."""
    for source in _python(root, PUBLIC):
        for thing in undocumented(source):
            yield f"{source.relative_to(root)}:{thing} has no docstring; say what it means, not how it works"


def _python(root: Path, places: Iterable[str]) -> list[Path]:
    found = [root / place for place in places]
    return [f for place in found for f in ([place] if place.is_file() else sorted(place.rglob("*.py")))]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "node_modules" for part in path.parts)


def main() -> int:
    """Check this repository."""
    root = Path(__file__).resolve().parent.parent
    wanted = generated(root)
    found = problems(root, wanted)
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"docs: {len(wanted)} generated files fresh, all links and names lead somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
