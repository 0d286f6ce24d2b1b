"""What the ledger finds out while it writes: tags that were lost, and writes that were repeated for nothing.

Both keep only what they need to judge the next change, so a run of months does not grow them.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from local.azure.arm_ids import canonical
from local.azure.ledger.acts import Act, tags_of
from local.azure.store import Change

REMEMBERED_PATHS = 100_000
DESIRED_STATE = ("PUT", "PATCH", "DELETE")
"""The methods that say what should be. A POST does something: done twice, it was meant twice."""


@dataclass(frozen=True, slots=True)
class LostTag:
    """A tag that a write took away although it was neither its writer's own nor named by the write."""

    time: str
    resource_id: str
    tag: str
    set_by: str
    """Object id of who set it last; empty for a tag the estate came with."""
    lost_by: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class RepeatedWrite:
    """A write that said what the last one to the same path had said, and changed nothing."""

    time: str
    principal: str
    method: str
    path: str


@dataclass(slots=True)
class TagWatch:
    """Who set each tag, and which tags were lost.

    A tag is lost when a write to its resource takes it away, and the write does not name it (only Delete of the Tags
    API names tags to remove), and its writer is not the one who set it last. A deleted resource loses no tags.
    """

    lost: deque[LostTag]
    total: int = 0
    _setters: dict[tuple[str, str], str] = field(default_factory=dict)

    def change(self, change: Change, act: Act, time: str) -> None:
        """Looks at the tags of a changed resource."""
        own = canonical(change.resource_id)
        before, after = tags_of(change.before), tags_of(change.after)
        for name in before.keys() - after.keys():
            setter = self._setters.pop((own, name), "")
            named = act.takes_away is None or name in act.takes_away
            if change.after is not None and not named and setter != act.principal:
                self.total += 1
                lost = LostTag(time, change.resource_id, name, setter, act.principal, act.method, act.path)
                self.lost.append(lost)
        for name, value in after.items():
            if before.get(name) != value:
                self._setters[own, name] = act.principal


@dataclass(slots=True)
class RepeatWatch:
    """The last write to each path, and the writes that repeated one.

    A write is repeated when the last successful write to its path, by whomever, had the same method and body, and the
    repetition changed no leaf but those that every write touches (`systemData`, `provisioningState`, `etag`).
    """

    suspects: deque[tuple[RepeatedWrite, Act]]
    _last: OrderedDict[str, bytes] = field(default_factory=OrderedDict)

    def wrote(self, act: Act, time: str) -> None:
        """Notes a successful write; whether it changes something may show later, when its operation ends."""
        path = canonical(act.path)
        said = act.method.encode() + act.digest
        if act.method in DESIRED_STATE and self._last.get(path) == said:
            self.suspects.append((RepeatedWrite(time, act.principal, act.method, act.path), act))
        self._last[path] = said
        self._last.move_to_end(path)
        if len(self._last) > REMEMBERED_PATHS:
            self._last.popitem(last=False)

    def repeated(self, principal: str) -> list[RepeatedWrite]:
        """The repeated writes that had no effect, by one principal if given."""
        return [write for write, act in self.suspects if act.effects == 0 and principal in ("", write.principal)]
