"""
Rules about cost tags: hubs and projects carry what finance wants, projects and dependents take it from their hub.

They fill in what is missing and never overwrite a value that somebody set: a value that finance does not know, or that
differs from the hub's, is a finding for its owner. Tags that are not finance's are never touched.
"""

from collections.abc import Iterable, Mapping

from shared.model.action import DeleteTags, Fix, MergeTags
from shared.model.cost_tags import CostTag
from shared.model.estate import Estate
from shared.model.facts import DEPENDENTS, Fact, Kind, Seen
from shared.model.finding import Severity
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.rules.project import hub_of
from shared.rules.rule import Context, Judgement, Rule, failed, passed, unknown

MOST_TAGS = 50
"""Tags a resource can carry (CONTRACTS §6)."""


def _own_tags(workspace: Fact, context: Context) -> Judgement | None:
    if not context.cost_tags.tags:
        return None
    hub = next((found for key in hub_of(workspace, context.estate) if (found := context.estate.find(key))), None)
    inherited = context.cost_tags.of(hub) if hub is not None and hub.present else {}
    wrong = {tag.name: tag for tag in context.cost_tags.tags if not _is_right(tag, workspace)}
    if not wrong:
        return passed("All cost tags are there.", context.cost_tags.of(workspace))
    fill = {name: value for name, tag in wrong.items() if (value := _source(tag, workspace, inherited)) is not None}
    return failed(
        f"Cost tags are missing or not known to finance: {', '.join(wrong)}.",
        expected={name: tag.wants for name, tag in wrong.items()},
        actual={name: tag.value_of(workspace) for name, tag in wrong.items()},
        fix=_merge(workspace, fill),
    )


def _is_right(tag: CostTag, fact: Fact) -> bool:
    value = fact.tag(tag.name)
    return value is not None and tag.accepts(value)


def _source(tag: CostTag, fact: Fact, inherited: Mapping[str, str]) -> str | None:
    """The value to fill in: the resource's own by another spelling, else the hub's; None where somebody set one."""
    own = tag.value_of(fact)
    if own is not None:
        return own if tag.accepts(own) else None
    return inherited.get(tag.name)


def _dependent_tags(dependent: Fact, context: Context) -> Judgement | None:
    hubs = [hub for hub in context.estate.users_of(dependent.id) if not _is_gone(hub, context.estate)]
    if not hubs or not context.cost_tags.tags:
        return None
    read = [fact for hub in hubs if (fact := context.estate.find(hub)) is not None and fact.present]
    if len(read) < len(hubs):
        return unknown(f"Not all of the {len(hubs)} hubs that use it could be read, so its cost tags are not decided.")
    carried = [context.cost_tags.of(hub) for hub in read]
    values = {tag.name: {tags[tag.name] for tags in carried if tag.name in tags} for tag in context.cost_tags.tags}
    wrong = {name: found for name, found in values.items() if found and dependent.tag(name) not in found}
    if not wrong:
        return passed("It carries the cost tags of its hub.", context.cost_tags.of(dependent))
    fill = {name: next(iter(found)) for name, found in wrong.items() if len(found) == 1 and dependent.tag(name) is None}
    split = [name for name, found in wrong.items() if len(found) > 1]
    shared = f" Its hubs disagree about {', '.join(split)}; finance must say who pays." if split else ""
    return failed(
        f"It does not carry the cost tags of its hub: {', '.join(wrong)}.{shared}",
        expected={name: sorted(found) for name, found in wrong.items()},
        actual={name: dependent.tag(name) for name in wrong},
        fix=_merge(dependent, fill),
    )


def _is_gone(hub: ResourceId, estate: Estate) -> bool:
    """Whether a hub that the lineage index remembers is known to exist no more."""
    fact = estate.find(hub)
    return fact is not None and fact.seen is Seen.ABSENT


def _merge(fact: Fact, fill: Mapping[str, str]) -> Fix | None:
    if not fill:
        return None
    after = len(fact.tags) + len(fill)
    refusal = f"the resource would carry {after} tags and Azure takes {MOST_TAGS}" if after > MOST_TAGS else ""
    return Fix(
        MergeTags(dict(fill)),
        before=dict.fromkeys(fill),
        after=dict(fill),
        undo=DeleteTags(dict(fill)),
        refusal=refusal,
    )


def _users(dependent: Fact, estate: Estate) -> Iterable[ResourceId]:
    return estate.users_of(dependent.id)


COST_TAGS = Rule(
    id="HW-TAG-001",
    title="Hub and project carry the cost tags finance wants",
    why="Spend without these tags lands in the unallocated pot, and Azure never tags past usage.",
    kinds=frozenset({Kind.HUB, Kind.PROJECT}),
    severity=Severity.MEDIUM,
    safety=Safety.SAFE,
    controls=("TG-01", "TG-02", "N-65"),
    check=_own_tags,
    needs=hub_of,
    permission=MergeTags.permission,
)

DEPENDENT_TAGS = Rule(
    id="HW-TAG-002",
    title="What a hub leans on carries the hub's cost tags",
    why="Storage, vaults and AI services bill on their own; without the hub's tags nobody knows for whom.",
    kinds=DEPENDENTS,
    severity=Severity.LOW,
    safety=Safety.SAFE,
    controls=("N-66",),
    check=_dependent_tags,
    needs=_users,
    permission=MergeTags.permission,
)
