"""What policy, and an account's own tag, say of the rotation of its keys."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from shared.keys.account import Terms
from shared.model.facts import Fact, Seen, kind_of
from shared.model.resource_id import ResourceId
from shared.policy.policy import Effect, Policy
from shared.rules.rotation import RENEWALS, risks

KEEP_TAG: Final = "hubwarden-keep-keys"
"""A tag on an account whose keys are to be left alone; its value is the day on which that ends, such as 2027-01-31."""
LONGEST_KEEP: Final = timedelta(days=366)


def workspace_of(account: ResourceId, keepers: Mapping[ResourceId, Fact]) -> Fact | None:
    """The workspace that an endpoint lives in, for policy may go by its name and tags; at least its name."""
    if account.parent is None:
        return None
    return keepers.get(account.parent) or Fact(account.parent, kind_of(account.parent), seen=Seen.UNREADABLE)


def effect(policy: Policy, account: Fact, workspace: Fact | None) -> Effect:
    """What policy says of the rotation of this account; where that goes by tags nobody has read, it is looked at."""
    rule = policy.rules[RENEWALS[account.kind].id]
    return Effect.AUDIT if rule.is_unclear(workspace) else rule.setting(account, workspace).effect


def terms(policy: Policy, account: Fact, workspace: Fact | None, now: datetime, *, room: bool = True) -> Terms:
    """The terms under which its keys are rotated."""
    setting = policy.rules[RENEWALS[account.kind].id].setting(account, workspace)
    return Terms(
        days=setting.parameters["days"],
        grace=timedelta(hours=setting.parameters["grace_hours"]),
        silence=timedelta(days=setting.parameters["silence_days"]),
        approved=setting.auto_approve,
        accepted=risks(setting.parameters),
        kept=kept(account, now),
        room=room,
    )


def kept(account: Fact, now: datetime) -> str:
    """Why the account's own tag wants its keys left alone; empty when it does not, or no longer."""
    told = account.tag(KEEP_TAG)
    if told is None:
        return ""
    try:
        until = date.fromisoformat(told.strip())
    except ValueError:
        return f"its tag {KEEP_TAG} is no date such as 2027-01-31; correct it, or remove it"
    if until - now.date() > LONGEST_KEEP:
        return f"its tag {KEEP_TAG} reaches further than a year; shorten it, or remove it"
    return f"its tag {KEEP_TAG} leaves its keys alone until {until}" if now.date() < until else ""
