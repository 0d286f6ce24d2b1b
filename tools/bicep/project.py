"""What templates of this project owe its code and its docs: settings, names in storage, parameters, tags."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tools.azd_parameters import PARAMETERS, VARIABLE
from tools.bicep.bodies import allowed_of
from tools.bicep.definitions import Definitions
from tools.bicep.kinds import written
from tools.bicep.source import Declaration, Problem, Source, literal, properties, property_of, text, walk

FUNCTION: Final = "infra/modules/function.bicep"
SETTINGS: Final = "settings"
"""The variable there that holds the app's settings."""
SETTINGS_PAGE: Final = "docs/settings.md"
MAIN: Final = "infra/main.bicep"
NAMES: Final = "infra/storage.json"
AZD: Final = "azure.yaml"
LONGEST: Final = 120
"""Characters in a line."""
_ROW: Final = re.compile(r"^\| (?P<names>`[^|]+`) \| (?P<required>yes|no) \|", re.MULTILINE)
_NAME: Final = re.compile(r"`([\w-]+)`")


def problems(root: Path, sources: Mapping[Path, Source], definitions: Definitions) -> Iterator[Problem]:
    """All that is wrong between templates, code and docs."""
    by_name = {source.name: source for source in sources.values()}
    for source in sources.values():
        yield from _long(source)
        yield from _undescribed(source)
        yield from _untagged(source, definitions)
        yield from _spelled(source, _names(root))
    if FUNCTION in by_name:
        yield from _settings(by_name[FUNCTION], (root / SETTINGS_PAGE).read_text("utf-8"))
        yield from _azd(root, by_name[FUNCTION])
    if MAIN in by_name:
        yield from _parameters(root, by_name[MAIN])


def required_settings(page: str) -> frozenset[str]:
    """The settings that a page's tables call required; `__queueServiceUri` there goes on from the name before it."""
    return frozenset(name for name, required in _listed(page) if required)


def _listed(page: str) -> Iterator[tuple[str, bool]]:
    for row in _ROW.finditer(page):
        stem = ""
        for name in _NAME.findall(row["names"]):
            whole = f"{stem}{name}" if name.startswith("__") else name
            stem = whole.partition("__")[0]
            yield whole, row["required"] == "yes"


def _settings(function: Source, page: str) -> Iterator[Problem]:
    """The app's settings: all that are required are set, and all of ours that are set are explained."""
    held = function.declared.get(SETTINGS)
    if held is None or held.value is None:
        yield Problem(function.name, 1, f"there is no variable {SETTINGS} with the app's settings")
        return
    given = {name: key for name, key, _ in properties(held.value)}
    for name in sorted(required_settings(page) - given.keys()):
        yield function.problem(held.node, f"the app is not given {name}, which {SETTINGS_PAGE} calls required")
    explained = {name for name, _ in _listed(page)}
    for name, key in given.items():
        if name.startswith("HUBWARDEN_") and name not in explained:
            yield function.problem(key, f"{SETTINGS_PAGE} does not know {name}; mend the name, or explain it there")


def _names(root: Path) -> frozenset[str]:
    document = json.loads((root / NAMES).read_text("utf-8")) if (root / NAMES).exists() else {}
    return frozenset(name for part in document.values() for name in ([part] if isinstance(part, str) else part))


def _spelled(source: Source, names: frozenset[str]) -> Iterator[Problem]:
    """Queues, tables and containers have their names from the code, by way of the file."""
    for resource in source.of("resource"):
        if resource.target.startswith("Microsoft.Storage/storageAccounts/") and resource.body is not None:
            said = literal(property_of(resource.body, "name"))
            if said in names:
                yield source.problem(resource.node, f"take the name {said!r} from {NAMES}, where the code's own stands")


def _long(source: Source) -> Iterator[Problem]:
    for at, content in enumerate(text(source.root).splitlines(), 1):
        if len(content) > LONGEST:
            yield Problem(source.name, at, f"the line has {len(content)} characters, more than {LONGEST}; break it")


def _undescribed(source: Source) -> Iterator[Problem]:
    for parameter in source.of("param"):
        if "description" not in parameter.decorators:
            yield source.problem(parameter.node, f"{parameter.name} has no @description; say what it means")


def _untagged(source: Source, definitions: Definitions) -> Iterator[Problem]:
    for resource in source.of("resource"):
        definition = definitions.of(resource.target.partition("@")[0])
        takes = definition is not None and "tags" in definition.body.properties
        if takes and not resource.existing and property_of(resource.body, "tags") is None:
            yield source.problem(resource.node, f"{resource.name} has no tags; give it those of all")


def _azd(root: Path, function: Source) -> Iterator[Problem]:
    """The app carries the tag with the service's name by which azd finds where to publish."""
    services = (yaml.safe_load((root / AZD).read_text("utf-8")) or {}).get("services", {})
    tags = {
        literal(value)
        for node in walk(function.root)
        if node.type == "object"
        for name, _, value in properties(node)
        if name == "azd-service-name"
    }
    for name in sorted(set(services) - {tag for tag in tags if tag}):
        yield Problem(
            function.name, 1, f"{AZD} publishes the service {name}, and nothing is tagged azd-service-name so"
        )


def _parameters(root: Path, main: Source) -> Iterator[Problem]:
    """The parameter file: it gives what is taken, all that must be given, and defaults that fit."""
    file = root / PARAMETERS
    given: dict[str, Any] = json.loads(file.read_text("utf-8"))["parameters"]
    taken = {one.name: one for one in main.of("param")}
    for name in sorted(given.keys() - taken.keys()):
        yield Problem(PARAMETERS, 1, f"{main.name} takes no {name}")
    for name, parameter in taken.items():
        if parameter.required and name not in given:
            yield Problem(PARAMETERS, 1, f"{main.name} must be given {name}")
        if name in given:
            yield from _fits(parameter, given[name].get("value"))


def _fits(parameter: Declaration, value: object) -> Iterator[Problem]:
    """A value, or what azd makes of a variable that is not set: it reads numbers, truths and JSON from text."""
    found = VARIABLE.fullmatch(value) if isinstance(value, str) else None
    if found is not None and found["default"] is None:
        return
    said = found["default"] if found is not None else value
    wanted = written(parameter.type)
    if found is not None and wanted != "string":
        try:
            said = json.loads(str(said))
        except ValueError:
            yield Problem(PARAMETERS, 1, f"{parameter.name}: {said!r} is no {wanted}")
            return
    kinds = {"string": str, "int": int, "bool": bool, "array": list, "object": dict}
    right = wanted is None or isinstance(said, kinds[wanted])
    if not right or (wanted == "int" and isinstance(said, bool)):
        yield Problem(PARAMETERS, 1, f"{parameter.name}: {said!r} is no {wanted}")
    allowed = allowed_of(parameter)
    if allowed and said not in allowed:
        yield Problem(PARAMETERS, 1, f"{parameter.name}: {said!r} is none of {', '.join(allowed)}")
