"""
The look itself: what Azure says of a deployment to be. It only reads, as whoever is signed in.

What cannot be read is unsure, and stops nobody: Azure will say it. What is surely wrong comes with what to do about it.
"""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from local.preflight.wanted import Wanted, short
from shared.adapters.access import AzureAccess
from shared.adapters.api_versions import ACTION_GROUPS, EVENT_GRID, RESOURCES, SUBSCRIPTIONS, WEB
from shared.adapters.arm import Arm
from shared.model.errors import Forbidden, HubwardenError
from shared.model.facts import Json
from shared.model.resource_id import ResourceId

_IN_EACH: Final = (
    "Microsoft.Resources/deployments/write",
    "Microsoft.Resources/subscriptions/resourceGroups/write",
    "Microsoft.EventGrid/systemTopics/write",
)
"""What whoever deploys must be allowed in each subscription."""
_FOR_ROLES: Final = ("Microsoft.Authorization/roleDefinitions/write", "Microsoft.Authorization/roleAssignments/write")
_ZONES: Final = "FCZONEREDUNDANCY"
"""What a region's `orgDomain` holds where Flex Consumption can be spread over zones (so do Azure's own tools ask)."""
_ENABLED: Final = "Enabled"


class State(StrEnum):
    """What came of looking at one thing."""

    GOOD = "good"
    WRONG = "wrong"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Answer:
    """One thing that was looked at."""

    state: State
    about: str
    words: str
    """What is so, and where it is wrong what to do."""


type Look = Callable[[Arm, Wanted], AsyncIterator[Answer]]


async def look(arm: Arm, wanted: Wanted) -> AsyncIterator[Answer]:
    """Each answer as it comes. Never raises for what Azure does not answer: that is unsure."""
    for about, check in _CHECKS.items():
        try:
            async for answer in check(arm, wanted):
                yield answer
        except HubwardenError as error:
            yield Answer(State.UNSURE, about, f"it could not be looked at: {error}")


async def _subscriptions(arm: Arm, wanted: Wanted) -> AsyncIterator[Answer]:
    for subscription in wanted.subscriptions:
        about = f"subscription {subscription}"
        found = await _seen(arm, subscription)
        state = None if found is None else found.get("state")
        if found is None:
            words = (
                "nobody who is signed in here can see it: take another account or tenant (az login), or leave it out"
            )
            yield Answer(State.WRONG, about, words)
        elif state != _ENABLED:
            yield Answer(State.WRONG, about, f"it is {state}, and nothing can be made in it")
        else:
            yield Answer(State.GOOD, about, str(found.get("displayName") or "it is there"))


async def _seen(arm: Arm, subscription: str) -> Json | None:
    try:
        return await arm.get(f"/subscriptions/{subscription}", SUBSCRIPTIONS)
    except Forbidden:
        return None


async def _region(arm: Arm, wanted: Wanted) -> AsyncIterator[Answer]:
    path = f"/subscriptions/{wanted.home}/providers/Microsoft.Web/geoRegions"
    regions = {short(_named(one)): one async for one in arm.list(path, WEB, query="&sku=FlexConsumption")}
    about, found = f"region {wanted.region}", regions.get(wanted.region)
    if found is None:
        near = ", ".join(get_close_matches(wanted.region, sorted(regions), 3)) or ", ".join(sorted(regions))
        words = f"it is no region with Flex Consumption; try {near}: azd env set AZURE_LOCATION REGION"
        yield Answer(State.WRONG, about, words)
    elif wanted.zone_redundant and _ZONES not in str((found.get("properties") or {}).get("orgDomain")):
        words = "it has no zones for Flex Consumption: take another, or azd env set HUBWARDEN_ZONE_REDUNDANT false"
        yield Answer(State.WRONG, about, words)
    else:
        yield Answer(State.GOOD, about, "it has Flex Consumption" + (" in zones" if wanted.zone_redundant else ""))


async def _group(arm: Arm, wanted: Wanted) -> AsyncIterator[Answer]:
    found = await arm.get(f"/subscriptions/{wanted.home}/resourceGroups/{wanted.group}", RESOURCES)
    about, region = f"resource group {wanted.group}", "" if found is None else short(str(found.get("location")))
    if found is None:
        yield Answer(State.GOOD, about, "it will be made")
    elif (found.get("tags") or {}).get("azd-env-name") != wanted.name:
        words = f"it is there already, and not as azd's of {wanted.name}: take another environment (azd env new)"
        yield Answer(State.WRONG, about, words)
    elif region == wanted.region:
        yield Answer(State.GOOD, about, "it is there, and goes on")
    else:
        words = (
            f"it is there already, in {region}, and cannot move: azd env set AZURE_LOCATION {region}, or take another "
            "environment (azd env new)"
        )
        yield Answer(State.WRONG, about, words)


async def _topics(arm: Arm, wanted: Wanted) -> AsyncIterator[Answer]:
    """A subscription can have but one system topic, and a second one is refused when all else has been made."""
    for subscription in wanted.governed:
        about, named = f"events of {subscription}", wanted.topics.get(subscription)
        there = await _topic_of(arm, subscription)
        ours = there is not None and there.resource_group.casefold() == wanted.group.casefold()
        if named is not None and named != there:
            words = f"{named} is not its system topic" + (f", but {there} is" if there else ": it has none")
            yield Answer(State.WRONG, about, f"{words}; set HUBWARDEN_EXISTING_TOPICS right")
        elif there is None or ours or named is not None:
            yield Answer(
                State.GOOD, about, "its topic will be made" if there is None else f"they come from {there.name}"
            )
        else:
            value = json.dumps([str(one) for one in (*wanted.topics.values(), there)])
            words = (
                f"it has a system topic, and Azure allows no second: azd env set HUBWARDEN_EXISTING_TOPICS '{value}'"
            )
            yield Answer(State.WRONG, about, words)


async def _topic_of(arm: Arm, subscription: str) -> ResourceId | None:
    source = ResourceId.parse(f"/subscriptions/{subscription}")
    async for topic in arm.list(f"{source}/providers/Microsoft.EventGrid/systemTopics", EVENT_GRID):
        if ResourceId.find((topic.get("properties") or {}).get("source")) == source:
            return ResourceId.find(topic.get("id"))
    return None


async def _rights(arm: Arm, wanted: Wanted) -> AsyncIterator[Answer]:
    needed = _IN_EACH if wanted.roles_from_above else (*_IN_EACH, *_FOR_ROLES)
    for subscription in wanted.subscriptions:
        about = f"rights in {subscription}"
        if lacking := await AzureAccess(arm, [subscription]).lacking(needed):
            words = f"whoever is signed in here lacks {', '.join(lacking)}: Owner has all of it"
            yield Answer(State.WRONG, about, words)
        else:
            yield Answer(State.GOOD, about, "enough to deploy")


async def _receivers(arm: Arm, wanted: Wanted) -> AsyncIterator[Answer]:
    """An action group of one's own must tell somebody; one that the templates make always does."""
    if wanted.action_group is None:
        return
    about = f"action group {wanted.action_group.name}"
    found = await arm.get(str(wanted.action_group), ACTION_GROUPS)
    properties = {} if found is None else found.get("properties") or {}
    if found is None:
        yield Answer(State.WRONG, about, "it is not there; set HUBWARDEN_ACTION_GROUP right, or empty for a new one")
    elif properties.get("enabled") is False:
        yield Answer(State.WRONG, about, "it is switched off: no alert would reach anybody")
    elif not any(entries for name, entries in properties.items() if name.endswith("Receivers")):
        yield Answer(State.WRONG, about, "it has no receiver: no alert would reach anybody")
    else:
        yield Answer(State.GOOD, about, "it tells somebody")


async def _network(arm: Arm, wanted: Wanted) -> AsyncIterator[Answer]:
    """No resource of this provider is in the templates, so Azure does not register it by itself."""
    if not wanted.private_network:
        return
    found = await arm.get(f"/subscriptions/{wanted.home}/providers/Microsoft.App", RESOURCES)
    if found is not None and found.get("registrationState") == "Registered":
        yield Answer(State.GOOD, "Microsoft.App", "it is registered")
    else:
        words = "the app's subnet is delegated to it, and it is not registered: az provider register -n Microsoft.App"
        yield Answer(State.WRONG, "Microsoft.App", words)


def _named(region: Json) -> str:
    return str((region.get("properties") or {}).get("displayName") or region.get("name"))


_CHECKS: Final[dict[str, Look]] = {
    "subscriptions": _subscriptions,
    "rights": _rights,
    "region": _region,
    "resource group": _group,
    "events": _topics,
    "action group": _receivers,
    "private network": _network,
}
