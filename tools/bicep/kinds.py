"""
What kind of value an expression is, as far as that can be told without evaluating it, and the functions Bicep has.

It never guesses: what cannot be told is None, and nothing is said about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node

from tools.bicep.source import Declaration, Source, call, literal, property_of, text

_GIVE: Final = {
    "string": (
        "base64 base64ToString cidrHost cidrSubnet dataUri dataUriToString dateTimeAdd dateTimeFromEpoch"
        " extensionResourceId format guid join loadFileAsBase64 loadTextContent managementGroupResourceId newGuid"
        " padLeft replace resourceId string subscriptionResourceId substring tenantResourceId toLower toUpper trim"
        " uniqueString uri uriComponent uriComponentToString utcNow"
    ),
    "int": "dateTimeToEpoch indexOf int lastIndexOf length",
    "bool": "bool contains empty endsWith startsWith",
    "array": "array filter flatten items map objectKeys pickZones range split",
    "object": "createObject groupBy mapValues shallowMerge toObject",
    "": (
        "any coalesce concat deployment environment first getSecret intersection json last loadJsonContent"
        " loadYamlContent managementGroup max min parseCidr reduce reference resourceGroup skip sort subscription take"
        " tenant tryGet union"
    ),
}
FUNCTIONS: Final[Mapping[str, str | None]] = {
    name: kind or None for kind, names in _GIVE.items() for name in names.split()
}
"""Bicep's functions and what each gives, where that does not depend on what it is given
(https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions). Those that read keys, `list…`, are
left out: a template of ours reads none."""

_LITERALS: Final = {
    "string": "string",
    "number": "int",
    "boolean": "bool",
    "null": "null",
    "array": "array",
    "for_statement": "array",
    "object": "object",
}
_OPERATORS: Final = {
    **dict.fromkeys(("!", "==", "!=", "=~", "!~", "<", ">", "<=", ">=", "&&", "||"), "bool"),
    **dict.fromkeys(("+", "-", "*", "/", "%"), "int"),
}


@dataclass(frozen=True)
class Kinds:
    """Tells kinds in one file."""

    source: Source
    modules: Mapping[str, Source]
    """The files of the modules that are called there, by symbol."""

    def of(self, node: Node | None) -> str | None:
        """string, int, bool, array, object or null; None where it cannot be told."""
        if node is None:
            return None
        if node.type in _LITERALS:
            return _LITERALS[node.type]
        if node.type == "parenthesized_expression":
            return self.of(node.named_children[0])
        if node.type == "ternary_expression":
            return _same(*(self.of(node.child_by_field_name(part)) for part in ("consequence", "alternative")))
        if node.type in {"unary_expression", "binary_expression"}:
            return _OPERATORS.get(next((text(child) for child in node.children if not child.is_named), ""))
        if node.type == "identifier":
            return self._named(self.source.declared.get(text(node)))
        called = call(node)
        return FUNCTIONS.get(called[0]) if called is not None else self._member(node)

    def _named(self, declared: Declaration | None) -> str | None:
        if declared is None:
            return None
        if declared.kind == "var":
            return self.of(declared.value)
        if declared.kind == "param":
            return written(declared.type)
        return None

    def _member(self, node: Node) -> str | None:
        """A module's output, a parameter's own property, or the name or id of a resource."""
        chain = path(node) if node.type == "member_expression" else None
        if chain is None:
            return None
        root, *names = chain
        declared = self.source.declared.get(root)
        if declared is None or not names:
            return None
        if declared.kind == "module" and names[0] == "outputs" and len(names) > 1 and root in self.modules:
            output = self.modules[root].outputs.get(names[1])
            return written(output.type) if output is not None and len(names) == 2 else None  # noqa: PLR2004 - outputs, name
        if declared.kind == "resource" and names in (["id"], ["name"], ["type"]):
            return "string"
        if declared.kind == "param" and len(names) == 1:
            return written(member_type(declared.type, names[0]))
        return None


def path(node: Node) -> list[str] | None:
    """`a.b.c`, `a!.b`, `a[0].b` as names, without what stands in brackets; None where it begins with something else."""
    if node.type == "identifier":
        return [text(node)]
    below = node.child_by_field_name("object")
    before = path(below) if below is not None else None
    if before is None:
        return None
    if node.type == "member_expression":
        name = node.child_by_field_name("property")
        return [*before, text(name)] if name is not None else None
    return before if node.type == "subscript_expression" else None


def written(node: Node | None) -> str | None:
    """The kind that a type says, as it is written in Bicep."""
    if node is None:
        return None
    if node.type == "type" and len(node.named_children) == 1:
        return written(node.named_children[0])
    if node.type == "array_type":
        return "array"
    if node.type == "object":
        return "object"
    if node.type == "primitive_type":
        return text(node) if text(node) in {"string", "int", "bool", "array", "object"} else None
    return "string" if literal(node) is not None else None


def member_type(node: Node | None, name: str) -> Node | None:
    """The type of one property of an object type that is written out."""
    shape = object_type(node)
    return property_of(shape, name) if shape is not None else None


def object_type(node: Node | None) -> Node | None:
    """The object that a type is, where it is one that is written out."""
    while node is not None and node.type == "type" and len(node.named_children) == 1:
        node = node.named_children[0]
    return node if node is not None and node.type == "object" else None


def _same(one: str | None, other: str | None) -> str | None:
    if one == "null" or other == "null":
        return other if one == "null" else one
    return one if one == other else None
