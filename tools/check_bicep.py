"""
`python -m tools.check_bicep`: the templates in `infra`, as far as that can be told without Azure. `make check` runs it.

There is no Bicep compiler in a package registry, so this is none: tree-sitter reads the files, and Microsoft's own type
definitions, of which `infra/types` holds excerpts, say what a resource takes; its pages of permissions, of which
`infra/operations.json` is one, what a role may name. docs/deploy.md lists what is checked and what is not. One line per
problem; exit code 1 when there is one.
"""

import sys
from pathlib import Path

from tools.bicep import loads, operations, project
from tools.bicep.bodies import Bodies
from tools.bicep.definitions import FOLDER, Definitions, read
from tools.bicep.kinds import Kinds
from tools.bicep.modules import Modules, called_modules
from tools.bicep.source import Problem, read_all
from tools.bicep.symbols import Symbols

INFRA = "infra"


def problems(root: Path, definitions: Definitions) -> list[Problem]:
    """Everything that is wrong with the templates of the repository at `root`."""
    sources = read_all(root / INFRA, root)
    broken = [problem for source in sources.values() for problem in source.errors]
    if broken:
        return sorted(broken)
    found: list[Problem] = []
    for source in sources.values():
        kinds = Kinds(source, called_modules(source, sources))
        found += Bodies(source, kinds, definitions).problems()
        found += Modules(source, kinds).problems()
        found += Symbols(source, kinds, definitions).problems()
    found += loads.problems(sources.values(), root / INFRA, root)
    found += project.problems(root, sources, definitions)
    found += operations.problems(root)
    found += (
        Problem(FOLDER.as_posix(), 1, f"no template has a {one.type}; delete its excerpt")
        for one in definitions.unasked()
    )
    return sorted(set(found))


def main() -> int:
    """Check this repository."""
    root = Path(__file__).resolve().parent.parent
    found = problems(root, Definitions(read(root / FOLDER)))
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print("bicep: templates parse, fit Azure's definitions, each other, the code and the docs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
