"""A Bicep file as tree-sitter reads it: what it declares, and the few shapes that the checks ask for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

_PARSER: Final = Parser(Language(tree_sitter_bicep.language()))
_KINDS: Final = {
    "parameter_declaration": "param",
    "variable_declaration": "var",
    "resource_declaration": "resource",
    "module_declaration": "module",
    "output_declaration": "output",
}
_SHOWN: Final = 40


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong, where, and the way out."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says}"


@dataclass(frozen=True)
class Declaration:
    """A parameter, variable, resource, module or output."""

    kind: str
    """param, var, resource, module or output."""
    name: str
    node: Node = field(repr=False)
    decorators: Mapping[str, Node] = field(repr=False)
    """The arguments of each, by its name."""

    @property
    def line(self) -> int:
        """Where it begins."""
        return line(self.node)

    @cached_property
    def target(self) -> str:
        """Of a resource its type and version, of a module its path."""
        found = next((child for child in self.node.named_children if child.type == "string"), None)
        return literal(found) or "" if found is not None else ""

    @property
    def existing(self) -> bool:
        """Whether a resource is only named, and not made here."""
        return any(child.type == "existing" for child in self.node.children)

    @cached_property
    def type(self) -> Node | None:
        """The type of a parameter or output as it is written."""
        return next((child for child in self.node.named_children if child.type == "type"), None)

    @cached_property
    def value(self) -> Node | None:
        """A variable's or output's value, a parameter's default, a resource's or module's body with its loop."""
        rest = [child for child in self.node.named_children if child.type not in {"type", "comment"}][1:]
        if self.kind in {"resource", "module"}:
            rest = rest[1:]
        return rest[-1] if rest else None

    @property
    def loops(self) -> bool:
        """Whether it is a collection."""
        return self.value is not None and self.value.type == "for_statement"

    @cached_property
    def body(self) -> Node | None:
        """The object of a resource or module, within whatever loop and condition."""
        node = self.value
        while node is not None and node.type != "object":
            node = item(node) if node.type == "for_statement" else next(iter(node.named_children[::-1]), None)
        return node

    @property
    def required(self) -> bool:
        """Whether a parameter must be given."""
        nullable = self.type is not None and text(self.type).endswith("?")
        return self.value is None and not nullable


@dataclass(frozen=True)
class Source:
    """One Bicep file."""

    path: Path
    name: str
    """The path as problems show it."""
    root: Node = field(repr=False)

    @classmethod
    def read(cls, path: Path, root: Path) -> "Source":
        """Parse a file; what does not parse shows up in `errors`."""
        return cls(path, path.relative_to(root).as_posix(), _PARSER.parse(path.read_bytes()).root_node)

    @cached_property
    def errors(self) -> list[Problem]:
        """What is no Bicep."""
        wrong = (node for node in walk(self.root) if node.type == "ERROR" or node.is_missing)
        return [self.problem(node, f"this is no Bicep: {_shown(node)}") for node in wrong]

    @cached_property
    def declared(self) -> dict[str, Declaration]:
        """Everything it declares but outputs, by name."""
        return {one.name: one for one in self._declarations if one.kind != "output"}

    @cached_property
    def outputs(self) -> dict[str, Declaration]:
        """What it puts out, by name."""
        return {one.name: one for one in self._declarations if one.kind == "output"}

    @cached_property
    def scope(self) -> str:
        """Where it is deployed to: resourceGroup, subscription or managementGroup."""
        said = next((child for child in self.root.named_children if child.type == "target_scope_assignment"), None)
        return (literal(said.named_children[0]) or "") if said is not None else "resourceGroup"

    def of(self, *kinds: str) -> list[Declaration]:
        """What it declares of these kinds."""
        return [one for one in self._declarations if one.kind in kinds]

    def problem(self, node: Node, says: str) -> Problem:
        """Something wrong at a node."""
        return Problem(self.name, line(node), says)

    @cached_property
    def _declarations(self) -> list[Declaration]:
        found: list[Declaration] = []
        above: dict[str, Node] = {}
        for child in self.root.named_children:
            if child.type == "decorators":
                above = dict(_decorators(child))
            elif child.type in _KINDS:
                name = next((text(part) for part in child.named_children if part.type == "identifier"), "")
                found.append(Declaration(_KINDS[child.type], name, child, above))
                above = {}
            elif child.type != "comment":
                above = {}
        return found


def read_all(folder: Path, root: Path) -> dict[Path, Source]:
    """Every Bicep file under a folder, by its resolved path."""
    return {path.resolve(): Source.read(path, root) for path in sorted(folder.rglob("*.bicep"))}


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in order."""
    yield node
    for child in node.children:
        yield from walk(child)


def text(node: Node) -> str:
    """What is written there."""
    return (node.text or b"").decode()


def line(node: Node) -> int:
    """The line it begins in, counted from one."""
    return node.start_point[0] + 1


def literal(node: Node | None) -> str | None:
    """The text of a string without interpolation; None for anything else."""
    if node is None or node.type != "string" or any(child.type == "interpolation" for child in node.named_children):
        return None
    return "".join(text(child) for child in node.named_children).replace("\\'", "'")


def properties(node: Node) -> Iterator[tuple[str, Node, Node]]:
    """The properties of an object: name, where it stands, value. One whose name is computed has the name `*`."""
    for child in node.named_children:
        if child.type == "object_property" and len(child.named_children) > 1:
            key, value = child.named_children[0], child.named_children[-1]
            yield (literal(key) or "*") if key.type == "string" else text(key), key, value


def property_of(node: Node | None, name: str) -> Node | None:
    """The value of one property of an object; None where there is none."""
    if node is None or node.type != "object":
        return None
    return next((value for key, _, value in properties(node) if key == name), None)


def item(loop: Node) -> Node | None:
    """What a loop makes of each element, without its condition."""
    node = loop.child_by_field_name("body")
    return node.named_children[-1] if node is not None and node.type == "if_statement" else node


def call(node: Node | None) -> tuple[str, list[Node]] | None:
    """The name of the function that is called there and its arguments; None for what is no plain call."""
    if node is None or node.type != "call_expression":
        return None
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or function.type != "identifier":
        return None
    return text(function), [child for child in arguments.named_children if child.type != "comment"]


def _decorators(node: Node) -> Iterator[tuple[str, Node]]:
    for child in node.named_children:
        function = child.named_children[0].child_by_field_name("function") if child.named_children else None
        arguments = child.named_children[0].child_by_field_name("arguments") if child.named_children else None
        if function is not None and arguments is not None:
            yield text(function), arguments


def _shown(node: Node) -> str:
    if node.is_missing:
        return f"{node.type} is missing"
    shown = " ".join(text(node).split())
    return repr(shown[:_SHOWN])
