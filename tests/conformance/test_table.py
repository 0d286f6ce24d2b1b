"""The distilled table of Azure's operations, and the stand-in's own table held to it. No contracts are needed."""

import pytest

from local.azure.arm.operations_table import ROUTES, read_anything
from local.azure.arm.routing import route
from local.conformance.served import disagreements, served
from local.conformance.table import Operation, key, load, provider

OPERATIONS = load()
PROVIDERS = {
    "Microsoft.Authorization",
    "Microsoft.CognitiveServices",
    "Microsoft.Consumption",
    "Microsoft.ContainerRegistry",
    "Microsoft.CostManagement",
    "Microsoft.EventGrid",
    "Microsoft.Insights",
    "Microsoft.KeyVault",
    "Microsoft.MachineLearningServices",
    "Microsoft.OperationalInsights",
    "Microsoft.ResourceGraph",
    "Microsoft.Resources",
    "Microsoft.Search",
    "Microsoft.Storage",
    "Microsoft.Web",
}


def test_what_the_stand_in_serves_is_azures() -> None:
    """Every row of the stand-in is an operation Azure has, and answers no status Azure does not."""
    assert list(disagreements(OPERATIONS)) == []


def test_the_table_is_sound() -> None:
    """No operation twice, only HTTP's methods, every status one, every provider one of ours."""
    assert len({operation.key for operation in OPERATIONS}) == len(OPERATIONS)
    assert {"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"} >= {operation.method for operation in OPERATIONS}
    assert {operation.provider for operation in OPERATIONS} == PROVIDERS
    for operation in OPERATIONS:
        assert operation.statuses, operation
        assert all(200 <= status < 500 for status in operation.statuses), operation


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("/subscriptions/{s}", "Microsoft.Resources"),
        ("/subscriptions/{s}/providers/{namespace}", "Microsoft.Resources"),
        ("{scope}/providers/Microsoft.Insights/diagnosticSettings", "Microsoft.Insights"),
        (
            "/a/providers/Microsoft.Search/searchServices/{n}/providers/Microsoft.Authorization/locks",
            "Microsoft.Authorization",
        ),
    ],
)
def test_the_last_namespace_is_the_provider(template: str, expected: str) -> None:
    """An extension belongs to its own provider, not to the one of what it hangs on."""
    assert provider(template) == expected


def test_operations_are_compared_without_case_and_parameter_names() -> None:
    """The specification and the stand-in name parameters each their own way."""
    assert key("GET", "/subscriptions/{id}/resourcegroups") == key("GET", "/Subscriptions/{sub}/resourceGroups")
    assert key("GET", "/{scope}/x") == key("GET", "{scope}/x")


def test_an_operation_azure_does_not_have_is_told() -> None:
    """A row beyond the table, and a status beyond its row, each give a line."""
    invented = route("GET", "/subscriptions/{s}/weather", read_anything("/x").handler)
    changed = route("GET", "/subscriptions", read_anything("/x").handler, 418)
    told = list(disagreements(OPERATIONS, [invented, changed]))
    assert ["not in the table of operations" in told[0], "may answer [418]" in told[1], len(told)] == [True, True, 2]


def test_only_what_some_row_answers_counts_as_served() -> None:
    """An operation is served when the stand-in's router finds a row for it."""
    here, nowhere = Operation("GET", "/subscriptions", {200: ()}), Operation("GET", "/nowhere", {200: ()})
    assert served([here, nowhere], ROUTES) == (here,)
