"""From keys to identities: who would come with one, what role it lacks, and when the connection is switched."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from shared.model.action import DeleteRoleAssignment, GrantRole, PatchConnection
from shared.model.data_roles import AI_USER, BLOB_CONTRIBUTOR, DATA_ROLES, OPENAI_USER, SEARCH_READER, DataRole
from shared.model.estate import Estate
from shared.model.facts import Fact, Gap, Kind
from shared.model.finding import Verdict
from shared.rules.connection import KEY_BASED, KEYLESS
from shared.rules.entra import COMES_WITH_IDENTITY, KeyCount, counted
from shared.rules.rule import Judgement
from tests.builders import (
    NOW,
    Document,
    connection,
    dependent,
    dependent_id,
    hub,
    identified,
    project,
    rid,
    role_assignment,
    workspace_id,
)
from tests.rules.asking import absent, ask, unreadable, verdict

ACCOUNT = dependent_id("account")
AI = dependent("account", customSubDomainName="ai-contoso")
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
HUB = identified(hub())
SHARED_TO = [identified(project("chat"), "principal-of-chat"), identified(project("lab"), "principal-of-lab")]


def keyed(kind: str = "account", **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """A connection of the hub that keeps a key of a service."""
    return connection(**{"authType": "ApiKey", "metadata": {"ResourceId": dependent_id(kind)}, **properties})


def judged(
    document: Document,
    *around: Document | Fact,
    gaps: Iterable[Gap] = (),
    kind: str = "account",
    unlisted: bool = False,
) -> Judgement:
    """What the rule says where the role assignments of the account were read."""
    listed = [] if unlisted else [(rid(dependent_id(kind)), Kind.ROLE_ASSIGNMENT)]
    said = ask(COMES_WITH_IDENTITY, document, *around, listed=listed, gaps=gaps)
    assert said is not None
    return said


def granted(said: Judgement) -> list[GrantRole]:
    """The roles that a judgement wants to be given."""
    assert said.fix is not None
    return [fix.action for fix in (said.fix, *said.fix.also) if isinstance(fix.action, GrantRole)]


def test_the_role_comes_first() -> None:
    """Who lacks it is named with its object id; the write is on the account, and can be taken back."""
    said = judged(keyed(), HUB, AI)
    [action] = granted(said)
    assert said.fix is not None

    assert said.verdict is Verdict.FAIL
    assert said.message.endswith("once hub had Cognitive Services OpenAI User there.")
    assert said.actual["lacking"] == {rid(HUB).key: ["principal-of-hub"]}
    assert (action.role, action.principal, action.principal_type) == (
        OPENAI_USER.id,
        "principal-of-hub",
        "ServicePrincipal",
    )
    assert said.fix.target == rid(ACCOUNT)
    assert said.fix.undo == DeleteRoleAssignment(action.name)
    assert (said.fix.refusal, said.fix.wait) == ("", "")


def test_a_grant_has_the_same_name_each_time() -> None:
    """However its parts are spelled; another scope, role or identity has another."""
    names = {
        GrantRole.to("P", OPENAI_USER.id, rid(ACCOUNT)).name,
        GrantRole.to("p", OPENAI_USER.id.upper(), rid(ACCOUNT.upper())).name,
    }
    others = {
        GrantRole.to("other", OPENAI_USER.id, rid(ACCOUNT)).name,
        GrantRole.to("p", AI_USER.id, rid(ACCOUNT)).name,
        GrantRole.to("p", OPENAI_USER.id, rid(dependent_id("search"))).name,
    }

    assert (len(names), len(others), names & others) == (1, 3, set())


def test_then_the_switch() -> None:
    """With the role in force nothing else is sent, and there is no way back: nobody has the key."""
    said = judged(keyed(), HUB, AI, role_assignment(OPENAI_USER.id))
    assert said.fix is not None

    assert (said.verdict, said.fix.action, said.fix.undo) == (Verdict.FAIL, PatchConnection({"authType": "AAD"}), None)
    assert (said.fix.refusal, said.fix.wait, said.fix.target) == ("", "", None)
    assert set(said.fix.basis) == {rid(ACCOUNT), rid(HUB)}


@pytest.mark.parametrize(
    ("age", "waits"),
    [
        (timedelta(), True),
        (timedelta(minutes=9, seconds=59), True),
        (timedelta(minutes=10), False),
        (timedelta(days=1), False),
    ],
    ids=str,
)
def test_a_young_role_is_not_relied_on(age: timedelta, waits: bool) -> None:  # noqa: FBT001 - the expected answer
    """Azure may take ten minutes to let its holder in."""
    given = role_assignment(OPENAI_USER.id, createdOn=(NOW - age).isoformat())
    said = judged(keyed(), HUB, AI, given)
    assert said.fix is not None

    assert (isinstance(said.fix.action, PatchConnection), bool(said.fix.wait)) == (True, waits)


@pytest.mark.parametrize("given", [[], [role_assignment(OPENAI_USER.id)]], ids=["grant", "switch"])
@pytest.mark.parametrize(("minutes", "waits"), [(0, True), (9, True), (10, False)])
def test_a_connection_that_was_just_changed_is_let_alone(
    given: list[Document],
    minutes: int,
    waits: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Somebody is at it; it may be shared with fewer in a moment, who would have a role for nothing."""
    changed = keyed() | {"systemData": {"lastModifiedAt": (NOW - timedelta(minutes=minutes)).isoformat()}}
    said = judged(changed, HUB, AI, *given)

    assert said.fix is not None
    assert bool(said.fix.wait) is waits


def test_an_older_role_counts_beside_a_young_one() -> None:
    """One that has been in force for long lets its holder in, whatever was given besides."""
    young = role_assignment(OPENAI_USER.id, name="young", createdOn=NOW.isoformat())
    said = judged(keyed(), HUB, AI, young, role_assignment(AI_USER.id))

    assert said.fix is not None
    assert said.fix.wait == ""


@pytest.mark.parametrize("told", [None, "", "soon"], ids=repr)
def test_a_role_of_no_known_age_is_in_force(told: str | None) -> None:
    """Azure tells the age of all that it is given today."""
    said = judged(keyed(), HUB, AI, role_assignment(OPENAI_USER.id, createdOn=told))

    assert said.fix is not None
    assert said.fix.wait == ""


@pytest.mark.parametrize(
    ("kind", "category", "needed", "also"),
    [
        ("account", "AzureOpenAI", OPENAI_USER, "a001fd3d-188f-4b5d-821b-7da978bf7442"),
        ("account", "AzureOpenAI", OPENAI_USER, AI_USER.id),
        ("account", "AzureOpenAI", OPENAI_USER, "64702f94-c441-49e6-a78b-ef80e0188fee"),
        ("account", "AIServices", AI_USER, "53ca6127-db72-4b80-b1b0-d745d6d5456d"),
        ("account", "CognitiveService", AI_USER, "19c28022-e58e-450d-a464-0b2a53034789"),
        ("search", "CognitiveSearch", SEARCH_READER, "8ebe5a00-799e-43f5-93ac-243d3dce84a7"),
        ("storage", "AzureBlob", BLOB_CONTRIBUTOR, "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"),
        ("storage", "ADLSGen2", BLOB_CONTRIBUTOR, "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"),
    ],
)
def test_each_category_has_its_role(kind: str, category: str, needed: DataRole, also: str) -> None:
    """The least that will do, and a role that includes it does too."""
    account = dependent(kind, customSubDomainName="x", authOptions={"aadOrApiKey": {}})
    document, on = keyed(kind, category=category), dependent_id(kind)
    lacking = judged(document, HUB, account, kind=kind)
    [enough, more] = [
        judged(document, HUB, account, role_assignment(role, on=on), kind=kind) for role in (needed.id, also)
    ]

    assert [action.role for action in granted(lacking)] == [needed.id]
    assert [granted(enough), granted(more)] == [[], []]


@pytest.mark.parametrize(
    "assignment",
    [
        role_assignment(OWNER),
        role_assignment(CONTRIBUTOR),
        role_assignment(SEARCH_READER.id),
        role_assignment(OPENAI_USER.id, "somebody-else"),
        role_assignment(OPENAI_USER.id, on=dependent_id("account", "other")),
    ],
    ids=["owner", "contributor", "another role", "another identity", "another account"],
)
def test_what_lets_nobody_call(assignment: Document) -> None:
    """To manage an account is not to use it; nor is a role of somebody else's, or elsewhere."""
    assert len(granted(judged(keyed(), HUB, AI, assignment))) == 1


def test_ids_in_any_case() -> None:
    """Azure spells role definitions and principals as it likes."""
    loud = role_assignment(OPENAI_USER.id.upper(), "PRINCIPAL-OF-HUB")
    short = role_assignment("", roleDefinitionId=f"/providers/Microsoft.Authorization/roleDefinitions/{OPENAI_USER.id}")

    assert [granted(judged(keyed(), HUB, AI, one)) for one in (loud, short)] == [[], []]


def test_a_role_under_a_condition_is_nobodys_guess() -> None:
    """It is neither taken for the role nor widened by a second one."""
    said = judged(keyed(), HUB, AI, role_assignment(OPENAI_USER.id, condition="@Resource[x] StringEquals 'y'"))
    assert said.fix is not None

    assert (granted(said), "under a condition" in said.fix.refusal) == ([], True)


def test_all_projects_that_a_hub_shares_with() -> None:
    """Each comes as itself, so each lacks the role; the switch waits for the last of them."""
    shared = keyed(isSharedToAll=True)
    roles = [role_assignment(OPENAI_USER.id, f"principal-of-{name}") for name in ("hub", "chat", "lab")]
    none, some, every = (judged(shared, HUB, *SHARED_TO, AI, *given) for given in ([], roles[:2], roles))

    assert {action.principal for action in granted(none)} == {
        "principal-of-hub",
        "principal-of-chat",
        "principal-of-lab",
    }
    assert [action.principal for action in granted(some)] == ["principal-of-lab"]
    assert some.message.endswith("once lab had Cognitive Services OpenAI User there.")
    assert every.fix is not None
    assert every.fix.action == PatchConnection({"authType": "AAD"})


def test_one_identity_of_several_workspaces_is_granted_once() -> None:
    """A user-assigned identity can be everybody's."""
    same = [identified(project(name)) for name in ("chat", "lab")]

    assert len(granted(judged(keyed(isSharedToAll=True), HUB, *same, AI))) == 1


def test_what_is_not_shared_is_its_own_workspaces() -> None:
    """Others of the hub need no role; a project's connection is the project's."""
    own = connection(of="chat", authType="ApiKey", metadata={"ResourceId": ACCOUNT}, isSharedToAll=True)

    assert [action.principal for action in granted(judged(keyed(), HUB, *SHARED_TO, AI))] == ["principal-of-hub"]
    assert [action.principal for action in granted(judged(own, HUB, *SHARED_TO, AI))] == ["principal-of-chat"]


_USERS = {"/one": {"principalId": "p1"}, "/two": {"principalId": "p2", "clientId": "c"}}


@pytest.mark.parametrize(
    ("identity", "primary", "principals"),
    [
        ({"type": "SystemAssigned", "principalId": "own"}, None, ["own"]),
        ({"type": "UserAssigned", "userAssignedIdentities": _USERS}, "/TWO", ["p2"]),
        ({"type": "UserAssigned", "userAssignedIdentities": _USERS}, None, ["p1", "p2"]),
        (
            {"type": "SystemAssigned,UserAssigned", "principalId": "own", "userAssignedIdentities": _USERS},
            "/one",
            ["p1"],
        ),
        ({"type": "SystemAssigned,UserAssigned", "principalId": "own", "userAssignedIdentities": _USERS}, "", ["own"]),
    ],
)
def test_which_identity_a_workspace_comes_with(
    identity: dict[str, Any], primary: str | None, principals: list[str]
) -> None:
    """Its primary one, else its own, else any that it was given."""
    workspace = {**hub(primaryUserAssignedIdentity=primary), "identity": identity}

    assert [action.principal for action in granted(judged(keyed(), workspace, AI))] == principals


@pytest.mark.parametrize(
    ("document", "around", "words"),
    [
        (keyed(), (HUB, dependent("account")), "no custom subdomain"),
        (keyed(), (HUB, dependent("account", customSubDomainName=None)), "no custom subdomain"),
        (keyed(target="https://eastus2.api.cognitive.microsoft.com/"), (HUB, AI), "the host of a region"),
        (keyed("search", category="CognitiveSearch"), (HUB, dependent("search")), "API keys only"),
        (
            keyed("search", category="CognitiveSearch"),
            (HUB, dependent("search", authOptions={"apiKeyOnly": {}}, disableLocalAuth=False)),
            "API keys only",
        ),
        (keyed(), (hub(), AI), "no managed identity"),
        (keyed(), ({**hub(), "identity": {"type": "None"}}, AI), "no managed identity"),
        (keyed(isSharedToAll=True), (HUB, project("chat"), AI), "no managed identity to come with: chat"),
    ],
)
def test_where_no_switch_would_work(document: Document, around: tuple[Document, ...], words: str) -> None:
    """It fails, says why, and no role is given for nothing."""
    said = judged(document, *around, kind="search" if "search" in str(around[-1]["type"]) else "account")
    assert said.fix is not None

    assert (said.verdict, granted(said)) == (Verdict.FAIL, [])
    assert words in said.fix.refusal
    assert words in said.message


def test_a_search_service_that_takes_no_keys_takes_identities() -> None:
    """It has no `authOptions` then, and needs none."""
    said = judged(
        keyed("search", category="CognitiveSearch"), HUB, dependent("search", disableLocalAuth=True), kind="search"
    )

    assert len(granted(said)) == 1


@pytest.mark.parametrize(
    ("around", "more", "words"),
    [
        ((HUB, unreadable(ACCOUNT)), {}, "was not read"),
        ((HUB, absent(ACCOUNT)), {}, "was not read"),
        ((HUB,), {}, "was not read"),
        ((AI,), {}, "not all of them were read"),
        ((unreadable(workspace_id("hub")), AI), {}, "not all of them were read"),
        ((HUB, AI), {"unlisted": True}, "nobody looked at its role assignments"),
        ((HUB, AI), {"gaps": [Gap(rid(ACCOUNT), Kind.ROLE_ASSIGNMENT, "403", "x/read")]}, "403; it needs x/read"),
    ],
    ids=["account", "gone", "no account", "no workspace", "workspace", "no list", "list"],
)
def test_what_was_not_read_decides_nothing(
    around: tuple[Document | Fact, ...], more: dict[str, Any], words: str
) -> None:
    """It is unknown, with the reason and the permission; no half of an estate is judged."""
    said = judged(keyed(), *around, **more)

    assert (said.verdict, said.fix) == (Verdict.UNKNOWN, None)
    assert words in said.message


def test_a_family_that_was_not_read_decides_nothing() -> None:
    """A project that nobody saw would be cut off by the switch."""
    role = role_assignment(OPENAI_USER.id)
    gap = judged(keyed(isSharedToAll=True), HUB, AI, role, gaps=[Gap(rid(HUB), Kind.PROJECT, "503")])
    own = judged(keyed(), HUB, AI, role, gaps=[Gap(rid(HUB), Kind.PROJECT, "503")])

    assert (gap.verdict, "503" in gap.message) == (Verdict.UNKNOWN, True)
    assert own.verdict is Verdict.FAIL


@pytest.mark.parametrize("auth", sorted(KEYLESS - {"None"}))
def test_a_connection_with_an_identity_complies(auth: str) -> None:
    """Whatever the target takes; nothing is read for it."""
    assert verdict(ask(COMES_WITH_IDENTITY, keyed(authType=auth))) is Verdict.PASS


@pytest.mark.parametrize(
    "silent",
    [
        keyed(authType="None"),
        keyed(authType="BrandNewAuth"),
        keyed(authType="SAS"),
        keyed(category="CustomKeys"),
        keyed(category=None),
        keyed(metadata=None),
        keyed("storage"),
        keyed("vault"),
        keyed(target="https://contoso.azure-api.net/openai"),
        keyed(createdByWorkspaceArmId=workspace_id("another")),
        keyed(authType="AAD", createdByWorkspaceArmId=workspace_id("another")),
    ],
)
def test_nothing_is_said_of_other_connections(silent: Document) -> None:
    """To what takes no identity, to nobody knows what, through a gateway, or seen in a project's list only."""
    assert ask(COMES_WITH_IDENTITY, silent, HUB, AI, dependent("storage")) is None


def test_roles_are_asked_for_once_an_account() -> None:
    """Where an answer could matter, and nowhere else."""
    open_to_keys = dependent("account", "old")
    documents = [
        keyed(),
        connection("again", of="chat", authType="ApiKey", metadata={"ResourceId": ACCOUNT}),
        connection("old", authType="ApiKey", metadata={"ResourceId": open_to_keys["id"]}),
        connection("unread", authType="ApiKey", metadata={"ResourceId": dependent_id("account", "unread")}),
        connection("keyless", metadata={"ResourceId": ACCOUNT}),
        keyed(createdByWorkspaceArmId=workspace_id("another")) | {"id": f"{workspace_id('chat')}/connections/aoai"},
    ]
    estate = Estate.of(map(Fact.of, [HUB, AI, open_to_keys, *documents]))
    asked = {each for document in documents for each in COMES_WITH_IDENTITY.lists(Fact.of(document), estate)}

    assert asked == {(rid(ACCOUNT), Kind.ROLE_ASSIGNMENT)}


def test_every_role_is_told_apart() -> None:
    """No two that we grant are one, and none includes itself."""
    assert len({role.id for role in DATA_ROLES}) == len(DATA_ROLES)
    assert not [role for role in DATA_ROLES if role.id in role.included_in]


def test_connections_are_counted() -> None:
    """By key, by identity, and the rest; what a project only sees is its hub's, and what was not read is nobody's."""
    documents = [
        *(connection(auth, authType=auth) for auth in KEY_BASED),
        *(connection(auth, of="chat", authType=auth) for auth in KEYLESS),
        connection("odd", authType="BrandNewAuth"),
        connection("null", authType=None),
        connection("view", of="chat", authType="ApiKey", createdByWorkspaceArmId=workspace_id("hub")),
        HUB,
    ]
    facts = [*map(Fact.of, documents), unreadable(f"{workspace_id('hub')}/connections/unread")]

    assert counted(Estate.of(facts)) == KeyCount(len(KEY_BASED), len(KEYLESS) - 1, 3)
    assert counted(Estate()) == KeyCount()
