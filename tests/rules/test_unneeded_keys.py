"""Accounts that could stop taking keys: when that is proposed, when not yet, and when nobody can tell."""

from datetime import timedelta
from typing import Any

import pytest

from shared.model.action import PatchAccount
from shared.model.facts import Fact, Gap, Kind
from shared.model.finding import Verdict
from shared.rules.connection import KEY_BASED, KEYLESS
from shared.rules.rule import Judgement
from shared.rules.unneeded_keys import NO_UNNEEDED_KEYS
from tests.builders import (
    NOW,
    Document,
    connection,
    dependent,
    dependent_id,
    hub,
    project,
    rid,
    vault_secret,
    workspace_id,
)
from tests.rules.asking import absent, ask, unreadable, verdict

HUB, PROJECT = rid(workspace_id("hub")), rid(workspace_id("project"))
LISTED = ((HUB, Kind.CONNECTION), (PROJECT, Kind.CONNECTION))
FAMILY = (hub(), project())


def leading(kind: str = "account", name: str = "aoai", *, of: str = "hub", **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """A connection by identity to a service."""
    return connection(name, of=of, **{"metadata": {"ResourceId": dependent_id(kind)}, **properties})


def judged(kind: str, *around: Document | Fact, **more: Any) -> Judgement | None:  # noqa: ANN401 - what `ask` takes
    """What the rule says of a service that takes keys, with its hub's family around it."""
    return ask(NO_UNNEEDED_KEYS, dependent(kind), *around, **{"listed": LISTED, **more})


@pytest.mark.parametrize(
    ("kind", "type_", "name", "value"),
    [
        ("account", "Microsoft.CognitiveServices/accounts", "disableLocalAuth", True),
        ("search", "Microsoft.Search/searchServices", "disableLocalAuth", True),
        ("storage", "Microsoft.Storage/storageAccounts", "allowSharedKeyAccess", False),
    ],
)
def test_keys_that_nobody_keeps_are_to_go(kind: str, type_: str, name: str, value: bool) -> None:  # noqa: FBT001 - a case
    """Each service has its own word for it, and the undo is the opposite."""
    said = judged(kind, *FAMILY, leading(kind))
    assert said is not None
    assert said.fix is not None

    assert (said.verdict, said.expected) == (Verdict.FAIL, {name: value})
    assert said.fix.action == PatchAccount(type_, {name: value})
    assert said.fix.undo == PatchAccount(type_, {name: not value})
    assert said.fix.action.permission == f"{type_}/write"
    assert (said.fix.refusal, said.fix.wait) == ("", "")
    assert "used with an identity by hub/aoai" in said.message
    assert "Nobody outside of hubs was asked." in said.message


@pytest.mark.parametrize(
    "document",
    [
        dependent("account", disableLocalAuth=True),
        dependent("search", disableLocalAuth=True),
        dependent("storage", allowSharedKeyAccess=False),
    ],
)
def test_an_account_without_keys_complies(document: Document) -> None:
    """Whoever uses it, and whether or not anybody looked."""
    assert verdict(ask(NO_UNNEEDED_KEYS, document)) is Verdict.PASS


@pytest.mark.parametrize("auth", sorted(KEY_BASED))
def test_one_key_is_enough_to_need_them(auth: str) -> None:
    """Whatever secret it is that a connection keeps, of the hub or of a project."""
    said = judged("account", *FAMILY, leading(), leading(name="old", of="project", authType=auth))
    assert said is not None

    assert (said.verdict, said.message) == (Verdict.PASS, "Keys of the account are in use: project/old.")


def test_what_a_project_only_sees_is_nobodys() -> None:
    """The hub's connection in a project's list is counted at the hub."""
    view = leading(name="view", of="project", authType="ApiKey", createdByWorkspaceArmId=workspace_id("hub"))

    assert verdict(judged("account", *FAMILY, leading(), view)) is Verdict.FAIL


@pytest.mark.parametrize(
    ("modes", "expected"),
    [
        (("Identity", "Identity"), Verdict.FAIL),
        (("identity", "IDENTITY"), Verdict.FAIL),
        (("Identity", None), Verdict.PASS),
        (("Identity", ""), Verdict.PASS),
        (("AccessKey", "Identity"), Verdict.PASS),
        (("Identity", "UserDelegationSAS"), Verdict.UNKNOWN),
        ((None, None), Verdict.PASS),
    ],
    ids=str,
)
def test_workspaces_come_to_their_storage_with_a_key(modes: tuple[str | None, str | None], expected: Verdict) -> None:
    """Unless each of them says that it comes with its identity."""
    made = zip((hub, project), modes, strict=True)
    family = [make(storageAccount=dependent_id(), systemDatastoresAuthMode=mode) for make, mode in made]

    assert verdict(judged("storage", *family)) is expected


def test_an_account_that_nobody_uses_with_an_identity_is_left_alone() -> None:
    """Nothing shows that it could do without keys."""
    assert judged("account", *FAMILY) is None
    assert judged("account", *FAMILY, leading(authType="None")) is None


@pytest.mark.parametrize("auth", sorted(KEYLESS - {"None"}))
def test_any_identity_will_do(auth: str) -> None:
    """As long as it is one."""
    assert verdict(judged("account", *FAMILY, leading(authType=auth))) is Verdict.FAIL


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"listed": LISTED[:1]}, "nobody looked into project"),
        ({"listed": (), "gaps": ()}, "nobody looked into"),
        ({"gaps": [Gap(PROJECT, Kind.CONNECTION, "403", "x/connections/read")]}, "403; it needs x/connections/read"),
        ({"gaps": [Gap(HUB, Kind.PROJECT, "503")]}, "503"),
    ],
    ids=["one list", "no list", "refused list", "no projects"],
)
def test_half_a_family_decides_nothing(more: dict[str, Any], words: str) -> None:
    """The key could be in what was not read."""
    said = judged("account", *FAMILY, leading(), **more)
    assert said is not None

    assert (said.verdict, said.fix, words in said.message) == (Verdict.UNKNOWN, None, True)


def test_a_project_that_could_not_be_read_decides_nothing() -> None:
    """It may come to its storage with a key."""
    identity = hub(systemDatastoresAuthMode="Identity", storageAccount=dependent_id())
    said = judged("storage", identity, unreadable(workspace_id("project")), about=HUB)
    assert said is not None

    assert (said.verdict, "nobody looked into project" in said.message) == (Verdict.UNKNOWN, True)


@pytest.mark.parametrize(
    ("stranger", "expected"),
    [
        (connection("x", authType="ApiKey", target="https://stai.openai.azure.com/"), Verdict.UNKNOWN),
        (connection("x", authType="ApiKey", target="https://eastus2.api.cognitive.microsoft.com"), Verdict.UNKNOWN),
        (connection("x", authType="ApiKey", target=None), Verdict.UNKNOWN),
        (connection("x", authType="BrandNew", target=""), Verdict.UNKNOWN),
        (connection("x", authType="ApiKey", target="https://other.openai.azure.com/"), Verdict.FAIL),
        (connection("x", authType="ApiKey", category="CognitiveSearch"), Verdict.FAIL),
        (connection("x", authType="CustomKeys", category="CustomKeys"), Verdict.FAIL),
        (connection("x", authType="AAD", target="https://stai.openai.azure.com/"), Verdict.FAIL),
    ],
)
def test_a_key_of_nobody_knows_what(stranger: Document, expected: Verdict) -> None:
    """One that may be of the account makes it unknown; one that is clearly of another does not."""
    assert verdict(judged("account", *FAMILY, leading(), stranger)) is expected


def test_an_auth_type_that_nobody_knows() -> None:
    """It may need a key."""
    assert verdict(judged("account", *FAMILY, leading(), leading(name="new", authType="BrandNew"))) is Verdict.UNKNOWN


def test_other_hubs_are_asked_first() -> None:
    """What they keep was not read; so the write is refused, and names them."""
    account = rid(dependent_id("account"))
    said = judged("account", *FAMILY, leading(), shared_by={account: frozenset({rid(workspace_id("other"))})})
    assert said is not None
    assert said.fix is not None

    assert (said.verdict, said.fix.refusal) == (Verdict.FAIL, "other hubs lean on it, and may keep a key: other")


@pytest.mark.parametrize(
    ("days", "age", "waits"),
    [
        (7, timedelta(), True),
        (7, timedelta(days=6, hours=23), True),
        (7, timedelta(days=7), False),
        (30, timedelta(days=7), True),
        (0, timedelta(), False),
    ],
    ids=str,
)
def test_keys_stay_for_some_days(days: int, age: timedelta, waits: bool) -> None:  # noqa: FBT001 - the expected answer
    """After a connection was switched its owner may have to go back."""
    switched = leading() | {"systemData": {"lastModifiedAt": (NOW - age).isoformat()}}
    said = judged("account", *FAMILY, switched, days=days)
    assert said is not None
    assert said.fix is not None

    assert bool(said.fix.wait) is waits


VAULT = dependent_id("vault", "kv-ai")
VAULTED = (hub(keyVault=VAULT), project())


@pytest.mark.parametrize(
    ("around", "looked", "refusal", "wait"),
    [
        ((vault_secret(account=dependent_id("account")),), True, "keys of it are in vaults: kv-ai/ai-key", ""),
        ((vault_secret(account=dependent_id("account"), enabled=False),), True, "", ""),
        ((vault_secret(account=dependent_id("search")), vault_secret("other")), True, "", ""),
        ((), False, "", "a key may be in kv-ai"),
        ((unreadable(VAULT),), False, "", "a key may be in kv-ai"),
        ((absent(VAULT),), False, "", ""),
    ],
    ids=["kept", "disabled", "another's", "nobody looked", "unreadable", "gone"],
)
def test_a_key_may_be_in_a_vault(
    around: tuple[Document | Fact, ...],
    looked: bool,  # noqa: FBT001 - a case
    refusal: str,
    wait: str,
) -> None:
    """It keeps the fix from being made, and the finding is the same whether or not a sweep looks at keys."""
    listed = (*LISTED, *(((rid(VAULT), Kind.SECRET),) if looked else ()))
    said = judged("account", *VAULTED, *around, leading(), listed=listed)
    assert said is not None
    assert said.fix is not None

    assert said.verdict is Verdict.FAIL
    assert (said.fix.refusal.partition(";")[0], said.fix.wait.partition(",")[0]) == (refusal, wait)


def test_secrets_that_may_not_be_listed_hold_it_up() -> None:
    """A list that was refused shows nobody's absence."""
    gap = Gap(rid(VAULT), Kind.SECRET, "403 AuthorizationFailed", "Microsoft.KeyVault/vaults/secrets/read")
    said = judged("account", *VAULTED, leading(), gaps=[gap])
    assert said is not None
    assert said.fix is not None

    assert said.fix.wait == "a key may be in kv-ai, and only a look at keys lists secrets"
