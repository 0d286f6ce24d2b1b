"""
`python -m tools.azd_parameters`: infra/main.parameters.json with its variables filled in, as azd does.

For `az deployment sub what-if`, which reads no variables. It needs nothing installed. An empty variable counts as one
that is not set; the kind of a value (number, truth, list) is that of its default, as JSON. Exit code 1 where one has
neither.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

PARAMETERS: Final = "infra/main.parameters.json"
VARIABLE: Final = re.compile(r"\$\{(?P<name>[A-Z][A-Z0-9_]*)(?:=(?P<default>[^}]*))?\}")
"""A value that is a variable, and what it is without it."""


def filled(document: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """A parameter file without variables. Raises ValueError for one that is not set, or of another kind."""
    values = {name: {"value": _value(one["value"], environment)} for name, one in document["parameters"].items()}
    return {**document, "parameters": values}


def _value(written: Any, environment: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON
    found = VARIABLE.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        return written
    said, default = environment.get(found["name"], ""), found["default"]
    if default is None and not said:
        raise ValueError(f"{found['name']} is not set; take it from azd env get-values")
    return said if default is None else _as(said or default, default, found["name"])


def _as(said: str, default: str, name: str) -> Any:  # noqa: ANN401 - any JSON
    """A value of the kind that the default has."""
    try:
        kind = type(json.loads(default))
    except ValueError:
        return said
    try:
        value = json.loads(said)
    except ValueError:
        value = None
    if type(value) is not kind:
        raise ValueError(f"{name} is {said!r}, and should be JSON like {default}")
    return value


def main() -> int:
    """Fill in this repository's file, on standard output."""
    file = Path(__file__).resolve().parent.parent / PARAMETERS
    try:
        whole = filled(json.loads(file.read_text("utf-8")), os.environ)
    except ValueError as problem:
        print(f"{PARAMETERS}: {problem}", file=sys.stderr)
        return 1
    print(json.dumps(whole, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
