"""
First sight: since when each connection is known whose key is somebody else's. Pure.

Azure tells nobody how old such a key is. What can be known for certain is that it was there when we first saw it: so
that is remembered by hub, and forgotten when the connection is gone or keeps no such key any more. One that was deleted
and made anew before anybody looked is taken for the one it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.engine.compare import is_gone
from shared.model.estate import Estate
from shared.model.resource_id import ResourceId
from shared.rules.outside_keys import is_outside

type KnownSince = Mapping[ResourceId, datetime]


@dataclass(frozen=True)
class FirstSight:
    """What a look adds to that memory, and takes from it."""

    met: KnownSince
    gone: tuple[ResourceId, ...]


def first_sight(known: KnownSince, estate: Estate, now: datetime) -> FirstSight:
    """What changes by what an estate shows; what nobody could look at is known as it was."""
    outside = {fact.id for fact in estate if is_outside(fact)}
    met = {resource: now for resource in sorted(outside) if resource not in known}
    gone = (resource for resource in sorted(known) if resource not in outside and _is_over(resource, estate))
    return FirstSight(met, tuple(gone))


def _is_over(resource: ResourceId, estate: Estate) -> bool:
    """Whether a connection is gone, or there with something else than somebody else's key."""
    fact = estate.find(resource)
    return (fact is not None and fact.present) or is_gone(resource, estate)
