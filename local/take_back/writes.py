"""What was written to tags, from the rows of `infra/queries/tag-writes.kql`, in the order in which it was written."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from shared.model.plan import Result
from shared.model.resource_id import ResourceId

QUERY: Final = "tag-writes"

type Values = Mapping[str, str | None]
"""Tags by their names as somebody spelled them; None for a tag that is not there."""


@dataclass(frozen=True)
class Write:
    """One tag of one resource, given another value by one step."""

    at: datetime
    resource: ResourceId
    rule: str
    tag: str
    """As the row spells it; Azure compares names without case (CONTRACTS §6)."""
    before: str | None
    after: str | None
    sure: bool
    """False where nobody knows whether it was made: the process died, or the answer was an error."""

    @property
    def name(self) -> str:
        """The tag's name as Azure compares it."""
        return self.tag.casefold()


@dataclass(frozen=True)
class Written:
    """All that the rows tell."""

    writes: tuple[Write, ...] = ()
    """Latest first."""
    unread: tuple[str, ...] = ()
    """Of each row that cannot be read: which, and why."""

    @cached_property
    def by_resource(self) -> Mapping[ResourceId, Sequence[Write]]:
        """The writes to each resource, latest first; the resources in order."""
        found: dict[ResourceId, list[Write]] = {}
        for write in sorted(self.writes, key=lambda write: write.resource):
            found.setdefault(write.resource, []).append(write)
        return found

    @property
    def tags(self) -> Sequence[str]:
        """The tags that were written, as they were last spelled, each once."""
        return sorted({write.name: write.tag for write in reversed(self.writes)}.values())


def written(rows: Iterable[Mapping[str, Any]]) -> Written:
    """
    Read rows, however often and in whatever order they came.

    The ingestion API does not remove duplicates (CONTRACTS §8); one run makes a step once, so the two ids tell them.
    """
    steps: dict[tuple[str, str, bool], list[Write]] = {}
    unread: dict[str, None] = {}
    for row in rows:
        try:
            steps.setdefault(_identity(row), _writes(row))
        except (KeyError, TypeError, ValueError) as error:
            unread[f"{row.get('Resource') or 'a row'} at {row.get('TimeGenerated')}: {error}"] = None
    found = [write for writes in steps.values() for write in writes]
    return Written(tuple(sorted(found, key=_newest_last, reverse=True)), tuple(unread))


def _newest_last(write: Write) -> tuple[datetime, bool, ResourceId, str]:
    return write.at, write.sure, write.resource, write.tag


def _identity(row: Mapping[str, Any]) -> tuple[str, str, bool]:
    return row["RunId"], row["StepId"], row["Result"] == Result.DONE


def _writes(row: Mapping[str, Any]) -> list[Write]:
    """What a row says of each tag. Raises ValueError or TypeError for one that says something else."""
    resource = ResourceId.find(row["Resource"])
    if resource is None:
        raise ValueError(f"Resource {row['Resource']!r} is no ARM id")
    before, after = _values(row["Before"], "Before"), _values(row["After"], "After")
    if set(before) != set(after):
        raise ValueError("Before and After name different tags")
    sure = row["Result"] == Result.DONE
    at = _moment(row["TimeGenerated"])
    return [Write(at, resource, str(row["Rule"]), tag, before[tag], after[tag], sure) for tag in before]


def _values(text: str, column: str) -> Values:
    try:
        values = json.loads(text)
    except ValueError:
        raise ValueError(f"{column} is no JSON") from None
    if not isinstance(values, dict) or not all(value is None or isinstance(value, str) for value in values.values()):
        raise ValueError(f"{column} holds something else than tags")
    return values


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"TimeGenerated {value!r} is no moment")
    return value
