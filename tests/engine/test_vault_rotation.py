"""Vault secrets in a rotation: found, moved to the new key, never cut off; and one that ends asks for a rotation."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.engine.key_desk import KeyDesk
from shared.engine.key_discovery import Discovery, discover
from shared.engine.key_pass import Rotator
from shared.key_ports import KeyRotation
from shared.keys.account import Risk
from shared.model.key_facts import Slot
from shared.model.message import NEW_VERSION, Event
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Phase
from shared.rules.catalogue import RULES
from tests.builders import (
    SUBSCRIPTION,
    Document,
    connection,
    dependent,
    dependent_id,
    hub,
    policy,
    project,
    rid,
    vault_secret,
)
from tests.fakes import FakeKeys, FakeLedger, FakeUses
from tests.rig import Rig

ACCOUNT = rid(dependent_id("account"))
VAULT = dependent("vault", "kv-ai")
HUB = hub(keyVault=VAULT["id"])
PROJECT = project(keyVault=VAULT["id"])
CONNECTION = connection(authType="ApiKey", metadata={"ResourceId": str(ACCOUNT)})
SECRET = vault_secret("ai-key", account=str(ACCOUNT))
STRAY = vault_secret("stray", account=str(ACCOUNT))
PLAIN = vault_secret("password")
APP = ResourceId.parse(f"{ACCOUNT.group_id}/providers/Microsoft.Web/sites/func")
LIST_SECRETS = "Microsoft.KeyVault/vaults/secrets/read"
GET_SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
NEAR, EXPIRED = "Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretExpired"


@dataclass
class Office:
    """A rig in which keys rotate; the account's first key is in a connection and in a secret, a stray holds neither."""

    rig: Rig
    keys: FakeKeys
    ledger: FakeLedger = field(default_factory=FakeLedger)

    @classmethod
    def of(cls, *documents: Document) -> "Office":
        """An office over an estate."""
        keys = FakeKeys()
        for consumer, slot in ((CONNECTION, Slot.FIRST), (SECRET, Slot.FIRST), (STRAY, None)):
            keys.keep(rid(consumer), ACCOUNT, slot)
        terms: dict[str, Any] = {"HW-KEY-010": {"accepted": (Risk.UNKNOWN_USERS.value,)}}
        approved = policy(parameters=terms, auto_approve="keys that end are renewed")
        return cls(Rig.of(*documents, keys=keys, policy=approved), keys)

    @property
    def rotator(self) -> Rotator:
        """A fresh process."""
        rotation = KeyRotation(self.rig.cloud, self.keys, FakeUses(), self.ledger)
        return Rotator(
            self.rig.world,
            self.keys,
            rotation,
            RULES,
            self.rig.policy,
            APP,
            "0.1.0",
            enforce=True,
            governed=frozenset({SUBSCRIPTION}),
        )

    async def found(self) -> Discovery:
        """What a pass would find."""
        return await discover(self.rig.cloud, self.rig.cloud)

    async def want(self) -> None:
        """Somebody asks for a rotation."""
        await self.rotator.run("pass-0")
        record = self.ledger.kept[ACCOUNT]
        asked = Demand(Cause.REQUEST, "an audit", "ana", self.now)
        self.ledger.kept[ACCOUNT] = replace(record, demand=asked)

    async def passes(self, count: int = 6) -> None:
        """So many passes, half a day apart."""
        for number in range(1, count + 1):
            await self.rotator.run(f"pass-{number}")
            self.rig.clock.advance(hours=12)

    async def told(self, kind: str = NEAR, about: Document = SECRET) -> Demand | None:
        """A vault's event arrives at the desk; what is asked for since."""
        await self.rig.introduce()
        await KeyDesk(self.rotator, "us").notice(Event("event-7", kind, rid(about)))
        record = self.ledger.kept.get(ACCOUNT)
        return record.demand if record else None

    def ends(self, at: datetime | None, about: Document = SECRET) -> None:
        """Somebody says when a secret ends."""
        attributes = self.rig.document(about)["properties"]["attributes"]
        attributes["exp"] = None if at is None else int(at.timestamp())

    @property
    def now(self) -> datetime:
        """The clock's."""
        return self.rig.clock.now()


@pytest.fixture
def office() -> Office:
    """The estate."""
    return Office.of(HUB, PROJECT, CONNECTION, VAULT, SECRET, STRAY, PLAIN, dependent("account"))


async def test_secrets_in_a_hubs_vault_are_consumers(office: Office) -> None:
    """Those with tags; the vault that hub and project share is one, and leads to the hub."""
    found = await office.found()

    assert [fact.id for fact in found.consumers[ACCOUNT]] == sorted([rid(CONNECTION), rid(SECRET), rid(STRAY)])
    assert (found.hubs_of(ACCOUNT), found.unseen) == ([rid(HUB)], ())


async def test_a_shared_vault_leads_to_all_its_hubs(office: Office) -> None:
    """Whoever leans on it; a hub that leans on another is not meant."""
    other, stranger = hub("other", keyVault=VAULT["id"].upper()), hub("stranger", keyVault=f"{VAULT['id']}x")
    for document in (other, stranger):
        office.rig.cloud.put(document)
    office.rig.cloud.delete(rid(CONNECTION))
    found = await office.found()

    assert found.hubs_of(ACCOUNT) == sorted([rid(HUB), rid(other)])


async def test_a_vault_that_no_hub_leans_on_is_not_looked_into(office: Office) -> None:
    """Nobody knows of it."""
    elsewhere = vault_secret(of="kv-else", account=str(ACCOUNT))
    for document in (dependent("vault", "kv-else"), elsewhere):
        office.rig.cloud.put(document)

    assert rid(elsewhere) not in {fact.id for fact in (await office.found()).consumers[ACCOUNT]}


async def test_a_vault_that_is_gone_holds_nobody_up(office: Office) -> None:
    """Its hub names it still."""
    office.rig.cloud.delete(rid(VAULT))
    found = await office.found()

    assert ([fact.id for fact in found.consumers[ACCOUNT]], found.unseen) == ([rid(CONNECTION)], ())


async def test_a_vault_that_cannot_be_listed_may_hold_consumers(office: Office) -> None:
    """Nothing is regenerated, and what stands says which permission that takes."""
    office.rig.cloud.deny("microsoft.keyvault/vaults/secrets", LIST_SECRETS)
    await office.want()
    await office.passes()

    assert office.keys.regenerated == []
    assert "the secrets of kv-ai could not be read" in office.ledger.kept[ACCOUNT].trouble
    assert LIST_SECRETS in office.ledger.kept[ACCOUNT].trouble


async def test_a_whole_rotation_cuts_no_secret_off(office: Office) -> None:
    """Both keys are new, connection and secret hold a living one all the time, and the stray was given none."""
    await office.want()
    await office.passes()

    assert (office.ledger.kept[ACCOUNT].phase, sorted(office.keys.regenerated)) == (
        Phase.RESTING,
        sorted([(ACCOUNT, Slot.FIRST), (ACCOUNT, Slot.SECOND)]),
    )
    assert office.keys.killed == []
    opens = [office.keys.opens(rid(one)) for one in (CONNECTION, SECRET, STRAY)]
    assert (opens, office.keys.labels) == ([True, True, False], {rid(SECRET): "Key2"})


async def test_a_secret_that_may_not_be_set_keeps_its_key_alive(office: Office) -> None:
    """The rotation stands, and says what it needs; it goes on when that is granted."""
    office.keys.hinder(rid(SECRET))
    await office.want()
    await office.passes()
    trouble = office.ledger.kept[ACCOUNT].trouble
    opened = office.keys.opens(rid(SECRET))
    office.keys.heal()
    await office.passes()

    assert "kv-ai/ai-key could not be moved" in trouble
    assert "Microsoft.KeyVault/vaults/secrets/setSecret/action" in trouble
    assert (opened, office.keys.killed, office.ledger.kept[ACCOUNT].phase) == (True, [], Phase.RESTING)


async def test_a_vault_elsewhere_is_not_written_to(office: Office) -> None:
    """A hub leans on one in a subscription that is not governed: its secret keeps its key, and that lives."""
    elsewhere = "99999999-2222-3333-4444-555555555555"
    vault, secret = ({**one, "id": one["id"].replace(SUBSCRIPTION, elsewhere)} for one in (VAULT, SECRET))
    for document in (hub(keyVault=vault["id"]), vault, secret):
        office.rig.cloud.put(document)
    office.keys.keep(rid(secret), ACCOUNT, Slot.FIRST)
    await office.want()
    await office.passes()

    assert (office.keys.opens(rid(CONNECTION)), office.keys.opens(rid(secret))) == (True, True)
    assert (office.keys.regenerated, rid(secret) in office.keys.labels) == ([(ACCOUNT, Slot.SECOND)], False)
    assert f"subscription {elsewhere} is not governed here" in office.ledger.kept[ACCOUNT].trouble


async def test_a_tagged_secret_that_cannot_be_read_holds_its_account_up(office: Office) -> None:
    """It may hold either key."""
    office.keys.deny(rid(SECRET))
    await office.want()
    await office.passes()

    assert office.keys.regenerated == []
    assert GET_SECRET in office.ledger.kept[ACCOUNT].trouble


@pytest.mark.parametrize(
    ("kind", "days", "reason"),
    [
        (NEAR, 30, "secret ai-key of vault kv-ai expires on 2026-03-31"),
        (NEAR, 3, "secret ai-key of vault kv-ai expires on 2026-03-04"),
        (EXPIRED, 0, "secret ai-key of vault kv-ai has expired"),
        (EXPIRED, -9, "secret ai-key of vault kv-ai has expired"),
    ],
)
async def test_a_secret_that_ends_asks_for_a_rotation(office: Office, kind: str, days: int, reason: str) -> None:
    """Its vault says so, and the secret when."""
    office.ends(office.now + timedelta(days=days))

    assert await office.told(kind) == Demand(Cause.EXPIRY, reason, "event-7", office.now)


async def test_it_is_rotated_then(office: Office) -> None:
    """Where policy lets it begin; the secret holds a new key in the end."""
    office.ends(office.now + timedelta(days=30))
    await office.told()
    await office.passes()

    assert (office.keys.opens(rid(SECRET)), len(office.keys.regenerated), office.keys.killed) == (True, 2, [])


@pytest.mark.parametrize("days", [None, 60, 10**12])
async def test_an_event_that_is_overtaken_asks_for_nothing(office: Office, days: int | None) -> None:
    """Somebody made another version since, which ends much later, or never."""
    office.rig.document(SECRET)["properties"]["attributes"]["exp"] = (
        None if days is None else int(office.now.timestamp()) + days * 86400
    )

    assert await office.told() is None


@pytest.mark.parametrize("change", ["dead", "unreadable", "untagged", "disabled", "deleted"])
async def test_tags_alone_ask_for_nothing(office: Office, change: str) -> None:
    """Only who holds a living key of an account has a say in when that dies."""
    office.ends(office.now)
    if change == "dead":
        office.keys.keep(rid(SECRET), ACCOUNT, None)
    elif change == "unreadable":
        office.keys.deny(rid(SECRET))
    elif change == "untagged":
        office.rig.document(SECRET)["tags"] = {}
    elif change == "disabled":
        office.rig.document(SECRET)["properties"]["attributes"]["enabled"] = False
    else:
        office.rig.cloud.delete(rid(SECRET))

    assert await office.told() is None


async def test_a_secret_where_no_pass_looks_asks_for_nothing(office: Office) -> None:
    """The rotation would kill its key and give it none."""
    elsewhere = vault_secret(of="kv-else", account=str(ACCOUNT))
    for document in (dependent("vault", "kv-else"), elsewhere):
        office.rig.cloud.put(document)
    office.keys.keep(rid(elsewhere), ACCOUNT, Slot.FIRST)
    office.ends(office.now, elsewhere)

    assert await office.told(about=elsewhere) is None


@pytest.mark.parametrize("kind", [NEW_VERSION, "Microsoft.KeyVault.KeyNearExpiry", "Microsoft.KeyVault.SecretOther"])
async def test_other_words_of_a_vault_ask_for_nothing(office: Office, kind: str) -> None:
    """A new version ends nothing, and a key of a vault is none of ours."""
    office.ends(office.now)

    assert await office.told(kind) is None


async def test_a_vaults_word_on_itself_asks_for_nothing(office: Office) -> None:
    """Its event names no secret that can be."""
    assert await office.told(about=VAULT) is None
