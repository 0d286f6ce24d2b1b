"""Vault secrets over the wire: where they are asked for, what Key Vault's refusals become, and that nothing leaks."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from shared.adapters.arm import Arm
from shared.adapters.key_reader import AzureKeyReader
from shared.adapters.secret import Secret
from shared.adapters.vault_secrets import MAY_GET, VaultSecrets, move_secret
from shared.model.errors import DependencyDown, Forbidden, HubwardenError, Rejected, Throttled
from shared.model.facts import Fact
from shared.model.key_facts import Held, Slot
from tests.adapters.script import TOKEN, FixedCredential, Script
from tests.builders import dependent_id, rid, vault_secret

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
OLD, NEW = "0ldK3y0ldK3y0ldK3y0ldK3y0ldK3y01", "N3wK3yN3wK3yN3wK3yN3wK3yN3wK3y02"
ACCOUNT = dependent_id("account")
DOCUMENT = vault_secret(account=ACCOUNT)
SECRET = Fact.of(DOCUMENT)
VERSION = {
    "value": OLD,
    "id": "https://kv-ai.vault.azure.net/secrets/ai-key/1",
    "contentType": "text/plain",
    "attributes": {"enabled": True, "nbf": 1, "exp": 2, "created": 3, "updated": 4, "recoveryLevel": "Recoverable"},
    "tags": DOCUMENT["tags"],
}
NOT_ALLOWED = (
    "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role "
    "definitions were changed recently, please observe propagation time.\r\nCaller: appid=0;oid=0;iss=x\r\n"
    "Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\nAssignment: (not found)\r\n"
)
"""As people post it in their issues; the recordings have none."""


def refusal(inner: str, message: str = NOT_ALLOWED) -> object:
    """A vault's 403."""
    return {"error": {"code": "Forbidden", "message": message, "innererror": {"code": inner}}}


@pytest_asyncio.fixture
async def vaults(script: Script) -> AsyncIterator[VaultSecrets]:
    """The adapter, speaking to the script."""
    own = VaultSecrets(FixedCredential(), data_plane=script.url)
    yield own
    await own.close()


async def test_how_a_secret_is_asked_for(vaults: VaultSecrets, script: Script) -> None:
    """Its newest version, at a version of the interface, with the app's token."""
    script.answer(200, VERSION)
    value = await vaults.value(SECRET)
    (asked,) = script.asked

    assert value.same(Secret(OLD))
    assert (asked.method, asked.path, asked.query) == ("GET", "/vaults/kv-ai/secrets/ai-key", {"api-version": "7.4"})
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"


async def test_what_a_secret_is_given(vaults: VaultSecrets, script: Script) -> None:
    """The key and what was there, without what Key Vault says of itself; nothing is sent that was not in force."""
    script.answer(200, VERSION)
    await move_secret(vaults, SECRET, Secret(NEW), Slot.SECOND, rid(ACCOUNT), NOW)
    put = script.asked[-1]

    assert (put.method, put.path) == ("PUT", "/vaults/kv-ai/secrets/ai-key")
    assert put.body == {
        "value": NEW,
        "tags": {"CredentialId": "Key2", "ProviderAddress": ACCOUNT},
        "attributes": {"enabled": True, "nbf": 1},
        "contentType": "text/plain",
    }


async def test_a_version_without_a_type_keeps_having_none(vaults: VaultSecrets, script: Script) -> None:
    """And one without attributes, as no vault answers it, is no reason to fail."""
    script.answer(200, {"value": OLD, "tags": VERSION["tags"], "attributes": None, "contentType": None})
    await move_secret(vaults, SECRET, Secret(NEW), Slot.SECOND, rid(ACCOUNT), NOW)

    assert set(script.asked[-1].body) == {"value", "tags", "attributes"}


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://kv-ai.vault.azure.net.evil.example/secrets/ai-key",
        "https://evil.example/kv-ai.vault.azure.net/secrets/ai-key",
        "https://user@kv-ai.vault.azure.net/secrets/ai-key",
        "https://kv-other.vault.azure.net/secrets/ai-key",
        "https://kv-ai.vault.azure.net/secrets/other",
        "https://kv-ai.vault.azure.cn/secrets/ai-key",
        "http://kv-ai.vault.azure.net/secrets/ai-key",
        "https://kv-ai.vault.azure.net:8443/secrets/ai-key",
    ],
)
async def test_no_document_leads_our_token_elsewhere(vaults: VaultSecrets, script: Script, uri: str) -> None:
    """A secret is where its id says, or nobody asks."""
    lying = Fact.of({**DOCUMENT, "properties": {"secretUri": uri}})
    with pytest.raises(Rejected, match="does not say that its value is in"):
        await vaults.value(lying)

    assert script.asked == []


@pytest.mark.parametrize("name", ["a.b", "a b", "a(b)", "a@b", "x" * 128])
async def test_an_id_that_no_secret_has(vaults: VaultSecrets, script: Script, name: str) -> None:
    """Neither as a secret's name nor as a vault's."""
    ids = [f"{dependent_id('vault', 'kv-ai')}/secrets/{name}", f"{dependent_id('vault', name)}/secrets/ai-key"]
    for one in ids:
        with pytest.raises(Rejected, match="is no secret of a vault"):
            await vaults.value(Fact.of({**DOCUMENT, "id": one}))

    assert script.asked == []


@pytest.mark.parametrize(
    "uri",
    [
        "https://kv-ai.vault.azure.net:443/secrets/ai-key",
        "https://KV-AI.vault.azure.net/secrets/AI-Key/",
        "https://kv-ai.vault.azure.net/secrets/ai-key",
    ],
)
async def test_a_place_in_other_words(vaults: VaultSecrets, script: Script, uri: str) -> None:
    """Case, the port of https and a slash at the end do not count."""
    script.answer(200, VERSION)
    assert (await vaults.value(Fact.of({**DOCUMENT, "properties": {"secretUri": uri}}))).same(Secret(OLD))


async def test_without_a_stand_in_the_vault_itself_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen at a proxy, which lets nothing through: the vault's own host, and no other."""
    lines = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append((await reader.readline()).decode().strip())
        writer.close()

    proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    monkeypatch.setenv("NO_PROXY", "")
    vaults = VaultSecrets(FixedCredential())
    with pytest.raises(DependencyDown, match="GET kv-ai/secrets/ai-key"):
        await vaults.value(SECRET)
    await vaults.close()
    proxy.close()

    assert set(lines) == {"CONNECT kv-ai.vault.azure.net:443 HTTP/1.1"}


@pytest.mark.parametrize("inner", ["ForbiddenByRbac", "ForbiddenByPolicy", "AccessDenied", ""])
async def test_a_missing_grant_names_the_data_action(vaults: VaultSecrets, script: Script, inner: str) -> None:
    """Whether the vault goes by roles or by policies of its own."""
    script.answer(403, refusal(inner))
    with pytest.raises(Forbidden, match="403 Forbidden: Caller is not authorized") as refused:
        await vaults.value(SECRET)

    assert refused.value.permission == MAY_GET


@pytest.mark.parametrize(
    ("inner", "says"),
    [
        ("ForbiddenByFirewall", "its firewall does not let the app in"),
        ("ForbiddenByConnection", "it opens to private links only"),
        ("SecretDisabled", "the secret is disabled"),
    ],
)
async def test_a_wall_is_told_as_such(arm: Arm, vaults: VaultSecrets, script: Script, inner: str, says: str) -> None:
    """No permission would help, so none is asked for."""
    script.answer(403, refusal(inner, "Client address is not authorized and caller is not a trusted service."))
    held = (await AzureKeyReader(arm, vaults).held([SECRET])).held[SECRET.id]

    assert held == Held(rid(ACCOUNT), problem=f"GET kv-ai/secrets/ai-key: Azure answered 403 {inner}: {says}")


@pytest.mark.parametrize("body", ["<html>", "", "[]", {"error": "no"}, {"error": {"innererror": ["SecretDisabled"]}}])
async def test_a_refusal_of_another_shape(vaults: VaultSecrets, script: Script, body: object) -> None:
    """Such as a gateway's: still a refusal."""
    script.answer(403, body)
    with pytest.raises(Forbidden):
        await vaults.value(SECRET)


async def test_throttling_is_told(arm: Arm, vaults: VaultSecrets, script: Script) -> None:
    """With the time that the vault asks for."""
    script.answer(429, {"error": {"code": "Throttled", "message": "slow down"}}, Retry_After="3600")
    with pytest.raises(Throttled) as raised:
        await AzureKeyReader(arm, vaults).held([SECRET])

    assert raised.value.retry_after == 3600


async def test_nobody_reads_vaults(arm: Arm, script: Script) -> None:
    """Where nobody may, a secret is a problem, and neither the vault nor the account is asked."""
    held = (await AzureKeyReader(arm).held([SECRET])).held[SECRET.id]

    assert (held.slot, held.permission, script.asked) == (None, "", [])
    assert "nobody here reads secrets in vaults" in held.problem


@pytest.mark.parametrize(
    "answer",
    [
        {"value": [OLD]},
        {"value": None},
        {"value": f"AccountName=st;AccountKey={OLD}"},
        {"value": f"{OLD}\n"},
        {"val": OLD},
        f'{{"value": "{OLD}", ',
        [OLD],
    ],
)
async def test_an_answer_that_is_no_key(
    arm: Arm, vaults: VaultSecrets, script: Script, caplog: pytest.LogCaptureFixture, answer: object
) -> None:
    """It is a problem that does not quote it."""
    script.answer(200, answer)
    with caplog.at_level(logging.DEBUG):
        held = (await AzureKeyReader(arm, vaults).held([SECRET])).held[SECRET.id]

    assert (held.slot, bool(held.problem)) == (None, True)
    assert_silent(repr(held), caplog)


async def test_a_secret_is_compared_and_moved_in_silence(
    arm: Arm, vaults: VaultSecrets, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the old key nor the new one is in a log or a repr, and no more is the app's token."""
    script.answer(200, VERSION)
    script.answer(200, {"key1": NEW, "key2": OLD})
    script.answer(200, VERSION)
    reader = AzureKeyReader(arm, vaults)
    with caplog.at_level(logging.DEBUG):
        told = await reader.held([SECRET])
        await move_secret(vaults, SECRET, Secret(NEW), Slot.FIRST, rid(ACCOUNT), NOW)

    assert told.held == {SECRET.id: Held(rid(ACCOUNT), Slot.SECOND)}
    assert script.asked[-1].body["value"] == NEW
    assert_silent(repr((told, reader, vars(reader), vaults, vars(vaults))), caplog)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500])
async def test_a_refusal_that_echoes_a_key(
    vaults: VaultSecrets, script: Script, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """A write that is refused is told without what it carried, also where the vault repeats it."""
    script.answer(200, VERSION)
    script.answer(status, refusal("", f"value {NEW} and key={OLD} are refused"), Retry_After="0")
    with caplog.at_level(logging.DEBUG), pytest.raises(HubwardenError, match="are refused") as raised:
        await move_secret(vaults, SECRET, Secret(NEW), Slot.SECOND, rid(ACCOUNT), NOW)

    error = raised.value
    assert_silent("".join(traceback.format_exception(error)) + repr(error) + repr(error.__dict__), caplog)


def assert_silent(told: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither key nor token is in a text or in the log."""
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert [hidden for hidden in (OLD, NEW, TOKEN) if hidden in told + logged] == []
