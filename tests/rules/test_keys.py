"""The rules about keys: what they say of each way to keep one, and where they say nothing."""

from typing import Any

import pytest

from shared.model.finding import Verdict
from shared.model.key_facts import Held, KeyFacts, Slot
from shared.rules.keys import KEYS_TAKEN, LIVING_KEY, RENEWED, STORAGE_KEY, YOUNG_KEYS
from shared.rules.rule import Rule
from tests.builders import (
    Document,
    connection,
    dependent,
    dependent_id,
    endpoint,
    hub,
    project,
    rid,
    vault_secret,
    workspace_id,
)
from tests.rules.asking import absent, ask, unreadable, verdict

FORBIDDEN = "403 AuthorizationFailed"


def keyed(kind: str = "account", **properties: Any) -> Document:  # noqa: ANN401 - JSON
    """A connection that keeps a key of a service."""
    return connection(**{"authType": "ApiKey", "metadata": {"ResourceId": dependent_id(kind)}, **properties})


def kept(consumer: Document, kind: str, slot: Slot | None = None, **more: str) -> KeyFacts:
    """What a consumer keeps of a service."""
    return KeyFacts({rid(consumer): Held(rid(dependent_id(kind)), slot, **more)})


@pytest.mark.parametrize(
    ("kind", "slot", "name"),
    [
        ("account", Slot.FIRST, "Key1"),
        ("account", Slot.SECOND, "Key2"),
        ("search", Slot.SECOND, "secondary admin key"),
        ("search", Slot.QUERY, "query key"),
        ("storage", Slot.FIRST, "key1"),
    ],
)
def test_a_living_key_is_named_as_its_service_names_it(kind: str, slot: Slot, name: str) -> None:
    """It passes, and says which key of which account it is."""
    said = ask(LIVING_KEY, keyed(kind), keys=kept(keyed(kind), kind, slot))

    assert said is not None
    assert (said.verdict, said.message) == (Verdict.PASS, f"The connection keeps the {name} of stai.")


def test_a_secret_is_told_from_a_connection() -> None:
    """Whoever reads the finding learns what it is that keeps the key."""
    secret = vault_secret(account=dependent_id())
    living = ask(LIVING_KEY, secret, keys=kept(secret, "storage", Slot.SECOND))
    dead = ask(LIVING_KEY, secret, keys=kept(secret, "storage"))

    assert living is not None
    assert dead is not None
    assert living.message == "The secret keeps the key2 of stai."
    assert dead.message == "The secret keeps a key that stai does not know; calls with it are refused."


@pytest.mark.parametrize(
    ("rule", "consumer", "kind"),
    [
        (LIVING_KEY, keyed(), "account"),
        (LIVING_KEY, vault_secret(account=dependent_id("account")), "account"),
        (STORAGE_KEY, hub(), "storage"),
        (STORAGE_KEY, project(), "storage"),
    ],
)
def test_a_key_that_opens_nothing_fails(rule: Rule, consumer: Document, kind: str) -> None:
    """None of the account's living keys is the one it keeps."""
    assert verdict(ask(rule, consumer, keys=kept(consumer, kind))) is Verdict.FAIL


@pytest.mark.parametrize(
    ("rule", "consumer", "kind"), [(LIVING_KEY, keyed(), "account"), (STORAGE_KEY, hub(), "storage")]
)
def test_what_could_not_be_compared_is_unknown(rule: Rule, consumer: Document, kind: str) -> None:
    """With the reason, and the permission that is missing."""
    said = ask(rule, consumer, keys=kept(consumer, kind, problem=FORBIDDEN, permission="x/listKeys/action"))

    assert said is not None
    assert said.verdict is Verdict.UNKNOWN
    assert FORBIDDEN in said.message
    assert "it needs x/listKeys/action" in said.message


@pytest.mark.parametrize("keys", [None, KeyFacts()])
def test_nothing_is_said_of_what_nobody_looked_at(keys: KeyFacts | None) -> None:
    """Neither without key facts nor with some about others."""
    assert ask(LIVING_KEY, keyed(), keys=keys) is None


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("account", {"disableLocalAuth": True}, Verdict.FAIL),
        ("account", {"disableLocalAuth": False}, Verdict.PASS),
        ("account", {}, Verdict.PASS),
        ("account", {"disableLocalAuth": None}, Verdict.PASS),
        ("search", {"disableLocalAuth": True}, Verdict.FAIL),
        ("storage", {"allowSharedKeyAccess": False}, Verdict.FAIL),
        ("storage", {"allowSharedKeyAccess": None}, Verdict.PASS),
        ("storage", {"disableLocalAuth": True}, Verdict.PASS),
    ],
)
def test_a_key_for_who_takes_none_fails(kind: str, properties: dict[str, Any], expected: Verdict) -> None:
    """Each service has its own word for it; left out or null means that keys are taken."""
    assert verdict(ask(KEYS_TAKEN, keyed(kind), dependent(kind, **properties))) is expected


@pytest.mark.parametrize(("mode", "expected"), [("Key", Verdict.PASS), ("AADToken", Verdict.FAIL)])
def test_a_key_for_an_endpoint_that_takes_tokens_fails(mode: str, expected: Verdict) -> None:
    """An endpoint has a mode instead of a switch."""
    target = endpoint()
    target["properties"] |= {"authMode": mode}
    consumer = keyed(metadata={"ResourceId": target["id"]})
    assert verdict(ask(KEYS_TAKEN, consumer, target)) is expected


@pytest.mark.parametrize("account", [unreadable(dependent_id("account")), absent(dependent_id("account"))])
def test_who_takes_keys_is_unknown_for_what_was_not_read(account: Any) -> None:  # noqa: ANN401 - a fact
    """Another rule tells of a target that is gone."""
    assert verdict(ask(KEYS_TAKEN, keyed(), account)) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "consumer",
    [
        keyed(authType="AAD"),
        keyed(authType="SAS"),
        keyed(authType="CustomKeys"),
        keyed(metadata=None),
        keyed(metadata={"ResourceId": dependent_id("vault")}),
        keyed(createdByWorkspaceArmId=workspace_id("another")),
        keyed(target="https://contoso.azure-api.net/openai"),
        keyed(target="HTTPS://ai.contoso.example:8443?x=.openai.azure.com"),
    ],
    ids=["entra", "sas", "custom", "unnamed", "vault", "view", "API Management", "another gateway"],
)
def test_nothing_is_said_of_connections_that_keep_no_key_we_know(consumer: Document) -> None:
    """By other means than a key, of who knows whom, of what has no two keys, and of the hub's in a project's list."""
    assert ask(KEYS_TAKEN, consumer, dependent("account", disableLocalAuth=True)) is None


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("account", "https://ai-prod.openai.azure.com/"),
        ("account", "https://AI-PROD.CognitiveServices.Azure.com:443/openai"),
        ("account", "https://ai-prod.services.ai.azure.com/"),
        ("account", "https://eastus2.api.cognitive.microsoft.com"),
        ("account", "https://ai-prod.openai.azure.us/"),
        ("search", "https://srch.search.windows.net"),
        ("storage", "https://st.blob.core.windows.net/container"),
        ("storage", "container"),
        ("storage", ""),
    ],
)
def test_a_target_of_azures_own_is_the_account(kind: str, target: str) -> None:
    """Hosts of the three services in whatever case, and what is no address at all."""
    off = dependent(kind, disableLocalAuth=True, allowSharedKeyAccess=False)

    assert verdict(ask(KEYS_TAKEN, keyed(kind, target=target), off)) is Verdict.FAIL


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"keyCreationTime": {"key1": "2026-02-01T00:00:00Z", "key2": "2026-02-20T00:00:00.1234567Z"}}, Verdict.PASS),
        ({"keyCreationTime": {"key1": "2025-11-30T09:00:00Z", "key2": "2026-02-20T00:00:00Z"}}, Verdict.FAIL),
        ({"keyCreationTime": {"key1": "2025-12-01T09:00:00Z", "key2": "2026-02-20T00:00:00Z"}}, Verdict.PASS),
        ({"keyCreationTime": {"key1": None, "key2": None}, "creationTime": "2019-05-01T00:00:00Z"}, Verdict.FAIL),
        ({"keyCreationTime": None, "creationTime": "2026-02-01T00:00:00Z"}, Verdict.PASS),
        ({"keyCreationTime": {"key1": None, "key2": "2026-02-20T00:00:00Z"}}, Verdict.UNKNOWN),
        ({"keyCreationTime": {"key1": "soon", "key2": "2026-02-20T00:00:00Z"}}, Verdict.UNKNOWN),
        ({}, Verdict.UNKNOWN),
        ({"keyCreationTime": {"key1": None, "key2": None}, "allowSharedKeyAccess": False}, None),
    ],
    ids=["young", "91 days", "90 days", "never", "new account", "untold", "nonsense", "silent", "off"],
)
def test_age_of_storage_keys(properties: dict[str, Any], expected: Verdict | None) -> None:
    """By the key's own time, else the account's; unknown where neither is told, nothing where keys are off."""
    assert verdict(ask(YOUNG_KEYS, dependent("storage", **properties))) is expected


def test_one_old_key_is_held_against_neither_other() -> None:
    """The message names the old one only, and its age."""
    times = {"key1": "2025-11-30T09:00:00Z", "key2": "2026-02-20T09:00:00Z"}
    said = ask(YOUNG_KEYS, dependent("storage", keyCreationTime=times))

    assert said is not None
    assert (said.message, said.actual) == ("key1 is 91 days old.", {"key1": 91, "key2": 9})


def test_policy_says_how_old() -> None:
    """With more days allowed the same keys pass."""
    times = {"key1": "2025-11-30T09:00:00Z", "key2": "2026-02-20T09:00:00Z"}

    assert verdict(ask(YOUNG_KEYS, dependent("storage", keyCreationTime=times), days=91)) is Verdict.PASS


@pytest.mark.parametrize(
    ("expires", "message"),
    [
        ("2026-02-28T23:00:00Z", "Its secret (CustomKeys) expired on 2026-02-28."),
        ("2026-03-01T09:00:00Z", "Its secret (CustomKeys) expired on 2026-03-01."),
        ("2026-03-02T10:00:00", "Its secret (CustomKeys) expires on 2026-03-02, in 1 day."),
        ("2026-03-31T08:59:59+00:00", "Its secret (CustomKeys) expires on 2026-03-31, in 29 days."),
        ("2026-03-31T09:00:00Z", "Its secret is good until 2026-03-31."),
        ("soon", "The time at which its secret expires cannot be read."),
    ],
)
def test_a_secret_that_expires_is_told_in_time(expires: str, message: str) -> None:
    """Thirty days before its end unless policy says otherwise, and after it."""
    said = ask(RENEWED, connection(authType="CustomKeys", expiryTime=expires))

    assert said is not None
    assert said.message == message


@pytest.mark.parametrize(
    "silent",
    [
        connection(authType="CustomKeys"),
        connection(authType="CustomKeys", expiryTime=None),
        connection(authType="AAD", expiryTime="2026-03-02T00:00:00Z"),
        connection(authType="ApiKey", expiryTime="2026-03-02T00:00:00Z", createdByWorkspaceArmId=workspace_id("other")),
    ],
    ids=["left out", "null", "entra", "view"],
)
def test_no_end_is_made_up(silent: Document) -> None:
    """Where no end is kept, nothing is said; nor of what holds no secret or is told of where it was made."""
    assert ask(RENEWED, silent) is None
