"""Around: what a resource lives in, whose it is and who pays for it, as all rows about it say. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from shared.costs.effective import EffectiveTags
from shared.model.estate import Estate
from shared.model.facts import PARTS, Fact, Kind, Seen
from shared.model.resource_id import ResourceId
from shared.ports import Row


@dataclass(frozen=True)
class Around:
    """What a row names besides the resource itself."""

    home: Fact | None = None
    """The workspace or vault around it; None where it is in none, or is one itself."""
    hub: ResourceId | None = None
    """None for what several hubs share, or none."""
    owner: str = ""
    project: ResourceId | None = None
    cost_center: str = ""

    @property
    def columns(self) -> Row:
        """The same as a row has it."""
        return {
            "Hub": self.hub.key if self.hub else "",
            "Project": self.project.key if self.project else "",
            "Owner": self.owner,
            "CostCenter": self.cost_center,
        }


NOTHING: Final = Around()
"""Around what is about no resource, such as a month's report."""


def around(fact: Fact, tags: EffectiveTags, owner: str = "") -> Around:
    """What is around a resource in the estate of these tags; `owner` is named where no tag that was read names one."""
    estate = tags.estate
    home, hub = home_of(estate, fact), hub_of(estate, fact)
    near = [one for one in (fact, home, estate.find(hub)) if one is not None]
    project = next((one.id for one in near if one.kind is Kind.PROJECT), None)
    return Around(home, hub, _owner(near, tags) or owner, project, _cost_center(near, tags))


def _owner(near: Iterable[Fact], tags: EffectiveTags) -> str:
    """Whom the nearest owner tag names: the resource's, its workspace's, or its hub's."""
    named = (one.tag(tags.schema.owner) for one in near)
    return next((name for name in named if name), "")


def _cost_center(near: Iterable[Fact], tags: EffectiveTags) -> str:
    """Who pays for the nearest that takes tags, as its tag should say; empty for nobody, and for several."""
    paying = next((found for one in near if (found := tags.of(one)) is not None), None)
    value = None if paying is None else paying.tags.get(tags.schema.cost_center)
    return "" if value is None else value.value or ""


def home_of(estate: Estate, fact: Fact) -> Fact | None:
    """The workspace or vault around a resource; at least its name, for that stands in the id."""
    workspace = estate.workspace_of(fact)
    if workspace is None and fact.kind in PARTS and fact.id.parent is not None:
        return Fact(fact.id.parent, Kind.WORKSPACE, seen=Seen.UNREADABLE)
    return None if workspace is fact else workspace


def hub_of(estate: Estate, fact: Fact) -> ResourceId | None:
    """The hub that a finding on a resource belongs to; None where several or none could be it."""
    if (own := estate.hub_id(fact)) is not None:
        return own
    users = estate.users_of(fact.id)
    return users[0] if len(users) == 1 else estate.hub
