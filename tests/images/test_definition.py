"""What it takes to make an instance anew: all that can be written, no secret, nothing read-only, the same person."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.images.definition import Lack, capture
from shared.model.facts import Fact
from tests.builders import GROUP, Document, recorded
from tests.images.sample import JANE, TENANT, owned

USER_ASSIGNED = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-ml"
SUBNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/ml"
BODY = "c3VkbyBhcHQgaW5zdGFsbCAtLXRva2VuIGh1bnRlcjI="
"""The text of an inline script, base64 as Azure shows it."""
STOP = {
    "action": "Stop",
    "triggerType": "Cron",
    "cron": {"startTime": "2026-01-01T00:00:00", "timeZone": "UTC", "expression": "0 18 * * *"},
    "status": "Enabled",
}
IN_STORAGE = {"scriptSource": "workspaceStorage", "scriptData": "Users/jane/setup.sh", "timeout": "15m"}
SERVICE = {
    "name": "rstudio",
    "image": {"type": "docker", "reference": "ghcr.io/azure/rocker-rstudio-ml-verse:latest"},
    "endpoints": [{"protocol": "http", "name": "rstudio", "target": 8787, "published": 8787}],
    "volumes": [{"type": "bind", "source": "/home/azureuser/cloudfiles", "target": "/home/azureuser/cloudfiles"}],
}
READ_ONLY = frozenset(
    {
        *("systemData", "provisioningState", "provisioningErrors", "createdOn", "modifiedOn"),
        *("isAttachedCompute", "osImageMetadata", "connectivityEndpoints", "applications", "createdBy", "errors"),
        *("state", "lastOperation", "containers", "dataDisks", "dataMounts", "versions", "adminUserName", "sshPort"),
        *("principalId", "clientId", "provisioningStatus"),
    }
)
"""Keys that the types at 2025-12-01 call read-only, of an instance and what is in it."""


def lacks(document: Document) -> list[Lack]:
    """What of it cannot be carried over."""
    return [one.what for one in capture(Fact.of(document)).cannot]


def keys(value: object) -> Iterator[str]:
    """Every key in it, at any depth, but for those that somebody chose: of tags, and ids of identities."""
    if isinstance(value, Mapping):
        for key, content in value.items():
            yield key
            if key not in {"tags", "userAssignedIdentities", "image", "volumes", "endpoints", "customServices"}:
                yield from keys(content)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


def test_as_azure_shows_it() -> None:
    """Of an ordinary instance everything that can be written is sent again; who made it becomes whom it is for."""
    definition = capture(Fact.of(owned()))

    assert definition.document == {
        "location": "eastus2",
        "properties": {
            "computeType": "ComputeInstance",
            "disableLocalAuth": False,
            "properties": {
                "vmSize": "STANDARD_DS3_V2",
                "sshSettings": {"sshPublicAccess": "Disabled"},
                "applicationSharingPolicy": "Shared",
                "enableNodePublicIp": True,
                "enableSSO": True,
                "idleTimeBeforeShutdown": "PT30M",
                "computeInstanceAuthorizationType": "personal",
                "personalComputeInstanceSettings": {"assignedUser": {"objectId": JANE, "tenantId": TENANT}},
            },
        },
    }
    assert (definition.cannot, definition.otherwise, definition.linked) == ((), (), ())


def rich() -> Document:
    """An instance with all that can be set and carried over."""
    document = owned(
        subnet={"id": SUBNET},
        sshSettings={"sshPublicAccess": "Enabled", "adminUserName": "azureuser", "adminPublicKey": "ssh-ed25519 AAAA"},
        personalComputeInstanceSettings={"assignedUser": {"objectId": "joe", "tenantId": TENANT}},
        schedules={"computeStartStop": [{**STOP, "id": "1", "provisioningStatus": "Completed", "recurrence": None}]},
        setupScripts={"scripts": {"creationScript": {**IN_STORAGE, "scriptArguments": ""}, "startupScript": None}},
        customServices=[{**SERVICE, "environmentVariables": {}}],
        enableNodePublicIp=False,
    )
    document["properties"]["description"] = "Jane's"
    identity = {
        "type": "UserAssigned",
        "userAssignedIdentities": {USER_ASSIGNED: {"principalId": "p", "clientId": "c"}},
    }
    return {**document, "tags": {"Owner": "jane"}, "identity": identity, "systemData": {"createdByType": "User"}}


def test_all_that_can_be_set() -> None:
    """Network, key, schedules, scripts and services that hold no secret are kept, and the person it is assigned to."""
    definition = capture(Fact.of(rich()))
    inner = definition.document["properties"]["properties"]

    assert definition.cannot == ()
    assert definition.document["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {USER_ASSIGNED: {}}}
    assert (definition.document["tags"], definition.document["properties"]["description"]) == (
        {"Owner": "jane"},
        "Jane's",
    )
    assert inner["subnet"] == {"id": SUBNET}
    assert inner["sshSettings"] == {"sshPublicAccess": "Enabled", "adminPublicKey": "ssh-ed25519 AAAA"}
    assert inner["personalComputeInstanceSettings"] == {"assignedUser": {"objectId": "joe", "tenantId": TENANT}}
    assert inner["schedules"] == {"computeStartStop": [STOP]}
    assert inner["setupScripts"] == {"scripts": {"creationScript": IN_STORAGE}}
    assert inner["customServices"] == [SERVICE]
    assert inner["enableNodePublicIp"] is False
    assert definition.linked == (USER_ASSIGNED, SUBNET)
    assert len(definition.otherwise) == 2


@pytest.mark.parametrize("document", [owned(), rich(), *recorded("computes.json")["value"][1:]], ids=range(4))
def test_nothing_read_only_and_nothing_shared(document: Document) -> None:
    """What Azure alone may set is not sent; and whoever changes the body changes nothing that was read."""
    before = json.dumps(document)
    definition = capture(Fact.of(document))

    assert READ_ONLY.isdisjoint(keys(definition.document))
    assert {"id", "name", "type"}.isdisjoint(definition.document)
    _wreck(definition.document)
    assert json.dumps(document) == before


def _wreck(value: Any) -> None:  # noqa: ANN401 - any JSON
    """Empty whatever is in it, from the inside."""
    if isinstance(value, dict | list):
        for content in value.values() if isinstance(value, dict) else value:
            _wreck(content)
        value.clear()


@pytest.mark.parametrize("document", [owned(), rich()], ids=["ordinary", "rich"])
def test_made_anew_it_is_the_same(document: Document) -> None:
    """The instance that Azure makes of the body, created by somebody else, has the same definition again."""
    body = capture(Fact.of(document)).document
    inner = {**body["properties"]["properties"], "createdBy": {"userOrgId": TENANT, "userId": "the app"}}
    made = {**body, "id": document["id"], "properties": {**body["properties"], "properties": inner}}

    assert capture(Fact.of(made)).document == body


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(
            {**owned(), "identity": {"type": "SystemAssigned", "principalId": "p"}}, [Lack.IDENTITY], id="own"
        ),
        pytest.param({**owned(), "identity": {"type": "SystemAssigned,UserAssigned"}}, [Lack.IDENTITY], id="both"),
        pytest.param({**owned(), "identity": {"type": "None"}}, [], id="no identity"),
        pytest.param(owned(createdBy=None), [Lack.PERSON], id="nobody"),
        pytest.param(owned(createdBy={"userId": JANE}), [Lack.PERSON], id="nobody knows in which tenant"),
        pytest.param({**owned(), "systemData": {"createdByType": "Application"}}, [Lack.PERSON], id="an application's"),
        pytest.param(
            owned(dataMounts=[{"source": "azureml://datastores/x", "mountName": "x"}]), [Lack.MOUNTS], id="mounts"
        ),
        pytest.param(owned(dataDisks=[{"lun": 0, "diskSizeGB": 100}]), [Lack.DISKS], id="disks"),
        pytest.param(owned(sshSettings={"sshPublicAccess": "Enabled"}), [Lack.KEY], id="key not shown"),
        pytest.param(
            owned(enableOSPatching=True, releaseQuotaOnStop=True), [Lack.SETTINGS], id="not in the stable API"
        ),
        pytest.param(owned(enableRootAccess=True), [], id="root may, as everywhere"),
        pytest.param(owned(enableRootAccess=False), [Lack.SETTINGS], id="root must not"),
        pytest.param(owned(imageVersion="25.12.31"), [Lack.SETTINGS], id="a version of its own"),
        pytest.param(owned(newThing={"on": True}), [Lack.SETTINGS], id="what nobody knows yet"),
        pytest.param({**owned(), "zones": ["1"]}, [Lack.SETTINGS], id="beside the properties"),
        pytest.param(owned(schedules="none"), [Lack.SETTINGS], id="of another shape"),
    ],
)
def test_what_cannot_be_carried_over(document: Document, expected: list[Lack]) -> None:
    """What the body cannot say is told, and what says nothing is not."""
    assert lacks(document) == expected


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        pytest.param(IN_STORAGE, True, id="in the workspace's storage"),
        pytest.param({**IN_STORAGE, "scriptArguments": "--token hunter2"}, False, id="with arguments"),
        pytest.param(
            {**IN_STORAGE, "scriptData": "https://st.blob.core.windows.net/s.sh?sig=hunter2"}, False, id="signed"
        ),
        pytest.param({**IN_STORAGE, "scriptData": "https://jane:hunter2@git.example/s.sh"}, False, id="elsewhere"),
        pytest.param({"scriptSource": "inline", "scriptData": BODY}, False, id="inline"),
        pytest.param({"scriptData": BODY}, False, id="from nobody knows where"),
    ],
)
def test_scripts(script: Document, *, kept: bool) -> None:
    """A script is kept by its path alone; of any other nothing is, and that is told."""
    definition = capture(Fact.of(owned(setupScripts={"scripts": {"creationScript": script}})))

    assert ("setupScripts" in definition.document["properties"]["properties"]) is kept
    assert [one.what for one in definition.cannot] == ([] if kept else [Lack.SCRIPT])
    assert "creationScript" in definition.lost()[0] if not kept else definition.lost() == ()


def test_what_somebody_accepts() -> None:
    """What policy accepts by name is no reason against it any more; the rest is."""
    document = {**owned(dataDisks=[{"lun": 0}]), "identity": {"type": "SystemAssigned"}}
    definition = capture(Fact.of(document))

    assert len(definition.lost()) == 2
    assert definition.lost(("new_identity",)) == ("its data disks, and what is on them",)


secrets = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=12, max_size=40)


@settings(deadline=None)
@given(secrets, st.data())
def test_no_secret_is_kept(secret: str, data: st.DataObject) -> None:
    """Wherever Azure shows what may be a secret, it is neither in the body nor in what is told."""
    places: dict[str, dict[str, Any]] = {
        "inline": {"setupScripts": {"scripts": {"startupScript": {"scriptSource": "inline", "scriptData": secret}}}},
        "argument": {"setupScripts": {"scripts": {"creationScript": {**IN_STORAGE, "scriptArguments": secret}}}},
        "signature": {"setupScripts": {"scripts": {"s": {**IN_STORAGE, "scriptData": f"s.sh?sig={secret}"}}}},
        "environment": {
            "customServices": [{**SERVICE, "environmentVariables": {"K": {"type": "local", "value": secret}}}]
        },
        "kernel": {"customServices": [{**SERVICE, "kernel": {"argv": ["run", "--token", secret]}}]},
        "docker": {"customServices": [{**SERVICE, "docker": {"privileged": True, "auth": secret}}]},
        "unheard of": {"customServices": [{**SERVICE, "license": secret}]},
        "new": {"somethingNew": {"deep": [{"er": secret}]}},
        "logger": {"autologgerSettings": {"key": secret}},
    }
    chosen = data.draw(st.sets(st.sampled_from(sorted(places)), min_size=1))
    inner: dict[str, Any] = {}
    for place in sorted(chosen):
        inner |= places[place]
    definition = capture(Fact.of(owned(**inner)))

    assert secret not in repr(definition)
    assert secret not in json.dumps(definition.document)
    assert definition.cannot
