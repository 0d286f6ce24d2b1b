"""The way from keys to an account without any, step by step, as sweeps go it."""

from typing import Any

import pytest

from shared.model.action import GrantRole, PatchAccount, PatchConnection
from shared.model.data_roles import OPENAI_USER
from shared.model.errors import Forbidden
from shared.model.facts import Kind
from shared.model.plan import Step
from shared.policy.policy import Effect
from tests.builders import (
    Document,
    connection,
    dependent,
    dependent_id,
    diagnostics,
    hub,
    identified,
    policy,
    project,
    rid,
    role_assignment,
)
from tests.rig import Rig

ACCOUNT = dependent("account", customSubDomainName="ai-contoso")
HUB, PROJECT = identified(hub()), identified(project(), "principal-of-project")
CONNECTION = connection(authType="ApiKey", isSharedToAll=True, metadata={"ResourceId": ACCOUNT["id"]})
WORLD: tuple[Document, ...] = (HUB, PROJECT, CONNECTION, ACCOUNT, diagnostics())
ASSIGNMENTS = "microsoft.authorization/roleassignments"

BY_KEY = "HW-KEY-006 aoai"
UNNEEDED = "HW-KEY-007 stai"
APPROVED = {"auto_approve": "CHG-1", "effects": {"HW-CON-002": Effect.AUDIT}}
"""What is gated is approved; but a connection that is shared stays so."""


def made(*documents: Document, **given: Any) -> Rig:  # noqa: ANN401 - a policy's parts
    """A hub that shares a connection by key with its project."""
    return Rig.of(*(documents or WORLD), policy=policy(**{**APPROVED, **given}))


@pytest.fixture
def rig() -> Rig:
    """All that is gated is approved."""
    return made()


def ours(rig: Rig) -> list[Step]:
    """What was written on the way."""
    kinds = (GrantRole, PatchConnection, PatchAccount)
    return [step for step in rig.cloud.writes if isinstance(step.action, kinds)]


async def holders(rig: Rig) -> set[str]:
    """Who may call the account now."""
    listed = await rig.cloud.children(rid(ACCOUNT), Kind.ROLE_ASSIGNMENT)
    assert isinstance(listed, tuple)
    return {one.text("properties", "principalId") for one in listed}


async def test_roles_first(rig: Rig) -> None:
    """Hub and project get theirs, each with a row that says how to take it back; the connection keeps its key."""
    await rig.sweep(HUB)
    rows = rig.actions(Action="grant-role")

    assert await holders(rig) == {"principal-of-hub", "principal-of-project"}
    assert rig.document(CONNECTION)["properties"]["authType"] == "ApiKey"
    assert {(row["Resource"], row["Result"]) for row in rows} == {(rid(ACCOUNT).key, "done")}
    assert all("delete-role-assignment" in row["Undo"] for row in rows)
    assert BY_KEY in await rig.open(HUB)


async def test_nothing_more_before_they_are_in_force(rig: Rig) -> None:
    """A sweep within ten minutes writes nothing, and says what it waits for."""
    await rig.sweep(HUB)
    written = len(ours(rig))
    rig.clock.advance(minutes=9)
    await rig.sweep(HUB)
    (row,) = rig.actions(RunId=rig.runs[-1]["RunId"], Action="patch-connection", Rule="HW-KEY-006")

    assert len(ours(rig)) == written
    assert (row["Result"], "may take ten minutes" in row["Reason"]) == ("held", True)


async def test_then_the_connection_is_switched(rig: Rig) -> None:
    """With no way back, and its finding ends in the same run."""
    await rig.sweep(HUB)
    rig.clock.advance(minutes=10)
    await rig.sweep(HUB)
    (row,) = rig.actions(RunId=rig.runs[-1]["RunId"], Action="patch-connection", Rule="HW-KEY-006")

    assert rig.document(CONNECTION)["properties"]["authType"] == "AAD"
    assert (row["Result"], row["Undo"]) == ("done", "null")
    assert BY_KEY not in await rig.open(HUB)


async def test_at_last_the_account_takes_no_keys(rig: Rig) -> None:
    """Not at once: for a week its owner may still go back."""
    await rig.sweep(HUB)
    rig.clock.advance(minutes=10)
    await rig.sweep(HUB)
    rig.clock.advance(days=1)
    await rig.sweep(HUB)
    early = dict(rig.document(ACCOUNT)["properties"])
    rig.clock.advance(days=7)
    await rig.sweep(HUB)

    assert "disableLocalAuth" not in early
    assert rig.document(ACCOUNT)["properties"]["disableLocalAuth"] is True
    assert {BY_KEY, UNNEEDED}.isdisjoint(await rig.open(HUB))


async def test_without_approval_nothing_is_written() -> None:
    """Each step waits for somebody, and says so."""
    rig = made(auto_approve="")
    await rig.sweep(HUB)

    assert ours(rig) == []
    assert {row["Status"] for row in rig.actions(Rule="HW-KEY-006")} == {"needs-approval"}


async def test_who_may_not_grant_says_what_is_lacking(rig: Rig) -> None:
    """The row and the alert name the permission, which no role of ours has but one; the rest goes on."""
    lacking = GrantRole.permission
    rig.cloud.refuse(
        rid(ACCOUNT), Forbidden(f"403 AuthorizationFailed (grant {lacking} to the app's identity)", lacking)
    )
    await rig.sweep(HUB)
    rows = rig.actions(Action="grant-role")

    assert {(row["Result"], row["Permission"]) for row in rows} == {("failed", lacking)}
    assert all(lacking in row["Reason"] for row in rows)
    assert rig.document(CONNECTION)["properties"]["authType"] == "ApiKey"


async def test_roles_that_people_gave_will_do(rig: Rig) -> None:
    """Whoever lets nobody but people grant has the rest done all the same."""
    rig.cloud.refuse(rid(ACCOUNT), Forbidden("403", GrantRole.permission))
    await rig.sweep(HUB)
    for who in ("principal-of-hub", "principal-of-project"):
        rig.cloud.put(role_assignment(OPENAI_USER.id, who))
    rig.clock.advance(minutes=10)
    await rig.sweep(HUB)

    assert rig.document(CONNECTION)["properties"]["authType"] == "AAD"


async def test_a_role_is_given_to_who_is_there_now(rig: Rig) -> None:
    """The index is behind: it shows the project as it was before it was made anew."""
    rig.cloud.freeze_index()
    rig.document(PROJECT)["identity"]["principalId"] = "principal-anew"
    await rig.sweep(HUB)

    assert await holders(rig) == {"principal-of-hub", "principal-anew"}


async def test_what_may_not_be_seen_changes_nothing(rig: Rig) -> None:
    """Without its role assignments nobody knows who may use an account; what stood open stands open."""
    await rig.sweep(HUB)
    written = len(ours(rig))
    rig.cloud.deny(ASSIGNMENTS, "Microsoft.Authorization/roleAssignments/read")
    rig.clock.advance(hours=1)
    await rig.sweep(HUB)
    (row,) = rig.findings(Rule="HW-KEY-006", RunId=rig.runs[-1]["RunId"], Kind="connection")

    assert (row["Verdict"], "roleAssignments/read" in row["Message"]) == ("unknown", True)
    assert (len(ours(rig)), BY_KEY in await rig.open(HUB)) == (written, True)


async def test_events_leave_it_to_the_sweeps(rig: Rig) -> None:
    """What an event shows is too little to say who uses a connection, or that nobody keeps a key."""
    rig.enforce = False
    await rig.sweep(HUB)
    before = await rig.open(HUB)
    rig.enforce = True
    for changed in (CONNECTION, ACCOUNT, PROJECT):
        await rig.event(changed)

    assert ours(rig) == []
    assert BY_KEY in before
    assert {name for name in before if "HW-KEY" in name} == {name for name in await rig.open(HUB) if "HW-KEY" in name}


async def test_two_connections_want_one_role() -> None:
    """They lead to one account, so each identity is given the role once."""
    again = {**CONNECTION, "id": f"{HUB['id']}/connections/again", "name": "again"}
    rig = made(*WORLD, again)
    await rig.sweep(HUB)

    assert len([step for step in ours(rig) if isinstance(step.action, GrantRole)]) == 2


async def test_an_account_that_other_hubs_use_keeps_its_keys() -> None:
    """Theirs were not looked at, and one may need it."""
    keyless = connection(metadata={"ResourceId": dependent_id("account")})
    other = hub("other")
    theirs = connection("theirs", of="other", authType="ApiKey", metadata={"ResourceId": dependent_id("account")})
    rig = made(HUB, ACCOUNT, keyless, other, theirs)
    await rig.sweep(HUB, other)
    (row,) = rig.actions(Action="patch-account")

    assert "disableLocalAuth" not in rig.document(ACCOUNT)["properties"]
    assert (row["Status"], row["Reason"]) == ("refused", "other hubs lean on it, and may keep a key: other")
