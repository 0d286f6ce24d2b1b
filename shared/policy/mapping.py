"""Which tag is looked up by which, and the values that the mapping file of owners has for them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.model.cost_tags import CostTag
from shared.policy.cost_tag import Stated
from shared.policy.document import Source
from shared.policy.owners import columns, mappings
from shared.policy.value import REFUSED, Problem, Value


def related(stated: Sequence[Stated]) -> list[Stated]:
    """The tags, each with the one it is mapped by; refuses one that is not there, and tags that wait for each other."""
    names = [one.tag.name for one in stated]
    tags = [one if one.mapping is None else _mapped_by(one, one.mapping, names) for one in stated]
    _refuse_circles(tags)
    return tags


def _mapped_by(stated: Stated, mapping: Value, names: Sequence[str]) -> Stated:
    own = stated.tag.name
    by = mapping.fields(required=("by",))["by"]
    if by.data == own:
        by.refuse("the name of another tag", "the tag itself")
        return stated
    others = [name for name in names if name != own]
    return replace(stated, tag=replace(stated.tag, mapped_by=by.named(others, "the name of another tag")))


def _refuse_circles(stated: Sequence[Stated]) -> None:
    """Refuse tags that could only be known once they are known, naming the whole way round."""
    by = {one.tag.name: one.tag.mapped_by for one in stated}
    told: set[str] = set()
    for one in stated:
        way = _way(one.tag.name, by)
        if one.mapping is not None and by.get(way[-1]) == way[0] and told.isdisjoint(way):
            told.update(way)
            one.mapping.refuse("tags that do not wait for each other", " → ".join((*way, way[0])))


def _way(name: str, by: Mapping[str, str]) -> list[str]:
    """From a tag to the one it is mapped by, and so on, until there is none or one for the second time."""
    way = [name]
    while (after := by.get(way[-1])) and after not in way:
        way.append(after)
    return way


def looked_up(stated: Sequence[Stated], owners: Source | None, problems: list[Problem]) -> tuple[CostTag, ...]:
    """The tags with what the mapping file says; refuses one that is needed and missing, or there for nothing."""
    tags = tuple(one.tag for one in stated)
    first = next((one.mapping for one in stated if one.mapping is not None), None)
    if owners is None:
        if first is not None:
            wanted = ", ".join(columns(tags))
            first.refuse(f"a file owners.csv beside this one, with columns {wanted}", "none; add it")
        return tags
    if first is None:
        nowhere = Value(owners.name, 1, "", REFUSED, problems)
        nowhere.problem("no such file, for no tag of cost-tags.yaml has a mapping", "one; remove it")
        return tags
    found = mappings(tags, owners, problems)
    return tuple(replace(tag, mapping=found[tag.name]) if tag.name in found else tag for tag in tags)
