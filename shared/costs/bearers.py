"""
Bearers: the resource that bears what another is charged for, because only it says whom the cost belongs to.

A charge names what was used: a compute, a private endpoint, a partner's model. The tags are on the workspace behind it.
"""

from collections.abc import Iterable, Mapping

from shared.costs.held import Held
from shared.model.resource_id import ResourceId

_SAAS = "microsoft.saas/resources"
"""Partner models that are billed through the Marketplace; they show no tags of their own on a bill (CONTROLS §7)."""


def bearers(ids: Iterable[str], month: Mapping[str, Held]) -> dict[str, str]:
    """
    The key of the resource that bears each id on a bill; empty where none does, or where it is no id at all.

    Asked in this order: the id itself, whoever says that it belongs to it, what lies above it from the nearest up, and
    for a partner's model its resource group.
    """
    borne = _borne(month)
    return {text: _bearer(text, month, borne) for text in ids}


def _bearer(text: str, month: Mapping[str, Held], borne: Mapping[str, str]) -> str:
    resource = ResourceId.find(text)
    if resource is None:
        return ""
    if resource.key in month:
        return resource.key
    if resource.key in borne:
        return borne[resource.key]
    group = resource.group_id if resource.type == _SAAS else None
    above = next((key for key in _above(resource) if key in month), "")
    return group.key if not above and group is not None and group.key in month else above


def _above(resource: ResourceId) -> Iterable[str]:
    above = resource.parent
    while above is not None:
        yield above.key
        above = above.parent


def _borne(month: Mapping[str, Held]) -> dict[str, str]:
    """By what belongs to another: that other. What is there goes before what was gone, and then the smaller key."""
    found: dict[str, str] = {}
    for bearer in sorted(month, key=lambda key: (not month[key].in_force, key)):
        for key in month[bearer].bears:
            found.setdefault(key, bearer)
    return found
