"""Module calls: the file is there, it is given what it takes and nothing else, and deployed where it can be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tree_sitter import Node

from tools.bicep.bodies import allowed_of
from tools.bicep.kinds import Kinds, object_type, written
from tools.bicep.source import Declaration, Problem, Source, call, literal, properties, property_of, text

_TAKES: Final = frozenset({"name", "scope", "params", "dependsOn"})
_SCOPES: Final = {"resourceGroup": "resourceGroup", "subscription": "subscription"}
_GROUP: Final = "Microsoft.Resources/resourceGroups"
_BOUNDS: Final = {"minValue": ("at least", 1), "maxValue": ("at most", -1)}
"""Decorators on numbers: how they read, and on which side of the bound a value may be."""


@dataclass(frozen=True)
class Modules:
    """Checks the module calls of one file."""

    source: Source
    kinds: Kinds

    def problems(self) -> Iterator[Problem]:
        """All that is wrong with them, and with parameters' own defaults."""
        for module in self.source.of("module"):
            target = self.kinds.modules.get(module.name)
            if target is None:
                yield self.source.problem(module.node, f"there is no {module.target}; mend the path")
            elif module.body is not None:
                yield from self._call(module, target, module.body)
        for parameter in self.source.of("param"):
            if parameter.value is not None:
                yield from self._value(parameter.value, parameter, f"the default of {parameter.name}")

    def _call(self, module: Declaration, target: Source, body: Node) -> Iterator[Problem]:
        for name, key, _ in properties(body):
            if name not in _TAKES:
                yield self.source.problem(key, f"a module call takes no {name}, but {', '.join(sorted(_TAKES))}")
        yield from self._scope(module, target, body)
        given = property_of(body, "params")
        values = {name: (key, value) for name, key, value in properties(given)} if given is not None else {}
        taken = {one.name: one for one in target.of("param")}
        for name, (key, value) in values.items():
            if name not in taken:
                listed = ", ".join(sorted(taken))
                yield self.source.problem(key, f"{target.name} takes no {name}, but {listed}")
            else:
                yield from self._value(value, taken[name], f"{name} of {target.name}")
        for name, parameter in taken.items():
            if parameter.required and name not in values:
                yield self.source.problem(module.node, f"{target.name} must be given {name}")

    def _scope(self, module: Declaration, target: Source, body: Node) -> Iterator[Problem]:
        said = property_of(body, "scope")
        scope = self.source.scope if said is None else self._kind_of_scope(said)
        if scope is None:
            yield self.source.problem(module.node, f"the scope of {module.name} is neither a group nor a subscription")
        elif scope != target.scope:
            yield self.source.problem(
                module.node, f"{target.name} is for a {target.scope}, and is deployed to a {scope}; give it a scope"
            )
        if self.source.scope == "resourceGroup" and scope == "subscription":
            yield self.source.problem(module.node, "a resource group's deployment cannot reach up to a subscription")

    def _kind_of_scope(self, node: Node) -> str | None:
        called = call(node)
        if called is not None:
            return _SCOPES.get(called[0])
        declared = self.source.declared.get(text(node))
        is_group = declared is not None and declared.target.partition("@")[0] == _GROUP
        return "resourceGroup" if is_group else None

    def _value(self, node: Node, parameter: Declaration, what: str) -> Iterator[Problem]:
        wanted, found = written(parameter.type), self.kinds.of(node)
        if wanted is not None and found is not None and found not in {wanted, "null"}:
            yield self.source.problem(node, f"{what} is a {found}, and should be a {wanted}")
        allowed = allowed_of(parameter)
        for said in self._said(node) if allowed else ():
            if said not in allowed:
                yield self.source.problem(node, f"{what} can be {said!r}, which is none of {', '.join(allowed)}")
        yield from self._bounds(node, parameter, what)
        shape = object_type(parameter.type)
        if shape is not None and node.type == "object":
            yield from self._object(node, shape, what)

    def _bounds(self, node: Node, parameter: Declaration, what: str) -> Iterator[Problem]:
        for decorator, (reads, side) in _BOUNDS.items():
            bound = _number(parameter.decorators.get(decorator))
            value = int(text(node)) if node.type == "number" else None
            if bound is not None and value is not None and (value - bound) * side < 0:
                yield self.source.problem(node, f"{what} is {value}, and must be {reads} {bound}")

    def _object(self, node: Node, shape: Node, what: str) -> Iterator[Problem]:
        """A literal against an object type that is written out."""
        taken: Mapping[str, Node] = {name: value for name, _, value in properties(shape)}
        given = {name: (key, value) for name, key, value in properties(node)}
        for name, (key, value) in given.items():
            if name not in taken:
                yield self.source.problem(key, f"{what} has no {name}, but {', '.join(sorted(taken))}")
                continue
            wanted, found = written(taken[name]), self.kinds.of(value)
            if wanted is not None and found is not None and wanted != found:
                yield self.source.problem(value, f"{name} of {what} is a {found}, and should be a {wanted}")
        for name, value in taken.items():
            if name not in given and value.type != "nullable_type":
                yield self.source.problem(node, f"{what} lacks {name}")

    def _said(self, node: Node) -> list[str]:
        """The texts that a value can be."""
        said = literal(node)
        if said is not None:
            return [said]
        declared = self.source.declared.get(text(node)) if node.type == "identifier" else None
        return allowed_of(declared) if declared is not None and declared.kind == "param" else []


def called_modules(source: Source, sources: Mapping[Path, Source]) -> dict[str, Source]:
    """The files of the modules that a file calls, by symbol, as far as they are there."""
    found = {one.name: sources.get((source.path.parent / one.target).resolve()) for one in source.of("module")}
    return {name: target for name, target in found.items() if target is not None}


def _number(arguments: Node | None) -> int | None:
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    return int(text(first)) if first is not None and first.type == "number" else None
