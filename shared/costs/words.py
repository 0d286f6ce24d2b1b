"""The report's words, which are finance's: where a cost centre comes from, why there is none, what to do about it."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import assert_never

from shared.costs.month import Month
from shared.costs.reason import Reason
from shared.model.cost_tags import CostTags, Origin
from shared.model.resource_id import ResourceId

# Spelled out, for what the standard library says depends on the machine's locale.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip

_REASONS: dict[str, str] = {
    Reason.NO_COST_CENTER: "No cost centre",
    Reason.NOT_GOVERNED: "Belongs to no AI hub",
    Reason.NO_RESOURCE: "Charged without a resource",
}


def month_in_words(month: Month) -> str:
    """Such as `October 2026`."""
    return f"{_MONTHS[month.month - 1]} {month.year}"


def day_in_words(day: date) -> str:
    """Such as `5 November`; a report's month says the year."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def source(origin: str) -> str:
    """Where a cost centre comes from; empty where there is none. Raises ValueError for what is no `Origin`."""
    if not origin:
        return ""
    match Origin(origin):
        case Origin.RESOURCE:
            return "tagged on the resource"
        case Origin.PROJECT | Origin.HUB | Origin.RESOURCE_GROUP | Origin.SUBSCRIPTION:
            return f"from the {origin.replace('_', ' ')}"
        case Origin.MAPPING:
            return "from the mapping file"
        case Origin.DEFAULT:
            return "finance's default"
        case Origin.POOL:
            return "shared pool"
        case Origin.SPLIT:
            return "split among hubs"
        case Origin.NONE | Origin.UNDECIDED:
            return ""
        case never:
            assert_never(never)


def reason(key: str) -> str:
    """Why money is not allocated, as a heading; empty where it is."""
    return _REASONS.get(key, key.replace("_", " ").capitalize())


def advice(key: str, schema: CostTags) -> str:
    """What to do about a reason: whom to ask, and for which tag."""
    tag = schema.by_name.get(schema.cost_center)
    ask = f" {tag.ask} knows the accepted values." if tag is not None and tag.ask else ""
    match key:
        case Reason.NO_COST_CENTER:
            return (
                f"Ask the owner of the hub to set the tag {schema.cost_center} on it: what belongs to the hub takes it "
                f"from there.{_of_shared(schema)}{ask}"
            )
        case Reason.NOT_GOVERNED:
            return (
                "Ask the owner of the resource group whether it serves an AI hub. If it does, have it connected to "
                f"that hub, whose {schema.cost_center} it then takes; if not, it is charged outside of this report."
            )
        case Reason.NO_RESOURCE:
            return (
                "Ask whoever manages the billing account who ordered it, such as a reservation, or what it "
                f"corrects. There is no resource that could carry the tag {schema.cost_center}."
            )
        case _:
            return f"Ask the owners of these resources for their {schema.cost_center}."


def _of_shared(schema: CostTags) -> str:
    """What mends a resource that several hubs share; its own tag counts only where it is neither pooled nor split."""
    if schema.cost_center in schema.shared.pool:
        return ""
    if schema.shared.split is not None:
        return " What several hubs share is split among them, so each of the hubs that share it must carry the tag."
    return " A resource that several hubs share can carry the tag itself."


def names(ids: Iterable[str]) -> dict[str, str]:
    """Resource ids by the shortest name that tells them apart: with group and subscription only where two share one."""
    found: dict[str, str] = {}
    left = {one for one in ids if one}
    for form in _FORMS:
        shown = {one: form(one) for one in left}
        times = Counter(shown.values())
        found |= {one: name for one, name in shown.items() if times[name] == 1}
        left -= found.keys()
    return found


def name(resource_id: str) -> str:
    """A resource's own name, or the text itself where it is no resource id."""
    found = ResourceId.find(resource_id)
    return resource_id if found is None else found.name


def group(resource_id: str) -> str:
    """The resource group and the subscription that a resource lies in; empty where it lies in none."""
    found = ResourceId.find(resource_id)
    if found is None:
        return ""
    within = f"subscription {found.subscription}"
    return f"{found.resource_group}, {within}" if found.resource_group else within


def _in_group(resource_id: str) -> str:
    found = ResourceId.find(resource_id)
    return resource_id if found is None else f"{found.name} ({found.resource_group})"


def _in_subscription(resource_id: str) -> str:
    return f"{name(resource_id)} ({group(resource_id)})"


_FORMS: tuple[Callable[[str], str], ...] = (name, _in_group, _in_subscription, str)
