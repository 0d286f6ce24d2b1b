"""
The rule about who created a resource: a tag that somebody can be asked by, long after the activity log has forgotten.

Only what is known is written. The event of a creation names who did it; where the resource itself tells when it was
created, an event from later is only somebody's change, and what Azure keeps in `systemData` counts instead.
"""

from collections.abc import Iterator
from datetime import UTC, timedelta

from shared.model.action import DeleteTags, Fix, MergeTags
from shared.model.cost_tags import Creator
from shared.model.facts import DEPENDENTS, Fact, Kind
from shared.model.finding import Severity
from shared.model.message import Deed
from shared.model.plan import Safety
from shared.rules.rule import Context, Judgement, Rule, failed, passed
from shared.rules.tag_limits import LONGEST_VALUE, refusal

_BIRTH = timedelta(minutes=15)
"""How long a creation may take until its event comes: a hub with its managed network takes minutes."""

_CREATED = (
    ("systemData", "createdAt"),
    ("properties", "creationTime"),  # storage accounts
    ("properties", "creationDate"),  # container registries
    ("properties", "CreationDate"),  # application insights
)


def _creator(fact: Fact, context: Context) -> Judgement | None:
    wanted = context.tags.schema.creator
    if not wanted.wanted or (deed := _made(fact, context.known.deeds.get(fact.id))) is None:
        return None
    should = dict(_should(wanted, deed))
    missing = {name: value for name, value in should.items() if fact.tag(name) is None}
    if not missing:
        return passed("It says who created it.", {name: fact.tag(name) for name in should})
    fix = Fix(
        MergeTags(missing),
        before=dict.fromkeys(missing),
        after=missing,
        undo=DeleteTags(missing),
        refusal=refusal(fact, missing, {}),
    )
    actual = {name: fact.tag(name) for name in should}
    return failed(f"It does not say who created it: {', '.join(missing)}.", expected=should, actual=actual, fix=fix)


def _should(wanted: Creator, deed: Deed) -> Iterator[tuple[str, str]]:
    if wanted.by:
        yield wanted.by, deed.who[:LONGEST_VALUE]
    if wanted.on:
        yield wanted.on, f"{deed.at.astimezone(UTC):%Y-%m-%d}"


def _made(fact: Fact, deed: Deed | None) -> Deed | None:
    """Who made a resource, and when; None where nobody can know."""
    created = next((at for path in _CREATED if (at := fact.moment(*path)) is not None), None)
    if created is None:
        return None
    if deed is not None and abs(deed.at - created) <= _BIRTH:
        return deed
    by = fact.text("systemData", "createdBy").strip()
    return Deed(by, created) if by and by.isprintable() else None


CREATOR = Rule(
    id="HW-TAG-005",
    title="Resource says who created it",
    why="Azure forgets after 90 days who made a resource, and then nobody is left to ask about it.",
    kinds=frozenset({Kind.HUB, Kind.PROJECT, Kind.ENDPOINT}) | DEPENDENTS,
    severity=Severity.LOW,
    safety=Safety.SAFE,
    controls=("TG-07",),
    check=_creator,
    permissions=(MergeTags.permission,),
)
