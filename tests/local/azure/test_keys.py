"""Keys of every provider: two slots, stable until regenerated, dead at once afterwards, and never in a document."""

from datetime import timedelta

import pytest

from local.azure.clock import Clock
from local.azure.keyring import KeyRing, Standing
from tests.local.azure.client import ACCOUNT, GROUP, STORAGE, Arm

SEARCH = f"{GROUP}/providers/Microsoft.Search/searchServices/search-two"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/crtwo"
LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs-two"
COMPONENT = f"{GROUP}/providers/Microsoft.Insights/components/appi-two"
NEW: dict[str, dict[str, object]] = {
    SEARCH: {"location": "eastus2", "sku": {"name": "standard"}},
    REGISTRY: {"location": "eastus2", "sku": {"name": "Premium"}, "properties": {"adminUserEnabled": True}},
    LOGS: {"location": "eastus2"},
}


def test_the_same_seed_gives_the_same_keys() -> None:
    """Whatever the order they are asked for in; another seed gives others."""
    one, two, other = KeyRing(Clock(), 7), KeyRing(Clock(), 7), KeyRing(Clock(), 8)
    two.live(STORAGE)
    assert one.live(ACCOUNT).first.value == two.live(ACCOUNT.upper()).first.value
    assert one.live(ACCOUNT).first.value != other.live(ACCOUNT).first.value


def test_a_regenerated_key_is_dead_at_once_and_the_other_slot_lives() -> None:
    """The ring tells a dead key from one that never was."""
    ring = KeyRing(Clock(), 0)
    before = ring.live(ACCOUNT)
    after = ring.regenerate(ACCOUNT, 2)
    told = [ring.standing(ACCOUNT, value) for value in (before.second.value, after.second.value, before.first.value)]
    assert told == [Standing.REGENERATED, Standing.LIVE, Standing.LIVE]
    assert ring.standing(ACCOUNT, "guess") is Standing.UNKNOWN
    assert ring.standing(STORAGE, before.first.value) is Standing.UNKNOWN


def test_keys_age_on_the_stand_ins_clock() -> None:
    """A key made after ninety days is ninety days younger than its neighbour."""
    clock = Clock()
    ring = KeyRing(clock, 0)
    ring.live(ACCOUNT)
    clock.advance(timedelta(days=90).total_seconds())
    keys = ring.regenerate(ACCOUNT, 1)
    assert (keys.first.created - keys.second.created).days == 90


def test_no_repr_shows_a_key() -> None:
    """Neither the ring's, nor a pair's."""
    ring = KeyRing(Clock(), 0)
    keys = ring.live(ACCOUNT)
    assert keys.first.value not in f"{ring!r} {keys!r}"


@pytest.mark.parametrize(
    ("resource", "actions", "body", "slot"),
    [
        (ACCOUNT, ("listKeys", "regenerateKey"), {"keyName": "Key2"}, "key2"),
        (SEARCH, ("listAdminKeys", "regenerateAdminKey/secondary"), None, "secondaryKey"),
        (LOGS, ("sharedKeys", "regenerateSharedKey"), {"keyType": "Secondary"}, "secondarySharedKey"),
    ],
)
async def test_regenerating_answers_both_keys_and_changes_one(
    arm: Arm, resource: str, actions: tuple[str, str], body: object, slot: str
) -> None:
    """As listing does before and after, and the event names the resource, not the action."""
    shown, regenerate = actions
    if resource in NEW:
        await arm.ok("PUT", resource, NEW[resource])
    before = await arm.ok("POST", f"{resource}/{shown}")
    answered = await arm.ok("POST", f"{resource}/{regenerate}", body)
    assert answered == await arm.ok("POST", f"{resource}/{shown}")
    assert {name for name in before if before[name] != answered[name]} == {slot}
    event = arm.azure.events.raised[-2].written("EventGridSchema")
    assert (event["subject"], event["data"]["operationName"].rpartition("/")[2]) == (resource, "action")


async def test_storage_tells_the_age_of_a_rotated_key(arm: Arm) -> None:
    """Null until it is rotated; then in `keyCreationTime` and in listKeys alike."""
    before = await arm.ok("POST", f"{STORAGE}/listKeys")
    after = await arm.ok("POST", f"{STORAGE}/regenerateKey", {"keyName": "key1"})
    account = await arm.ok("GET", STORAGE)
    moment = account["properties"]["keyCreationTime"]["key1"]
    assert [key["creationTime"] for key in before["keys"]] == [None, None]
    assert [key["creationTime"] for key in after["keys"]] == [moment, None]
    assert moment is not None
    assert [old["value"] == new["value"] for old, new in zip(before["keys"], after["keys"], strict=True)] == [
        False,
        True,
    ]


async def test_storage_lists_kerberos_keys_when_asked(arm: Arm) -> None:
    """`$expand=kerb`; they rotate apart from the account's own keys."""
    before = await arm.ok("POST", f"{STORAGE}/listKeys", query={"$expand": "kerb"})
    after = await arm.ok("POST", f"{STORAGE}/regenerateKey", {"keyName": "kerb2"})
    changed = [old["keyName"] for old, new in zip(before["keys"], after["keys"], strict=True) if old != new]
    assert changed == ["kerb2"]
    assert (await arm("POST", f"{STORAGE}/regenerateKey", {"keyName": "key3"})).code == "InvalidKeyName"


async def test_a_new_storage_account_has_fresh_keys(arm: Arm) -> None:
    """200 as the specification says, with both ages noted; the same id made again opens with new keys only."""
    path = f"{STORAGE}two"
    body = {"location": "eastus2", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    made = await arm("PUT", path, body)
    first = await arm.ok("POST", f"{path}/listKeys")
    await arm.ok("DELETE", path)
    await arm.ok("PUT", path, body)
    second = await arm.ok("POST", f"{path}/listKeys")
    assert (made.status, None in made.body["properties"]["keyCreationTime"].values()) == (200, False)
    assert first["keys"][0]["value"] != second["keys"][0]["value"]


async def test_a_registry_shows_passwords_only_while_its_admin_user_is_on(arm: Arm) -> None:
    """`password2` rotates alone; without the admin user both operations are refused."""
    await arm.ok("PUT", REGISTRY, NEW[REGISTRY])
    before = await arm.ok("POST", f"{REGISTRY}/listCredentials")
    after = await arm.ok("POST", f"{REGISTRY}/regenerateCredential", {"name": "password2"})
    assert [old == new for old, new in zip(before["passwords"], after["passwords"], strict=True)] == [True, False]
    await arm.ok("PATCH", REGISTRY, {"properties": {"adminUserEnabled": False}})
    refused = await arm("POST", f"{REGISTRY}/listCredentials")
    assert (refused.status, refused.code) == (400, "UnAuthorizedForCredentialOperations")


async def test_a_search_service_falls_back_to_azures_defaults(arm: Arm) -> None:
    """With an identity of its own when asked for one, which a second PUT keeps."""
    body = {**NEW[SEARCH], "identity": {"type": "SystemAssigned"}, "properties": {"replicaCount": 3}}
    first, second = [await arm.ok("PUT", SEARCH, body) for _ in range(2)]
    assert (first["properties"]["replicaCount"], first["properties"]["publicNetworkAccess"]) == (3, "enabled")
    assert first["identity"]["principalId"] == second["identity"]["principalId"] != ""


async def test_query_keys_come_by_name(arm: Arm) -> None:
    """Made one at a time, listed together."""
    await arm.ok("PUT", SEARCH, NEW[SEARCH])
    made = await arm.ok("POST", f"{SEARCH}/createQueryKey/browser")
    assert await arm.ok("POST", f"{SEARCH}/listQueryKeys") == {"value": [made]}


async def test_a_component_keeps_its_instrumentation_key_and_patches_only_tags(arm: Arm) -> None:
    """A second PUT keeps the key; a PATCH leaves the properties alone."""
    body = {"location": "eastus2", "kind": "web", "properties": {"Application_Type": "web"}}
    first = await arm("PUT", COMPONENT, body)
    second = await arm.ok("PUT", COMPONENT, body)
    patched = await arm.ok("PATCH", COMPONENT, {"tags": {"a": "b"}, "properties": {"Application_Type": "other"}})
    assert (first.status, first.body) == (200, second)
    assert (patched["tags"], patched["properties"]) == ({"a": "b"}, second["properties"])


async def test_no_key_is_in_the_state_the_ledger_or_an_event(arm: Arm) -> None:
    """Whatever was listed and regenerated."""
    shown = [
        *(await arm.ok("POST", f"{ACCOUNT}/regenerateKey", {"keyName": "key1"})).values(),
        *(key["value"] for key in (await arm.ok("POST", f"{STORAGE}/listKeys"))["keys"]),
    ]
    told = [await arm.ok("GET", f"{arm.azure.url}/_standin/{part}") for part in ("state", "ledger", "events")]
    assert not any(value in str(told) for value in shown)
