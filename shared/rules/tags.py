"""
Rules about cost tags: everything that bears a cost carries the tags that finance requires of it, under their names.

What a tag should say is found by `shared.costs.effective`. A missing tag is filled in and a value under another name is
carried over; a value that somebody set and finance does not accept is a finding for its owner, and overwritten only
where finance says so (`wrong_values: replace`). Tags that are not finance's are never touched.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.costs.effective import Effective, EffectiveTags, TagValue
from shared.model.action import ChangeTags, DeleteTags, Fix, MergeTags
from shared.model.cost_tags import CostTag, CostTags, Origin, Place, WrongValues
from shared.model.estate import Estate
from shared.model.facts import DEPENDENTS, Fact, Kind
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.rules.rule import Context, Judgement, Rule, failed, passed, unknown
from shared.rules.tag_limits import refusal

_SHARED = frozenset({Place.DEPENDENT, Place.RESOURCE_GROUP})
"""Places whose tags depend on who uses them: while one user is not known, nobody can say that a tag is missing."""


@dataclass
class _Said:
    """What is to be said of one resource's tags, gathered tag by tag."""

    wrong: dict[str, str] = field(default_factory=dict)
    """By tag, what is the matter."""
    undecided: dict[str, str] = field(default_factory=dict)
    merge: dict[str, str] = field(default_factory=dict)
    """Tags to set, by their proper names."""
    remove: dict[str, str] = field(default_factory=dict)
    """Other names of tags to take away, with the values they hold."""


def _tags(fact: Fact, context: Context) -> Judgement | None:
    effective = context.tags.of(fact)
    if effective is None or not context.tags.schema.tags or _is_nobodys(effective):
        return None
    required = [tag for tag in context.tags.schema.tags if effective.place in tag.required]
    said = _Said()
    for tag in required:
        _judge(tag, effective, context.tags, said)
    actual = {tag.name: tag.value_of(fact) for tag in required}
    if said.wrong:
        matter = "; ".join(f"{name} {what}" for name, what in said.wrong.items())
        expected = {name: effective.tags[name].value or context.tags.schema.by_name[name].wants for name in said.wrong}
        found = {name: actual[name] for name in said.wrong}
        return failed(f"Cost tags: {matter}.", expected=expected, actual=found, fix=_fix(fact, said))
    if said.undecided:
        why = "; ".join(f"{name}: {what}" for name, what in said.undecided.items())
        return unknown(f"Its cost tags cannot be decided. {why}.", {tag.name: tag.wants for tag in required})
    return passed("It carries the cost tags that finance requires here.", actual)


def _is_nobodys(effective: Effective) -> bool:
    """Whether no hub leans on it, or none any more: then it is not ours to tag."""
    return effective.place in _SHARED and not effective.hubs


def _judge(tag: CostTag, effective: Effective, tags: EffectiveTags, said: _Said) -> None:
    """Hold one tag to what it should say."""
    fact, should = effective.fact, effective.tags[tag.name]
    own = fact.tag(tag.name)
    theirs = _values_of_hubs(tag, effective, tags) if should.value is None and effective.place in _SHARED else set()
    if theirs and own is not None and own not in theirs:
        said.wrong[tag.name] = f"says {own!r}, which none of its hubs does, and {should.because}"
    elif should.value is None and should.origin is not Origin.SPLIT:
        _judge_without(tag, effective, should, own, said)
    elif should.value is not None and own != should.value:
        _judge_against(tag, should, fact, said)
    _other_names(tag, fact, should, said)


def _judge_without(tag: CostTag, effective: Effective, should: TagValue, own: str | None, said: _Said) -> None:
    """A tag of which nobody can say what it should be."""
    accepted = own is not None and tag.accepts(own)
    if should.origin is Origin.UNDECIDED and (accepted or effective.place in _SHARED):
        said.undecided[tag.name] = should.because
    elif not accepted:
        found = "is missing" if own is None else f"says {own!r}, and finance wants {tag.wants}"
        said.wrong[tag.name] = f"{found} ({should.because})"


def _judge_against(tag: CostTag, should: TagValue, fact: Fact, said: _Said) -> None:
    """A tag that should say something else than it does."""
    own = fact.tag(tag.name)
    if own is None:
        said.wrong[tag.name] = f"is missing and should be {should.value!r} ({should.because})"
        said.merge[tag.name] = should.value or ""
        return
    accepts = "" if tag.accepts(own) else f", and finance wants {tag.wants}"
    said.wrong[tag.name] = f"says {own!r} and should be {should.value!r} ({should.because}){accepts}"
    if tag.wrong_values is WrongValues.REPLACE:
        said.merge[tag.name] = should.value or ""


def _other_names(tag: CostTag, fact: Fact, should: TagValue, said: _Said) -> None:
    """
    A tag that stands under another name too, or only there.

    The other name goes once the proper one says the same; where the two contradict each other its owner must choose.
    """
    proper = said.merge.get(tag.name, fact.tag(tag.name))
    for name, value in fact.tags.items():
        if name.casefold() not in tag.names[1:] or proper is None:
            continue
        same = value == proper or tag.nearest(value) == proper
        if same or (should.value == proper and tag.wrong_values is WrongValues.REPLACE):
            said.wrong.setdefault(tag.name, f"also stands under the name {name!r}")
            said.remove[name] = value
        else:
            said.wrong.setdefault(tag.name, f"says {proper!r}, and {value!r} under the name {name!r}")


def _values_of_hubs(tag: CostTag, effective: Effective, tags: EffectiveTags) -> set[str]:
    """What the hubs that lean on it say; empty while one of them is not known."""
    facts = (tags.estate.find(hub) for hub in effective.hubs)
    found = [tags.of(fact) for fact in facts if fact is not None]
    if any(one is None for one in found) or len(found) < len(effective.hubs):
        return set()
    return {value for one in found if one is not None and (value := one.tags[tag.name].value) is not None}


def _fix(fact: Fact, said: _Said) -> Fix | None:
    if not said.merge and not said.remove:
        return None
    touched = (*said.merge, *said.remove)
    before = {name: fact.tag(name) for name in touched}
    after = {**said.merge, **dict.fromkeys(said.remove)}
    action = ChangeTags(dict(said.merge), dict(said.remove)) if said.remove else MergeTags(dict(said.merge))
    return Fix(action, before, after, _undo(before, said.merge), refusal=refusal(fact, said.merge, said.remove))


def _undo(before: Mapping[str, str | None], merge: Mapping[str, str]) -> ChangeTags | DeleteTags:
    """What was there comes back, and what was added goes, if it still says what we wrote."""
    back = {name: value for name, value in before.items() if value is not None}
    added = {name: value for name, value in merge.items() if before[name] is None}
    return ChangeTags(back, added) if back else DeleteTags(added)


def _lacking(fact: Fact, estate: Estate, schema: CostTags) -> Iterable[ResourceId]:
    return EffectiveTags(estate, schema).lacking(fact)


COST_TAGS = Rule(
    id="HW-TAG-001",
    title="Hub and project carry the cost tags finance wants",
    why="Spend without these tags lands in the unallocated pot, and Azure never tags past usage.",
    kinds=frozenset({Kind.HUB, Kind.PROJECT}),
    severity=Severity.MEDIUM,
    safety=Safety.SAFE,
    controls=("TG-01", "TG-02", "N-65", "N-70"),
    check=_tags,
    needs=_lacking,
    permissions=(MergeTags.permission,),
)

DEPENDENT_TAGS = Rule(
    id="HW-TAG-002",
    title="What a hub leans on carries the hub's cost tags",
    why="Storage, vaults and AI services bill on their own; without the hub's tags nobody knows for whom.",
    kinds=DEPENDENTS,
    severity=Severity.LOW,
    safety=Safety.SAFE,
    controls=("N-66", "N-70"),
    check=_tags,
    needs=_lacking,
    permissions=(MergeTags.permission,),
)

ENDPOINT_TAGS = Rule(
    id="HW-TAG-003",
    title="Endpoint carries the cost tags of its project",
    why="An endpoint shows in the cost report under its own tags, and its nodes are the dearest part of a project.",
    kinds=frozenset({Kind.ENDPOINT}),
    severity=Severity.LOW,
    safety=Safety.SAFE,
    controls=("TG-01", "N-65"),
    check=_tags,
    needs=_lacking,
    permissions=(MergeTags.permission,),
)

GROUP_TAGS = Rule(
    id="HW-TAG-004",
    title="Resource group of a hub carries the hub's cost tags",
    why="Models of partners bill through the Marketplace, where only the resource group's tags show.",
    kinds=frozenset({Kind.RESOURCE_GROUP}),
    severity=Severity.LOW,
    safety=Safety.SAFE,
    controls=("TG-05", "N-68"),
    check=_tags,
    needs=_lacking,
    permissions=(MergeTags.permission,),
)
