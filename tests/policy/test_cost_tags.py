"""What `policy/cost-tags.yaml` says, key by key."""

import pytest

from shared.model.cost_tags import SOURCES, CostTag, CostTags, Creator, Origin, Place, Shared, SplitKey, WrongValues
from tests.policy import sample

HEAD = "version: 1\nowner: Owner\n"


def _read(text: str) -> CostTags:
    return sample.policy(cost_tags=f"{HEAD}{text}").cost_tags


def _tag(text: str) -> CostTag:
    return _read(f"tags: [{{name: A, {text}}}]\n").tags[0]


def test_every_key_arrives() -> None:
    """All that a file with every key says is in the policy, with what the mapping file has for it."""
    assert sample.policy(cost_tags=sample.FINANCE, owners=sample.OWNERS).cost_tags == CostTags(
        (
            CostTag(
                "CostCenter",
                ("cost-center", "cc"),
                pattern="CC-[0-9]{4}",
                required=frozenset({Place.HUB, Place.PROJECT, Place.RESOURCE_GROUP}),
                sources=(Origin.RESOURCE, Origin.PROJECT, Origin.HUB, Origin.MAPPING, Origin.DEFAULT),
                mapped_by="Owner",
                mapping={"jane@contoso.example": "CC-1001", "joe@contoso.example": "CC-1002"},
                default="CC-0000",
                project_may_differ=False,
                wrong_values=WrongValues.REPLACE,
                ask="finance@contoso.example",
            ),
            CostTag("Environment", allowed=("dev", "test", "prod"), required=frozenset()),
            CostTag("Owner", sources=(Origin.RESOURCE, Origin.SUBSCRIPTION)),
        ),
        owner="Contact",
        cost_center="CostCenter",
        shared=Shared(SplitKey.DIRECT_COST, {"Environment": "prod"}),
        creator=Creator("CreatedBy", "CreatedOn"),
        close_after_days=3,
    )


def test_what_is_left_out_is_as_the_model_has_it() -> None:
    """The least file means the model's defaults, and so does a tag of which only the name is given."""
    assert _read("tags: []\n") == CostTags()
    assert _read("tags: [{name: A}]\n") == CostTags((CostTag("A"),))


def test_sources_keep_their_order() -> None:
    """Finance's order is the order in which sources are asked."""
    order = (*reversed(SOURCES[:5]), Origin.DEFAULT)

    assert _tag(f"sources: [{', '.join(order)}], default: x").sources == order


@pytest.mark.parametrize("text", ["ask: finance@contoso.example", "ask: 'Finance operations'", "ask: '@finops'"])
def test_whoever_is_asked_is_one(text: str) -> None:
    """An address, a group or a name: any text for one owner will do."""
    assert f"ask: {_tag(text).ask}".replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("days", [0, 28])
def test_a_month_closes_before_the_next_one_ends(days: int) -> None:
    """From the first day of the next month to its twenty-eighth."""
    assert _read(f"close_after_days: {days}\ntags: []\n").close_after_days == days


def test_one_creator_tag_is_enough() -> None:
    """Who created a resource can be wanted without when."""
    assert _read("creator: {by: CreatedBy}\ntags: []\n").creator == Creator(by="CreatedBy")


def test_the_owner_need_not_be_a_cost_tag() -> None:
    """Whom to ask may stand in a tag that finance does not split by, the creator's included."""
    assert _read("creator: {by: Owner}\ntags: []\n").owner == "Owner"


def test_the_owner_is_the_tag_of_that_name_in_whatever_case() -> None:
    """Azure takes `contact` and `Contact` for one tag, and so does finance."""
    assert sample.policy(cost_tags=sample.COST_TAGS.replace("owner: Contact", "owner: contact")).cost_tags.owner == (
        "Contact"
    )


def test_who_pays_is_found_in_whatever_case_where_the_file_does_not_say() -> None:
    """Without the key `cost_center` it is the tag of that name, however it is written."""
    assert _read("tags: [{name: costcenter}]\n").cost_center == "costcenter"


def test_a_long_name_is_taken_where_no_storage_account_carries_it() -> None:
    """The 128 characters of storage accounts bind only tags that are required there."""
    assert _tag("required: []").required == frozenset()
    assert _read(f"tags: [{{name: {'a' * 512}, required: [hub, project]}}]\n").tags[0].name == "a" * 512


def test_tags_can_be_looked_up_one_after_the_other() -> None:
    """Team by owner and cost center by team are no circle, in whatever order they stand."""
    text = """\
tags:
  - {name: CostCenter, sources: [mapping], mapping: {by: Team}}
  - {name: Team, sources: [mapping], mapping: {by: Owner}}
  - {name: Owner}
"""
    owners = "Owner,Team,CostCenter\njane,vision,CC-1\njoe,vision,CC-1\n"
    center, team, _ = sample.policy(cost_tags=f"{HEAD}{text}", owners=owners).cost_tags.tags

    assert (center.mapping, team.mapping) == ({"vision": "CC-1"}, {"jane": "vision", "joe": "vision"})
