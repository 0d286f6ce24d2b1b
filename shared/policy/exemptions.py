"""`policy/exemptions.yaml`: waivers of one rule on one scope, each with an owner, a reason and an end."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from shared.model.resource_id import ResourceId
from shared.policy.policy import Exemption
from shared.policy.value import Value
from shared.rules.rule import Rule

LONGEST = timedelta(days=180)
"""No waiver may end later than this from now; a longer need is a rule's scope, seen by all, or no need."""

_WHEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2}))?")
_WHEN_WORDS = "a date such as 2027-01-31, or a time with its offset such as 2027-01-31T18:00Z"
_NOWHERE = ResourceId("", "")


def exemptions(value: Value, rules: Sequence[Rule], now: datetime) -> tuple[Exemption, ...]:
    """All waivers. One that has ended is no mistake: it has stopped working, and the file may still show it."""
    seen: dict[tuple[str, ResourceId], Value] = {}
    return tuple(_exemption(item, rules, now, seen) for item in value.items("a list, [] for none"))


def _exemption(
    item: Value, rules: Sequence[Rule], now: datetime, seen: dict[tuple[str, ResourceId], Value]
) -> Exemption:
    given = item.fields(required=("rule", "scope", "owner", "reason", "expires_on"))
    exemption = Exemption(
        rule=given["rule"].named([rule.id for rule in rules], "the id of a rule"),
        scope=given["scope"].parsed("an ARM id, /subscriptions/…", ResourceId.find, _NOWHERE),
        owner=given["owner"].text("who answers for it"),
        reason=given["reason"].text("why it is needed"),
        expires_on=_expires_on(given["expires_on"], now),
    )
    first = seen.setdefault((exemption.rule, exemption.scope), item)
    if first is not item and exemption.rule and exemption.scope != _NOWHERE:
        item.refuse(f"one exemption for a rule and scope (first in line {first.line})", "another; keep one")
    return exemption


def _expires_on(value: Value, now: datetime) -> datetime:
    when = value.parsed(_WHEN_WORDS, _moment, now)
    if when > now + LONGEST:
        latest = f"{(now + LONGEST).astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        value.refuse(f"{latest} or sooner, at most {LONGEST.days} days ahead")
    return when


def _moment(text: str) -> datetime | None:
    """A date is its first moment in UTC: at 00:00 the exemption is over."""
    if not _WHEN.fullmatch(text):
        return None
    try:
        when = datetime.fromisoformat(text)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
