"""The docstrings under fields and constants, which Python itself throws away; settings and rule pages quote them."""

import ast
import inspect
from itertools import pairwise
from pathlib import Path


def attribute_docstrings(path: Path, owner: str = "") -> dict[str, str]:
    """
    The text under each assignment of a module, or of the class named `owner` in it, in the order they stand.

    Raises ValueError when the module has no such class.
    """
    module = ast.parse(path.read_text("utf-8"))
    body = module.body
    if owner:
        classes = (node for node in body if isinstance(node, ast.ClassDef) and node.name == owner)
        found = next(classes, None)
        if found is None:
            raise ValueError(f"{path} has no class {owner}")
        body = found.body
    return {name: text for node, after in pairwise(body) if (name := _assigned(node)) and (text := _text(after))}


def _assigned(node: ast.stmt) -> str:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return ""


def _text(node: ast.stmt) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return inspect.cleandoc(text).replace("\n", " ")
    return ""
