"""Facts: null, absent and empty are one thing; what a resource is does not depend on case."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.model.errors import BadResourceId
from shared.model.facts import Fact, Kind, kind_of
from shared.model.resource_id import ResourceId
from tests.builders import GROUP, hub, recorded, workspace_id


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"properties": None},
        {"properties": "text"},
        {"properties": []},
        {"properties": {}},
        {"properties": {"managedNetwork": None}},
        {"properties": {"managedNetwork": {}}},
        {"properties": {"managedNetwork": {"isolationMode": None}}},
    ],
    ids=str,
)
def test_nothing_there(raw: dict[str, Any]) -> None:
    """A value is None wherever on its path Azure left something out, sent null, or sent something else."""
    fact = Fact.of({"id": workspace_id("hub"), **raw})
    assert fact.get("properties", "managedNetwork", "isolationMode") is None


@pytest.mark.parametrize("value", [False, 0, "", [], {}], ids=repr)
def test_falsy_values(value: object) -> None:
    """False, zero and empty are values: only a rule knows what they mean."""
    assert Fact.of(hub(custom=value)).get("properties", "custom") == value


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-02-01T09:00:00.1234567Z", datetime(2026, 2, 1, 9, 0, 0, 123456, UTC)),
        ("2026-02-01T10:00:00+01:00", datetime(2026, 2, 1, 9, 0, tzinfo=UTC)),
        ("2026-02-01T09:00:00", datetime(2026, 2, 1, 9, 0, tzinfo=UTC)),
        ("", None),
        (None, None),
        (7, None),
        ("soon", None),
    ],
)
def test_moments(told: object, expected: datetime | None) -> None:
    """What Azure tells is a moment with an offset, or none."""
    assert Fact.of(hub(at=told)).moment("properties", "at") == expected


@pytest.mark.parametrize("tags", [None, {}, [], "text"], ids=repr)
def test_no_tags(tags: object) -> None:
    """A resource whose tags are null, empty or no object has none."""
    fact = Fact.of({**hub(), "tags": tags})
    assert (fact.tags, fact.tag("Owner")) == ({}, None)


def test_absent_tags() -> None:
    """A resource without the field has no tags."""
    assert Fact.of({"id": workspace_id("hub")}).tags == {}


@pytest.mark.parametrize("name", ["CostCenter", "costcenter", "COSTCENTER"])
def test_tag_names(name: str) -> None:
    """Names of tags compare without case, values as they are."""
    assert Fact.of(hub(tags={"costCENTER": "CC-0001"})).tag(name) == "CC-0001"


def test_tag_values() -> None:
    """A tag's value is text: a number is written out, and null is no value but an empty one."""
    assert Fact.of({**hub(), "tags": {"a": 7, "b": None}}).tags == {"a": "7", "b": ""}


@pytest.mark.parametrize("written", ["eastus2", "East US 2", "EastUS2", "EAST US 2"])
def test_location(written: str) -> None:
    """A region is one word in lower case, however the service writes it."""
    assert Fact.of({**hub(), "location": written}).location == "eastus2"


@pytest.mark.parametrize("raw", [{}, {"location": None}, {"location": ""}], ids=str)
def test_no_location(raw: dict[str, Any]) -> None:
    """What has no region has an empty one."""
    assert Fact.of({"id": workspace_id("hub"), **raw}).location == ""


@pytest.mark.parametrize("raw", [{}, {"id": None}, {"id": ""}, {"id": 7}, {"id": "hub"}], ids=str)
def test_no_id(raw: dict[str, Any]) -> None:
    """A document without an ARM id states no fact."""
    with pytest.raises(BadResourceId):
        Fact.of(raw)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Hub", Kind.HUB),
        ("hub", Kind.HUB),
        ("HUB", Kind.HUB),
        ("Project", Kind.PROJECT),
        ("project", Kind.PROJECT),
        ("Default", Kind.WORKSPACE),
        ("FeatureStore", Kind.WORKSPACE),
        (None, Kind.WORKSPACE),
    ],
)
def test_kind_of_workspace(written: str | None, kind: Kind) -> None:
    """A workspace is a hub or a project by what its document says, in any case."""
    assert Fact.of({**hub(), "kind": written}).kind is kind


@pytest.mark.parametrize(
    ("tail", "kind"),
    [
        ("Microsoft.MachineLearningServices/workspaces/w/connections/c", Kind.CONNECTION),
        ("Microsoft.CognitiveServices/accounts/a/connections/c", Kind.CONNECTION),
        ("Microsoft.CognitiveServices/accounts/a/projects/p/connections/c", Kind.CONNECTION),
        ("Microsoft.CognitiveServices/accounts/a/projects/p", Kind.OTHER),
        ("Microsoft.MachineLearningServices/workspaces/w/computes/c", Kind.COMPUTE),
        ("Microsoft.MachineLearningServices/workspaces/w/onlineEndpoints/e", Kind.ENDPOINT),
        ("Microsoft.Web/sites/s/providers/Microsoft.Insights/diagnosticSettings/d", Kind.DIAGNOSTIC_SETTING),
        ("Microsoft.Web/sites/s/providers/microsoft.authorization/roleAssignments/a", Kind.ROLE_ASSIGNMENT),
        ("Microsoft.Keyvault/vaults/v", Kind.KEY_VAULT),
        ("Microsoft.insights/components/i", Kind.INSIGHTS),
        ("Microsoft.CognitiveServices/accounts/a", Kind.AI_ACCOUNT),
        ("Microsoft.Search/searchServices/s", Kind.SEARCH),
        ("Microsoft.Storage/storageAccounts/s", Kind.STORAGE),
        ("Microsoft.Storage/storageAccounts/s/blobServices/default", Kind.OTHER),
        ("Microsoft.Web/sites/s", Kind.OTHER),
    ],
)
@pytest.mark.parametrize("case", [str, str.upper, str.lower], ids=["as written", "upper", "lower"])
def test_kind_of_type(tail: str, kind: Kind, case: Any) -> None:  # noqa: ANN401 - three of str's own functions
    """What a resource is follows from its type, in any case."""
    assert kind_of(ResourceId.parse(case(f"{GROUP}/providers/{tail}"))) is kind


def test_recorded() -> None:
    """Azure's own answer gives a workspace, a hub and a project, with tags where there are any."""
    facts = [Fact.of(document) for document in recorded("workspaces.json")["value"]]
    assert [(f.kind, dict(f.tags)) for f in facts] == [
        (Kind.WORKSPACE, {}),
        (Kind.HUB, {"key3": "value3"}),
        (Kind.PROJECT, {}),
    ]


def test_repr() -> None:
    """A fact does not show its document where it is printed."""
    assert "secret" not in repr(Fact.of(hub(credentials="secret")))
