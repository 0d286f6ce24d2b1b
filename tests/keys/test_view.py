"""What a rotation makes of an account and its consumers as Azure shows them."""

import pytest

from shared.keys.account import AccountView
from shared.model.facts import Fact
from shared.model.key_facts import Held
from tests.builders import dependent, endpoint, hub, rid
from tests.keys.model import FIRST, QUERY, SECOND, World


def with_mode(mode: str | None) -> Fact:
    """An endpoint that lets callers in by this."""
    document = endpoint()
    document["properties"]["authMode"] = mode
    return Fact.of(document)


@pytest.mark.parametrize(
    ("account", "keyless"),
    [
        (Fact.of(dependent("storage", allowSharedKeyAccess=False)), True),
        (Fact.of(dependent("storage", allowSharedKeyAccess=None)), False),
        (Fact.of(dependent("storage")), False),
        (Fact.of(dependent("search", disableLocalAuth=True)), True),
        (Fact.of(dependent("search", disableLocalAuth=None)), False),
        (Fact.of(dependent("account")), False),
        (with_mode("Key"), False),
        (with_mode("KeyAndAAD"), False),
        (with_mode("AMLToken"), True),
        (with_mode("AADToken"), True),
        (with_mode("AAD"), True),
        (with_mode(None), False),
    ],
)
def test_what_an_account_does_not_say_is_on(account: Fact, keyless: bool) -> None:  # noqa: FBT001 - expected
    """Keys are off only where the document says so; for an endpoint a mode without keys does."""
    assert AccountView(account).keyless is keyless


def test_consumers_by_what_is_known_of_them() -> None:
    """Who keeps which key, who none of the living, of whom nobody can tell; a query key is in no rotation."""
    world = World("search")
    first, second = world.connect("a", FIRST), world.connect("b", SECOND)
    lost, unread = world.connect("c", None), world.connect("d")
    world.connect("e", QUERY)
    unread.readable = False
    view = world.view()
    assert view.told == {first.id: FIRST, second.id: SECOND}
    assert view.holding(FIRST) == {first.id}
    assert view.holding(SECOND) == {second.id}
    assert view.lost == {lost.id}
    assert set(view.untold) == {unread.id}


@pytest.mark.parametrize("mode", ["Identity", "identity", "UserDelegationSAS"])
def test_a_workspace_that_comes_with_an_identity_keeps_nothing_that_it_uses(mode: str) -> None:
    """Whatever copy it still has: a living one, a dead one, or one that nobody can read."""
    workspace = Fact.of(hub(systemDatastoresAuthMode=mode))
    account = Fact.of(dependent("storage"))
    for held in (Held(account.id, FIRST), Held(account.id), Held(account.id, problem="Azure answered 403")):
        view = AccountView(account, consumers={workspace.id: workspace}, held={workspace.id: held})
        assert (view.told, view.untold, view.lost, view.anchored) == ({}, {}, frozenset(), frozenset())


@pytest.mark.parametrize("mode", ["AccessKey", "", None, "SomethingNew"])
def test_every_other_workspace_is_anchored(mode: str | None) -> None:
    """What it does not say, or says in words we do not know, is by key."""
    workspace = Fact.of(hub(systemDatastoresAuthMode=mode))
    account = Fact.of(dependent("storage"))
    view = AccountView(account, consumers={workspace.id: workspace}, held={workspace.id: Held(account.id, FIRST)})
    assert view.anchored == view.holding(FIRST) == {rid(hub())}
