"""Keys in a run: when they are looked at, what is found, and what a run that looked at none leaves as it was."""

import pytest

from shared.model.action import ResyncKeys
from shared.model.errors import Conflict
from shared.model.key_facts import Slot
from shared.model.message import NEW_VERSION
from shared.policy.policy import Effect, Match, Scope
from tests.builders import (
    TAGS,
    Document,
    connection,
    dependent,
    dependent_id,
    diagnostics,
    hub,
    policy,
    project,
    rid,
    vault_secret,
)
from tests.fakes import FakeKeys
from tests.rig import Rig

ACCOUNT, STORAGE = rid(dependent_id("account")), rid(dependent_id("storage"))
HUB = hub(storageAccount=dependent_id())
PROJECT = project()
CONNECTION = connection(authType="ApiKey", metadata={"ResourceId": dependent_id("account")})
WORLD: tuple[Document, ...] = (HUB, PROJECT, CONNECTION, dependent(), dependent("account"), diagnostics())

VAULT = dependent("vault", "kv-ai")
SECRET = vault_secret("ai-key", account=dependent_id("account"))
OTHER = vault_secret("password")

DEAD_KEY = "HW-KEY-001 aoai"
DEAD_SECRET = "HW-KEY-001 ai-key"
DEAD_STORAGE_KEY = "HW-KEY-003 hub"


@pytest.fixture
def rig() -> Rig:
    """A hub that keeps key1 of its storage, and a connection that keeps the first key of an AI services account."""
    keys = FakeKeys()
    keys.keep(rid(HUB), STORAGE, Slot.FIRST)
    keys.keep(rid(CONNECTION), ACCOUNT, Slot.FIRST)
    return Rig.of(*WORLD, keys=keys)


@pytest.fixture
def vaulted(rig: Rig) -> Rig:
    """The same hub with a vault, in which there is a secret with the first key of the account, and one without any."""
    for document in (hub(storageAccount=dependent_id(), keyVault=VAULT["id"]), VAULT, SECRET, OTHER):
        rig.cloud.put(document)
    assert rig.keys is not None
    rig.keys.keep(rid(SECRET), ACCOUNT, Slot.FIRST)
    return rig


def of_keys(found: object) -> set[str]:
    """Which of these are of rules that go by keys."""
    return {name for name in found if name.startswith(("HW-KEY-001", "HW-KEY-003"))}  # type: ignore[attr-defined]


async def open_on_keys(rig: Rig) -> set[str]:
    """The findings about keys that stand open."""
    return of_keys(await rig.open(HUB))


def someone_regenerates(rig: Rig) -> None:
    """Someone makes both accounts a new first key, and tells nobody."""
    assert rig.keys is not None
    rig.keys.renew(ACCOUNT, Slot.FIRST)
    rig.keys.renew(STORAGE, Slot.FIRST)


async def test_a_key_that_was_regenerated_is_found(rig: Rig) -> None:
    """The next look at keys opens a finding on each who keeps the old one, and none before."""
    await rig.sweep(HUB, keys=True)
    before = await open_on_keys(rig)
    someone_regenerates(rig)
    await rig.sweep(HUB, keys=True)

    assert before == set()
    assert await open_on_keys(rig) == {DEAD_KEY, DEAD_STORAGE_KEY}


async def test_it_ends_when_the_new_key_is_there(rig: Rig) -> None:
    """Whoever keeps a living key again has no finding any more, whichever slot it is."""
    someone_regenerates(rig)
    await rig.sweep(HUB, keys=True)
    assert rig.keys is not None
    rig.keys.keep(rid(HUB), STORAGE, Slot.FIRST)
    rig.keys.keep(rid(CONNECTION), ACCOUNT, Slot.SECOND)
    await rig.sweep(HUB, keys=True)

    assert await open_on_keys(rig) == set()


async def test_a_workspace_is_let_learn_its_storage_key(rig: Rig) -> None:
    """One write, with a row; what Azure has only accepted stays open until keys are looked at again."""
    someone_regenerates(rig)
    await rig.sweep(HUB, keys=True)
    written = [(step.target, step.action) for step in rig.cloud.writes if isinstance(step.action, ResyncKeys)]
    (row,) = rig.actions(Action="resync-keys")

    assert written == [(rid(HUB), ResyncKeys())]
    assert (row["Result"], row["Undo"]) == ("done", "null")
    assert DEAD_STORAGE_KEY in await open_on_keys(rig)


async def test_a_sweep_that_looks_at_no_keys_leaves_them_be(rig: Rig) -> None:
    """It asks for none, opens nothing about them, and ends nothing either."""
    someone_regenerates(rig)
    await rig.sweep(HUB)
    unseen = await open_on_keys(rig)
    await rig.sweep(HUB, keys=True)
    await rig.sweep(HUB)
    await rig.event(HUB)

    assert unseen == set()
    assert await open_on_keys(rig) == {DEAD_KEY, DEAD_STORAGE_KEY}


async def test_a_connection_that_changes_is_looked_at_at_once(rig: Rig) -> None:
    """An event about it tells whether its key lives; nobody else's is looked at."""
    someone_regenerates(rig)
    await rig.event(CONNECTION)

    assert await open_on_keys(rig) == {DEAD_KEY}


async def test_a_connection_that_is_used_is_not_looked_at(rig: Rig) -> None:
    """Whoever uses a connection lists its secrets, which is an event too; to look then would double that traffic."""
    someone_regenerates(rig)
    await rig.event(CONNECTION, what="Action")

    assert rig.keys is not None
    assert (rig.keys.looks, await open_on_keys(rig)) == (0, set())


async def test_what_may_not_be_seen_changes_nothing(rig: Rig) -> None:
    """A finding stays open, and a row says which permission is missing."""
    someone_regenerates(rig)
    await rig.sweep(HUB, keys=True)
    assert rig.keys is not None
    rig.keys.deny(ACCOUNT)
    rig.clock.advance(hours=24)
    await rig.sweep(HUB, keys=True)
    said = rig.findings(Rule="HW-KEY-001", RunId=rig.runs[-1]["RunId"])

    assert await open_on_keys(rig) == {DEAD_KEY, DEAD_STORAGE_KEY}
    assert [row["Verdict"] for row in said] == ["unknown"]
    assert "listKeys/action" in said[0]["Message"]


async def test_nothing_waits_for_keys(rig: Rig) -> None:
    """Where Azure has no patience left for lists of keys, all else is judged, and what was known of keys stands."""
    someone_regenerates(rig)
    await rig.sweep(HUB, keys=True)
    before = await open_on_keys(rig)
    assert rig.keys is not None
    rig.keys.throttle()
    rig.document(PROJECT)["tags"] = {}
    rig.clock.advance(hours=24)
    await rig.sweep(HUB, keys=True)

    assert rig.document(PROJECT)["tags"] == TAGS
    assert (await open_on_keys(rig), await rig.store.marks(rid(HUB))) == (before, ())


async def test_a_resync_that_must_wait_is_left_to_the_next_look(rig: Rig) -> None:
    """Azure is at it already, or at something else; to try again at once would only ask the same once more."""
    someone_regenerates(rig)
    rig.cloud.refuse(rid(HUB), Conflict("409: Workspace hub is in provisioning state Updating"))
    await rig.sweep(HUB, keys=True)
    (row,) = rig.actions(Action="resync-keys")

    assert (row["Result"], await rig.store.marks(rid(HUB))) == ("failed", ())
    assert DEAD_STORAGE_KEY in await open_on_keys(rig)


async def test_a_deleted_connection_takes_its_finding_along(rig: Rig) -> None:
    """It is gone; nobody need look at keys to know."""
    someone_regenerates(rig)
    await rig.event(CONNECTION)
    rig.cloud.delete(rid(CONNECTION))
    await rig.sweep(HUB)

    assert await open_on_keys(rig) == set()


async def test_switched_off(rig: Rig) -> None:
    """Where nobody wants keys looked at, what was found of them ends with the next sweep, and no row tells of any."""
    someone_regenerates(rig)
    await rig.sweep(HUB, keys=True)
    rig.keys = None
    await rig.sweep(HUB)
    rules = {row["Rule"] for row in rig.findings(RunId=rig.runs[-1]["RunId"], Verdict="unknown")}

    assert await open_on_keys(rig) == set()
    assert of_keys(rules) == set()


async def test_a_preview_looks_at_no_key(rig: Rig) -> None:
    """It answers whoever may call it, and says nothing about keys."""
    someone_regenerates(rig)
    preview = await rig.reconciler.preview([rid(HUB)])

    assert of_keys({finding.rule for finding in preview.findings}) == set()


async def test_a_secret_with_a_dead_key_is_found(vaulted: Rig) -> None:
    """As a connection is, and its finding ends with the key's next version; the other secret holds no key."""
    await vaulted.sweep(HUB, keys=True)
    before = await open_on_keys(vaulted)
    someone_regenerates(vaulted)
    await vaulted.sweep(HUB, keys=True)
    dead = await open_on_keys(vaulted)
    assert vaulted.keys is not None
    vaulted.keys.keep(rid(SECRET), ACCOUNT, Slot.SECOND)
    await vaulted.sweep(HUB, keys=True)

    assert (before, dead) == (set(), {DEAD_KEY, DEAD_SECRET, DEAD_STORAGE_KEY})
    assert await open_on_keys(vaulted) == {DEAD_KEY, DEAD_STORAGE_KEY}


async def test_whose_a_dead_secret_is(vaulted: Rig) -> None:
    """The row names the hub that leans on the vault, and the owner of the vault, where the secret has none."""
    vaulted.document(VAULT)["tags"]["Owner"] = "keeper@contoso.example"
    someone_regenerates(vaulted)
    await vaulted.sweep(HUB, keys=True)
    (row,) = vaulted.findings(Rule="HW-KEY-001", Resource=rid(SECRET).key)

    assert (row["Hub"], row["Owner"]) == (rid(HUB).key, "keeper@contoso.example")
    assert row["Message"] == "The secret keeps a key that stai does not know; calls with it are refused."


async def test_looks_at_no_keys_leave_secrets_be(vaulted: Rig) -> None:
    """A sweep without keys does not list them, and ends nothing that was found."""
    someone_regenerates(vaulted)
    await vaulted.sweep(HUB, keys=True)
    await vaulted.sweep(HUB)
    await vaulted.event(VAULT)

    assert DEAD_SECRET in await open_on_keys(vaulted)


@pytest.mark.parametrize("change", ["deleted", "untagged", "disabled"])
async def test_a_secret_that_holds_no_key_any_more(vaulted: Rig, change: str) -> None:
    """The next look at keys ends its finding."""
    someone_regenerates(vaulted)
    await vaulted.sweep(HUB, keys=True)
    if change == "deleted":
        vaulted.cloud.delete(rid(SECRET))
    elif change == "untagged":
        vaulted.document(SECRET)["tags"] = {}
    else:
        vaulted.document(SECRET)["properties"]["attributes"]["enabled"] = False
    await vaulted.sweep(HUB, keys=True)

    assert DEAD_SECRET not in await open_on_keys(vaulted)


async def test_a_vault_that_is_gone_takes_its_findings_along(vaulted: Rig) -> None:
    """Nobody need look at keys to know."""
    someone_regenerates(vaulted)
    await vaulted.sweep(HUB, keys=True)
    vaulted.cloud.delete(rid(VAULT))
    await vaulted.sweep(HUB)

    assert DEAD_SECRET not in await open_on_keys(vaulted)


async def test_secrets_that_may_not_be_listed_are_told(vaulted: Rig) -> None:
    """What was found of one stays, and a row on the vault says which permission is missing."""
    someone_regenerates(vaulted)
    await vaulted.sweep(HUB, keys=True)
    vaulted.cloud.deny("microsoft.keyvault/vaults/secrets", "Microsoft.KeyVault/vaults/secrets/read")
    vaulted.clock.advance(hours=24)
    await vaulted.sweep(HUB, keys=True)
    (row,) = vaulted.findings(Rule="HW-KEY-001", RunId=vaulted.runs[-1]["RunId"], Resource=rid(VAULT).key)

    assert DEAD_SECRET in await open_on_keys(vaulted)
    assert row["Verdict"] == "unknown"
    assert row["Message"].startswith("The secrets of kv-ai could not be read: 403")
    assert row["Message"].endswith("; it needs Microsoft.KeyVault/vaults/secrets/read")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (NEW_VERSION, {DEAD_SECRET}),
        ("", {DEAD_SECRET}),
        ("Microsoft.KeyVault.SecretNearExpiry", set()),
        ("Microsoft.KeyVault.SecretExpired", set()),
    ],
    ids=["version", "ARM", "near", "expired"],
)
async def test_a_secret_that_is_written_is_looked_at_at_once(vaulted: Rig, kind: str, expected: set[str]) -> None:
    """Its vault's event leads to the hub, and nobody else's key is looked at; to grow old changes no key."""
    await vaulted.sweep(HUB)
    someone_regenerates(vaulted)
    reads = vaulted.cloud.reads
    await vaulted.event(SECRET, kind=kind)

    assert await open_on_keys(vaulted) == expected
    assert vaulted.cloud.reads == reads + 1


@pytest.mark.parametrize("match", [Match(name="kv-*"), Match(tag=("Environment", "prod"))], ids=["name", "tag"])
async def test_policy_on_a_vault_goes_for_what_is_in_it(vaulted: Rig, match: Match) -> None:
    """By its name and its tags, in a sweep and in an event, which shows the secret alone."""
    vaulted.policy = policy(scopes={"HW-KEY-001": (Scope(match, Effect.OFF),)})
    vaulted.document(HUB)["tags"] = {}
    someone_regenerates(vaulted)
    await vaulted.sweep(HUB, keys=True)
    await vaulted.event(SECRET)

    assert DEAD_SECRET not in await open_on_keys(vaulted)
