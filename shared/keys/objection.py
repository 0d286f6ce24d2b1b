"""What speaks against putting a new key into a slot: somebody keeps the one in it, or may, or has used it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from shared.keys.account import AccountView, Risk, Terms
from shared.keys.step import Ask
from shared.model.key_facts import Slot, slot_name
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Record

HOW_TO_APPROVE: Final = "give its rule auto_approve in policy, or run python -m local rotate"
_NAMED: Final = 3
"""Consumers that a message names before it only counts them."""


def unclear(view: AccountView) -> str:
    """Why nobody can be sure who keeps which key; empty when all is told."""
    if view.untold:
        return untold(view, view.untold)
    return "; ".join(view.unseen[:_NAMED])


def untold(view: AccountView, blind: Iterable[ResourceId]) -> str:
    """Why nobody can tell what the first of some consumers keeps."""
    first = min(blind)
    held = view.untold[first]
    because = f"{held.problem} (needs {held.permission})" if held.permission else held.problem
    return f"nobody can tell which key {named([first])} keeps: {because}"


def objection(
    view: AccountView, record: Record, terms: Terms, slot: Slot, *, since: datetime, now: datetime
) -> str | Ask:
    """
    Why the key in a slot may not die now, empty when it may; or what to ask the logs first.

    `since` is the moment from which its use counts. In an emergency only known consumers count.
    """
    if found := unclear(view):
        return found
    if record.demand is not None and record.demand.cause is Cause.EMERGENCY:
        return ""
    if view.signed and Risk.SIGNED_URLS not in terms.accepted:
        return (
            f"{named(view.signed)} comes with a shared access signature, which dies with the key that made it: let it "
            "come with an identity, or accept signed_urls"
        )
    if slot not in view.uses:
        return Ask(slot, since)
    return _use(view, record, terms, slot, since=since, now=now)


def _use(view: AccountView, record: Record, terms: Terms, slot: Slot, *, since: datetime, now: datetime) -> str:
    use, name = view.uses[slot], slot_name(slot, view.account.id)
    if not use.known:
        if Risk.UNKNOWN_USERS in terms.accepted or record.approved:
            return ""
        because = f" ({use.why})" if use.why else ""
        return f"nobody can tell who else uses the {name}{because}: accept unknown_users, or {HOW_TO_APPROVE}"
    if use.last is not None and use.last >= since and now - use.last < max(terms.silence, terms.grace):
        callers = ", ".join(use.callers) or "somebody the logs do not name"
        return f"the {name} was used on {use.last:%Y-%m-%d %H:%M} UTC by {callers}, who is no consumer we know"
    if now - since < terms.silence:
        return f"the {name} must be silent for {terms.silence.days} days"
    return ""


def named(consumers: Iterable[ResourceId]) -> str:
    """Consumers by name, a connection with its workspace; of many the first few."""
    names = [f"{one.parent.name}/{one.name}" if one.parent else one.name for one in sorted(consumers)]
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
