"""One rule asked about one document, with what is around it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.costs.effective import EffectiveTags
from shared.images.releases import Releases
from shared.keys.progress import Standing
from shared.model.compute_memory import ComputeMemory
from shared.model.cost_tags import CostTags
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind, Seen, kind_of
from shared.model.finding import Verdict
from shared.model.key_facts import KeyFacts
from shared.model.message import Deed
from shared.model.resource_id import ResourceId
from shared.rules.rule import Context, Judgement, Known, Rule
from tests.builders import COST_TAGS, LOGS, NOW, Document, rid

FORBIDDEN = "403 AuthorizationFailed"


def unreadable(text: str) -> Fact:
    """A resource that Azure does not let us read."""
    return Fact(rid(text), kind_of(rid(text)), seen=Seen.UNREADABLE, reason=FORBIDDEN)


def absent(text: str) -> Fact:
    """A resource that is known to be gone."""
    return Fact(rid(text), kind_of(rid(text)), seen=Seen.ABSENT)


def ask(
    rule: Rule,
    document: Document,
    *around: Document | Fact,
    gaps: Iterable[Gap] = (),
    listed: Iterable[tuple[ResourceId, Kind]] = (),
    shared_by: Mapping[ResourceId, frozenset[ResourceId]] | None = None,
    about: ResourceId | None = None,
    cost_tags: CostTags = COST_TAGS,
    deed: Deed | None = None,
    keys: KeyFacts | None = None,
    rotation: Standing | None = None,
    known_since: datetime | None = None,
    remembered: ComputeMemory | Mapping[ResourceId, ComputeMemory] | None = None,
    releases: Releases | None = None,
    gone_people: frozenset[str] | None = None,
    renewing: timedelta | None = None,
    whole: bool = False,
    owner: str = "",
    now: datetime = NOW,
    **parameters: Any,  # noqa: ANN401 - JSON
) -> Judgement | None:
    """
    What a rule says of a document, in a run about a hub; its parameters are the defaults and what is given.

    `known_since` is remembered of this document, and its keys' `rotation` stands there; without them nothing is known.
    So is a single memory that is `remembered`; several are each of the compute they are given for. `renewing` is how
    long it must have stood stopped before it is taken down; `whole` is a sweep.
    """
    facts = [item if isinstance(item, Fact) else Fact.of(item) for item in (*around, document)]
    shared = dict(shared_by or {})
    read = Estate({fact.id: fact for fact in facts}, tuple(gaps), frozenset(listed), hub=about, shared_by=shared)
    estate = replace(read, whole=whole)
    values = {name: p.default for name, p in rule.parameters.items()}
    if "workspace_id" in values:
        values["workspace_id"] = LOGS
    tags = EffectiveTags(estate, cost_tags)
    asked = facts[-1]
    computes = {asked.id: remembered} if isinstance(remembered, ComputeMemory) else remembered or {}
    return rule.check(
        asked,
        Context(
            estate,
            now,
            {**values, **parameters},
            tags,
            Known(
                keys=keys,
                rotations=None if rotation is None else {asked.id: rotation},
                first_seen=None if known_since is None else {asked.id: known_since},
                deeds={} if deed is None else {asked.id: deed},
                computes=computes,
                releases=releases or Releases(),
                gone_people=gone_people,
                renewing={} if renewing is None else {asked.id: renewing},
            ),
            owner,
        ),
    )


def verdict(judgement: Judgement | None) -> Verdict | None:
    """What was said, in one word; None where the rule has nothing to say."""
    return None if judgement is None else judgement.verdict
