"""
Type definitions from the models of Azure's Python SDK, for the types that the Azure MCP server does not know.

The models are made from the same specifications. They say of a property its name on the wire, its type, and whether it
is required or read-only; the values of an enumeration stand in their own class, which the docstring names.
"""

import enum
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tools.bicep.definitions import BODY, Definition, Property, Shape

_PLAIN: Final = {
    **dict.fromkeys(("str", "iso-8601", "duration", "rfc-1123", "bytearray", "base64", "date", "time"), "string"),
    **dict.fromkeys(("int", "long", "float", "decimal"), "int"),
    "bool": "bool",
    "object": "any",
}
_ENUM: Final = re.compile(r":vartype (?P<name>\w+): str or\s+~[\w.]+\.(?P<enum>\w+)")
_NOT_A_DOT: Final = re.compile(r"(?<!\\)\.")


@dataclass
class Models:
    """The models of one package at one version of its API."""

    module: str
    shapes: dict[str, Shape] = field(default_factory=dict)

    def definition(self, kind: str, version: str, model: str, source: str) -> Definition:
        """A resource type's definition from the model of its body. Raises ImportError or AttributeError without one."""
        self._models = importlib.import_module(self.module)
        self._add(BODY, getattr(self._models, model))
        return Definition(kind, version, frozenset(), source, self.shapes)

    def _add(self, name: str, model: type[Any]) -> None:
        if name in self.shapes:
            return
        self.shapes[name] = Shape({})  # a type may hold itself
        below: dict[str, dict[str, Property]] = {}
        own: dict[str, Property] = {}
        for key, property_ in self._properties(model):
            outer, _, inner = key.partition("\n")
            (below.setdefault(outer, {}) if inner else own)[inner or outer] = property_
        for outer, properties in below.items():
            self.shapes[f"{name}.{outer}"] = Shape(properties)
            own[outer] = Property(f"{name}.{outer}", any(one.required for one in properties.values()))
        own |= self._ids(name)
        subtypes = getattr(model, "_subtype_map", {})
        by, variants = next(iter(subtypes.items()), ("", {}))
        for variant in variants.values():
            self._add(variant, getattr(self._models, variant))
        self.shapes[name] = Shape(own, by=_wire(model, by) if by else "", variants=dict(variants))

    @staticmethod
    def _ids(name: str) -> dict[str, Property]:
        """The SDK takes the name apart from the body; Bicep does not."""
        return {"name": Property("string", required=True)} if name == BODY else {}

    def _properties(self, model: type[Any]) -> Iterator[tuple[str, Property]]:
        """The properties by their keys; what stands under `properties` on the wire comes with a line end between."""
        enums = {found["name"]: found["enum"] for found in _ENUM.finditer(inspect.getdoc(model) or "")}
        for attribute, said in model._attribute_map.items():  # noqa: SLF001 - what every model of the SDK tells of itself
            flags: Mapping[str, Any] = model._validation.get(attribute, {})  # noqa: SLF001 - see above
            wanted = self._literals(enums[attribute]) if attribute in enums else self._type(said["type"])
            key = "\n".join(part.replace("\\", "") for part in _NOT_A_DOT.split(said["key"], 1))
            yield key, Property(wanted, bool(flags.get("required")), bool(flags.get("readonly")))

    def _type(self, said: str) -> str:
        if said.startswith("["):
            return f"{self._type(said[1:-1])}[]"
        if said.startswith("{"):
            inner = self._type(said[1:-1])
            name = f"each {inner}"
            self.shapes[name] = Shape({}, others=inner)
            return name
        if said in _PLAIN:
            return _PLAIN[said]
        found = getattr(self._models, said)
        if issubclass(found, enum.Enum):
            return self._literals(said)
        self._add(said, found)
        return said

    def _literals(self, name: str) -> str:
        return " | ".join([*(f"'{one.value}'" for one in getattr(self._models, name)), "string"])


def _wire(model: type[Any], attribute: str) -> str:
    return str(model._attribute_map[attribute]["key"]).replace("\\", "")  # noqa: SLF001 - see above
