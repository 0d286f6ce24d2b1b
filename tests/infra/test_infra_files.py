"""What Bicep takes from the code: files that say what it does, and a filter that lets the right events through."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.azure.events.event import ResourceEvent
from local.azure.events.filters import advanced_filters
from shared.adapters.key_ledger import LEDGER
from shared.adapters.report_blobs import CONTAINER
from shared.adapters.state_table import STATE
from shared.adapters.tag_history import HISTORY
from shared.model.message import LONG_RUNNING, RESOURCE_TYPES, Event, parse
from shared.model.resource_id import ResourceId
from shared.model.tables import TABLES
from shared.rules.catalogue import RULES
from tools.infra_files import MOST_VALUES

INFRA = Path(__file__).resolve().parents[2] / "infra"
HUB = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/hub-prod"


def loaded(name: str) -> Any:  # noqa: ANN401 - any JSON
    """A file of `infra`."""
    return json.loads((INFRA / name).read_text("utf-8"))


def passes(operation: str) -> bool:
    """Whether the filter lets an event of that operation through, as Event Grid would."""
    wanted = {
        "operatorType": "StringBeginsWith",
        "key": "data.operationName",
        "values": loaded("events.json")["operations"],
    }
    event = {"specversion": "1.0", "type": "any", "data": {"operationName": operation}}
    return all(one.passes(event) for one in advanced_filters([wanted]))


@pytest.mark.parametrize(
    "operation",
    [
        *sorted(LONG_RUNNING),
        "Microsoft.MachineLearningServices/workspaces/write",
        "Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action",
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/regenerateKeys/action",
        "Microsoft.CognitiveServices/accounts/delete",
        "Microsoft.CognitiveServices/accounts/projects/connections/write",
        "Microsoft.Search/searchServices/listAdminKeys/action",
        "Microsoft.Storage/storageAccounts/write",
        "Microsoft.Storage/storageAccounts/listKeys/action",
        "microsoft.storage/storageaccounts/regeneratekey/action",
        "Microsoft.KeyVault/vaults/secrets/write",
        "Microsoft.ContainerRegistry/registries/write",
        "microsoft.insights/components/write",
        "Microsoft.Insights/diagnosticSettings/delete",
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Resources/tags/write",
        "Microsoft.Resources/subscriptions/resourceGroups/write",
    ],
)
def test_events_that_rules_go_by_come_through(operation: str) -> None:
    """One of each kind of resource that is judged, in whatever case, and each way in which a key is shown."""
    assert passes(operation)


def test_what_our_own_fixes_write_comes_through() -> None:
    """Whoever else does what a fix would do is seen at once."""
    permissions = {permission for rule in RULES for permission in (*rule.permissions, *rule.rotation)}
    writes = {one for one in permissions if not one.endswith("/read") and "/secrets/" not in one}

    assert {one for one in writes if not passes(one)} == set()


@pytest.mark.parametrize(
    "operation",
    [
        "Microsoft.Compute/virtualMachines/write",
        "Microsoft.Resources/deployments/write",
        "Microsoft.Storage/storageAccounts/blobServices/containers/write",
        "Microsoft.ContainerRegistry/registries/webhooks/write",
        "Microsoft.Insights/metricAlerts/write",
        "Microsoft.KeyVault/deletedVaults/purge/action",
    ],
)
def test_events_that_concern_nobody_do_not(operation: str) -> None:
    """Each would start the app for nothing."""
    assert not passes(operation)


def test_the_filter_is_one_that_event_grid_takes() -> None:
    """It counts the values of all filters together."""
    wanted = loaded("events.json")

    assert len(wanted["operations"]) <= MOST_VALUES
    assert set(wanted["types"]) == RESOURCE_TYPES


def test_tables_have_the_types_of_the_tables_api() -> None:
    """Which spells one of them in mixed case; the stream's are the same in lower case."""
    kinds = {column["type"] for table in loaded("tables.json") for column in table["columns"]}

    assert kinds <= {"string", "int", "long", "real", "boolean", "dateTime", "dynamic", "guid"}
    assert {kind.lower() for kind in kinds} == {column.type for columns in TABLES.values() for column in columns}


def test_one_rule_can_have_a_flow_to_each_table() -> None:
    """A data collection rule takes ten flows (learn.microsoft.com/azure/azure-monitor/service-limits)."""
    tables = loaded("tables.json")

    assert [table["name"] for table in tables] == list(TABLES)
    assert [table["stream"] for table in tables] == [f"Custom-{name}" for name in TABLES]
    assert len(tables) <= 10


def test_storage_has_the_names_that_the_code_uses() -> None:
    """Queues from the triggers, tables and container from the adapters."""
    assert loaded("storage.json") == {
        "changes": "changes",
        "poison": "changes-poison",
        "tables": sorted((STATE, HISTORY, LEDGER)),
        "reports": CONTAINER,
    }


def test_an_event_in_the_schema_that_is_subscribed_to_is_read() -> None:
    """Straight in the queue it stands alone, as CloudEvents have it; the function would have been given the same."""
    assert "eventDeliverySchema: 'CloudEventSchemaV1_0'" in (INFRA / "modules" / "events.bicep").read_text("utf-8")
    told = {"resourceUri": HUB, "operationName": "Microsoft.MachineLearningServices/workspaces/write"}
    claims = {"http://schemas.microsoft.com/identity/claims/objectidentifier": "0B1E"}
    event = ResourceEvent(
        id="e1",
        type="Microsoft.Resources.ResourceWriteSuccess",
        subject=HUB,
        time="2026-11-27T06:00:00Z",
        topic="/subscriptions/s",
        data={**told, "claims": claims},
    )

    message = parse(json.dumps(event.written("CloudEventSchemaV1_0")))

    assert message == Event(
        "e1",
        "Microsoft.Resources.ResourceWriteSuccess",
        ResourceId.parse(HUB),
        operation="Microsoft.MachineLearningServices/workspaces/write",
        principal="0b1e",
    )
