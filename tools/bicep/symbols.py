"""Names: each is declared where it is used, each that is declared is used, and what is read of it is there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node

from tools.bicep.bodies import ANEW
from tools.bicep.definitions import PRIMITIVES, Definition, Definitions, Shape
from tools.bicep.kinds import FUNCTIONS, Kinds, object_type, path
from tools.bicep.source import Declaration, Problem, Source, call, properties, text, walk

_NAMESPACES: Final = frozenset({"az", "sys"})
_DECORATES: Final = frozenset({"decorators", "target_scope_assignment"})
_LEADS_LEFT: Final = ("object", "left", "condition")
"""Where the grammar hides a lambda's own parameters: it takes `x => x.a == b` for `(x => x).a == b`."""


@dataclass(frozen=True)
class Symbols:
    """Checks the names of one file."""

    source: Source
    kinds: Kinds
    definitions: Definitions

    def problems(self) -> Iterator[Problem]:
        """All that is wrong with them."""
        used: set[str] = set()
        for child in self.source.root.named_children:
            if child.type not in _DECORATES:
                yield from self._names(child, frozenset(), used)
        for declared in self.source.of("param", "var"):
            if declared.name not in used:
                yield self.source.problem(declared.node, f"{declared.name} is never used; take it out")
        for node in walk(self.source.root):
            outer = node.parent
            whole = outer is None or outer.type != "member_expression" or outer.child_by_field_name("property") == node
            if node.type == "member_expression" and whole:
                yield from self._reads(node)

    def _names(self, node: Node, bound: frozenset[str], used: set[str]) -> Iterator[Problem]:
        """The names below a node that nothing declares; `bound` are those of loops and lambdas around it."""
        if node.type == "identifier":
            name = text(node)
            if name in self.source.declared:
                used.add(name)
            if name not in bound and name not in self.source.declared and name not in _NAMESPACES:
                apart = name in FUNCTIONS and node.parent is not None and node.parent.type == "array"
                says = f"give {name}(…) a variable; the parser takes it for two elements of the list" if apart else ""
                yield self.source.problem(node, says or f"nothing here is called {name}")
            return
        if node.type == "call_expression":
            yield from self._call(node, bound, used)
            return
        if node.type == "arguments":
            for one in node.named_children:
                yield from self._names(one, bound | _lambda_names(one), used)
            return
        own = _loop_names(node) if node.type == "for_statement" else frozenset()
        for child in _used_parts(node):
            yield from self._names(child, bound | own, used)

    def _call(self, node: Node, bound: frozenset[str], used: set[str]) -> Iterator[Problem]:
        called = call(node)
        if called is not None and called[0] not in FUNCTIONS:
            why = "a template of ours reads no key" if called[0].startswith("list") else "Bicep has no such function"
            yield self.source.problem(node, f"{called[0]}: {why}")
        for child in node.named_children:
            if child.type != "identifier":
                yield from self._names(child, bound, used)

    def _reads(self, node: Node) -> Iterator[Problem]:
        """What is read of a module, of a resource, or of a parameter whose type is written out."""
        names = path(node)
        declared = self.source.declared.get(names[0]) if names else None
        if names is None or declared is None or _is_bound(node, names[0]):
            return
        if declared.kind == "module":
            yield from self._output(node, declared, names[1:])
        elif declared.kind == "resource":
            definition = self.definitions.of(declared.target.partition("@")[0])
            if definition is not None:
                yield from self._property(node, definition, definition.body, names)
        elif declared.kind == "param" and (shape := object_type(declared.type)) is not None:
            known = {name for name, _, _ in properties(shape)}
            if names[1] not in known:
                yield self.source.problem(node, f"{names[0]} has no {names[1]}, but {', '.join(sorted(known))}")

    def _output(self, node: Node, declared: Declaration, names: list[str]) -> Iterator[Problem]:
        module = self.kinds.modules.get(declared.name)
        if names[0] != "outputs":
            if names != ["name"]:
                yield self.source.problem(node, f"of module {declared.name} only outputs and name can be read")
        elif module is not None and len(names) > 1 and names[1] not in module.outputs:
            listed = ", ".join(sorted(module.outputs)) or "nothing"
            yield self.source.problem(node, f"{module.name} puts out no {names[1]}, but {listed}")

    def _property(self, node: Node, definition: Definition, shape: Shape, names: list[str]) -> Iterator[Problem]:
        root, *rest = names
        for at, name in enumerate(rest):
            where = ".".join([root, *rest[:at]])
            known = shape.properties.get(name)
            if known is None:
                if not shape.others:
                    yield self.source.problem(
                        node, f"{where} has no {name}: {', '.join(sorted(shape.properties)[:20])}"
                    )
                return
            wanted = known.type.removesuffix("[]")
            if wanted in PRIMITIVES or "'" in wanted:
                return
            below = self.definitions.shape(definition, wanted)
            if below is None:
                if at + 1 < len(rest):
                    lacks = f"the excerpt of {definition.type} lacks {wanted}"
                    yield self.source.problem(node, f"{where}.{name}: {lacks}; {ANEW}")
                return
            shape = below


def _used_parts(node: Node) -> list[Node]:
    """What of a node can use names: not the name it declares, no key, no type."""
    if node.type == "object_property":
        key, *values = node.named_children
        return [*values, *([key] if key.type == "string" else [])]
    if node.type.endswith("_declaration"):
        return [child for child in node.named_children if child.type not in {"type", "comment"}][1:]
    if node.type == "for_statement":
        hidden = {"loop_variable", "loop_enumerator", "for_loop_parameters"}
        first = node.child_by_field_name("initializer")
        return [child for child in node.named_children if child.type not in hidden and child != first]
    return [child for child in node.named_children if child.type != "comment"]


def _loop_names(loop: Node) -> frozenset[str]:
    first = loop.child_by_field_name("initializer")
    named = [first] if first is not None and first.type == "identifier" else []
    held = next((child for child in loop.named_children if child.type == "for_loop_parameters"), None)
    return frozenset(text(one) for one in [*named, *(held.named_children if held is not None else [])])


def _lambda_names(argument: Node) -> frozenset[str]:
    """The parameters of a lambda that an argument is, or begins with."""
    node: Node | None = argument
    while node is not None and node.type != "lambda_expression":
        node = next((found for part in _LEADS_LEFT if (found := node.child_by_field_name(part)) is not None), None)
    if node is None:
        return frozenset()
    *parameters, _ = node.named_children
    return frozenset(text(one) for part in parameters for one in walk(part) if one.type == "identifier")


def _is_bound(node: Node, name: str) -> bool:
    """Whether a loop or lambda around a node gives the name another meaning."""
    around = node.parent
    while around is not None:
        if around.type == "for_statement" and name in _loop_names(around):
            return True
        if around.type == "arguments" and any(name in _lambda_names(one) for one in around.named_children):
            return True
        around = around.parent
    return False
