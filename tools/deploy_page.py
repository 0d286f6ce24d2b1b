"""`docs/deploy.md`: written by hand but for the table of parameters, which comes from the template and azd's file."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tools.bicep.source import Declaration, Source, literal, text
from tools.hand_written import part
from tools.markdown import table

ROOT: Final = Path(__file__).resolve().parent.parent
MAIN: Final = "infra/main.bicep"
PARAMETERS: Final = "infra/main.parameters.json"
_VARIABLE: Final = re.compile(r"\$\{(?P<name>[A-Z][A-Z0-9_]*)(?:=[^}]*)?\}")
_LIMITS: Final = {"minValue": "at least", "minLength": "at least", "maxValue": "at most", "maxLength": "at most"}
_WORDS: Final = {"string": "text", "string[]": "list of texts", "int": "number", "bool": "true or false"}


def deploy_page(kept: Mapping[str, str]) -> str:
    """`docs/deploy.md`."""
    listed = table(("parameter", "azd variable", "default", "takes", "means"), _rows())
    parts = ("# Deploy", part("start", kept), "## Parameters", part("parameters", kept), listed, part("rest", kept))
    return "\n\n".join(parts) + "\n"


def _rows() -> Iterator[tuple[str, ...]]:
    given = json.loads((ROOT / PARAMETERS).read_text("utf-8"))["parameters"]
    for parameter in Source.read(ROOT / MAIN, ROOT).of("param"):
        means = parameter.decorators["description"].named_children[0]
        value = given.get(parameter.name, {}).get("value")
        variable = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
        by = f"`{variable['name']}`" if variable else "in the file" if parameter.name in given else ""
        yield f"`{parameter.name}`", by, _default(parameter), _takes(parameter), literal(means) or ""


def _default(parameter: Declaration) -> str:
    return f"`{text(parameter.value)}`" if parameter.value is not None else "must be given"


def _takes(parameter: Declaration) -> str:
    allowed = parameter.decorators.get("allowed")
    if allowed is not None:
        return ", ".join(text(one).strip("'") for one in allowed.named_children[0].named_children)
    kind = text(parameter.type) if parameter.type is not None else ""
    unit = {"string": " characters", "string[]": " entries"}.get(kind, "")
    limits = [
        f"{reads} {text(parameter.decorators[name].named_children[0])}{unit}"
        for name, reads in _LIMITS.items()
        if name in parameter.decorators
    ]
    return ", ".join([_WORDS.get(kind, kind), *limits])
