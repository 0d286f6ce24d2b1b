"""Roles: definitions, assignments with conditions, and what follows when a principal has only what roles give it."""

from dataclasses import replace
from typing import Any

import pytest

from local.azure.options import APP_OBJECT_ID, Options
from tests.local.azure.client import ACCOUNT, GROUP, HUB, STORAGE, SUBSCRIPTION, Arm
from tests.local.azure.conftest import StandIn

SCOPE = f"/subscriptions/{SUBSCRIPTION}"
ROLES = "/providers/Microsoft.Authorization/roleDefinitions"
ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
TAGGER = "4a9ae827-6dc8-4573-8ac7-8239d42aa03f"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
TAGS = "/providers/Microsoft.Resources/tags/default"
MERGE = {"operation": "Merge", "properties": {"tags": {"a": "b"}}}


def body(role: str, principal: str = APP_OBJECT_ID, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """An assignment of a built-in role."""
    return {"properties": {"roleDefinitionId": f"{SCOPE}{ROLES}/{role}", "principalId": principal, **more}}


async def assign(arm: Arm, scope: str, role: str) -> None:
    """Gives the app a role."""
    await arm.ok("PUT", f"{scope}{ASSIGNMENTS}/{role}", body(role))


async def test_nobody_is_given_a_role_twice_at_one_scope(arm: Arm) -> None:
    """201, then 200 for the same name, 409 under another; elsewhere it is another matter."""
    path = f"{HUB}{ASSIGNMENTS}/one"
    told = [(await arm("PUT", path, body(READER))).status for _ in range(2)]
    twice = await arm("PUT", f"{HUB}{ASSIGNMENTS}/two", body(READER.upper()))
    assert (told, twice.status, twice.code) == ([201, 200], 409, "RoleAssignmentExists")
    assert (await arm("PUT", f"{GROUP}{ASSIGNMENTS}/two", body(READER))).status == 201


async def test_an_assignment_keeps_its_condition_and_its_maker(arm: Arm) -> None:
    """Conditions come with version 2.0; role and principal never change; a delete answers what it took away."""
    path = f"{HUB}{ASSIGNMENTS}/one"
    made = await arm.ok("PUT", path, body(READER, condition="@Resource[x] StringEquals 'y'", conditionVersion="2.0"))
    assert (made["properties"]["conditionVersion"], made["properties"]["scope"]) == ("2.0", HUB)
    assert made["properties"]["createdBy"] == arm.azure.directory.person(arm.who)["oid"]
    refused = [
        await arm("PUT", path, body(TAGGER)),
        await arm("PUT", f"{HUB}{ASSIGNMENTS}/two", body(TAGGER, condition="x")),
        await arm("PUT", f"{HUB}{ASSIGNMENTS}/two", body("00000000-0000-0000-0000-000000000000")),
        await arm("PUT", f"{HUB}{ASSIGNMENTS}/two", {"properties": {}}),
    ]
    assert [one.code for one in refused] == [
        "RoleAssignmentUpdateNotPermitted",
        "InvalidConditionVersion",
        "RoleDefinitionDoesNotExist",
        "InvalidRoleAssignment",
    ]
    assert await arm.ok("GET", path) == made
    assert (await arm.ok("DELETE", path)) == made
    assert ((await arm("DELETE", path)).status, (await arm("GET", path)).code) == (204, "RoleAssignmentNotFound")


async def test_assignments_are_listed_at_above_and_below_a_scope(arm: Arm) -> None:
    """`atScope()` leaves out what is below; a principal's own are chosen by its id."""
    for scope, role in ((SCOPE, READER), (GROUP, TAGGER), (HUB, CONTRIBUTOR)):
        await assign(arm, scope, role)
    await arm.ok("PUT", f"{GROUP}{ASSIGNMENTS}/other", body(TAGGER, "someone-else"))

    async def listed(wanted: str) -> list[str]:
        query = {"$filter": wanted} if wanted else None
        return sorted(one["name"] for one in (await arm.ok("GET", f"{GROUP}{ASSIGNMENTS}", query=query))["value"])

    assert await listed("") == sorted([READER, TAGGER, CONTRIBUTOR, "other"])
    assert await listed("atScope()") == sorted([READER, TAGGER, "other"])
    assert await listed("principalId eq 'someone-else'") == ["other"]
    assert await listed(f"atScope() and assignedTo('{APP_OBJECT_ID}')") == sorted([READER, TAGGER])


async def test_built_in_and_custom_roles_are_found(arm: Arm) -> None:
    """By name, by type and by id; built-in ones cannot be written."""
    custom = f"{SCOPE}{ROLES}/11111111-0000-4000-8000-000000000000"
    permissions = [{"actions": ["*/read"], "notActions": ["Microsoft.KeyVault/*"]}]
    given = {"roleName": "Ours", "assignableScopes": [SCOPE], "permissions": permissions}
    made = await arm("PUT", custom, {"properties": given})
    by_name = await arm.ok("GET", f"{GROUP}{ROLES}", query={"$filter": "roleName eq 'reader'"})
    by_type = await arm.ok("GET", f"{GROUP}{ROLES}", query={"$filter": "type eq 'CustomRole'"})
    assert (made.status, [one["name"] for one in by_name["value"]], by_type["value"]) == (201, [READER], [made.body])
    assert (await arm.ok("GET", f"{GROUP}{ROLES}/{READER}"))["properties"]["roleName"] == "Reader"
    assert (await arm("PUT", f"{SCOPE}{ROLES}/{READER}", {"properties": given})).status == 400
    assert [(await arm("DELETE", custom)).status for _ in range(2)] == [200, 204]
    assert (await arm("GET", custom)).code == "RoleDefinitionDoesNotExist"


@pytest.fixture
async def roles(stand_in: StandIn) -> Any:  # noqa: ANN401 - an async generator of two
    """Jane, and the app that has only what roles give it."""
    async with stand_in(Options(role_based=(APP_OBJECT_ID,))) as arm:
        yield arm, replace(arm, who="app")


async def test_a_missing_role_is_a_403_that_names_the_action(roles: tuple[Arm, Arm]) -> None:
    """Nothing without a role; each role opens what it names, from its scope downwards."""
    jane, app = roles
    refused = await app("GET", HUB)
    assert (refused.status, refused.code) == (403, "AuthorizationFailed")
    assert "Microsoft.MachineLearningServices/workspaces/read" in str(refused.body)
    await assign(jane, GROUP, READER)
    assert (await app("GET", HUB)).status == 200
    assert "Microsoft.Resources/tags/write" in str((await app("PATCH", f"{HUB}{TAGS}", MERGE)).body)
    await assign(jane, HUB, TAGGER)
    assert (await app("PATCH", f"{HUB}{TAGS}", MERGE)).status == 200
    assert (await app("PATCH", f"{STORAGE}{TAGS}", MERGE)).status == 403
    shown = await app.ok("GET", f"{HUB}/providers/Microsoft.Authorization/permissions")
    assert {next(iter(role["actions"])) for role in shown["value"]} == {"*/read", "Microsoft.Authorization/*/read"}


async def test_what_a_role_leaves_out_another_may_give(roles: tuple[Arm, Arm]) -> None:
    """A Contributor assigns no roles; an Owner beside it does."""
    jane, app = roles
    await assign(jane, GROUP, CONTRIBUTOR)
    assert (await app("PUT", f"{GROUP}{ASSIGNMENTS}/new", body(READER, "x"))).status == 403
    await assign(jane, GROUP, OWNER)
    assert (await app("PUT", f"{GROUP}{ASSIGNMENTS}/new", body(READER, "x"))).status == 201


async def test_what_a_condition_is_about_is_refused_for_it_is_not_evaluated(roles: tuple[Arm, Arm]) -> None:
    """The refusal names the assignment; other actions of the role, and other roles, give what they gave."""
    jane, app = roles
    named = "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[x] StringEquals 'y')"
    owner = f"{GROUP}{ASSIGNMENTS}/owner"
    await jane.ok("PUT", owner, body(OWNER, condition=named, conditionVersion="2.0"))
    refused = await app("PUT", f"{GROUP}{ASSIGNMENTS}/new", body(READER, "x"))
    assert (refused.status, refused.code, owner in refused.body["error"]["message"]) == (
        403,
        "AuthorizationFailed",
        True,
    )
    assert (await app("PATCH", f"{HUB}{TAGS}", MERGE)).status == 200
    await jane.ok("PUT", owner, body(OWNER, condition="@Resource[x] StringEquals 'y'", conditionVersion="2.0"))
    assert (await app("PATCH", f"{HUB}{TAGS}", MERGE)).status == 403
    await assign(jane, GROUP, TAGGER)
    assert (await app("PATCH", f"{HUB}{TAGS}", MERGE)).status == 200
    assert owner not in str((await app("PUT", "/subscriptions/other" + HUB[len(SCOPE) :], {})).body)


async def test_data_actions_are_apart_from_actions(roles: tuple[Arm, Arm]) -> None:
    """Even an Owner needs a data role to use a model by token."""
    jane, app = roles
    await assign(jane, GROUP, OWNER)
    headers = {"Authorization": f"Bearer {app.token('https://cognitiveservices.azure.com')}"}
    url = f"{jane.azure.url}/dataplane/cognitiveservices/ai-one/openai/models"
    told = []
    for role in (None, OPENAI_USER):
        if role:
            await assign(jane, ACCOUNT, role)
        async with jane.session.get(url, headers=headers) as answer:
            told.append(answer.status)
    assert told == [401, 200]


async def test_locks_come_and_go_even_where_they_lock(arm: Arm) -> None:
    """201, 200; a lock stops the delete of its scope but not its own; an unknown level is refused."""
    lock = f"{ACCOUNT}/providers/Microsoft.Authorization/locks/keep"
    level = {"properties": {"level": "CanNotDelete", "notes": "ours"}}
    told = [(await arm("PUT", lock, level)).status for _ in range(2)]
    assert (told, (await arm("DELETE", ACCOUNT)).code) == ([201, 200], "ScopeLocked")
    assert (await arm.ok("GET", lock))["properties"] == level["properties"]
    assert (await arm("PUT", lock, {"properties": {"level": "Never"}})).status == 400
    assert [(await arm("DELETE", lock)).status for _ in range(2)] == [200, 204]
    assert ((await arm("GET", lock)).code, (await arm("DELETE", ACCOUNT)).status) == ("LockNotFound", 200)
