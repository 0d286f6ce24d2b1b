"""Which events a subscription wants: types, subjects and advanced filters, as documented for each operator."""

from typing import Any

import pytest

from local.azure.events.event import ResourceEvent
from local.azure.events.filters import FilterError, advanced_filters
from local.azure.events.subscription import EventSubscription
from tests.local.azure.client import GROUP, HUB, STORAGE, SUBSCRIPTION

WRITE = "Microsoft.Resources.ResourceWriteSuccess"
OPERATION = "Microsoft.MachineLearningServices/workspaces/write"
EVENT = ResourceEvent(
    id="1",
    type=WRITE,
    subject=HUB,
    time="2026-11-21T12:00:00Z",
    topic=f"/subscriptions/{SUBSCRIPTION}",
    data={"operationName": OPERATION, "count": 5, "own": True, "nothing": None},
)


def passes(operator: str, key: str, values: object, schema: str = "EventGridSchema") -> bool:
    """Whether the event passes one filter."""
    name = "values" if isinstance(values, list) else "value"
    (only,) = advanced_filters([{"operatorType": operator, "key": key, name: values}])
    return only.passes(EVENT.written(schema))


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("StringIn", "data.operationName", ["x", OPERATION.upper()], True),
        ("StringIn", "data.operationName", ["x"], False),
        ("StringBeginsWith", "data.operationName", ["microsoft.machinelearningservices/WORKSPACES"], True),
        ("StringBeginsWith", "data.operationName", ["workspaces"], False),
        ("StringEndsWith", "data.operationName", ["/Write"], True),
        ("StringEndsWith", "data.operationName", ["/delete"], False),
        ("StringContains", "data.operationName", ["services/work"], True),
        ("StringContains", "data.operationName", ["accounts"], False),
        ("StringNotIn", "data.operationName", [OPERATION], False),
        ("StringNotIn", "data.operationName", ["x"], True),
        ("StringNotBeginsWith", "data.operationName", ["microsoft."], False),
        ("StringNotEndsWith", "data.operationName", ["/delete"], True),
        ("StringNotContains", "data.operationName", ["workspaces"], False),
        ("StringIn", "data.missing", ["x"], False),
        ("StringNotIn", "data.missing", ["x"], True),
        ("StringIn", "data.operationName.deeper", ["x"], False),
        ("NumberGreaterThan", "data.count", 4, True),
        ("NumberLessThanOrEquals", "data.count", 4, False),
        ("NumberIn", "data.count", [5], True),
        ("NumberNotIn", "data.count", [5], False),
        ("NumberIn", "data.own", [1], False),
        ("BoolEquals", "data.own", True, True),
        ("BoolEquals", "data.own", False, False),
        ("IsNullOrUndefined", "data.nothing", [], True),
        ("IsNullOrUndefined", "data.missing", [], True),
        ("IsNotNull", "data.own", [], True),
        ("IsNotNull", "data.nothing", [], False),
    ],
)
def test_each_operator_compares_as_documented(operator: str, key: str, values: object, expected: bool) -> None:  # noqa: FBT001 - a table
    """Text without letter case; a missing key passes only what says "not", and IsNullOrUndefined."""
    assert passes(operator, key, values) is expected


@pytest.mark.parametrize("schema", ["EventGridSchema", "CloudEventSchemaV1_0"])
@pytest.mark.parametrize(
    ("key", "value"), [("eventType", WRITE), ("type", WRITE), ("Subject", HUB), ("source", "/sub")]
)
def test_an_events_own_fields_have_the_names_of_either_schema(schema: str, key: str, value: str) -> None:
    """`eventType` and `type`, `topic` and `source` mean the same."""
    assert passes("StringBeginsWith", key, [value], schema)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"event_types": (WRITE.upper(),)}, True),
        ({"event_types": ("Microsoft.Resources.ResourceDeleteSuccess",)}, False),
        ({"subject_begins_with": GROUP.upper()}, True),
        ({"subject_begins_with": GROUP.upper(), "case_sensitive": True}, False),
        ({"subject_ends_with": "/HUB-one"}, True),
        ({"subject_ends_with": "/hub-two"}, False),
    ],
)
def test_types_and_subjects_are_filtered_without_letter_case(told: dict[str, Any], wanted: bool) -> None:  # noqa: FBT001 - a table
    """Unless the subscription says that its subjects are case-sensitive."""
    assert EventSubscription("changes", "https://x", **told).wants(EVENT) is wanted


def test_all_filters_must_pass() -> None:
    """One that does not is enough to drop the event."""
    good = {"operatorType": "StringContains", "key": "data.operationName", "values": ["workspaces"]}
    bad = {**good, "values": ["accounts"]}
    told = [EventSubscription("x", "https://x", filters=advanced_filters(items)) for items in ([good], [good, bad])]
    assert [one.wants(EVENT) for one in told] == [True, False]


@pytest.mark.parametrize(
    ("source", "heard", "topic"),
    [
        ("", True, f"/subscriptions/{SUBSCRIPTION}"),
        (f"/subscriptions/{SUBSCRIPTION.upper()}", True, f"/subscriptions/{SUBSCRIPTION}"),
        (GROUP, True, GROUP),
        (f"{GROUP}-two", False, f"{GROUP}-two"),
        (STORAGE, False, f"/subscriptions/{SUBSCRIPTION}"),
        ("/subscriptions/00000000-0000-0000-0000-000000000000", False, f"/subscriptions/{SUBSCRIPTION}"),
    ],
)
def test_a_topic_tells_what_is_in_its_source(source: str, heard: bool, topic: str) -> None:  # noqa: FBT001 - a table
    """A subscription all, a group what is in it and under its own name, anything else nothing."""
    assert EVENT.comes_from(source) is heard
    assert EVENT.written("EventGridSchema", source)["topic"] == topic


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([{"operatorType": "StringIn", "key": "data.x", "values": ["x"]}] * 26, "at most 25 advanced filters, not 26"),
        ([{"operatorType": "StringIn", "key": "data.x", "values": ["x"] * 26}], "at most 25 values together, not 26"),
        ([{"operatorType": "StringIn", "key": "data.x", "values": ["x" * 513]}], "longer than 512"),
        ([{"operatorType": "StringLike", "key": "data.x", "values": ["x"]}], "no advanced filter 'StringLike'"),
        ([{"operatorType": "NumberNotLessThan", "key": "data.x", "value": 1}], "'NumberNotLessThan'"),
        ([{"operatorType": "StringIn", "values": ["x"]}], "has no 'key'"),
    ],
)
def test_a_filter_beyond_the_limits_is_refused(items: list[Any], reason: str) -> None:
    """25 filters, 25 values together, 512 characters, known operators, a key."""
    with pytest.raises(FilterError, match=reason):
        advanced_filters(items)
