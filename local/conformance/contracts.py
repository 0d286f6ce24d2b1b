"""
A folder with the published contracts, when somebody has one: specification examples, flattened routes, recordings.

Nothing here is needed to run: without the folder the replay is skipped and says so.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.conformance.table import Operation, key

type Statuses = Mapping[int, frozenset[str]]


class ContractsError(Exception):
    """A folder that holds no contracts; says what it should hold."""


def beside(repository: Path) -> Path | None:
    """The contracts in `shared/reference/azure` beside a checkout, where its developers keep them; None without."""
    place = repository.resolve().parent / "shared" / "reference" / "azure"
    return place if place.is_dir() else None


@dataclass(frozen=True)
class Example:
    """One example of a specification: the parameters of a request and the responses by status."""

    name: str
    parameters: Mapping[str, Any] = field(repr=False)
    responses: Mapping[int, Mapping[str, Any]] = field(repr=False)

    @property
    def bodies(self) -> dict[int, Any]:
        """The bodies of its successful responses."""
        return {status: one["body"] for status, one in self.responses.items() if one.get("body") is not None}


@dataclass(frozen=True)
class Contracts:
    """The folder: `examples/`, `recorded/`, `routes.json` and `routes-ml-2025-12-01.json`."""

    root: Path

    def __post_init__(self) -> None:
        if not (self.root / "examples").is_dir() or not (self.root / "routes.json").is_file():
            raise ContractsError(f"{self.root}: no contracts here; expected a folder with examples/ and routes.json.")

    def routes(self) -> Mapping[tuple[str, str], Statuses]:
        """Statuses with their headers of every specified operation, all versions together."""
        found: dict[tuple[str, str], dict[int, frozenset[str]]] = {}
        for name, method, path, statuses in self._specified():
            known = found.setdefault(key(method, _scoped(path)), {})
            for status, headers in statuses.items():
                known[status] = known.get(status, frozenset()) | (headers if name == "routes.json" else frozenset())
        return found

    def examples(self, operation: Operation) -> Iterator[Example]:
        """The examples of one operation, in the order of their paths."""
        for pattern in operation.examples:
            for file in sorted((self.root / "examples").glob(f"{pattern}.json")):
                yield _example(file, file.relative_to(self.root / "examples").with_suffix("").as_posix())

    def recorded(self) -> Iterator[Path]:
        """Recorded answers, saved as they came."""
        yield from sorted((self.root / "recorded").rglob("*.json"))

    def _specified(self) -> Iterator[tuple[str, str, str, Statuses]]:
        for route in json.loads((self.root / "routes.json").read_text("utf-8")):
            answers = {int(s): frozenset(a["headers"]) for s, a in route["responses"].items() if s.isdigit()}
            yield "routes.json", route["method"], route["path"], answers
        newer = self.root / "routes-ml-2025-12-01.json"
        for route in json.loads(newer.read_text("utf-8")) if newer.is_file() else ():
            yield newer.name, route["method"], route["path"], dict.fromkeys(route["codes"], frozenset())


def _scoped(path: str) -> str:
    """The specification calls a scope `/{scope}` or `/{resourceUri}`; the table writes `{scope}`."""
    return path.replace("/{resourceUri}/", "{scope}/").replace("/{scope}/", "{scope}/")


def _example(file: Path, name: str) -> Example:
    content = json.loads(file.read_text("utf-8-sig"))
    responses = {int(status): answer or {} for status, answer in content["responses"].items() if status.isdigit()}
    return Example(name, content["parameters"], responses)
