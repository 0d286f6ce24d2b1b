"""Each action as the request it becomes, byte for byte what Azure is asked and nothing more."""

import pytest

from shared.adapters.actuator import AzureActuator
from shared.adapters.arm import Arm
from shared.model.action import (
    Action,
    AsSeen,
    CreateInstance,
    DeleteDiagnosticSetting,
    DeleteInstance,
    DeleteRoleAssignment,
    DeleteTags,
    GrantRole,
    MergeTags,
    PatchAccount,
    PatchConnection,
    PatchWorkspace,
    PutDiagnosticSetting,
    RestartInstance,
    ResyncKeys,
    ScaleCluster,
    SetIdleShutdown,
    StopInstance,
)
from shared.model.errors import Conflict, Forbidden
from shared.model.facts import Json
from shared.model.plan import Step, StepStatus
from shared.model.resource_id import ResourceId
from tests.adapters.script import Script

HUB = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/hub"
INSTANCE = f"{HUB}/computes/ci"
TAGS = f"{HUB}/providers/Microsoft.Resources/tags/default"
SETTING = f"{HUB}/providers/Microsoft.Insights/diagnosticSettings/hubwarden"
ACCOUNT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai"
ASSIGNMENT = f"{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/a-guid"
LOGS = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/logs"


def step(target: str, action: Action) -> Step:
    """A ready step."""
    return Step("HW-TEST-001", ResourceId.parse(target), action, None, None, None, StepStatus.READY)


SEEN = AsSeen("24.06.10", None, "", None)
WRITABLE = {"location": "x", "properties": {"computeType": "ComputeInstance", "properties": {}}}
DISTURBING = (StopInstance, RestartInstance, DeleteInstance)


def instance_in(state: str) -> Json:
    """An instance as Azure shows it in a state, about which little is known."""
    inner = {"state": state, "osImageMetadata": {"currentImageVersion": "24.06.10"}}
    return {"id": INSTANCE, "location": "x", "properties": {"computeType": "ComputeInstance", "properties": inner}}


REQUESTS: list[tuple[str, Action, tuple[str, str, str], Json | None]] = [
    (
        HUB,
        MergeTags({"a": "b"}),
        ("PATCH", TAGS, "2021-04-01"),
        {"operation": "Merge", "properties": {"tags": {"a": "b"}}},
    ),
    (
        HUB,
        DeleteTags({"a": "b"}),
        ("PATCH", TAGS, "2021-04-01"),
        {"operation": "Delete", "properties": {"tags": {"a": "b"}}},
    ),
    (
        HUB,
        PatchWorkspace({"publicNetworkAccess": "Disabled"}),
        ("PATCH", HUB, "2025-12-01"),
        {"properties": {"publicNetworkAccess": "Disabled"}},
    ),
    (
        f"{HUB}/computes/gpu",
        ScaleCluster({"minNodeCount": 0}),
        ("PATCH", f"{HUB}/computes/gpu", "2025-12-01"),
        {"properties": {"properties": {"scaleSettings": {"minNodeCount": 0}}}},
    ),
    (
        INSTANCE,
        SetIdleShutdown("PT60M"),
        ("POST", f"{INSTANCE}/updateIdleShutdownSetting", "2024-04-01-preview"),
        {"idleTimeBeforeShutdown": "PT60M"},
    ),
    (
        HUB,
        PutDiagnosticSetting("hubwarden", LOGS),
        ("PUT", SETTING, "2021-05-01-preview"),
        {"properties": {"workspaceId": LOGS, "logs": [{"categoryGroup": "allLogs", "enabled": True}]}},
    ),
    (HUB, DeleteDiagnosticSetting("hubwarden"), ("DELETE", SETTING, "2021-05-01-preview"), None),
    (HUB, ResyncKeys(), ("POST", f"{HUB}/resyncKeys", "2025-12-01"), None),
    (
        ACCOUNT,
        PatchAccount("Microsoft.CognitiveServices/accounts", {"disableLocalAuth": True}),
        ("PATCH", ACCOUNT, "2025-06-01"),
        {"properties": {"disableLocalAuth": True}},
    ),
    (
        ACCOUNT,
        GrantRole("a-guid", "role-guid", "object-id"),
        ("PUT", ASSIGNMENT, "2022-04-01"),
        {
            "properties": {
                "roleDefinitionId": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/role-guid",
                "principalId": "object-id",
                "principalType": "ServicePrincipal",
            }
        },
    ),
    (ACCOUNT, DeleteRoleAssignment("a-guid"), ("DELETE", ASSIGNMENT, "2022-04-01"), None),
    (INSTANCE, StopInstance(SEEN), ("POST", f"{INSTANCE}/stop", "2025-12-01"), None),
    (INSTANCE, RestartInstance(SEEN), ("POST", f"{INSTANCE}/restart", "2025-12-01"), None),
    (INSTANCE, DeleteInstance(WRITABLE, SEEN), ("DELETE", INSTANCE, "2025-12-01"), None),
]


@pytest.mark.parametrize(("target", "action", "line", "body"), REQUESTS, ids=[r[1].verb for r in REQUESTS])
async def test_an_action_is_one_request(
    arm: Arm, script: Script, *, target: str, action: Action, line: tuple[str, str, str], body: Json | None
) -> None:
    """One write, at its own version, with nothing in the body that the action does not name; of an instance a read."""
    reads = [instance_in(action.state)] if isinstance(action, DISTURBING) else []
    for document in [*reads, {}]:
        script.answer(200, document)
    await AzureActuator(arm).apply(step(target, action))

    *before, asked = script.asked
    assert [(one.method, one.path) for one in before] == [("GET", target)] * len(reads)
    assert (asked.method, asked.path, asked.query["api-version"]) == line
    assert asked.body == body


async def test_a_connection_is_sent_back_without_its_credentials(arm: Arm, script: Script) -> None:
    """The writable set goes back with the change; credentials, nulls and what the service sets do not."""
    current = {
        "authType": "ApiKey",
        "category": "AzureOpenAI",
        "target": "https://aoai.openai.azure.com/",
        "metadata": {"ApiType": "Azure"},
        "isSharedToAll": True,
        "sharedUserList": [],
        "expiryTime": None,
        "useWorkspaceManagedIdentity": False,
        "group": "AzureAI",
        "isDefault": True,
        "peStatus": "NotApplicable",
        "credentials": {"key": "must-not-travel"},
    }
    script.answer(200, {"id": f"{HUB}/connections/aoai", "tags": None, "properties": current})
    script.answer(200, {})
    await AzureActuator(arm).apply(step(f"{HUB}/connections/aoai", PatchConnection({"isSharedToAll": False})))

    assert [asked.method for asked in script.asked] == ["GET", "PATCH"]
    assert script.asked[1].body == {
        "properties": {
            "authType": "ApiKey",
            "category": "AzureOpenAI",
            "target": "https://aoai.openai.azure.com/",
            "metadata": {"ApiType": "Azure"},
            "isSharedToAll": False,
            "sharedUserList": [],
            "useWorkspaceManagedIdentity": False,
        },
    }


async def test_a_refused_write_names_its_permission(arm: Arm, script: Script) -> None:
    """Where Azure's 403 does not name the permission, the action does."""
    script.answer(403, {"error": {"code": "AuthorizationFailed", "message": "No."}})

    with pytest.raises(Forbidden) as refused:
        await AzureActuator(arm).apply(step(HUB, MergeTags({"a": "b"})))
    assert refused.value.permission == "Microsoft.Resources/tags/write"


async def test_only_a_role_that_is_there_already_is_no_conflict(arm: Arm, script: Script) -> None:
    """Any other 409 is one, and comes again."""
    script.answer(409, {"error": {"code": "RoleAssignmentExists", "message": "The role assignment already exists."}})
    script.answer(409, {"error": {"code": "AnotherOperationInProgress", "message": "Busy."}})
    granting = step(ACCOUNT, GrantRole("a-guid", "role-guid", "object-id"))
    await AzureActuator(arm).apply(granting)

    with pytest.raises(Conflict):
        await AzureActuator(arm).apply(granting)


async def test_the_machine_goes_with_its_instance(arm: Arm, script: Script) -> None:
    """Azure must be told; what is gone already (404, 204) is as it should be."""
    for status in (202, 204, 404):
        script.answer(200, instance_in("Stopped"))
        script.answer(status)
    for _ in range(3):
        await AzureActuator(arm).apply(step(INSTANCE, DeleteInstance(WRITABLE, SEEN)))

    deletions = [asked for asked in script.asked if asked.method == "DELETE"]
    assert [asked.query["underlyingResourceAction"] for asked in deletions] == ["Delete"] * 3


async def test_a_new_instance_is_looked_for_first(arm: Arm, script: Script) -> None:
    """Then its document is sent as it is; one that is there is left alone."""
    document = {"location": "westeurope", "properties": {"computeType": "ComputeInstance", "properties": {"a": None}}}
    script.answer(404, {"error": {"code": "UserError", "message": "Compute with name ci can't be found."}})
    script.answer(201, {})
    script.answer(200, {"id": INSTANCE, "properties": {"provisioningState": "Creating"}})
    for _ in range(2):
        await AzureActuator(arm).apply(step(INSTANCE, CreateInstance(document)))

    assert [(asked.method, asked.path) for asked in script.asked] == [
        ("GET", INSTANCE),
        ("PUT", INSTANCE),
        ("GET", INSTANCE),
    ]
    assert script.asked[1].body == document


async def test_who_may_not_write_instances_is_told_what_to_grant(arm: Arm, script: Script) -> None:
    """The permission of the look before it."""
    script.answer(403, {"error": {"code": "AuthorizationFailed", "message": "No."}})
    for action in (StopInstance(SEEN), CreateInstance({})):
        with pytest.raises(Forbidden) as refused:
            await AzureActuator(arm).apply(step(INSTANCE, action))
        assert refused.value.permission == "Microsoft.MachineLearningServices/workspaces/computes/read"


async def test_who_may_read_instances_and_not_stop_them_is_told_what_to_grant(arm: Arm, script: Script) -> None:
    """The permission of the action."""
    script.answer(200, instance_in("Running"))
    script.answer(403, {"error": {"code": "AuthorizationFailed", "message": "No."}})
    with pytest.raises(Forbidden) as refused:
        await AzureActuator(arm).apply(step(INSTANCE, StopInstance(SEEN)))
    assert refused.value.permission == "Microsoft.MachineLearningServices/workspaces/computes/stop/action"
