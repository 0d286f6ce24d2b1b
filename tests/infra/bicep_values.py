"""
What expressions of a template come to, for given parameters: as much of Bicep as the templates of roles use.

What it does not know raises KeyError or TypeError: a test must then learn it, and passes nothing by guessing.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tree_sitter import Node

from tools.bicep.source import Source, call, properties, text

INFRA = Path(__file__).resolve().parents[2] / "infra"


@dataclass(frozen=True)
class Scope:
    """Where a template is deployed to."""

    id: str
    name: str


@dataclass
class Template:
    """A file of `infra`, its parameters, and what it is deployed to."""

    file: str
    given: Mapping[str, Any]
    scope: Scope
    _known: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read it; a parameter that is not given has its default."""
        self.source = Source.read(INFRA / self.file, INFRA)

    def made(self, resource: str) -> list[dict[str, Any]]:
        """The resources of a loop, but for those whose condition is false, each with an id that ends in its name."""
        kind = self.source.declared[resource].target.partition("@")[0]
        return [{**one, "id": f"{kind}/{one['name']}"} for one in self._loop(self.source.declared[resource].value, {})]

    def output(self, name: str) -> Any:  # noqa: ANN401 - whatever the template gives
        """What it puts out."""
        return self._value(self.source.outputs[name].value, {})

    def _name(self, name: str, local: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever it holds
        if name in local:
            return local[name]
        declared = self.source.declared[name]
        if declared.kind == "param":
            return self.given[name] if name in self.given else self._value(declared.value, {})
        if name not in self._known:
            self._known[name] = self.made(name) if declared.kind == "resource" else self._value(declared.value, {})
        return self._known[name]

    def _value(self, node: Node | None, local: Mapping[str, Any]) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912 - one branch a kind
        if node is None:
            raise KeyError("a value that is not there")
        parts = [child for child in node.named_children if child.type != "comment"]
        match node.type:
            case "boolean":
                return text(node) == "true"
            case "number":
                return int(text(node))
            case "null":
                return None
            case "string":
                return "".join(
                    text(part) if part.type == "string_content" else str(self._value(part.named_children[0], local))
                    for part in parts
                )
            case "identifier":
                return self._name(text(node), local)
            case "parenthesized_expression":
                return self._value(parts[0], local)
            case "array":
                return [self._value(part, local) for part in parts]
            case "object":
                return {name: self._value(value, local) for name, _, value in properties(node)}
            case "for_statement":
                return list(self._loop(node, local))
            case "member_expression":
                return self._member(parts[0], text(parts[1]), local)
            case "subscript_expression":
                return self._value(parts[0], local)[self._value(parts[1], local)]
            case "unary_expression":
                return not self._value(parts[0], local)
            case "binary_expression":
                return _OPERATORS[text(node.children[1])](*(self._value(part, local) for part in parts))
            case "ternary_expression":
                return self._value(parts[1] if self._value(parts[0], local) else parts[2], local)
            case _:
                return self._called(node, local)

    def _member(self, node: Node, name: str, local: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever it holds
        """A property; the parser takes `a ? b : c.name` for the name of the whole, and Bicep for that of `c`."""
        if node.type == "ternary_expression":
            condition, consequence, alternative = node.named_children
            if self._value(condition, local):
                return self._value(consequence, local)
            return self._member(alternative, name, local)
        held = self._value(node, local)
        return held[name] if isinstance(held, dict) else getattr(held, name)

    def _called(self, node: Node, local: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever it gives
        called = call(node)
        if called is None:
            raise KeyError(f"nobody has taught this test {node.type}: {text(node)}")
        name, arguments = called
        if name == "map":
            over, each = self._value(arguments[0], local), arguments[1]
            variable, body = each.named_children[0], each.named_children[-1]
            return [self._value(body, {**local, text(variable).strip("() "): one}) for one in over]
        if name in {"subscription", "managementGroup"}:
            return self.scope
        values = [self._value(argument, local) for argument in arguments]
        if name.startswith("load"):
            content = (INFRA / self.file).parent.joinpath(values[0]).read_text("utf-8")
            return json.loads(content) if name == "loadJsonContent" else content
        return _FUNCTIONS[name](*values)

    def _loop(self, node: Node | None, local: Mapping[str, Any]) -> list[Any]:
        """The elements of a loop, with its counter and its condition."""
        if node is None or node.type != "for_statement":
            raise KeyError("this test knows loops only")
        counted, over, body = (child for child in node.named_children if child.type != "comment")
        names = [text(part) for part in counted.named_children] or [text(counted)]
        made: list[Any] = []
        for number, one in enumerate(self._value(over, local)):
            inner = {**local, **dict(zip(names, (one, number), strict=False))}
            if body.type != "if_statement":
                made.append(self._value(body, inner))
            elif self._value(body.named_children[0], inner):
                made.append(self._value(body.named_children[-1], inner))
        return made


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda one, other: bool(one == other),
    "!=": lambda one, other: bool(one != other),
    "&&": lambda one, other: one and other,
    "||": lambda one, other: one or other,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "empty": lambda value: not value,
    "guid": lambda *parts: "|".join(parts),
    "subscriptionResourceId": lambda kind, name: f"{kind}/{name}",
    "take": lambda value, number: value[:number],
    "trim": lambda value: value.strip(),
}
