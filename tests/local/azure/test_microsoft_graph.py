"""Microsoft Graph's `getByIds`: who is in the directory, to whom it is told, and how people come and go."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from local.azure.options import APP_OBJECT_ID, Options
from tests.local.azure.client import HUB, JANE, Answer, Arm
from tests.local.azure.conftest import StandIn

GRAPH = "https://graph.microsoft.com"
PATH = "/graph/v1.0/directoryObjects/getByIds"
READ = "Directory.Read.All"
BO, ANA = "bo@contoso.example", "0c1e5a0a-1111-4000-8000-00000000abcd"


async def ask(arm: Arm, body: object, audience: str = GRAPH) -> Answer:
    """A question to Graph, as the app, with a token for an audience."""
    app = Arm(arm.azure, arm.session, who="app")
    told = {"Authorization": f"Bearer {app.token(audience)}", "client-request-id": "mine"}
    return await app("POST", PATH, body, version="", headers=told)


async def ids(arm: Arm, *asked: str, types: list[str] | None = None) -> list[str]:
    """Which of these Graph has."""
    answer = await ask(arm, {"ids": asked, **({"types": types} if types is not None else {})})
    assert answer.status == 200, answer
    return [one["id"] for one in answer.body["value"]]


def permit(arm: Arm, *permissions: str) -> None:
    """Grant these to the app."""
    arm.azure.directory.grant(APP_OBJECT_ID, permissions)


async def test_who_signed_in_is_there(arm: Arm) -> None:
    """As Graph tells of a user; whoever is not there is left out."""
    permit(arm, READ)
    await arm.ok("GET", HUB)
    jane, nobody = arm.azure.directory.join(JANE), str(uuid.uuid4())
    answer = await ask(arm, {"ids": [nobody, jane.upper()], "types": ["User"]})

    [user] = answer.body["value"]
    assert answer.body["@odata.context"].startswith(GRAPH)
    assert (user["@odata.type"], user["id"]) == ("#microsoft.graph.user", jane)
    assert (user["displayName"], user["userPrincipalName"]) == ("Jane", JANE)


async def test_people_and_applications_are_told_apart(arm: Arm) -> None:
    """By the types that are asked for; none means all."""
    permit(arm, READ)
    jane = arm.azure.directory.join(JANE)
    asked = (jane, APP_OBJECT_ID)

    assert await ids(arm, *asked, types=["user"]) == [jane]
    assert await ids(arm, *asked, types=["servicePrincipal"]) == [APP_OBJECT_ID]
    assert await ids(arm, *asked, types=["group"]) == []
    assert await ids(arm, *asked) == [jane, APP_OBJECT_ID]


async def test_whom_the_estate_names_is_there(stand_in: StandIn, tmp_path: Path) -> None:
    """Whoever made an instance, and whoever it is for."""
    maker, user = str(uuid.uuid4()), str(uuid.uuid4())
    inner = {
        "createdBy": {"userId": maker},
        "personalComputeInstanceSettings": {"assignedUser": {"objectId": user.upper(), "tenantId": "t"}},
    }
    properties = {"computeType": "ComputeInstance", "properties": inner}
    odd = {"computeType": "ComputeInstance", "properties": {"createdBy": "somebody"}}
    estate = [
        {"id": f"{HUB}/computes/{name}", "name": name, "properties": given}
        for name, given in (("ci-one", properties), ("ci-two", odd), ("ci-three", {"properties": None}))
    ]
    file = tmp_path / "estate.json"
    file.write_text(json.dumps(estate))
    async with stand_in(Options(estate=file, graph_permissions=(READ,))) as arm:
        assert await ids(arm, maker, user, str(uuid.uuid4())) == [maker, user]


async def test_people_come_and_go(arm: Arm) -> None:
    """By name or by object id; who has left cannot sign in any more, and is not there again for having tried."""
    permit(arm, READ)
    admin = f"{arm.azure.url}/_standin/people"
    bo = (await arm.ok("PUT", f"{admin}/{BO}"))["objectId"]
    assert await arm.ok("PUT", f"{admin}/{ANA}") == {"objectId": ANA}
    assert {"objectId": bo, "name": BO} in await arm.ok("GET", admin)
    there = await ids(arm, bo, ANA)
    for who in (BO, ANA):
        await arm.ok("DELETE", f"{admin}/{who}")
    refused = await sign_in(arm, BO)
    gone = await ids(arm, bo, ANA)
    await arm.ok("PUT", f"{admin}/{bo}")

    assert (there, gone, await ids(arm, bo, ANA)) == ([bo, ANA], [], [bo])
    assert refused["error"] == "invalid_grant"
    assert "access_token" in await sign_in(arm, BO)


async def sign_in(arm: Arm, who: str) -> Any:  # noqa: ANN401 - any JSON
    """What Entra ID says to somebody."""
    form = {"client_id": who, "scope": f"{GRAPH}/.default"}
    async with arm.session.post(f"{arm.azure.url}/any/oauth2/v2.0/token", data=form) as answer:
        return await answer.json()


async def test_an_application_needs_the_permission(arm: Arm) -> None:
    """Refused as Graph does it until it is granted, by name, and again when it is taken away."""
    answers = []
    for granted in (["User.Read.All"], [READ], []):
        await arm.ok("POST", f"{arm.azure.url}/_standin/graph-permissions", {"permissions": granted})
        answers.append(await ask(arm, {"ids": [ANA]}))

    assert [answer.status for answer in answers] == [403, 200, 403]
    assert answers[0].code == "Authorization_RequestDenied"
    assert answers[0].body["error"]["innerError"]["client-request-id"] == "mine"
    bad = await arm("POST", f"{arm.azure.url}/_standin/graph-permissions", {"permissions": None})
    assert (bad.status, "error" in bad.body) == (400, True)


async def test_a_token_must_be_for_graph(arm: Arm) -> None:
    """One for ARM opens nothing; its own address is an audience as good as Azure's."""
    permit(arm, READ)
    answers = [
        await ask(arm, {"ids": [ANA]}, audience)
        for audience in ("https://management.azure.com", GRAPH, f"{arm.azure.url}/graph")
    ]
    assert [answer.status for answer in answers] == [401, 200, 200]
    assert answers[0].code == "InvalidAuthenticationToken"


@pytest.mark.parametrize(
    "body",
    [{}, {"ids": []}, {"ids": ["jane"]}, {"ids": None}, [], {"ids": [ANA] * 1001}],
    ids=["nothing", "nobody", "a name", "null", "a list", "too many"],
)
async def test_a_question_graph_does_not_take(arm: Arm, body: object) -> None:
    """400."""
    permit(arm, READ)
    answer = await ask(arm, body)
    assert (answer.status, answer.code) == (400, "Request_BadRequest")
