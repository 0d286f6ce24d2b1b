"""
What our roles allow, against the operations that Microsoft lists: `infra/operations.json` is the excerpt of its pages.

Azure refuses a whole role for one action that it does not know (InvalidActionOrNotAction), the reader's in the very
first deployment; and it takes no operation of a service's own, a data action, among the others. Spelling counts, case
does not.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools.bicep.source import Problem

FILE: Final = "infra/operations.json"
ROLES: Final = "infra/*-role.json"
KINDS: Final = {"Actions": "actions", "DataActions": "dataActions"}
"""A role's lists by the names that the excerpt has for them."""


def problems(root: Path) -> Iterator[Problem]:
    """Actions that no page lists, or lists among the others; and operations of the excerpt that no role has."""
    sources = json.loads((root / FILE).read_text("utf-8"))["sources"]
    known = {kind: {one.casefold() for source in sources for one in source[kind]} for kind in KINDS.values()}
    used: dict[str, set[str]] = {kind: set() for kind in KINDS.values()}
    for file in sorted(root.glob(ROLES)):
        name, lines = file.relative_to(root).as_posix(), file.read_text("utf-8").splitlines()
        role = json.loads("\n".join(lines))
        for listed, kind in KINDS.items():
            for action in role[listed]:
                used[kind].add(action.casefold())
                if action.casefold() not in known[kind]:
                    at = next(number for number, line in enumerate(lines, 1) if f'"{action}"' in line)
                    yield Problem(name, at, f"{FILE} has no {action} among its {kind}; {_way_out(action, known)}")
    for kind, operations in known.items():
        for operation in sorted(operations - used[kind]):
            yield Problem(FILE, 1, f"no role has {operation}; delete it")


def _way_out(action: str, known: dict[str, set[str]]) -> str:
    if any(action.casefold() in operations for operations in known.values()):
        return "it stands among the others, and Azure takes it in the other list alone"
    return "mend the name, or add it from Microsoft's page of permissions"
