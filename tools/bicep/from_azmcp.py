"""Type definitions as the Azure MCP server has them: Microsoft's own, those that the Bicep compiler goes by."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tools.bicep.definitions import BODY, PRIMITIVES, Definition, Property, Shape

_SCOPES: Final = {
    "ResourceGroup": "resourceGroup",
    "Subscription": "subscription",
    "ManagementGroup": "managementGroup",
    "Tenant": "tenant",
}
_LONGEST: Final = 60
"""Seconds for one answer; it takes three."""


def definition(program: Path, kind: str, source: str) -> Definition | None:
    """
    What the server knows of a resource type, at the one version it has; None for a type that it does not know.

    Raises OSError or subprocess.TimeoutExpired when it cannot be run.
    """
    quiet = {**os.environ, "AZURE_MCP_COLLECT_TELEMETRY": "false"}
    asked = [str(program), "bicepschema", "get", "--resource-type", kind]
    said = subprocess.run(asked, capture_output=True, text=True, env=quiet, timeout=_LONGEST, check=False)  # noqa: S603 - our own pinned program
    document = json.loads(said.stdout[said.stdout.find("{") :] or "{}")
    if document.get("status") != 200:  # noqa: PLR2004 - HTTP's word for well
        return None
    return read(document["results"]["BicepSchemaResult"], kind, source)


def read(types: Sequence[Mapping[str, Any]], kind: str, source: str) -> Definition:
    """A definition from the types that the server lists."""
    resource = next(one for one in types if one["$type"] == "Resource" and _named(one, kind))
    name, _, version = resource["name"].partition("@")
    objects = [one for one in types if one["$type"] in {"Object", "DiscriminatedObject"}]
    known = {one["name"] for one in objects}
    shapes = dict(shape for one in objects for shape in _shapes(one["name"], one, known))
    shapes |= dict(_shapes(BODY, resource["bodyType"], known))
    scopes = {_SCOPES[said] for said in resource["writableScopes"].split(", ") if said in _SCOPES}
    return Definition(name, version, frozenset(scopes), source, shapes)


def _named(resource: Mapping[str, Any], kind: str) -> bool:
    return str(resource["name"]).partition("@")[0].casefold() == kind.casefold()


def _shapes(name: str, said: Mapping[str, Any], known: set[str]) -> Iterator[tuple[str, Shape]]:
    """A shape, and those of its variants."""
    if said["$type"] == "Object":
        others = said.get("additionalPropertiesType")
        yield name, Shape(_properties(said["properties"], known), _type(str(others), known) if others else "")
        return
    by, variants = said["discriminator"], {}
    for one in said["elements"]:
        value = next(part["type"] for part in one["properties"] if part["name"] == by)
        variants[value] = f"{one['name']} {value}"  # some elements have all one name
        yield variants[value], Shape(_properties(one["properties"], known))
    yield name, Shape(_properties(said["baseProperties"], known), by=by, variants=variants)


def _properties(said: Sequence[Mapping[str, Any]], known: set[str]) -> dict[str, Property]:
    flags = {one["name"]: one.get("flags", "") for one in said}
    return {
        one["name"]: Property(
            _type(str(one["type"]), known), "Required" in flags[one["name"]], "ReadOnly" in flags[one["name"]]
        )
        for one in said
    }


def _type(said: str, known: set[str]) -> str:
    """A type as definitions write it: the server sets literals in no quotes."""
    if said.endswith("[]"):
        return f"{_type(said.removesuffix('[]').strip('()'), known)}[]"
    parts = [part.strip() for part in said.split("|") if part.strip()]
    if len(parts) == 1:
        return said if said in PRIMITIVES | known else f"'{said}'"
    return " | ".join(part if part in PRIMITIVES else f"'{part}'" for part in parts) or "any"
