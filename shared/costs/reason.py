"""Why a part of a bill is nobody's."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a cost is not allocated, from what Azure does not say to what the estate does not."""

    NO_RESOURCE = "no_resource"
    """The charge names no resource: a reservation, an adjustment."""
    NOT_GOVERNED = "not_governed"
    """No resource that Hubwarden knows bears it."""
    NO_COST_CENTER = "no_cost_center"
    """The resource that bears it has no cost centre; the line's `why` says how that came."""


BEYOND = frozenset({Reason.NO_RESOURCE, Reason.NOT_GOVERNED})
"""Reasons that no tag on a hub or on what belongs to one could mend; coverage leaves such costs out."""
