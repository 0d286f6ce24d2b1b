"""A vault secret gets another key: the vault is looked at after, through the stand-in behind the adapter."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.azure.keyvault.secrets import Version
from shared.adapters.secret import Secret
from shared.adapters.vault_secrets import MAY_GET, MAY_SET, move_secret
from shared.model.errors import Conflict, Forbidden, Rejected
from shared.model.facts import Fact
from shared.model.key_facts import Held, Slot
from shared.model.resource_id import ResourceId
from tests.contracts.key_worlds import Service, StandInKeyWorld
from tests.contracts.worlds import StandInWorld

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
CONNECTION_STRING = "DefaultEndpointsProtocol=https;AccountName=st;AccountKey=aaaa==;EndpointSuffix=core.windows.net"


@dataclass(frozen=True)
class Place:
    """A storage account, and a vault that holds the first of its keys."""

    keys: StandInKeyWorld
    account: ResourceId
    id: ResourceId

    async def read(self) -> Fact:
        """The secret as ARM shows it."""
        return await self.keys.world.inventory.get(self.id)

    @property
    def versions(self) -> list[Version]:
        """What is in the vault, oldest first."""
        assert self.id.parent is not None
        return list(self.keys.world.azure.cloud.vaults.secrets.versions(str(self.id.parent), self.id.name))

    def key(self, slot: Slot) -> str:
        """What is in a slot of the account now."""
        return self.keys.world.azure.keys.live(str(self.account)).of(1 if slot is Slot.FIRST else 2).value

    async def put(self, value: str, attributes: dict[str, Any], **more: Any) -> Fact:  # noqa: ANN401 - JSON
        """Somebody sets the secret; `more` are its tags."""
        tags = {"CredentialId": "key1", "ProviderAddress": str(self.account)} | more
        properties = {"value": value, "attributes": attributes, "contentType": "text/plain"}
        await self.keys.world.put_secret(self.id, {"tags": tags, "properties": properties})
        return await self.read()

    async def move(self, secret: Fact, slot: Slot, now: datetime = NOW) -> None:
        """It gets the key in a slot."""
        await move_secret(self.keys.world.vaults, secret, Secret(self.key(slot)), slot, self.account, now)


@pytest.fixture
def place(stand_in_world: StandInWorld) -> Place:
    """No secret is in the vault yet."""
    keys = StandInKeyWorld(stand_in_world)
    return Place(keys, keys.account(Service.STORAGE), stand_in_world.names.vault.child("secrets", "Storage-Key"))


async def test_a_secret_gets_the_other_key(place: Place) -> None:
    """A new version holds it; whoever asks by name gets it, and whoever compares finds it."""
    secret = await place.put(place.key(Slot.FIRST), {})
    await place.move(secret, Slot.SECOND)
    held = (await place.keys.keys.held([await place.read()])).held[place.id]

    assert [version.value for version in place.versions] == [place.key(Slot.FIRST), place.key(Slot.SECOND)]
    assert held == Held(place.account, Slot.SECOND)


async def test_all_else_is_as_it_was(place: Place) -> None:
    """Its tags but for the one that names the key, its content type, and from when it holds."""
    secret = await place.put(
        place.key(Slot.FIRST), {"enabled": True, "nbf": 1_700_000_000}, team="ai", ProviderName="st"
    )
    await place.move(secret, Slot.SECOND)
    before, after = place.versions

    assert (before.tags["CredentialId"], after.tags["CredentialId"]) == ("key1", "key2")
    assert after.tags == before.tags | {"CredentialId": "key2"}
    assert (after.content_type, after.not_before, after.enabled) == ("text/plain", 1_700_000_000, True)


async def test_the_key_is_named_as_before(place: Place) -> None:
    """Under the tag's name as somebody wrote it, in their spelling."""
    secret = await place.put(place.key(Slot.FIRST), {})
    tags = {"credentialid": "PrimaryKey", "provideraddress": str(place.account).upper()}
    await place.keys.world.put_secret(place.id, {"tags": tags, "properties": {"value": place.key(Slot.FIRST)}})
    await place.move(await place.read(), Slot.SECOND)

    assert place.versions[-1].tags == tags | {"credentialid": "SecondaryKey"}
    assert secret.id == place.id


@pytest.mark.parametrize(
    ("days", "attributes", "ends"),
    [
        ({"ValidityPeriodDays": "60"}, {"exp": 1_800_000_000}, NOW + timedelta(days=60)),
        ({"ValidityPeriodDays": "60"}, {}, NOW + timedelta(days=60)),
        ({"ValidityPeriodDays": "soon"}, {"exp": 1_800_000_000}, None),
        ({}, {"exp": 1_800_000_000}, None),
        ({}, {}, None),
    ],
)
async def test_when_a_version_ends(
    place: Place, days: dict[str, str], attributes: dict[str, Any], ends: datetime | None
) -> None:
    """As many days from now as its tag says; without one it does not, and never when the one before it did."""
    secret = await place.put(place.key(Slot.FIRST), attributes, **days)
    await place.move(secret, Slot.SECOND)

    assert place.versions[-1].expires == (None if ends is None else ends.timestamp())


async def test_to_move_twice_is_to_move_once(place: Place) -> None:
    """Whoever was interrupted may begin again; the vault keeps no second version of the same."""
    secret = await place.put(place.key(Slot.FIRST), {}, ValidityPeriodDays="60")
    await place.move(secret, Slot.SECOND)
    await place.move(secret, Slot.SECOND)
    await place.move(await place.read(), Slot.SECOND, NOW + timedelta(minutes=5))

    assert len(place.versions) == 2


async def test_a_wrong_label_is_mended(place: Place) -> None:
    """The right key under the wrong name would mislead whoever rotates next."""
    secret = await place.put(place.key(Slot.SECOND), {})
    await place.move(secret, Slot.SECOND)

    assert [version.tags["CredentialId"] for version in place.versions] == ["key1", "key2"]


@pytest.mark.parametrize("value", [CONNECTION_STRING, "?sv=2026-01-01&sig=abc%3D", "", "two\nlines", '{"key": "abc"}'])
async def test_what_is_more_than_a_key_is_let_be(place: Place, value: str) -> None:
    """A bare key in its place would break whoever reads it; nor is it told for a dead key."""
    secret = await place.put(value, {})
    held = (await place.keys.keys.held([secret])).held[place.id]
    with pytest.raises(Rejected, match="something else than a key"):
        await place.move(secret, Slot.SECOND)

    assert [version.value for version in place.versions] == [value]
    assert (held.slot, "something else than a key" in held.problem) == (None, True)


async def test_a_secret_of_another_account_is_let_be(place: Place) -> None:
    """Nobody puts a key where the tags do not say that it belongs."""
    secret = await place.put(place.key(Slot.FIRST), {}, ProviderAddress=f"{place.account}other")
    with pytest.raises(Rejected, match="keeps no key of"):
        await place.move(secret, Slot.SECOND)

    assert len(place.versions) == 1


async def test_tags_that_changed_since_are_heeded(place: Place) -> None:
    """What was read may be old: between that and now somebody said that it holds another account's key."""
    secret = await place.put(place.key(Slot.FIRST), {})
    await place.put("0ther", {}, ProviderAddress=f"{place.account}other")
    with pytest.raises(Conflict, match="another account's key since"):
        await place.move(secret, Slot.SECOND)

    assert [version.value for version in place.versions] == [place.key(Slot.FIRST), "0ther"]


async def test_a_secret_that_was_disabled_since_is_let_be(place: Place) -> None:
    """To give it a new version would switch it on again."""
    secret = await place.put(place.key(Slot.FIRST), {})
    await place.put(place.key(Slot.FIRST), {"enabled": False})
    with pytest.raises(Rejected, match="SecretDisabled: the secret is disabled"):
        await place.move(secret, Slot.SECOND)

    assert len(place.versions) == 2


@pytest.mark.parametrize("permission", [MAY_GET, MAY_SET])
async def test_a_refusal_names_the_data_action(place: Place, permission: str) -> None:
    """To read takes one and to write another."""
    secret = await place.put(place.key(Slot.FIRST), {})
    azure = place.keys.world.azure
    azure.directory.limit(azure.options.app_object_id, tuple({MAY_GET, MAY_SET} - {permission}))
    with pytest.raises(Forbidden) as refused:
        await place.move(secret, Slot.SECOND)

    assert (refused.value.permission, len(place.versions)) == (permission, 1)


async def test_what_is_gone_is_a_problem(place: Place) -> None:
    """A secret that was deleted since it was listed, and one in a vault that never was."""
    secret = await place.put(place.key(Slot.FIRST), {})
    assert place.id.parent is not None
    place.keys.world.azure.cloud.vaults.secrets.delete(str(place.id.parent), place.id.name)
    nowhere = ResourceId.parse(f"{place.id.parent}x/secrets/key")
    properties = {"secretUri": f"https://{place.id.parent.name}x.vault.azure.net/secrets/key"}
    lost = replace(secret, id=nowhere, raw={**secret.raw, "properties": properties})
    held = (await place.keys.keys.held([secret, lost])).held

    assert [("404" in held[one].problem, held[one].slot) for one in (place.id, nowhere)] == [(True, None)] * 2
