"""
How a vault secret that holds an account's key is labelled, as Microsoft's rotation functions read and write it.

They keep the two keys as versions of one secret, by turns. Its tags say which key the newest version is
(`CredentialId`), of which account (`ProviderAddress`), and for how many days a version is good (`ValidityPeriodDays`).
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.model.facts import Fact, Kind, kind_of
from shared.model.key_facts import Slot, slot_name
from shared.model.resource_id import ResourceId

VALIDITY_DAYS: Final = "ValidityPeriodDays"

_PAIRS: Final = (("primary", "secondary"), ("first", "second"))
_NUMBER: Final = re.compile(r"(?<![0-9])[12](?![0-9])")
_MOST_DIGITS: Final = 4
"""Digits of a number of days; ten thousand would be 27 years."""


def credential_id(slot: Slot, account: ResourceId, before: str) -> str:
    """
    What to call one of an account's two keys in `CredentialId`, in the spelling of what stood there before.

    Storage functions write `key1`, others `Key1`, `Primary` or `PrimaryKey`; whoever wrote one will look for the other
    of the same kind. What none of these is gets the service's own name.
    """
    second = slot is Slot.SECOND
    for pair in _PAIRS:
        if found := re.search("|".join(pair), before, re.IGNORECASE):
            return f"{before[: found.start()]}{_cased(pair[second], found[0])}{before[found.end() :]}"
    if _NUMBER.search(before):
        return _NUMBER.sub("2" if second else "1", before)
    if kind_of(account) in {Kind.SEARCH, Kind.ENDPOINT}:
        return _PAIRS[0][second]
    return slot_name(slot, account)


def expiry(secret: Fact, now: datetime) -> datetime | None:
    """When a version that is made now ends; None where no tag says for how many days it is good."""
    told = (secret.tag(VALIDITY_DAYS) or "").strip()
    readable = told.isascii() and told.isdecimal() and len(told) <= _MOST_DIGITS
    return now + timedelta(days=int(told)) if readable and int(told) else None


def ends(secret: Fact) -> datetime | None:
    """When the newest version of a secret ends, which ARM tells in seconds since 1970; None for never."""
    told = secret.get("properties", "attributes", "exp")
    try:
        return datetime.fromtimestamp(told, UTC) if isinstance(told, int) else None
    except (OverflowError, OSError, ValueError):
        return None


def _cased(word: str, like: str) -> str:
    if like.isupper():
        return word.upper()
    return word.capitalize() if like[0].isupper() else word
