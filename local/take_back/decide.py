"""
What to take back of what was written to a resource's tags, given what they say now. Pure: it asks and writes nothing.

Latest write first: while a tag says what a write gave it, the write is taken back; at the first one of which it says
something else, somebody has changed it since, and what they left is theirs. So what is left is what nobody of us wrote.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from local.take_back.writes import Write
from shared.model.action import ChangeTags, DeleteTags, MergeTags
from shared.model.facts import Fact, Seen
from shared.model.resource_id import ResourceId


class Fate(StrEnum):
    """What is to become of a tag."""

    REMOVE = "remove"
    """It was not there before."""
    GIVE_BACK = "give back"
    """It said something else before."""
    KEPT = "keep"
    """Whoever asks wants to keep it."""
    CHANGED = "changed since"
    """It does not say any more what was written, and is left."""
    UNSURE = "not sure"
    """It says what was perhaps written, and perhaps was not; it is left."""
    AS_BEFORE = "as before"
    """It says what it said before the first write, or it is not known that anything was written."""


@dataclass(frozen=True)
class Tag:
    """One tag that was written, and what is to become of it."""

    name: str
    """As it was last written."""
    now: str | None
    """None for a tag that is not there."""
    back: str | None
    """What it will say; as `now` where it is left."""
    fate: Fate
    rule: str
    """Of the latest write."""

    @property
    def changes(self) -> bool:
        """Whether there is something to write."""
        return self.fate in {Fate.REMOVE, Fate.GIVE_BACK}


@dataclass(frozen=True)
class Resource:
    """One resource that was written to, and what is to become of its tags."""

    id: ResourceId
    tags: tuple[Tag, ...] = ()
    """Empty where nobody could look."""
    gone: bool = False
    problem: str = ""
    """Why it could not be read."""
    permission: str = ""
    """What reading it takes, where that is why."""

    @property
    def action(self) -> MergeTags | DeleteTags | ChangeTags | None:
        """
        The write that takes it back, None for nothing.

        A value that comes back is merged; what goes is deleted by name and value, so that Azure leaves it should
        somebody change it in this very moment (CONTRACTS §6).
        """
        back = {tag.name: tag.back for tag in self.tags if tag.changes and tag.back is not None}
        gone = {tag.name: tag.now for tag in self.tags if tag.changes and tag.back is None and tag.now is not None}
        if back and gone:
            return ChangeTags(back, gone)
        if back:
            return MergeTags(back)
        return DeleteTags(gone) if gone else None

    @property
    def before(self) -> dict[str, str | None]:
        """What the tags that change say now."""
        return {tag.name: tag.now for tag in self.tags if tag.changes}

    @property
    def after(self) -> dict[str, str | None]:
        """What they will say."""
        return {tag.name: tag.back for tag in self.tags if tag.changes}

    @property
    def unsettled(self) -> bool:
        """Whether somebody has still to look: something is to be written, is not sure, or could not be read."""
        return bool(self.problem) or any(tag.changes or tag.fate is Fate.UNSURE for tag in self.tags)


def decide(writes: Sequence[Write], fact: Fact, keep: Collection[str] = ()) -> Resource:
    """What to take back of a resource as it was read; `writes` latest first, `keep` names of tags that stay."""
    if fact.seen is Seen.ABSENT:
        return Resource(fact.id, gone=True)
    if fact.seen is Seen.UNREADABLE:
        return Resource(fact.id, problem=fact.reason, permission=fact.permission)
    return Resource(fact.id, tags(writes, fact.tags_by_key, keep))


def supposed(resource: ResourceId, writes: Sequence[Write], keep: Collection[str] = ()) -> Resource:
    """The same where nobody can look: as if each tag still said what was last written to it for certain."""
    last = {write.name: write.after for write in reversed(writes) if write.sure}
    said = {name: value for name, value in last.items() if value is not None}
    return Resource(resource, tags([write for write in writes if write.sure], said, keep))


def tags(writes: Sequence[Write], now: Mapping[str, str], keep: Collection[str] = ()) -> tuple[Tag, ...]:
    """What is to become of each tag that was written; `now` by casefolded names."""
    by_name: dict[str, list[Write]] = {}
    for write in writes:
        by_name.setdefault(write.name, []).append(write)
    kept = {name.casefold() for name in keep}
    return tuple(_tag(by_name[name], now.get(name), kept) for name in sorted(by_name))


def _tag(writes: Sequence[Write], now: str | None, kept: Collection[str]) -> Tag:
    back, fate = _walk(writes, now)
    if fate in {Fate.REMOVE, Fate.GIVE_BACK} and writes[0].name in kept:
        back, fate = now, Fate.KEPT
    return Tag(writes[0].tag, now, back, fate, writes[0].rule)


def _walk(writes: Sequence[Write], now: str | None) -> tuple[str | None, Fate]:
    """Back through the writes of one tag, as far as it says what they gave it."""
    value = now
    for write in writes:
        if value == write.after and not write.sure:
            return now, Fate.UNSURE
        if value == write.after:
            value = write.before
        elif write.sure:
            break
    if value != now:
        return value, Fate.REMOVE if value is None else Fate.GIVE_BACK
    ours = any(write.sure for write in writes)
    return now, Fate.CHANGED if ours and now != writes[-1].before else Fate.AS_BEFORE
