"""Resource bodies against Azure's own definitions: names, required properties, kinds of values and known literals."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node

from tools.bicep.definitions import FOLDER, PRIMITIVES, Definition, Definitions, Property, Shape
from tools.bicep.kinds import Kinds
from tools.bicep.source import Declaration, Problem, Source, item, line, literal, properties, text, walk

OURS: Final = frozenset({"parent", "scope", "dependsOn"})
"""Properties that are Bicep's and not the resource's."""
ANEW: Final = f"run make bicep-types, which writes {FOLDER.as_posix()} from what the templates reach"
_EXISTING: Final = frozenset({"name", "parent", "scope"})


@dataclass(frozen=True)
class Bodies:
    """Checks the resources of one file."""

    source: Source
    kinds: Kinds
    definitions: Definitions

    def problems(self) -> Iterator[Problem]:
        """All that is wrong with them."""
        for resource in self.source.of("resource"):
            yield from self._resource(resource)
        for node in walk(self.source.root):
            if node.type == "resource_declaration" and node.parent != self.source.root:
                yield self.source.problem(node, "a resource within a resource is not checked; give it a parent instead")

    def _resource(self, resource: Declaration) -> Iterator[Problem]:
        kind, _, version = resource.target.partition("@")
        definition, body = self.definitions.of(kind), resource.body
        if definition is None:
            yield self.source.problem(resource.node, f"nothing is known of {kind}; {ANEW}")
            return
        if version != definition.version:
            known = f"{kind} is known at {definition.version}, not at {version}"
            yield self.source.problem(resource.node, f"{known}; use that version")
        if body is None:
            return
        if resource.existing:
            for name, key, _ in properties(body):
                if name not in _EXISTING:
                    yield self.source.problem(key, f"an existing resource takes no {name}; it is only named here")
            return
        yield from self._place(resource, definition, body)
        yield from _Walk(self, definition).object(body, definition.body, kind, OURS)

    def _place(self, resource: Declaration, definition: Definition, body: Node) -> Iterator[Problem]:
        """Whether it can be deployed where the file is; a scope of its own may lead elsewhere."""
        elsewhere = any(name in {"scope", "parent"} for name, _, _ in properties(body))
        if not elsewhere and definition.scopes and self.source.scope not in definition.scopes:
            allowed = ", ".join(sorted(definition.scopes))
            yield self.source.problem(
                resource.node, f"{definition.type} cannot be deployed to a {self.source.scope}, but to: {allowed}"
            )


@dataclass(frozen=True)
class _Inner:
    """Values that stand in for the one around them, and the type that each must be of."""

    type: str
    nodes: list[Node]


@dataclass(frozen=True)
class _Walk:
    """Goes down one body."""

    bodies: Bodies
    definition: Definition

    def object(self, node: Node, shape: Shape, where: str, also: frozenset[str] = frozenset()) -> Iterator[Problem]:
        """An object against a shape."""
        given = {name: (key, value) for name, key, value in properties(node)}
        known, others = shape.properties, shape.others
        if shape.by:
            variant = literal(given[shape.by][1]) if shape.by in given else None
            if variant is None or variant not in shape.variants:
                allowed = ", ".join(sorted(shape.variants))
                yield self._problem(node, f"{where}: {shape.by} must be one of {allowed}")
                return
            chosen = self.shape(shape.variants[variant])
            known = {**known, **(chosen.properties if chosen else {})}
        for name, (key, value) in given.items():
            if name in also or name == "*":
                continue
            if name in known:
                yield from self._property(key, value, known[name], f"{where}.{name}")
            elif others:
                yield from self.value(value, others, f"{where}.{name}")
            else:
                yield self._problem(key, f"{where} has no property {name}{_nearest(name, known)}")
        for name, one in known.items():
            if one.required and name not in given and not one.read_only:
                yield self._problem(node, f"{where} lacks {name}, which Azure requires")

    def _property(self, key: Node, value: Node, known: Property, where: str) -> Iterator[Problem]:
        if known.read_only:
            yield self._problem(key, f"{where} is read-only; leave it out")
        else:
            yield from self.value(value, known.type, where)

    def value(self, node: Node, wanted: str, where: str) -> Iterator[Problem]:
        """A value against a type; through conditions, loops and variables to what is written out."""
        if wanted == "any" or node.type == "null":
            return
        inner = self._inner(node, wanted)
        if inner is not None:
            deeper = f"{where}[]" if inner.type != wanted else where
            for one in inner.nodes:
                yield from self.value(one, inner.type, deeper)
        elif node.type == "object" and kind_of(wanted) == "object" and wanted not in PRIMITIVES:
            shape = self.shape(wanted)
            if shape is None:
                yield self._problem(node, f"{where}: the excerpt of {self.definition.type} lacks {wanted}; {ANEW}")
            else:
                yield from self.object(node, shape, where)
        else:
            yield from self._plain(node, wanted, where)

    def _inner(self, node: Node, wanted: str) -> "_Inner | None":
        """What stands within a value; None for one that is to be looked at itself."""
        if node.type == "parenthesized_expression":
            return _Inner(wanted, node.named_children)
        if node.type == "ternary_expression":
            branches = (node.child_by_field_name(part) for part in ("consequence", "alternative"))
            return _Inner(wanted, [branch for branch in branches if branch is not None])
        if node.type == "identifier" and (meant := self._variable(node)) is not None:
            return _Inner(wanted, [meant])
        if wanted.endswith("[]") and node.type == "for_statement":
            made = item(node)
            return _Inner(wanted.removesuffix("[]"), [made] if made is not None else [])
        if wanted.endswith("[]") and node.type == "array":
            return _Inner(wanted.removesuffix("[]"), [one for one in node.named_children if one.type != "comment"])
        return None

    def _plain(self, node: Node, wanted: str, where: str) -> Iterator[Problem]:
        allowed = literals(wanted)
        for said in self._said(node) if allowed else ():
            if said not in allowed:
                listed = ", ".join(sorted(allowed))
                yield self._problem(node, f"{where}: {said!r} is none of the values that Azure knows: {listed}")
        found, kind = self.bodies.kinds.of(node), kind_of(wanted)
        if found not in {None, "null", kind} and kind != "any":
            yield self._problem(node, f"{where} takes {_article(kind)}, not {_article(str(found))}")

    def _said(self, node: Node) -> list[str]:
        """The texts that a value can be: a literal's, or those that a parameter allows."""
        said = literal(node)
        if said is not None:
            return [said]
        declared = self.bodies.source.declared.get(text(node)) if node.type == "identifier" else None
        return allowed_of(declared) if declared is not None else []

    def _variable(self, node: Node) -> Node | None:
        declared = self.bodies.source.declared.get(text(node))
        return declared.value if declared is not None and declared.kind == "var" else None

    def shape(self, name: str) -> Shape | None:
        """A shape of the definition."""
        return self.bodies.definitions.shape(self.definition, name)

    def _problem(self, node: Node, says: str) -> Problem:
        return Problem(self.bodies.source.name, line(node), says)


def literals(wanted: str) -> frozenset[str]:
    """The literals of a type that lists some."""
    return frozenset(part.strip().strip("'") for part in wanted.split("|") if part.strip().startswith("'"))


def kind_of(wanted: str) -> str:
    """The kind of value that a type takes."""
    if wanted.endswith("[]"):
        return "array"
    if "'" in wanted:
        return "string"
    return wanted if wanted in PRIMITIVES else "object"


def allowed_of(parameter: Declaration) -> list[str]:
    """The texts that a parameter allows; none where it is open."""
    arguments = parameter.decorators.get("allowed")
    listed = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    return [said for one in listed.named_children if (said := literal(one)) is not None] if listed is not None else []


def _nearest(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, known, 1, 0.6)
    return f"; did you mean {close[0]}?" if close else f"; it has {', '.join(sorted(known)[:12])}"


def _article(kind: str) -> str:
    return {"array": "a list", "object": "an object", "int": "a number", "bool": "true or false"}.get(kind, f"a {kind}")
