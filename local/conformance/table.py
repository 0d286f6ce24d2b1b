"""
The facts the stand-in is always held to: which operations ARM has, which statuses they answer, with which headers.

`operations.tsv` is distilled from the published specifications and from what was recorded where the two differ. Its
last column names the specification's examples of an operation, so that they can be replayed where they are at hand.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

FILE = Path(__file__).with_name("operations.tsv")
RESOURCES = "Microsoft.Resources"
PARAMETER = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Operation:
    """One row: a path template in the specification's own parameter names, and what it may answer."""

    method: str
    template: str
    statuses: Mapping[int, tuple[str, ...]]
    """Headers by status; most statuses have none of their own."""
    examples: tuple[str, ...] = field(default=(), repr=False)
    """Globs of example files, without their `.json`."""

    @cached_property
    def key(self) -> tuple[str, str]:
        """What makes two rows the same operation."""
        return key(self.method, self.template)

    @property
    def provider(self) -> str:
        """The resource provider that answers; ARM itself counts as Microsoft.Resources."""
        return provider(self.template)

    @property
    def title(self) -> str:
        """The operation on one line."""
        return f"{self.method} {self.template}"


def key(method: str, template: str) -> tuple[str, str]:
    """Method and path without letter case and parameter names, by which operations are compared."""
    return method, PARAMETER.sub("{}", template).casefold().removeprefix("/")


def provider(template: str) -> str:
    """The namespace behind the last `/providers/` of a path template, as the table spells it."""
    namespace = template.rpartition("/providers/")[2].partition("/")[0]
    return namespace if namespace.startswith("Microsoft.") and "/providers/" in template else RESOURCES


def load(file: Path = FILE) -> tuple[Operation, ...]:
    """The table."""
    with file.open(encoding="utf-8", newline="") as lines:
        _, *rows = csv.reader(lines, delimiter="\t")
    return tuple(_operation(*row) for row in rows)


def _operation(method: str, template: str, statuses: str, examples: str = "") -> Operation:
    return Operation(method, template, dict(_status(one) for one in statuses.split()), tuple(examples.split()))


def _status(text: str) -> tuple[int, tuple[str, ...]]:
    """`202` or `202:Location+Retry-After`."""
    status, _, headers = text.partition(":")
    return int(status), tuple(headers.split("+")) if headers else ()
