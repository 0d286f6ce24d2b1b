"""Reads ARM documents from files: single or in `{"value": [...]}` lists, as Azure returned them, checked one by one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.azure.arm_ids import canonical, resource_type
from local.azure.store import Document


class EstateError(Exception):
    """A document that cannot be loaded; names file, index, reason and the way out."""


def documents(source: Path) -> Iterator[Document]:
    """The ARM documents of a JSON file, or of all `*.json` files under a folder in the order of their paths.

    Overlapping lists may hold a document twice; two documents that differ under one id are refused.
    """
    if not source.exists():
        raise EstateError(f"{source}: no such file or folder. Give a JSON file of ARM documents, or a folder of them.")
    files = sorted(source.rglob("*.json")) if source.is_dir() else [source]
    if not files:
        raise EstateError(f"{source}: no *.json file in this folder. Save ARM responses there, unmodified.")
    known: dict[str, tuple[str, Document]] = {}
    for file in files:
        for index, found in enumerate(_listed(file)):
            where = f"{file}, document {index}"
            document = _checked(found, where)
            first, same = known.setdefault(canonical(document["id"]), (where, document))
            if document != same:
                raise EstateError(f"{where}: {document['id']} is another one already in {first}. Keep one of them.")
            if document is same:
                yield document


def _listed(file: Path) -> list[Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"), parse_constant=_refuse)
    except (OSError, ValueError, RecursionError) as error:
        raise EstateError(f"{file}: not readable as JSON ({error}). Save the response body again.") from None
    if isinstance(content, dict) and "id" not in content and isinstance(content.get("value"), list):
        if content.get("nextLink"):  # half an estate would be judged as if it were all
            raise EstateError(
                f"{file}: is one page of several, for it has a 'nextLink'. Fetch the page it leads to into a file of "
                "the same folder, take the 'nextLink' out, and so on; or read Azure live with --subscription."
            )
        return list(content["value"])
    return content if isinstance(content, list) else [content]


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _checked(document: Any, where: str) -> Document:  # noqa: ANN401 - whatever the file held
    if not isinstance(document, dict):
        raise EstateError(f"{where}: expected an ARM document, found {type(document).__name__}.")
    if "error" in document and "id" not in document:
        raise EstateError(f"{where}: is an error Azure answered, no resource. Leave it out, or read it again.")
    identity = document.get("id")
    if not isinstance(identity, str):
        raise EstateError(f"{where}: has no 'id'. Every ARM document carries its full resource id; add it.")
    try:
        told = resource_type(identity)
    except ValueError as error:
        raise EstateError(f"{where}: {error}") from None
    for part in ("properties", "tags"):
        if not isinstance(document.get(part, {}), dict | None):
            raise EstateError(f"{where}: '{part}' of {told} must be an object.")
    return document
