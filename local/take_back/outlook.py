"""All that `take-back` has to say: what was written, what is to become of it, and what was done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from local.take_back.decide import Fate, Resource, Tag
from local.take_back.hands import Attempt
from shared.model.resource_id import ResourceId


@dataclass(frozen=True)
class Outlook:
    """What is to be said, whether something was written or not."""

    source: str
    """Whose rows they are."""
    looked: bool
    """Whether Azure was asked; else each tag is taken to say what was last written to it."""
    resources: tuple[Resource, ...]
    """All that was written to; after a write as it is then."""
    limit: int
    """How many resources are written to at most."""
    writes: int = 0
    """How many writes of a tag the rows tell of."""
    unread: tuple[str, ...] = ()
    """Rows that cannot be read, and why."""
    others: Mapping[str, int] = field(default_factory=dict)
    """How many writes were done that are no tags, by what they did."""
    enforcing: datetime | None = None
    """When the app last ran, where that was in mode enforce and not long ago."""
    attempts: tuple[Attempt, ...] = ()
    record: Path | None = None
    """Where it stands what was written; None where nothing was."""

    @cached_property
    def wanted(self) -> tuple[Resource, ...]:
        """The resources that something is to be written to."""
        return tuple(one for one in self.resources if one.action is not None)

    @property
    def quiet(self) -> bool:
        """Whether nobody has anything more to do."""
        return not self.unread and not any(one.unsettled for one in self.resources)

    @property
    def refused(self) -> tuple[Attempt, ...]:
        """What Azure did not take, or could not be read just before."""
        return tuple(one for one in self.attempts if one.problem)

    def attempt(self, resource: Resource) -> Attempt | None:
        """What was tried with a resource."""
        return self._tried.get(resource.id)

    def count(self, *fates: Fate) -> int:
        """How many tags have one of these fates; those that were written are counted no more."""
        return sum(tag.fate in fates for one in self.resources for tag in one.tags if not self._wrote(one, tag))

    def _wrote(self, resource: Resource, tag: Tag) -> bool:
        attempt = self.attempt(resource)
        return attempt is not None and attempt.wrote and not tag.changes and tag.name in attempt.resource.after

    @cached_property
    def _tried(self) -> Mapping[ResourceId, Attempt]:
        return {one.resource.id: one for one in self.attempts}

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        return {
            "resources": len(self.resources),
            "to_write": len(self.wanted),
            "gone": sum(one.gone for one in self.resources),
            "not_read": sum(bool(one.problem) for one in self.resources),
            **{fate.name.lower(): self.count(fate) for fate in Fate},
            "written": sum(one.wrote for one in self.attempts),
            "refused": len(self.refused),
            "rows_not_read": len(self.unread),
        }

    def as_document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "source": self.source,
            "looked": self.looked,
            "enforcing": self.enforcing.isoformat() if self.enforcing else None,
            "limit": self.limit,
            "resources": [_document(one) for one in self.resources],
            "taken_back": [
                {
                    "resource": one.resource.id.text,
                    "before": one.resource.before,
                    "after": one.resource.after,
                    "because": one.problem or None,
                }
                for one in self.attempts
            ],
            "record": str(self.record) if self.record else None,
            "other_writes": dict(self.others),
            "rows_not_read": list(self.unread),
            "counts": self.counts,
        }


def _document(one: Resource) -> dict[str, Any]:
    return {
        "resource": one.id.text,
        "gone": one.gone,
        "because": one.problem or None,
        "permission": one.permission or None,
        "tags": [
            {"tag": tag.name, "now": tag.now, "back": tag.back, "fate": tag.fate.value, "rule": tag.rule}
            for tag in one.tags
        ],
    }
