"""The app's world in this process: its own adapters, on the stand-in's clock, with the stand-in and Azurite behind."""

from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from azure.core.credentials import AccessToken, AzureNamedKeyCredential

from local.azure.options import Options
from local.azure.stand_in import AzureStandIn
from local.azurite import ACCOUNT, ACCOUNT_KEY, Azurite, Tls
from local.certificates import trust
from local.soak.estate import SUBSCRIPTION
from shared.adapters.policy_files import read
from shared.engine.key_pass import Rotator
from shared.model.tables import TABLES
from shared.policy.load import load
from shared.ports import World
from shared.rules.catalogue import RULES
from shared.settings import VERSION, Keys, Mode, Settings
from shared.world import Means, world_of

TOPIC: Final = "hubwarden"
"""Where the app's alerts go."""


@dataclass(frozen=True)
class AppCredential:
    """The app's tokens from the stand-in's issuer, a fresh one each time: its clock runs ahead of the SDKs' own."""

    azure: AzureStandIn

    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """A token for the scope."""
        azure = self.azure
        identity = azure.directory.app()
        token = azure.tokens.issue(scopes[0].removesuffix("/.default"), identity)
        return AccessToken(token.value, 0)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class StandInClock:
    """The stand-in's clock as the app's."""

    azure: AzureStandIn

    def now(self) -> datetime:
        """See `Clock.now`."""
        return self.azure.clock.now()

    async def pause(self, seconds: float) -> None:
        """See `Clock.pause`."""
        await self.azure.clock.sleep(seconds)


@dataclass(frozen=True)
class House:
    """A stand-in and Azurite, and the app's own world in front of them."""

    azure: AzureStandIn
    azurite: Azurite
    closers: AsyncExitStack

    def world(self, settings: Settings) -> World:
        """Every port with its adapter, wired as the app wires it; its time is the stand-in's."""
        tables = AzureNamedKeyCredential(ACCOUNT, ACCOUNT_KEY)
        return world_of(settings, Means(AppCredential(self.azure), tables, StandInClock(self.azure)), self.closers)

    def settings(self, subscription: str, policy: Path, keys: Keys = Keys.OFF) -> Settings:
        """The app's settings here, with the policy of a folder."""
        azure, group = self.azure, f"/subscriptions/{subscription}/resourceGroups/rg-hubwarden"
        environment = {
            "HUBWARDEN_MODE": Mode.ENFORCE,
            "HUBWARDEN_KEYS": keys,
            "HUBWARDEN_SUBSCRIPTIONS": subscription,
            "HUBWARDEN_PRINCIPAL_ID": azure.options.app_object_id,
            "HUBWARDEN_ARM_ENDPOINT": azure.url,
            "HUBWARDEN_TABLE_ENDPOINT": self.azurite.table_service_uri,
            "HUBWARDEN_REPORTS_ENDPOINT": self.azurite.blob_service_uri,
            "HUBWARDEN_LOGS_ENDPOINT": azure.url,
            "HUBWARDEN_LOGS_QUERY_ENDPOINT": f"{azure.url}/v1",
            "HUBWARDEN_LOGS_RULE_ID": azure.options.dcr_immutable_id,
            "HUBWARDEN_ALERT_TOPIC_ENDPOINT": f"{azure.url}/topics/{TOPIC}/api/events",
            "HUBWARDEN_DIRECTORY_ENDPOINT": f"{azure.url}/graph",
            "HUBWARDEN_DATA_PLANE": f"{azure.url}/dataplane",
            "HUBWARDEN_APP_ID": f"{group}/providers/Microsoft.Web/sites/func-hubwarden",
            "HUBWARDEN_POLICY_DIRECTORY": str(policy),
        }
        return Settings.read(environment, policy)


async def house(options: Options, closers: AsyncExitStack) -> House:
    """A stand-in and Azurite that run until the stack is closed; every client of this process trusts them."""
    tables = {name: [asdict(column) for column in columns] for name, columns in TABLES.items()}
    azure = await closers.enter_async_context(AzureStandIn(replace(options, tables=tables)))
    trust(azure.ca_file)
    tls = Tls(azure.certificates.server, azure.certificates.key)
    return House(azure, await closers.enter_async_context(Azurite(tls)), closers)


async def soak_world(options: Options, closers: AsyncExitStack, at_once: int = 0) -> tuple[AzureStandIn, Rotator]:
    """
    A stand-in, and the app's rotator in front of it.

    With room for `at_once` rotations where that is given, else for as many as the soak's policy allows.
    """
    built = await house(options, closers)
    settings = built.settings(SUBSCRIPTION, Path(__file__).parent / "policy", Keys.ROTATE)
    world = built.world(settings)
    policy = load(read(settings.policy_directory), RULES, world.clock.now())
    if at_once:
        policy = replace(policy, limits=replace(policy.limits, rotations_at_once=at_once))
    if world.keys is None or world.rotation is None:
        raise AssertionError("HUBWARDEN_KEYS is at rotate")
    rotator = Rotator(world, world.keys, world.rotation, RULES, policy, settings.app_id, VERSION, enforce=True)
    return built.azure, rotator
