"""Key Vault's secrets: versions, tags, expiry, soft delete, and the events of their ageing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.local.azure.client import GROUP, SUBSCRIPTION, Answer, Arm, eventually

VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kvtwo"
SCOPE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.KeyVault"
PLANE = "/dataplane/vaults/kvtwo"
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Secrets:
    """A vault's data plane as one principal reaches it."""

    arm: Arm

    async def __call__(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request, with a token for vaults unless other headers are given."""
        own = {"Authorization": f"Bearer {self.arm.token('https://vault.azure.net')}"} if headers is None else headers
        url = path if path.startswith("https:") else f"{self.arm.azure.url}{PLANE}{path}"
        params = None if "?" in path else {"api-version": "7.4"}
        async with self.arm.session.request(method, url, params=params, headers=own, json=body) as answer:
            return Answer(answer.status, answer.headers.copy(), await answer.json() if answer.status != 204 else None)

    async def ok(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
        """The body of a request that must succeed."""
        answer = await self(method, path, body)
        assert answer.status < 300, answer
        return answer.body


async def secrets_of(arm: Arm) -> Secrets:
    """The data plane of a new vault."""
    body = {"location": "eastus2", "properties": {"tenantId": "t", "sku": {"family": "A", "name": "standard"}}}
    await arm.ok("PUT", VAULT, body)
    return Secrets(arm)


def events(arm: Arm) -> list[tuple[str, str, str]]:
    """Type, subject and version of each vault event so far."""
    written = [event.written("EventGridSchema") for event in arm.azure.events.raised]
    told = [event for event in written if event["eventType"].startswith("Microsoft.KeyVault.")]
    return [(event["eventType"].rpartition(".")[2], event["subject"], event["data"]["Version"]) for event in told]


async def test_a_secret_has_versions(arm: Arm) -> None:
    """Each set makes one; the newest is current, the others stay readable, lists show no value."""
    secrets = await secrets_of(arm)
    first = await secrets.ok("PUT", "/secrets/key", {"value": "one", "tags": {"CredentialId": "key1"}})
    second = await secrets.ok("PUT", "/secrets/key", {"value": "two", "contentType": "text/plain"})
    older = first["id"].rpartition("/")[2]
    assert first["id"].startswith("https://kvtwo.vault.azure.net/secrets/key/")
    assert (await secrets.ok("GET", "/secrets/key/"))["id"] == second["id"]
    assert (await secrets.ok("GET", f"/secrets/key/{older}"))["value"] == "one"
    listed, versions = await secrets.ok("GET", "/secrets"), await secrets.ok("GET", "/secrets/key/versions")
    assert [one["id"] for one in listed["value"]] == ["https://kvtwo.vault.azure.net/secrets/key"]
    assert [one["id"] for one in versions["value"]] == [first["id"], second["id"]]
    assert "value" not in {**listed["value"][0], **versions["value"][0]}
    assert (await secrets("GET", "/secrets/none")).code == "SecretNotFound"


async def test_lists_come_in_pages(arm: Arm) -> None:
    """`maxresults` at a time, with a link to the rest."""
    secrets = await secrets_of(arm)
    for number in range(3):
        await secrets.ok("PUT", f"/secrets/key{number}", {"value": "x"})
    first = await secrets.ok("GET", "/secrets?api-version=7.4&maxresults=2")
    rest = await secrets.ok("GET", first["nextLink"])
    assert ([len(page["value"]) for page in (first, rest)], rest["nextLink"]) == ([2, 1], None)


async def test_attributes_change_without_a_new_version(arm: Arm) -> None:
    """A PATCH answers no value; a disabled secret cannot be read, and can be enabled again."""
    secrets = await secrets_of(arm)
    made = await secrets.ok("PUT", "/secrets/key", {"value": "one"})
    path = f"/secrets/key/{made['id'].rpartition('/')[2]}"
    patched = await secrets.ok("PATCH", path, {"attributes": {"enabled": False}, "tags": {"a": "b"}})
    refused = await secrets("GET", "/secrets/key")
    assert (patched["id"], patched["tags"], "value" in patched) == (made["id"], {"a": "b"}, False)
    assert (refused.status, refused.body["error"]["innererror"]["code"]) == (403, "SecretDisabled")
    await secrets.ok("PATCH", path, {"attributes": {"enabled": True}})
    assert (await secrets.ok("GET", "/secrets/key"))["value"] == "one"


async def test_a_deleted_secret_can_be_recovered_until_it_is_purged(arm: Arm) -> None:
    """Its name stays taken; recovered with all versions; purged for good, at the latest after ninety days."""
    secrets = await secrets_of(arm)
    for value in ("one", "two"):
        await secrets.ok("PUT", "/secrets/key", {"value": value})
    gone = await secrets.ok("DELETE", "/secrets/key")
    taken = await secrets("PUT", "/secrets/key", {"value": "three"})
    assert (gone["scheduledPurgeDate"] - gone["deletedDate"], taken.status) == (90 * DAY, 409)
    assert (await secrets("GET", "/secrets/key")).status == 404
    assert [one["recoveryId"] for one in (await secrets.ok("GET", "/deletedsecrets"))["value"]] == [gone["recoveryId"]]
    await secrets.ok("POST", "/deletedsecrets/key/recover")
    assert len((await secrets.ok("GET", "/secrets/key/versions"))["value"]) == 2
    await secrets.ok("DELETE", "/secrets/key")
    assert (await secrets("DELETE", "/deletedsecrets/key")).status == 204
    assert (await secrets("GET", "/deletedsecrets/key")).status == 404
    await secrets.ok("PUT", "/secrets/key", {"value": "four"})
    await secrets.ok("DELETE", "/secrets/key")
    arm.azure.clock.advance(90 * DAY + 1)
    assert (await secrets("GET", "/deletedsecrets/key")).status == 404


async def test_the_end_of_a_secret_is_told_on_the_clock(arm: Arm) -> None:
    """A new version at once, near expiry thirty days before, expiry when it comes; the data as the contract has it."""
    secrets = await secrets_of(arm)
    expires = int(arm.azure.clock.seconds()) + 60 * DAY
    made = await secrets.ok("PUT", "/secrets/key", {"value": "one", "attributes": {"exp": expires}})
    version = made["id"].rpartition("/")[2]
    assert events(arm) == [("SecretNewVersionCreated", "key", version)]
    arm.azure.clock.advance(30 * DAY + 1)

    async def told() -> bool:
        return len(events(arm)) == 2

    await eventually(told)
    arm.azure.clock.advance(30 * DAY)

    async def ended() -> bool:
        return len(events(arm)) == 3

    await eventually(ended)
    assert [kind for kind, _, _ in events(arm)] == ["SecretNewVersionCreated", "SecretNearExpiry", "SecretExpired"]
    event = arm.azure.events.raised[-1].written("EventGridSchema")
    assert (event["topic"], event["data"]["EXP"], event["data"]["VaultName"]) == (VAULT, expires, "kvtwo")
    assert set(event["data"]) == {"Id", "VaultName", "ObjectType", "ObjectName", "Version", "NBF", "EXP"}


async def test_a_version_that_was_replaced_ends_in_silence(arm: Arm) -> None:
    """Only the current version's end is told: here that of the second, which was given it by a PATCH."""
    secrets = await secrets_of(arm)
    now = int(arm.azure.clock.seconds())
    await secrets.ok("PUT", "/secrets/key", {"value": "one", "attributes": {"exp": now + 40 * DAY}})
    second = await secrets.ok("PUT", "/secrets/key", {"value": "two"})
    version = second["id"].rpartition("/")[2]
    await secrets.ok("PATCH", f"/secrets/key/{version}", {"attributes": {"exp": now + 50 * DAY}})
    arm.azure.clock.advance(51 * DAY)

    async def ended() -> bool:
        return len(events(arm)) == 4

    await eventually(ended)
    ends = [("SecretNearExpiry", "key", version), ("SecretExpired", "key", version)]
    assert events(arm)[2:] == ends


async def test_a_caller_without_a_token_is_told_where_to_get_one(arm: Arm) -> None:
    """The challenge SecretClient reads; a token without the role is a 403 that names the action."""
    secrets = await secrets_of(arm)
    challenged = await secrets("GET", "/secrets/key", headers={})
    assert challenged.status == 401
    assert 'resource="https://vault.azure.net"' in challenged.headers["WWW-Authenticate"]
    assert (await secrets("GET", "/secrets", headers={"Authorization": f"Bearer {arm.token()}"})).status == 401
    person = arm.azure.directory.person(arm.who)["oid"]
    arm.azure.directory.limit(person, ("*/read",))
    refused = await secrets("PUT", "/secrets/key", {"value": "one"})
    assert (refused.status, "Microsoft.KeyVault/vaults/secrets/setSecret/action" in str(refused.body)) == (403, True)
    assert [one.reason for one in arm.azure.ledger.turned_away] == ["bad token", "no role"]


async def test_no_secret_is_in_the_state_the_ledger_or_a_repr(arm: Arm) -> None:
    """Values stay in the vault."""
    secrets = await secrets_of(arm)
    await secrets.ok("PUT", "/secrets/key", {"value": "a-very-secret-value"})
    told = [await arm.ok("GET", f"{arm.azure.url}/_standin/{part}") for part in ("state", "ledger", "events")]
    assert "a-very-secret-value" not in f"{told} {arm.azure.cloud.vaults.secrets!r}"


async def test_what_is_no_secret_is_refused(arm: Arm) -> None:
    """A body without a value, a value too long, too many tags, a vault that is not there."""
    secrets = await secrets_of(arm)
    bodies = [{}, [], {"value": "x" * 26_000}, {"value": "x", "tags": {str(n): "" for n in range(16)}}]
    assert [(await secrets("PUT", "/secrets/key", body)).code for body in bodies] == ["BadParameter"] * 4
    assert (await secrets("GET", f"{arm.azure.url}/dataplane/vaults/none/secrets?api-version=7.4")).status == 404


async def test_arm_shows_the_same_secrets_without_their_values(arm: Arm) -> None:
    """What is set on either side is seen on the other; a PATCH changes attributes of the current version."""
    secrets, path = await secrets_of(arm), f"{VAULT}/secrets/key"
    made = await arm("PUT", path, {"properties": {"value": "one"}, "tags": {"a": "b"}})
    again = await arm("PUT", path, {"properties": {"value": "two"}})
    patched = await arm.ok("PATCH", path, {"properties": {"contentType": "text/plain", "attributes": {"exp": 99}}})
    assert ([made.status, again.status], "value" in str(made.body)) == ([201, 200], False)
    assert (await secrets.ok("GET", "/secrets/key"))["value"] == "two"
    assert (patched["properties"]["contentType"], patched["properties"]["attributes"]["exp"]) == ("text/plain", 99)
    assert await arm.ok("GET", f"{VAULT}/secrets") == {"value": [await arm.ok("GET", path)]}
    assert (await arm("GET", f"{VAULT}/secrets/none")).code == "SecretNotFound"


async def test_a_deleted_vault_keeps_its_name(arm: Arm) -> None:
    """Recovered or purged before it can be made again; one protected against purge stays."""
    await secrets_of(arm)
    body: dict[str, Any] = {"location": "eastus2", "properties": {"tenantId": "t", "sku": {"name": "standard"}}}
    await arm.ok("DELETE", VAULT)
    deleted = (await arm.ok("GET", f"{SCOPE}/deletedVaults"))["value"]
    assert ([one["name"] for one in deleted], (await arm("PUT", VAULT, body)).code) == (["kvtwo"], "ConflictError")
    recovered = {"properties": {**body["properties"], "createMode": "recover", "enablePurgeProtection": True}}
    assert (await arm("PUT", VAULT, {**body, **recovered})).status == 201
    await arm.ok("DELETE", VAULT)
    assert (await arm("POST", f"{deleted[0]['id']}/purge")).status == 403
    assert (await arm.ok("GET", deleted[0]["id"]))["properties"]["vaultId"] == VAULT


async def test_a_purged_vault_frees_its_name(arm: Arm) -> None:
    """After the purge nothing is left of it, nor of its secrets."""
    await (await secrets_of(arm)).ok("PUT", "/secrets/key", {"value": "one"})
    await arm.ok("DELETE", VAULT)
    gone = f"{SCOPE}/locations/eastus2/deletedVaults/kvtwo"
    assert (await arm("POST", f"{gone}/purge")).status == 200
    assert (await arm("GET", gone)).code == "DeletedVaultNotFound"
    assert (await (await secrets_of(arm)).ok("GET", "/secrets"))["value"] == []


async def test_protection_of_a_vault_is_never_taken_back(arm: Arm) -> None:
    """Purge protection and soft delete, once on, stay on, and a PUT that leaves them out keeps them."""
    await secrets_of(arm)
    await arm.ok("PATCH", VAULT, {"properties": {"enablePurgeProtection": True}})
    for name in ("enablePurgeProtection", "enableSoftDelete"):
        assert (await arm("PATCH", VAULT, {"properties": {name: False}})).status == 400
    replaced = await arm.ok(
        "PUT", VAULT, {"location": "eastus2", "properties": {"tenantId": "t", "sku": {"name": "standard"}}}
    )
    assert replaced["properties"]["enablePurgeProtection"] is True


async def test_access_policies_change_one_principal_at_a_time(arm: Arm) -> None:
    """Add, replace, remove by object id."""
    await secrets_of(arm)
    path = f"{VAULT}/accessPolicies"
    for kind, names, left in (
        ("add", ["one", "two"], ["one", "two"]),
        ("remove", ["one"], ["two"]),
        ("replace", ["three"], ["three"]),
    ):
        policies = [{"tenantId": "t", "objectId": name, "permissions": {}} for name in names]
        answered = await arm.ok("PUT", f"{path}/{kind}", {"properties": {"accessPolicies": policies}})
        assert [one["objectId"] for one in answered["properties"]["accessPolicies"]] == left
    assert (await arm("PUT", f"{path}/other", {})).status == 400
