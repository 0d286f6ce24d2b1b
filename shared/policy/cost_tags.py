"""`policy/cost-tags.yaml`: the tags that finance splits the bill by, and who pays where they do not say."""

from collections.abc import Mapping

from shared.model.cost_tags import CostTag, CostTags, Creator, Shared, SplitKey
from shared.policy.cost_tag import stated_tag
from shared.policy.document import Source
from shared.policy.mapping import looked_up, related
from shared.policy.tag_text import accepted, own_name, tag_name
from shared.policy.value import REFUSED, Value
from shared.rules.tag_limits import MOST_TAGS

OPTIONAL = ("cost_center", "close_after_days", "shared", "creator")
"""Keys of the file that may be left out; the model's defaults stand for them."""

LATEST_CLOSE = 28
"""Days after a month's end; later than that the next month would end first."""


def cost_tags(given: Mapping[str, Value], owners: Source | None) -> CostTags:
    """All that finance wants, from the fields of the file and the mapping file of owners, if there is one."""
    taken: dict[str, Value] = {}
    tags = _tags(given["tags"], taken, owners)
    by_name = {tag.name: tag for tag in tags}
    usual = CostTags()
    center, close = given.get("cost_center"), given.get("close_after_days")
    creator = _creator(given["creator"], taken) if "creator" in given else usual.creator
    if (count := len(tags) + bool(creator.by) + bool(creator.on)) > MOST_TAGS:
        given["tags"].refuse(f"at most {MOST_TAGS} tags with those of creator, for no resource takes more", str(count))
    return CostTags(
        tags,
        _proper(tag_name(given["owner"]), by_name),
        _proper(usual.cost_center, by_name) if center is None else center.named(by_name, "the name of one of the tags"),
        _shared(given["shared"], by_name) if "shared" in given else usual.shared,
        creator,
        usual.close_after_days if close is None else close.whole_number(0, LATEST_CLOSE),
    )


def _proper(name: str, tags: Mapping[str, CostTag]) -> str:
    """A name as the tag of that name has it: case does not count for Azure, but values are kept by the proper name."""
    return next((proper for proper in tags if proper.casefold() == name.casefold()), name)


def _tags(value: Value, taken: dict[str, Value], owners: Source | None) -> tuple[CostTag, ...]:
    """The tags with what is mapped; the mapping file is held against them once they are right themselves."""
    before = len(value.problems)
    legible = not _refused(value)
    stated = related([stated_tag(item, taken) for item in value.items("a list of tags")])
    if legible and len(value.problems) == before:
        return looked_up(stated, owners, value.problems)
    return tuple(one.tag for one in stated)


def _refused(value: Value) -> bool:
    """Whether this, or something in it, could not even be read; that was told when the YAML was, and not again."""
    match value.data:
        case tuple(items):
            return any(map(_refused, items))
        case Mapping():
            return any(map(_refused, value.data.values()))
        case data:
            return data is REFUSED


def _shared(value: Value, tags: Mapping[str, CostTag]) -> Shared:
    given = value.fields(optional=("split", "pool"))
    if value.data == {}:
        value.refuse("at least one of split and pool")
    split = given["split"].one_of(SplitKey) if "split" in given else None
    return Shared(split, _pool(given["pool"], tags) if "pool" in given else {})


def _pool(value: Value, tags: Mapping[str, CostTag]) -> Mapping[str, str]:
    given = value.entries(tags, "the name of one of the tags")
    if value.data == {}:
        value.refuse("at least one tag as {name: value}")
    return {name: accepted(entry, tags[name]) for name, entry in given.items()}


def _creator(value: Value, taken: dict[str, Value]) -> Creator:
    given = value.fields(optional=("by", "on"))
    if value.data == {}:
        value.refuse("at least one of by and on")
    return Creator(**{key: own_name(entry, taken) for key, entry in given.items()})
