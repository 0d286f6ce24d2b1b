"""Which public things have no docstring. Ruff's own check knows no exceptions; this one knows ours."""

import ast
from collections.abc import Iterator
from pathlib import Path

type Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def undocumented(path: Path) -> Iterator[str]:
    """
    Each public module, class, function and method of a file without a docstring, as `line: name`.

    Left out: what is private or inside something private, dunder methods, what stands inside a function, overrides
    (`@override` says where to look), the methods of a Protocol's implementer's own Protocol, and an empty module.
    """
    module = ast.parse(path.read_text("utf-8"))
    if module.body and ast.get_docstring(module) is None:
        yield f"1: module {path.stem}"
    yield from _inside(module, "")


def _inside(parent: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    for node in parent.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None and not _is_override(node):
            yield f"{node.lineno}: {prefix}{node.name}"
        if isinstance(node, ast.ClassDef) and not _is_protocol(node):
            yield from _inside(node, f"{prefix}{node.name}.")


def _is_override(node: Documented) -> bool:
    decorators = [] if isinstance(node, ast.Module) else node.decorator_list
    return any(isinstance(decorator, ast.Name) and decorator.id == "override" for decorator in decorators)


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
