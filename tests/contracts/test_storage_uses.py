"""What only the adapter can get wrong of a storage account's logs: which rows name a key, and what silence is worth."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.adapters.key_uses import READ_LATELY
from shared.adapters.log_query import ResourceLogs
from shared.model.facts import Fact, Kind
from shared.model.key_facts import Slot
from shared.model.rotation import Use
from tests.contracts.use_worlds import SERVICES, StandInUseWorld
from tests.contracts.worlds import AppCredential, StandInWorld

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALL = {"categoryGroup": "allLogs", "enabled": True}
READS, WRITES = ({"category": category, "enabled": True} for category in ("StorageRead", "StorageWrite"))
HASH = "5RTE343A6FEB12342672AFD40072B70D4A91BGH5CDF797EC56BF82B2C3635CE"


@pytest_asyncio.fixture(loop_scope="session")
async def world(stand_in_world: StandInWorld) -> AsyncIterator[StandInUseWorld]:
    """A subscription of its own in the stand-in."""
    logs = ResourceLogs(AppCredential(stand_in_world.azure), stand_in_world.azure.url)
    yield StandInUseWorld(stand_in_world, logs)
    await logs.close()


@pytest_asyncio.fixture(loop_scope="session")
async def account(world: StandInUseWorld) -> Fact:
    """A storage account whose logs are kept, and which somebody visits by identity."""
    made = world.account(Kind.STORAGE)
    await world.keep_logs(made)
    await world.visit(made)
    return made


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("told", [f"key1({HASH})", f"key1({HASH}),SasSignature({HASH})"], ids=["key", "SAS"])
async def test_a_key_is_used_in_any_service_and_by_what_was_signed_with_it(
    world: StandInUseWorld, account: Fact, service: str, told: str
) -> None:
    """By itself, or by a SAS, which dies with it."""
    begin = world.now()
    named = {"AuthenticationHash": told, "CallerIpAddress": "10.1.2.3:4711", "UserAgentHeader": "app/1.0"}
    world.log(account, f"Storage{service.capitalize()}Logs", **named)

    assert (await world.uses.since(account, Slot.FIRST, begin)).callers == ("10.1.2.3 app/1.0",)
    assert await world.uses.since(account, Slot.SECOND, begin) == Use(known=True)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("10.1.2.3:4711", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3"),
        ("[fd00::7]:4711", "[fd00::7]"),
        ("fd00::7", "fd00::7"),
    ],
)
async def test_ports_are_left_out(world: StandInUseWorld, account: Fact, address: str, shown: str) -> None:
    """Or each call would be a caller of its own."""
    begin = world.now()
    world.log(account, "StorageBlobLogs", AuthenticationHash=f"key2({HASH})", CallerIpAddress=address)

    assert (await world.uses.since(account, Slot.SECOND, begin)).callers == (shown,)


async def test_no_hash_and_no_secret_gets_out(world: StandInUseWorld, account: Fact) -> None:
    """The real hash of the real key, and what a client put into its user agent by mistake."""
    begin = world.now()
    await world.call(account, Slot.FIRST, "app/1.0 sig=c2VjcmV0c2VjcmV0")

    use = await world.uses.since(account, Slot.FIRST, begin)
    key = base64.b64decode(world.azure.keys.live(str(account.id)).first.value)
    assert hashlib.sha256(key).hexdigest().casefold() not in repr(use).casefold()
    assert use.callers == ("127.0.0.1 app/1.0 sig=***",)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "logs",
    [[], [READS], [WRITES], [ALL | {"enabled": False}], [{"categoryGroup": "audit", "enabled": True}]],
    ids=["none", "reads", "writes", "off", "audit"],
)
async def test_every_service_must_be_logged_whole(
    world: StandInUseWorld, account: Fact, service: str, logs: list[dict[str, Any]]
) -> None:
    """The key may be used through the one that is not; it is named."""
    await world.set_logs(account, service, *logs)

    use = await world.uses.since(account, Slot.FIRST, world.now())
    assert (use.known, use.why.split(" are not kept")[0]) == (False, f"the logs of {service}")


async def test_reads_and_writes_by_themselves_are_enough(world: StandInUseWorld, account: Fact) -> None:
    """The group of all categories is not needed."""
    await world.set_logs(account, "file", READS, WRITES)

    assert await world.uses.since(account, Slot.FIRST, world.now()) == Use(known=True)


async def test_a_use_that_is_seen_is_known_whatever_is_not_logged(world: StandInUseWorld, account: Fact) -> None:
    """One certain use is enough to leave the key alone."""
    begin = world.now()
    await world.set_logs(account, "queue")
    await world.call(account, Slot.FIRST)

    use = await world.uses.since(account, Slot.FIRST, begin)
    assert use.known
    assert use.last is not None


async def test_services_that_an_account_does_not_have_need_no_logs(world: StandInUseWorld, account: Fact) -> None:
    """A premium account has blobs only, by its own document; one that does not say is taken to have all four."""
    for service in ("file", "queue", "table"):
        await world.set_logs(account, service)
    named = {"primaryEndpoints": {"blob": "https://x.blob.core.windows.net/", "dfs": "https://x.dfs.core.windows.net/"}}
    premium, silent = (Fact.of({"id": str(account.id), "properties": said}) for said in (named, {}))

    assert await world.uses.since(premium, Slot.FIRST, world.now()) == Use(known=True)
    assert "file, queue, table" in (await world.uses.since(silent, Slot.FIRST, world.now())).why


async def test_smb_clients_may_have_come_with_a_key(world: StandInUseWorld, account: Fact) -> None:
    """Their rows do not name it; who came by Kerberos had none."""
    begin = world.now()
    row = {"Protocol": "SMB", "CallerIpAddress": "10.1.2.3:445"}
    world.log(account, "StorageFileLogs", AuthenticationType="Kerberos", **row)
    assert await world.uses.since(account, Slot.FIRST, begin) == Use(known=True)

    world.log(account, "StorageFileLogs", AuthenticationType="NTLMv2", **row)
    use = await world.uses.since(account, Slot.FIRST, begin)
    assert (use.known, use.why.rpartition(": ")[2]) == (False, "10.1.2.3")
    assert await world.uses.since(account, Slot.FIRST, world.later()) == Use(known=True)


async def test_a_row_of_long_ago_does_not_show_that_logs_can_be_read(world: StandInUseWorld) -> None:
    """Much may have changed since."""
    account = world.account(Kind.STORAGE)
    await world.keep_logs(account)
    old = world.now() - READ_LATELY * 2
    world.azure.cloud.tables.emit(
        "StorageBlobLogs",
        [{"TimeGenerated": old.isoformat(), "_ResourceId": account.id.key, "Category": "StorageRead"}],
    )

    assert "no row" in (await world.uses.since(account, Slot.FIRST, world.now())).why


async def test_settings_that_may_not_be_read_do_not_tell(world: StandInUseWorld, account: Fact) -> None:
    """Nobody knows then what would have been logged."""
    world.azure.directory.limit(world.azure.options.app_object_id, ("Microsoft.Insights/logs/*/read",))

    use = await world.uses.since(account, Slot.FIRST, world.now())
    assert not use.known
    assert "Microsoft.Insights/diagnosticSettings/read" in use.why


async def test_an_account_that_is_gone_has_no_logs(world: StandInUseWorld, account: Fact) -> None:
    """404 is no silence either."""
    world.azure.state.remove(str(account.id))

    use = await world.uses.since(account, Slot.FIRST, world.now())
    assert not use.known
    assert "404" in use.why


async def test_keys_of_an_endpoint_are_regenerated_too(world: StandInUseWorld) -> None:
    """As the activity log calls it."""
    begin = world.now()
    endpoint = await world.regenerate_endpoint()
    at = await world.uses.keys_made(endpoint, begin)

    assert at is not None
    assert begin <= at
