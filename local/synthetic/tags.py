"""Tags as people write them: right, under another name, with another value, or not at all."""

from local.synthetic.chance import Chance
from local.synthetic.documents import Document
from local.synthetic.drift import Drift
from local.synthetic.names import Names
from local.synthetic.words import COST_NAMES, COST_VALUES, PEOPLE, STUDIO_TAGS


def drawn(names: Names, drift: Drift, chance: Chance) -> Document | None:
    """The tags of one resource of a hub's family; null or empty now and then, as Azure answers it."""
    if chance.happens(drift.untagged):
        return chance.one([None, {}])
    tags: Document = {}
    if not chance.happens(drift.tag_missing):
        tags |= _cost(names, misspelt=chance.happens(drift.tag_misspelt), chance=chance)
    if not chance.happens(drift.tag_missing):
        upper = chance.happens(drift.tag_misspelt)
        tags["Environment"] = names.environment.upper() if upper else names.environment
    if not chance.happens(drift.tag_missing):
        other = chance.happens(drift.tag_misspelt)
        tags["Owner"] = f"{chance.one(PEOPLE) if other else names.owner}@contoso.example"
    return tags


def of_the_studio(tags: Document | None) -> Document:
    """The tags of a hub that somebody clicked together."""
    return {**(tags or {}), **STUDIO_TAGS}


def _cost(names: Names, *, misspelt: bool, chance: Chance) -> Document:
    number = 4000 + names.number % 900
    if not misspelt:
        return {"CostCenter": f"CC-{number}"}
    return {chance.weighted(COST_NAMES): chance.weighted(COST_VALUES).format(number)}
