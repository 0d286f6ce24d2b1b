"""What is about to be deployed, as far as it can be checked beforehand: the parameters, as azd would fill them in."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.model.errors import BadResourceId, SettingsInvalid
from shared.model.resource_id import ResourceId

PARAMETERS: Final = Path(__file__).resolve().parents[2] / "infra" / "main.parameters.json"

_VARIABLE: Final = re.compile(r"\$\{(?P<name>\w+)(?:=(?P<default>[^}]*))?\}")
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-Za-z0-9()_.-]{1,23}[A-Za-z0-9()_-]")
_TOPIC: Final = "microsoft.eventgrid/systemtopics"
_HOME: Final = "AZURE_SUBSCRIPTION_ID"


@dataclass(frozen=True)
class Wanted:
    """A deployment to be."""

    name: str
    """Of the azd environment."""
    home: str
    """Id of the subscription it goes to."""
    region: str
    """In Azure's short form, such as `westeurope`."""
    governed: tuple[str, ...]
    """Ids of the subscriptions to be looked after."""
    topics: Mapping[str, ResourceId]
    """System topics that are there already, by the subscription whose they are."""
    roles_from_above: bool
    """Whether a management group gives the roles."""
    zone_redundant: bool
    private_network: bool

    @property
    def group(self) -> str:
        """The resource group that everything lies in."""
        return f"rg-hubwarden-{self.name}"

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """All that something is made in, the home first."""
        return tuple(dict.fromkeys((self.home, *self.governed)))


def missing(environment: Mapping[str, str]) -> list[str]:
    """The variables that azd still has to ask for."""
    return [name for name in ("AZURE_ENV_NAME", _HOME, "AZURE_LOCATION") if not environment.get(name)]


def wanted(environment: Mapping[str, str], file: Path = PARAMETERS) -> Wanted:
    """
    What the variables of an azd environment make of the parameters.

    Raises SettingsInvalid, with all that is wrong in one message, where a value cannot be what its parameter takes.
    """
    values = filled(json.loads(file.read_text("utf-8"))["parameters"], environment)
    home = environment[_HOME].casefold()
    governed, topics = _list(values["subscriptions"]) or [home], _list(values["existingTopics"]) or []
    if problems := [*_wrong(values, home, governed, topics)]:
        raise SettingsInvalid(f"this cannot be deployed: {'; '.join(problems)}")
    ids = [ResourceId.parse(topic) for topic in topics]
    return Wanted(
        name=values["environmentName"],
        home=home,
        region=short(values["location"]),
        governed=tuple(dict.fromkeys(one.strip().casefold() for one in governed)),
        topics={one.subscription: one for one in ids},
        roles_from_above=bool(values["managementGroup"]),
        zone_redundant=values["zoneRedundant"] == "true",
        private_network=values["privateNetwork"] == "true",
    )


def filled(parameters: Mapping[str, Mapping[str, Any]], environment: Mapping[str, str]) -> dict[str, Any]:
    """The parameters' values with azd's variables in them; one that is not set, or empty, takes its default."""

    def value(found: re.Match[str]) -> str:
        return environment.get(found["name"]) or found["default"] or ""

    given = {name: parameter["value"] for name, parameter in parameters.items()}
    return {name: _VARIABLE.sub(value, one) if isinstance(one, str) else one for name, one in given.items()}


def short(region: str) -> str:
    """A region in Azure's short form: `West Europe` is `westeurope`."""
    return region.replace(" ", "").casefold()


def _wrong(values: Mapping[str, Any], home: str, governed: Sequence[str], topics: Sequence[str]) -> Iterator[str]:
    if not _NAME.fullmatch(values["environmentName"]):
        yield (
            f"the environment's name {values['environmentName']!r} must be 2 to 24 letters, digits and any of "
            "()_.- with no dot at the end, for a resource group is named after it"
        )
    for subscription in (home, *governed):
        if not _GUID.fullmatch(subscription.strip()):
            yield f"{subscription!r} is no subscription's id, which is a GUID"
    for name, variable in _LISTS.items():
        if _list(values[name]) is None:
            yield f"""{variable} must be a list of texts in JSON, such as '["one","two"]', and is {values[name]!r}"""
    for topic in topics:
        yield from _wrong_topic(topic, [one.strip().casefold() for one in governed])
    for name, variable in _SWITCHES.items():
        if values[name] not in {"true", "false"}:
            yield f"{variable} must be true or false, and is {values[name]!r}"


def _wrong_topic(topic: str, governed: Sequence[str]) -> Iterator[str]:
    try:
        found = ResourceId.parse(topic)
    except BadResourceId as error:
        yield f"HUBWARDEN_EXISTING_TOPICS: {error}"
        return
    if found.type != _TOPIC:
        yield f"HUBWARDEN_EXISTING_TOPICS: {topic} is no system topic of Event Grid"
    elif found.subscription not in governed:
        yield f"HUBWARDEN_EXISTING_TOPICS: {topic} lies in a subscription that is not governed"


def _list(value: object) -> list[str] | None:
    """A list of texts that azd has as JSON; None for anything else."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return found if isinstance(found, list) and all(isinstance(one, str) for one in found) else None


_LISTS: Final = {
    "subscriptions": "HUBWARDEN_GOVERNED",
    "existingTopics": "HUBWARDEN_EXISTING_TOPICS",
    "keyLogWorkspaces": "HUBWARDEN_KEY_LOG_WORKSPACES",
    "alertEmails": "HUBWARDEN_ALERT_EMAILS",
}
_SWITCHES: Final = {"zoneRedundant": "HUBWARDEN_ZONE_REDUNDANT", "privateNetwork": "HUBWARDEN_PRIVATE_NETWORK"}
