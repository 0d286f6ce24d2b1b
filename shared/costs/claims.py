"""Claims: which portion of an attribution has which share of what a resource costs, and what is said of its part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from shared.costs.attribution import Attribution, Portion
from shared.costs.reason import Reason
from shared.costs.shares import shares
from shared.model.cost_tags import CostTags


@dataclass(frozen=True, slots=True)
class Claim:
    """A portion with its share."""

    portion: Portion
    share: int
    """Parts of `WHOLE`."""


class Label(NamedTuple):
    """Whose a part is: the columns of a line that come from the estate, in their order."""

    hub: str
    project: str
    cost_center: str
    owner: str
    origin: str
    reason: str
    why: str
    bearer: str


def claims(attribution: Attribution, direct: Mapping[str, int] | None = None) -> list[Claim]:
    """
    The portions that have a share, in their order; the shares sum to `WHOLE`.

    `direct` is what each hub costs by itself, where that is what a split goes by; None leaves it to the weights.
    """
    portions = attribution.portions
    weights = [one.weight if direct is None else direct.get(one.hub, 0) for one in portions]
    return [Claim(one, share) for one, share in zip(portions, shares(weights), strict=True) if share]


def label(portion: Portion, attribution: Attribution, schema: CostTags) -> Label:
    """What a line says of a portion."""
    cost_center = portion.tags.get(schema.cost_center, "")
    return Label(
        portion.hub,
        attribution.project,
        cost_center,
        portion.tags.get(schema.owner, ""),
        portion.origins.get(schema.cost_center, ""),
        "" if cost_center else Reason.NO_COST_CENTER,
        "" if cost_center else portion.why.get(schema.cost_center, ""),
        attribution.resource.key,
    )


def stamp(portion: Portion, schema: CostTags) -> tuple[str, ...]:
    """The values that a portion counts under, by the schema's tags in their order; empty for none."""
    return tuple(portion.tags.get(tag.name, "") for tag in schema.tags)


def nobodys(reason: Reason) -> Label:
    """What a line says of a charge that no resource bears."""
    return Label("", "", "", "", "", reason, "", "")
