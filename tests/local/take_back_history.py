"""A resource that the app and others have written to, and the rows of the app's part, as the app writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from local.take_back.decide import Resource, decide
from local.take_back.writes import written
from shared.engine.record import action_row
from shared.model.action import ChangeTags, DeleteTags, MergeTags
from shared.model.facts import Fact
from shared.model.plan import Outcome, Result, Step, StepStatus
from tests.builders import NOW, hub, rid
from tests.fakes.effects import changed_tags

HUB = rid(hub())

type Tags = dict[str, str]


@dataclass
class History:
    """A resource, everything that was written to it, and the rows that tell of what we wrote."""

    tags: Tags = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def says(self, name: str) -> str | None:
        """What a tag says now."""
        return Fact.of({**hub(), "tags": self.tags}).tag(name)

    def ours(self, given: Mapping[str, str | None], result: Result = Result.DONE, *, made: bool = True) -> None:
        """A step of the app's: what differs is written, by the actions that its rules use, and a row tells of it."""
        wanted = {name: value for name, value in given.items() if value != self.says(name)}
        if not wanted:
            return
        merge = {name: value for name, value in wanted.items() if value is not None}
        before = {name: self.says(name) for name in wanted}
        remove = {name: old for name, old in before.items() if wanted[name] is None and old is not None}
        action = ChangeTags(merge, remove) if remove else MergeTags(merge)
        if made:
            self.tags = changed_tags(self.tags, action)
        step = Step("HW-TAG-001", HUB, action, before, wanted, None, StepStatus.READY)
        at = NOW + timedelta(minutes=len(self.rows))
        row = action_row(f"run-{len(self.rows)}", "plan", Outcome(step, result, at))
        self.rows.append({**row, "TimeGenerated": at})

    def theirs(self, name: str, value: str | None) -> None:
        """Somebody sets a tag, or removes it."""
        old = self.says(name)
        if value is not None:
            self.tags = changed_tags(self.tags, MergeTags({name: value}))
        elif old is not None:
            self.tags = changed_tags(self.tags, DeleteTags({name: old}))

    def decided(self, keep: Sequence[str] = ()) -> Resource:
        """What is to become of it."""
        return decided(self.rows, self.tags, keep)

    def take_back(self, keep: Sequence[str] = ()) -> Tags:
        """Its tags once that has been done."""
        return after(self.decided(keep), self.tags)


def decided(rows: Sequence[Mapping[str, Any]], tags: Tags, keep: Sequence[str] = ()) -> Resource:
    """What is to become of the hub, by some rows."""
    return decide(written(rows).writes, Fact.of({**hub(), "tags": tags}), keep)


def after(resource: Resource, tags: Tags) -> Tags:
    """The tags as Azure leaves them."""
    return tags if resource.action is None else changed_tags(tags, resource.action)


def by_key(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags as Azure compares them."""
    return {name.casefold(): value for name, value in tags.items()}
