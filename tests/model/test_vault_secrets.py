"""Vault secrets that hold an account's key: how they are known, what the next key is called, and when it ends."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model.facts import Fact, Kind, Seen
from shared.model.key_facts import Slot, account_of
from shared.model.vault_secrets import credential_id, expiry
from tests.builders import NOW, dependent_id, rid, vault_secret

ACCOUNT, SEARCH, STORAGE = (rid(dependent_id(kind)) for kind in ("account", "search", "storage"))


def tagged(tags: Any) -> Fact:  # noqa: ANN401 - any JSON
    """A secret with these tags."""
    return Fact.of({**vault_secret(), "tags": tags})


@pytest.mark.parametrize("account", [ACCOUNT, SEARCH, STORAGE])
@pytest.mark.parametrize("enabled", [True, None])
def test_a_secret_says_whose_key_it_holds(account: Any, enabled: bool | None) -> None:  # noqa: ANN401, FBT001 - cases
    """By its tags; one that does not say whether it is enabled is."""
    secret = Fact.of(vault_secret(account=str(account), enabled=enabled))

    assert (secret.kind, account_of(secret)) == (Kind.SECRET, account)


def test_names_of_tags_are_compared_as_azure_does() -> None:
    """Their case does not count."""
    assert account_of(tagged({"credentialid": "key1", "PROVIDERADDRESS": str(STORAGE).upper()})) == STORAGE


@pytest.mark.parametrize(
    "tags",
    [
        None,
        {},
        [],
        {"ProviderAddress": str(STORAGE)},
        {"ProviderAddress": str(STORAGE), "CredentialId": ""},
        {"ProviderAddress": str(STORAGE), "CredentialId": None},
        {"CredentialId": "key1"},
        {"ProviderAddress": "", "CredentialId": "key1"},
        {"ProviderAddress": "stdata", "CredentialId": "key1"},
        {"ProviderAddress": f"{STORAGE}/../stother", "CredentialId": "key1"},
        {"ProviderAddress": dependent_id("vault"), "CredentialId": "key1"},
        {"ProviderAddress": {"id": str(STORAGE)}, "CredentialId": "key1"},
    ],
)
def test_a_secret_that_does_not_say_so_holds_none(tags: object) -> None:
    """Both tags are needed, and an account of a kind whose keys we know."""
    assert account_of(tagged(tags)) is None


def test_a_secret_that_serves_nobody_holds_none() -> None:
    """A disabled one, one that is gone and one that could not be read."""
    held = Fact.of(vault_secret(account=str(STORAGE)))
    others = [replace(held, seen=seen) for seen in (Seen.ABSENT, Seen.UNREADABLE)]

    assert account_of(Fact.of(vault_secret(account=str(STORAGE), enabled=False))) is None
    assert [account_of(other) for other in others] == [None, None]


@pytest.mark.parametrize(
    ("before", "first", "second"),
    [
        ("key1", "key1", "key2"),
        ("key2", "key1", "key2"),
        ("Key2", "Key1", "Key2"),
        ("KEY1", "KEY1", "KEY2"),
        ("key 1 (prod)", "key 1 (prod)", "key 2 (prod)"),
        ("1", "1", "2"),
        ("primary", "primary", "secondary"),
        ("Secondary", "Primary", "Secondary"),
        ("PRIMARY", "PRIMARY", "SECONDARY"),
        ("SecondaryKey", "PrimaryKey", "SecondaryKey"),
        ("primary admin key", "primary admin key", "secondary admin key"),
        ("second", "first", "second"),
    ],
)
def test_the_other_key_is_called_as_the_one_before(before: str, first: str, second: str) -> None:
    """Whoever reads the tag finds it as they write it, whatever the service calls its keys."""
    for account in (ACCOUNT, SEARCH, STORAGE):
        assert credential_id(Slot.FIRST, account, before) == first
        assert credential_id(Slot.SECOND, account, before) == second


@pytest.mark.parametrize("before", ["", "the key", "key12", "key3", "k\u0661"])
def test_a_name_of_no_known_kind_gives_way(before: str) -> None:
    """To the one that the service has for it."""
    named = [credential_id(slot, account, before) for account in (STORAGE, ACCOUNT, SEARCH) for slot in _SLOTS]

    assert named == ["key1", "key2", "Key1", "Key2", "primary", "secondary"]


_SLOTS = (Slot.FIRST, Slot.SECOND)


_SPELLINGS = st.text(max_size=20) | st.from_regex(
    r"[ -~]{0,3}(key ?[12]|primary|SECONDARY|First)[ -~]{0,3}", fullmatch=True
)


@given(before=_SPELLINGS, slots=st.lists(st.sampled_from(_SLOTS), min_size=1, max_size=4))
def test_names_come_back(before: str, slots: list[Slot]) -> None:
    """After any number of rotations a key is called as after the first, and the two are never called the same."""
    name = before
    for slot in slots:
        name = credential_id(slot, STORAGE, name)

    assert name == credential_id(slots[-1], STORAGE, credential_id(slots[-1], STORAGE, name))
    assert credential_id(Slot.FIRST, STORAGE, name) != credential_id(Slot.SECOND, STORAGE, name)


@pytest.mark.parametrize(
    ("told", "days"),
    [("60", 60), (" 60 ", 60), ("0060", 60), ("9999", 9999), ("1", 1)],
)
def test_a_version_is_good_for_as_long_as_its_tag_says(told: str, days: int) -> None:
    """In whole days from now."""
    assert expiry(tagged({"validityperioddays": told}), NOW) == NOW + timedelta(days=days)


@pytest.mark.parametrize("told", [None, "", "0", "0000", "-1", "60.5", "60d", "10000", "9" * 200, "\u0666\u0660", "²"])
def test_no_end_is_made_up(told: str | None) -> None:
    """Where the tag is absent, or says what is no number of days."""
    assert expiry(tagged({"ValidityPeriodDays": told} if told is not None else {}), NOW) is None
