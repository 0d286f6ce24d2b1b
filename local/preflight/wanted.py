"""What is about to be deployed, as far as it can be checked beforehand: the parameters, as azd would fill them in."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.model.errors import SettingsInvalid
from shared.model.resource_id import ResourceId

PARAMETERS: Final = Path(__file__).resolve().parents[2] / "infra" / "main.parameters.json"

_VARIABLE: Final = re.compile(r"\$\{(?P<name>\w+)(?:=(?P<default>[^}]*))?\}")
_HOME: Final = "AZURE_SUBSCRIPTION_ID"
_GUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _id(kind: str) -> str:
    return rf"/subscriptions/{_GUID}/resourceGroups/[^/\s]+/providers/{re.escape(kind)}/[^/\s]+"


_TEXTS: Final = {
    "environmentName": (
        r"[a-z0-9()_.-]{1,23}[a-z0-9()_-]",
        "2 to 24 letters, digits and any of ()_.- with no dot at the end, for a resource group is named after it",
    ),
    "managementGroup": (r"[\w().-]{1,90}", "the name of a management group, without its path"),
    "actionGroup": (_id("Microsoft.Insights/actionGroups"), "the ARM id of an action group"),
    "runbookUrl": (r"https?://\S+", "an address that begins with https://"),
    "budgetStart": (r"\d{4}-(0[1-9]|1[0-2])-01", "the first day of a month, such as 2026-11-01"),
    "zoneRedundant": ("true|false", "true or false"),
    "privateNetwork": ("true|false", "true or false"),
}
"""What a parameter must look like, and in words; an empty one is left out."""
_LISTS: Final = {
    "subscriptions": (_GUID, "the id of a subscription"),
    "existingTopics": (_id("Microsoft.EventGrid/systemTopics"), "the ARM id of an Event Grid system topic"),
    "keyLogWorkspaces": (_id("Microsoft.OperationalInsights/workspaces"), "the ARM id of a Log Analytics workspace"),
    "alertEmails": (r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address"),
}
"""The same of each entry of a list."""


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
    action_group: ResourceId | None
    """Of those who are there already to hear of alerts; None where one is made."""
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
    parameters = json.loads(file.read_text("utf-8"))["parameters"]
    values, home = filled(parameters, environment), environment[_HOME].casefold()
    problems = [*_wrong_texts(parameters, values, home), *_wrong_lists(parameters, values)]
    governed = [one.strip().casefold() for one in _list(values["subscriptions"]) or [home]]
    ids = [found for one in _list(values["existingTopics"]) or () if (found := ResourceId.find(one)) is not None]
    problems += [
        f"{one} lies in a subscription that is not governed" for one in ids if one.subscription not in governed
    ]
    if problems:
        raise SettingsInvalid(f"this cannot be deployed: {'; '.join(problems)}")
    return Wanted(
        name=values["environmentName"],
        home=home,
        region=short(values["location"]),
        governed=tuple(dict.fromkeys(governed)),
        topics={one.subscription: one for one in ids},
        roles_from_above=bool(values["managementGroup"]),
        action_group=ResourceId.find(values["actionGroup"]),
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


def _wrong_texts(parameters: Mapping[str, Any], values: Mapping[str, Any], home: str) -> Iterator[str]:
    """What is wrong with texts. None is repeated: it may be somebody's address."""
    if not re.fullmatch(_GUID, home):
        yield f"{_HOME} is not the id of a subscription, which is a GUID"
    for name, (pattern, meant) in _TEXTS.items():
        if values[name] and not re.fullmatch(pattern, values[name], re.IGNORECASE):
            yield f"{_variable(parameters, name)} is not {meant}"


def _wrong_lists(parameters: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    for name, (pattern, meant) in _LISTS.items():
        variable, entries = _variable(parameters, name), _list(values[name])
        if entries is None:
            yield f"""{variable} is no list of texts: azd env set {variable} '["…","…"]'"""
        for number, entry in enumerate(entries or (), 1):
            if not re.fullmatch(pattern, entry.strip(), re.IGNORECASE):
                yield f"{variable}: entry {number} is not {meant}"


def _variable(parameters: Mapping[str, Any], name: str) -> str:
    """The variable that azd fills a parameter from."""
    found = _VARIABLE.search(str(parameters[name]["value"]))
    return found["name"] if found else name


def _list(value: object) -> list[str] | None:
    """A list of texts that azd has as JSON; None for anything else."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return found if isinstance(found, list) and all(isinstance(one, str) for one in found) else None
