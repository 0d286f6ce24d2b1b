"""What speaks against putting a new key into a slot: somebody keeps the one in it, or may, or has used it."""

from datetime import datetime

from shared.keys.account import AccountView, Risk, Terms
from shared.keys.step import Ask
from shared.keys.trouble import signed, unclear, unsure, used
from shared.model.key_facts import Slot
from shared.model.rotation import Cause, Record


def objection(
    view: AccountView, record: Record, terms: Terms, slot: Slot, *, since: datetime, now: datetime
) -> str | datetime | Ask:
    """
    Why the key in a slot may not die now, empty when it may; or until when to wait; or what to ask the logs first.

    `since` is the moment from which its use counts. In an emergency only known consumers count.
    """
    if found := unclear(view):
        return found
    if record.demand is not None and record.demand.cause is Cause.EMERGENCY:
        return ""
    if view.signed and Risk.SIGNED_URLS not in terms.accepted:
        return signed(view)
    if slot not in view.uses:
        return Ask(slot, since)
    return _use(view, record, terms, slot, since=since, now=now)


def _use(
    view: AccountView, record: Record, terms: Terms, slot: Slot, *, since: datetime, now: datetime
) -> str | datetime:
    """What the logs say against it; where a workspace keeps the key to its end, its own calls hide all others."""
    use, quiet = view.uses[slot], max(terms.silence, terms.grace)
    loud = use.last is not None and use.last >= since and now - use.last < quiet
    if not use.known or (loud and view.holding(slot)):
        return "" if Risk.UNKNOWN_USERS in terms.accepted or record.approved else unsure(view, slot)
    if use.last is not None and loud:
        return used(view, slot, use.last, until=use.last + quiet)
    if now - since < terms.silence:
        return since + terms.silence
    return ""
