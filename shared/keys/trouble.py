"""What holds a rotation up, in words for whoever must do something about it: what, who, and what to do next."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from shared.keys.account import AccountView, other
from shared.model.facts import Fact
from shared.model.key_facts import Slot, slot_name
from shared.model.resource_id import ResourceId
from shared.model.rotation import Demand

_NAMED: Final = 3
"""Consumers that a message names before it only counts them."""


def unclear(view: AccountView) -> str:
    """Why nobody can be sure who keeps which key; empty when all is told."""
    if view.untold:
        return untold(view, view.untold)
    more = len(view.unseen) - _NAMED
    return "; ".join(view.unseen[:_NAMED]) + (f"; and {more} more" if more > 0 else "")


def unreadable(account: Fact) -> str:
    """The account itself could not be read."""
    return f"the account could not be read: {_because(account.reason, account.permission)}"


def untold(view: AccountView, blind: Iterable[ResourceId]) -> str:
    """Why nobody can tell what the first of some consumers keeps."""
    first, *others = sorted(blind)
    held = view.untold[first]
    more = f"; nor of {len(others)} more" if others else ""
    return f"nobody can tell which key {_named([first])} keeps: {_because(held.problem, held.permission)}{more}"


def unapproved(view: AccountView, demand: Demand) -> str:
    """A rotation that begins by itself needs an approval."""
    return (
        f"{demand.reason}; nobody has approved the rotation of its keys: give its rule auto_approve in policy, or ask "
        f"for it with python -m local rotate {view.account.id.name} --begin"
    )


def full() -> str:
    """There is no room for one more rotation."""
    return (
        "as many rotations as policy allows are under way; it begins when one of them has ended, or when policy has a "
        "higher rotations_at_once"
    )


def apart(view: AccountView) -> str:
    """Workspaces keep both keys, and only a resync takes one from its key."""
    second = view.anchored & view.holding(Slot.SECOND)
    return (
        f"workspaces keep both keys, and the {_name(view, Slot.SECOND)} is kept by {_named(second)}: let it resync its "
        f"keys (az ml workspace sync-keys), so that all keep the {_name(view, Slot.FIRST)}"
    )


def nobody(view: AccountView) -> str:
    """No consumer is known, so that a rotation could only break somebody unknown."""
    name = view.account.id.name
    return f"nobody is known to keep a key of {name}: switch its keys off if nobody needs them, or {_risk(view)}"


def refused(view: AccountView, fresh: Slot, told: str) -> str:
    """The new key does not open the account, so nobody moves to it."""
    return (
        f"the new {_name(view, fresh)} is refused: {told}; each pass tries it again, and nobody moves to it before it "
        "opens the account: if it stays so, look at the account's firewall"
    )


def stuck(view: AccountView, old: Slot) -> str:
    """Workspaces keep the key that is to die."""
    who, name = _named(view.holding(old)), _name(view, old)
    if old is Slot.SECOND:
        return f"the {name} is still kept by {who}: let it resync its keys (az ml workspace sync-keys)"
    return (
        f"the {name} is still kept by {who}, and a workspace learns a new one only after that died, so that its calls "
        "fail meanwhile: set its systemDatastoresAuthMode to Identity, or accept resync_gap in policy"
    )


def signed(view: AccountView) -> str:
    """Connections come with a signature by a key that nobody can tell."""
    return (
        f"a shared access signature is kept by {_named(view.signed)}, and dies with the key that made it: let whoever "
        "keeps it come with an identity, or accept signed_urls in policy"
    )


def unsure(view: AccountView, slot: Slot) -> str:
    """No log tells who else uses a key that is to die."""
    keepers = view.holding(slot)
    why = f"the calls of {_named(keepers)} hide all others" if keepers else view.uses[slot].why
    because = f" ({why})" if why else ""
    return f"nobody can tell who else uses the {_name(view, slot)}{because}: {_risk(view)}"


def used(view: AccountView, slot: Slot, last: datetime, *, until: datetime) -> str:
    """Somebody used a key that is to die, though no consumer we know keeps it."""
    callers = ", ".join(view.uses[slot].callers) or "somebody the logs do not name"
    return (
        f"the {_name(view, slot)} was used on {_at(last)} by {callers}, though no consumer we know keeps it: let them "
        f"take the {_name(view, other(slot))}; it dies when nobody has used it until {_at(until)}"
    )


def _named(consumers: Iterable[ResourceId]) -> str:
    """By name, a connection with its workspace; of many the first few."""
    names = [f"{one.parent.name}/{one.name}" if one.parent else one.name for one in sorted(consumers)]
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _risk(view: AccountView) -> str:
    name = view.account.id.name
    return (
        "accept unknown_users in policy, or let somebody who knows approve it with "
        f"python -m local rotate {name} --approve"
    )


def _because(problem: str, permission: str) -> str:
    """A problem with the permission that is missing, where it does not name that itself."""
    known = not permission or permission in problem
    return problem if known else f"{problem} (grant {permission} to the app's identity)"


def _name(view: AccountView, slot: Slot) -> str:
    return slot_name(slot, view.account.id)


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
