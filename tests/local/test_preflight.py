"""`preflight` before a deployment: what Azure would refuse half-way is told beforehand, with what to do about it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.certificates import trust
from local.preflight.command import run
from local.preflight.look import Answer, State, look
from local.preflight.wanted import wanted
from local.soak.world import AppCredential
from shared.adapters.arm import Arm
from shared.model.errors import SettingsInvalid
from tests.local.commands import command

HOME, OTHER = "5f3c0d1e-0000-4000-8000-00000000be7c", "5f3c0d1e-0000-4000-8000-00000000be7d"
SET = {"AZURE_ENV_NAME": "prod", "AZURE_LOCATION": "westeurope", "AZURE_SUBSCRIPTION_ID": HOME}
TOPIC = f"/subscriptions/{HOME}/resourceGroups/rg-audit/providers/Microsoft.EventGrid/systemTopics/evgt-audit"
ACTION_GROUP = f"/subscriptions/{HOME}/resourceGroups/rg-ops/providers/Microsoft.Insights/actionGroups/ops"
ENOUGH = (
    "*/read",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourceGroups/write",
    "Microsoft.EventGrid/*",
    "Microsoft.Authorization/role*/write",
)


@dataclass(frozen=True)
class Place:
    """A home subscription, and whoever would deploy to it."""

    azure: AzureStandIn
    arm: Arm

    def put(self, document: dict[str, Any]) -> None:
        """Let there be something in Azure."""
        self.azure.state.put(document)

    async def look(self, **variables: str) -> Mapping[str, Answer]:
        """All answers, by what they are about."""
        found = [answer async for answer in look(self.arm, wanted({**SET, **variables}))]
        return {answer.about: answer for answer in found}

    async def wrong(self, **variables: str) -> Mapping[str, str]:
        """What speaks against it, by what it is about."""
        answers = await self.look(**variables)
        return {about: answer.words for about, answer in answers.items() if answer.state is not State.GOOD}


@pytest_asyncio.fixture
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """One a test; whoever deploys may do what a parameter of the fixture says."""
    async with AsyncExitStack() as closers:
        options = Options(app_actions=getattr(request, "param", ENOUGH))
        azure = await closers.enter_async_context(AzureStandIn(options))
        trust(azure.ca_file)
        arm = Arm(AppCredential(azure), azure.url)
        closers.push_async_callback(arm.close)
        place = Place(azure, arm)
        place.put(subscription(HOME))
        yield place


def subscription(guid: str, state: str = "Enabled") -> dict[str, Any]:
    """A subscription as ARM shows it."""
    return {"id": f"/subscriptions/{guid}", "subscriptionId": guid, "displayName": "Production", "state": state}


def group(region: str, environment: str = "prod") -> dict[str, Any]:
    """The resource group of an earlier deployment."""
    place = f"/subscriptions/{HOME}/resourceGroups/rg-hubwarden-prod"
    return {"id": place, "name": "rg-hubwarden-prod", "location": region, "tags": {"azd-env-name": environment}}


def topic(place: str = TOPIC) -> dict[str, Any]:
    """The one system topic that a subscription can have."""
    source = f"/subscriptions/{HOME.upper()}"
    return {"id": place, "properties": {"source": source, "topicType": "Microsoft.Resources.Subscriptions"}}


async def test_nothing_speaks_against_what_azure_would_take(place: Place) -> None:
    """Subscription, rights, region, group and events are looked at, and all are good."""
    answers = await place.look()

    assert {answer.state for answer in answers.values()} == {State.GOOD}
    assert list(answers) == [
        f"subscription {HOME}",
        f"rights in {HOME}",
        "region westeurope",
        "resource group rg-hubwarden-prod",
        f"events of {HOME}",
    ]


async def test_a_region_that_is_none_is_told_with_its_neighbours(place: Place) -> None:
    """A slip of the pen; and a region that has no zones, where zones are wanted."""
    typo = await place.wrong(AZURE_LOCATION="West Eurpoe")
    zones = await place.wrong(AZURE_LOCATION="northcentralus", HUBWARDEN_ZONE_REDUNDANT="true")

    assert typo == {
        "region westeurpoe": "it is no region with Flex Consumption; try westeurope: azd env set AZURE_LOCATION REGION"
    }
    assert "has no zones" in zones["region northcentralus"]
    assert await place.wrong(HUBWARDEN_ZONE_REDUNDANT="true") == {}
    assert await place.wrong(AZURE_LOCATION="North Central US") == {}


async def test_a_second_topic_is_told_with_the_command_that_names_the_first(place: Place) -> None:
    """Azure would refuse it after all else was made."""
    place.put(topic())
    told = await place.wrong()

    value = told[f"events of {HOME}"].partition("HUBWARDEN_EXISTING_TOPICS '")[2].rstrip("'")
    assert value == f'["{TOPIC}"]'
    assert await place.wrong(HUBWARDEN_EXISTING_TOPICS=value) == {}


async def test_a_topic_of_ours_goes_on(place: Place) -> None:
    """A second deployment finds the first one's."""
    place.put(topic(TOPIC.replace("rg-audit", "rg-hubwarden-PROD")))

    assert await place.wrong() == {}


async def test_a_topic_that_is_not_there_is_told(place: Place) -> None:
    """Somebody else deleted it since it was named."""
    told = await place.wrong(HUBWARDEN_EXISTING_TOPICS=f'["{TOPIC}"]')

    assert told[f"events of {HOME}"].startswith(f"{TOPIC} is not its system topic: it has none")


@pytest.mark.parametrize("place", [("*/read", *ENOUGH[1:4])], indirect=True)
async def test_rights_that_lack_are_named(place: Place) -> None:
    """Contributor alone gives no roles; where a management group gives them, it is enough."""
    told = await place.wrong()

    assert told[f"rights in {HOME}"].startswith(
        "whoever is signed in here lacks Microsoft.Authorization/roleDefinitions/write, "
        "Microsoft.Authorization/roleAssignments/write"
    )
    assert await place.wrong(HUBWARDEN_MANAGEMENT_GROUP="mg-ai") == {}


async def test_a_subscription_nobody_sees_and_one_that_is_off(place: Place) -> None:
    """Each is told, and neither keeps the other things from being looked at."""
    place.put(subscription(HOME, "Disabled"))
    told = await place.wrong(HUBWARDEN_GOVERNED=f'["{HOME}","{OTHER}"]')

    assert told[f"subscription {HOME}"] == "it is Disabled, and nothing can be made in it"
    assert "nobody who is signed in here can see it" in told[f"subscription {OTHER}"]
    assert f"events of {HOME}" not in told


async def test_a_group_cannot_move(place: Place) -> None:
    """The same environment in another region."""
    place.put(group("northcentralus"))
    told = await place.wrong()

    assert "azd env set AZURE_LOCATION northcentralus" in told["resource group rg-hubwarden-prod"]
    assert await place.wrong(AZURE_LOCATION="northcentralus") == {}


async def test_a_group_that_is_somebody_elses(place: Place) -> None:
    """Nothing is put into what azd has not made for this environment."""
    place.put(group("westeurope", "other"))

    assert "not as azd's of prod" in (await place.wrong())["resource group rg-hubwarden-prod"]


async def test_an_action_group_must_tell_somebody(place: Place) -> None:
    """One that is not there, is off, or has nobody; the empty lists that Azure shows count for nothing."""
    variables = {"HUBWARDEN_ACTION_GROUP": ACTION_GROUP}
    gone = await place.wrong(**variables)
    place.put({"id": ACTION_GROUP, "properties": {"enabled": True, "emailReceivers": [], "armRoleReceivers": []}})
    empty = await place.wrong(**variables)
    place.put({"id": ACTION_GROUP, "properties": {"enabled": False, "emailReceivers": [{"name": "ops"}]}})
    off = await place.wrong(**variables)
    place.put({"id": ACTION_GROUP, "properties": {"enabled": True, "emailReceivers": [{"name": "ops"}]}})

    assert "is not there" in gone["action group ops"]
    assert "has no receiver" in empty["action group ops"]
    assert "switched off" in off["action group ops"]
    assert await place.wrong(**variables) == {}


async def test_a_private_network_needs_its_provider(place: Place) -> None:
    """No template has a resource of it, so nothing registers it."""
    assert await place.wrong(HUBWARDEN_PRIVATE_NETWORK="true") == {}

    path = f"/subscriptions/{HOME}/providers/Microsoft.Resources/registrations/Microsoft.App"
    place.put({"id": path, "registrationState": "NotRegistered"})
    told = await place.wrong(HUBWARDEN_PRIVATE_NETWORK="true")

    assert told["Microsoft.App"].endswith("az provider register -n Microsoft.App")
    assert await place.wrong() == {}


@pytest.mark.parametrize("place", [("Microsoft.Resources/subscriptions/read",)], indirect=True)
async def test_what_cannot_be_looked_at_is_unsure_and_stops_nobody(place: Place) -> None:
    """It says which permission would have let us look; only what is surely wrong counts."""
    answers = await place.look()

    assert answers["region"].state is answers["events"].state is State.UNSURE
    assert "Microsoft.Web/geoRegions/read" in answers["region"].words


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"AZURE_ENV_NAME": "my env"}, "AZURE_ENV_NAME is not 2 to 24 letters"),
        ({"AZURE_SUBSCRIPTION_ID": "production"}, "AZURE_SUBSCRIPTION_ID is not the id of a subscription"),
        ({"HUBWARDEN_GOVERNED": HOME}, "HUBWARDEN_GOVERNED is no list of texts: azd env set HUBWARDEN_GOVERNED '["),
        ({"HUBWARDEN_GOVERNED": f'["{HOME}","production"]'}, "HUBWARDEN_GOVERNED: entry 2 is not the id of a sub"),
        ({"HUBWARDEN_ALERT_EMAILS": "[1]"}, "HUBWARDEN_ALERT_EMAILS is no list of texts"),
        ({"HUBWARDEN_ALERT_EMAILS": '["jane.contoso.example"]'}, "HUBWARDEN_ALERT_EMAILS: entry 1 is not an e-mail ad"),
        ({"HUBWARDEN_EXISTING_TOPICS": f'["/subscriptions/{HOME}"]'}, "entry 1 is not the ARM id of an Event Grid sys"),
        ({"HUBWARDEN_EXISTING_TOPICS": f'["{TOPIC.replace(HOME, OTHER)}"]'}, "a subscription that is not governed"),
        ({"HUBWARDEN_PRIVATE_NETWORK": "yes"}, "HUBWARDEN_PRIVATE_NETWORK is not true or false"),
        ({"HUBWARDEN_ACTION_GROUP": "ops"}, "HUBWARDEN_ACTION_GROUP is not the ARM id of an action group"),
        ({"HUBWARDEN_MANAGEMENT_GROUP": "/providers/x/y"}, "HUBWARDEN_MANAGEMENT_GROUP is not the name of a manage"),
        ({"HUBWARDEN_RUNBOOK_URL": "docs"}, "HUBWARDEN_RUNBOOK_URL is not an address that begins with https://"),
        ({"HUBWARDEN_BUDGET_START": "2026-11-15"}, "HUBWARDEN_BUDGET_START is not the first day of a month"),
    ],
)
def test_parameters_that_cannot_be_are_told_before_anything_is_asked(variables: dict[str, str], words: str) -> None:
    """With the variable, and what it takes."""
    with pytest.raises(SettingsInvalid) as told:
        wanted({**SET, **variables})

    assert words in str(told.value)
    assert "contoso" not in str(told.value)


def test_all_that_is_wrong_comes_in_one_message() -> None:
    """Nobody shall mend one thing to be told of the next."""
    with pytest.raises(SettingsInvalid) as told:
        wanted({**SET, "AZURE_ENV_NAME": "-", "HUBWARDEN_GOVERNED": "x", "HUBWARDEN_ZONE_REDUNDANT": "1"})

    assert str(told.value).count("; ") == 2


def test_before_azd_has_asked_there_is_nothing_to_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    """The first azd provision of an environment that was made without subscription and region."""
    assert run({"AZURE_ENV_NAME": "prod"}) == 0
    assert "azd asks for AZURE_SUBSCRIPTION_ID, AZURE_LOCATION" in capsys.readouterr().out


async def test_the_command_ends_a_deployment_that_would_fail(place: Place) -> None:
    """As azd runs it, as a process with the environment's variables; it tells all and exits with 1, or with 0."""
    good, wrong = await _command(place, {}), await _command(place, {"AZURE_LOCATION": "moon"})

    assert good == (0, GOOD)
    assert wrong[0] == 1
    assert "✗ region moon: it is no region with Flex Consumption; try northcentralus, westeurope" in wrong[1]
    assert wrong[1].endswith("1 thing speaks against it; nothing was made.\n")


async def _command(place: Place, variables: Mapping[str, str]) -> tuple[int, str]:
    done = await command(place.azure, "preflight", variables={**SET, **variables})
    assert done.errors == ""
    return done.code, done.output


GOOD = f"""\
✓ subscription {HOME}: Production
✓ rights in {HOME}: enough to deploy
✓ region westeurope: it has Flex Consumption
✓ resource group rg-hubwarden-prod: it will be made
✓ events of {HOME}: its topic will be made
"""
